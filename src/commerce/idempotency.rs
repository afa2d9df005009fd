//! Idempotency keys: the key's row, the effect and the stored answer commit together, so a retry can
//! neither do the thing twice nor lose its answer (IETF draft-ietf-httpapi-idempotency-key-header).
//! Secrets are not part of a stored answer: whoever replays one makes them again.

use chrono::Duration;
use diesel::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use crate::commerce::auth::{Actor, Caller};
use crate::commerce::secrets::ShopSecret;
use crate::db::tables::{idempotency_keys, idempotency_keys as keys};
use crate::db::{Again, Thing, Tx, add_later, change_later, look_up, on_each};
use crate::error::{Code, Error, Result};
use crate::types::{OrderId, Timestamp};

/// How long a key is remembered.
const LIFE_HOURS: i64 = 24;
/// How long a flow may run before a retry may take it over.
const LOCK_SECONDS: i64 = 60;
/// Why a request whose key is there runs again.
const TAKEN: &str = "an Idempotency-Key is there already";
/// The longest key.
pub const MAX_KEY_LENGTH: usize = 255;

/// A claim of a key by one request: which key, which operation, with what input.
#[derive(Debug, Clone)]
pub struct Claim {
    id: String,
    operation: &'static str,
    input_hash: String,
}

/// What a key's row says to a request that presents it.
#[derive(Debug)]
enum Found<T> {
    /// Nothing yet: the row is made in this transaction; do the thing.
    Fresh,
    /// Done before: the first answer.
    Done(T),
    /// A flow began, made this resource, and its lock ran out: go on from there.
    Abandoned(uuid::Uuid),
}

/// What became of a request under its claim.
#[derive(Debug)]
pub enum Ran<T, R> {
    /// Its rule was run now.
    Now(R),
    /// An earlier request did it: the first answer.
    Before(T),
    /// An earlier request's flow made this resource and got no further: go on from there.
    Abandoned(uuid::Uuid),
}

#[derive(Insertable)]
#[diesel(table_name = keys, treat_none_as_default_value = false)]
struct NewRow {
    id: String,
    operation: &'static str,
    input_hash: String,
    state: &'static str,
    resource_id: Option<OrderId>,
    locked_until: Timestamp,
    answer: Option<String>,
    created_at: Timestamp,
    expires_at: Timestamp,
}

impl Claim {
    /// A claim of `key` by `caller` for `operation` with `input`.
    pub fn new(caller: &Caller, key: &str, operation: &'static str, input: &impl Serialize) -> Result<Self> {
        let input = serde_json::to_string(input)?;
        Ok(Self { id: digest(&[&owner(caller), key]), operation, input_hash: digest(&[operation, &input]) })
    }

    /// Runs a rule at most once for this key. `resource` is what a flow of several transactions is about to make, so that
    /// a retry can go on from it; `answer` is what the key replays from now on, none while the flow is in its middle.
    ///
    /// A transaction that may yet be a single statement adds the key with the rest, at its end: one who comes with a key
    /// that is there is found out by the key itself, and then runs again to be told of the first.
    pub fn run<T: Answer, R>(
        &self,
        tx: &mut Tx,
        resource: Option<uuid::Uuid>,
        rule: impl FnOnce(&mut Tx) -> Result<R>,
        answer: impl FnOnce(&R) -> Option<T>,
    ) -> Result<Ran<T, R>> {
        if tx.may_be_one_statement() {
            return match rule(tx) {
                Ok(done) => self.add(tx, resource, answer(&done)).map(|()| Ran::Now(done)),
                // What refused it may be what the first request with this key did.
                Err(error) if tx.may_be_one_statement() && !self.is_there(tx)? => Err(error),
                Err(_) => Err(Error::unavailable(Again(TAKEN))),
            };
        }
        match self.take(tx, resource)? {
            Found::Done(first) => Ok(Ran::Before(first)),
            Found::Abandoned(resource) => Ok(Ran::Abandoned(resource)),
            Found::Fresh => {
                let done = rule(tx)?;
                if let Some(answer) = answer(&done) {
                    self.finish(tx, &answer.without_secrets())?;
                }
                Ok(Ran::Now(done))
            }
        }
    }

    fn row(&self, now: Timestamp, resource: Option<uuid::Uuid>, answer: Option<String>) -> NewRow {
        NewRow {
            id: self.id.clone(),
            operation: self.operation,
            input_hash: self.input_hash.clone(),
            state: if answer.is_some() { "done" } else { "running" },
            resource_id: resource.map(OrderId::from),
            locked_until: now.plus(Duration::seconds(LOCK_SECONDS)),
            answer,
            created_at: now,
            expires_at: now.plus(Duration::hours(LIFE_HOURS)),
        }
    }

    /// Adds the key with what came of it.
    fn add<T: Answer>(&self, tx: &mut Tx, resource: Option<uuid::Uuid>, answer: Option<T>) -> Result<()> {
        let answer = answer.map(|answer| serde_json::to_string(&answer.without_secrets())).transpose()?;
        let row = self.row(tx.now(), resource, answer);
        add_later!(tx, idempotency_keys, vec![row], Some(|_| Error::unavailable(Again(TAKEN))))
    }

    fn is_there(&self, tx: &mut Tx) -> Result<bool> {
        let found: Option<String> = look_up!(tx, |c| keys::table.find(&self.id).select(keys::id).first(c).optional())?;
        Ok(found.is_some())
    }

