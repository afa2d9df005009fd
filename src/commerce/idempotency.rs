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
use crate::db::tables::idempotency_keys as keys;
use crate::db::{Tx, change_later, on_each};
use crate::error::{Code, Error, Result};
use crate::types::Timestamp;

/// How long a key is remembered.
const LIFE_HOURS: i64 = 24;
/// How long a flow may run before a retry may take it over.
const LOCK_SECONDS: i64 = 60;
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
pub enum Found<T> {
    /// Nothing yet: the row is made in this transaction; do the thing.
    Fresh,
    /// Done before: the first answer.
    Done(T),
    /// A flow began, made this resource, and its lock ran out: go on from there.
    Abandoned(uuid::Uuid),
}

impl Claim {
    /// A claim of `key` by `caller` for `operation` with `input`.
    pub fn new(caller: &Caller, key: &str, operation: &'static str, input: &impl Serialize) -> Result<Self> {
        let input = serde_json::to_string(input)?;
        Ok(Self { id: digest(&[&owner(caller), key]), operation, input_hash: digest(&[operation, &input]) })
    }

    /// Takes the key for this request, or tells what an earlier request with it did.
    pub fn take<T: DeserializeOwned>(&self, tx: &mut Tx) -> Result<Found<T>> {
        self.take_for(tx, None)
    }

    /// Takes the key for a flow of several transactions, and notes the resource that it is about to make,
    /// so that a retry can go on from it.
    pub fn take_for<T: DeserializeOwned>(&self, tx: &mut Tx, resource: Option<uuid::Uuid>) -> Result<Found<T>> {
        let now = tx.now();
        let row = (
            keys::id.eq(&self.id),
            keys::operation.eq(self.operation),
            keys::input_hash.eq(&self.input_hash),
            keys::state.eq("running"),
            keys::resource_id.eq(resource.map(crate::types::OrderId::from)),
            keys::locked_until.eq(now.plus(Duration::seconds(LOCK_SECONDS))),
            keys::created_at.eq(now),
            keys::expires_at.eq(now.plus(Duration::hours(LIFE_HOURS))),
        );
        // On PostgreSQL this waits for a concurrent first request's transaction to end.
        let made = on_each!(tx, |c| diesel::insert_into(keys::table).values(row).on_conflict(keys::id).do_nothing().execute(c))?;
        if made == 1 { Ok(Found::Fresh) } else { self.found(tx, now, resource) }
    }

    fn found<T: DeserializeOwned>(&self, tx: &mut Tx, now: Timestamp, wanted: Option<uuid::Uuid>) -> Result<Found<T>> {
        type Row = (String, Option<crate::types::OrderId>, Option<String>, Timestamp, Timestamp);
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
            return self.take_for(tx, wanted);
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

    /// Stores the answer; from here on the key replays it.
    pub fn finish(&self, tx: &mut Tx, answer: &impl Serialize) -> Result<()> {
        let answer = serde_json::to_string(answer)?;
        let done = (keys::state.eq("done"), keys::answer.eq(answer));
        change_later!(tx, idempotency_keys, diesel::update(keys::table.find(self.id.clone())).set(done), None)
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
    match claim.take::<T>(tx)? {
        Found::Done(answer) => Ok(Written { value: answer.with_secrets(secret)?, replayed: true }),
        Found::Abandoned(_) => Err(running()),
        Found::Fresh => {
            let value = rule(tx)?;
            claim.finish(tx, &value.clone().without_secrets())?;
            Ok(Written { value, replayed: false })
        }
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