    /// Takes the key, or tells what an earlier request with it did.
    fn take<T: DeserializeOwned>(&self, tx: &mut Tx, resource: Option<uuid::Uuid>) -> Result<Found<T>> {
        let now = tx.now();
        let row = self.row(now, resource, None);
        // On PostgreSQL this waits for a concurrent first request's transaction to end.
        let made = on_each!(tx, |c| diesel::insert_into(keys::table).values(&row).on_conflict(keys::id).do_nothing().execute(c))?;
        if made == 1 { Ok(Found::Fresh) } else { self.found(tx, now, resource) }
    }

    fn found<T: DeserializeOwned>(&self, tx: &mut Tx, now: Timestamp, wanted: Option<uuid::Uuid>) -> Result<Found<T>> {
        type Row = (String, Option<OrderId>, Option<String>, Timestamp, Timestamp);
        let row: Option<Row> = on_each!(tx, |c| {
            keys::table
                .find(&self.id)
                .select((keys::input_hash, keys::resource_id, keys::answer, keys::locked_until, keys::expires_at))
                .first(c)
                .optional()
        })?;
        let Some((input_hash, resource, answer, locked_until, expires_at)) = row else {
            return Err(Error::new(Code::IdempotencyInProgress, "The first request with this key just ended; send it again."));
        };
        if expires_at <= now {
            on_each!(tx, |c| diesel::delete(keys::table.find(&self.id)).execute(c))?;
            return self.take(tx, wanted);
        }
        if input_hash != self.input_hash {
            return Err(Error::new(Code::IdempotencyKeyReused, "This Idempotency-Key was used with another request."));
        }
        if let Some(answer) = answer {
            return Ok(Found::Done(serde_json::from_str(&answer)?));
        }
        match resource {
            Some(resource) if locked_until <= now => {
                let renewed = now.plus(Duration::seconds(LOCK_SECONDS));
                let taken = on_each!(tx, |c| {
                    diesel::update(keys::table.find(&self.id).filter(keys::locked_until.eq(locked_until)))
                        .set(keys::locked_until.eq(renewed))
                        .execute(c)
                })?;
                if taken == 1 { Ok(Found::Abandoned(resource.into())) } else { Err(running()) }
            }
            _ => Err(running()),
        }
    }

    /// Its id, which is a digest, as what an update is about.
    fn thing(&self) -> Thing {
        let half = |range| self.id.get(range).and_then(|hex| uuid::Uuid::try_parse(hex).ok()).unwrap_or_default();
        [half(0..32), half(32..64)]
    }

    /// Stores the answer; from here on the key replays it.
    pub fn finish(&self, tx: &mut Tx, answer: &impl Serialize) -> Result<()> {
        let answer = serde_json::to_string(answer)?;
        change_later!(tx, idempotency_keys, self.thing(), {id: self.id.clone()} => {state: "done", answer: answer}, None)
    }
}

/// A shape that an operation answers. What is stored for replay holds no secrets.
pub trait Answer: Serialize + DeserializeOwned + Clone + Send + 'static {
    /// The answer without its secrets, to be stored.
    fn without_secrets(self) -> Self {
        self
    }

    /// A stored answer with its secrets again.
    fn with_secrets(self, _secret: &ShopSecret) -> Result<Self> {
        Ok(self)
    }
}

impl Answer for () {}

/// An answer, and whether it is an earlier request's.
#[derive(Debug, Clone)]
pub struct Written<T> {
    /// The answer.
    pub value: T,
    /// Whether it was replayed.
    pub replayed: bool,
}

/// Runs a rule of one transaction under a claim, if there is one: at most once.
pub fn once<T: Answer>(
    tx: &mut Tx,
    claim: Option<&Claim>,
    secret: &ShopSecret,
    rule: impl FnOnce(&mut Tx) -> Result<T>,
) -> Result<Written<T>> {
    let Some(claim) = claim else { return Ok(Written { value: rule(tx)?, replayed: false }) };
    match claim.run(tx, None, rule, |value| Some(value.clone()))? {
        Ran::Now(value) => Ok(Written { value, replayed: false }),
        Ran::Before(answer) => Ok(Written { value: answer.with_secrets(secret)?, replayed: true }),
        Ran::Abandoned(_) => Err(running()),
    }
}

/// Forgets keys past their life; answers how many.
pub fn purge(tx: &mut Tx) -> Result<usize> {
    let now = tx.now();
    Ok(on_each!(tx, |c| diesel::delete(keys::table.filter(keys::expires_at.le(now))).execute(c))?)
}

fn running() -> Error {
    Error::new(Code::IdempotencyInProgress, "The first request with this key still runs; try again shortly.")
}

/// Keys are per caller. A guest who holds no secret yet is known by where they call from, so that two
/// guests with one weak key do not get each other's cart.
fn owner(caller: &Caller) -> String {
    use secrecy::ExposeSecret;
    match &caller.actor {
        Actor::Customer { id, .. } => id.to_string(),
        Actor::Staff { id, .. } => id.to_string(),
        Actor::Key { id, .. } => id.to_string(),
        Actor::System(name) => format!("system:{name}"),
        Actor::Guest => {
            let secret = caller.cart_token.as_ref().or(caller.order_token.as_ref());
            format!("guest:{}:{}", caller.channel.id, secret.map_or(caller.origin.as_str(), |s| s.expose_secret()))
        }
    }
}

fn digest(parts: &[&str]) -> String {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update(part.len().to_string().as_bytes());
        hasher.update(b":");
        hasher.update(part.as_bytes());
    }
    hex::encode(hasher.finalize())
}
