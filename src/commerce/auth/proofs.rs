//! What is proved by mail: that an address is its owner's. A proof is a secret that only the mail holds; here lies its
//! hash. It is used once, by one guarded update, within its time.

use chrono::Duration;
use diesel::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::subject::{Subject, SubjectKind};
use crate::commerce::secrets::{self, ShopSecret};
use crate::db::tables::account_tokens as proofs;
use crate::db::{Tx, on_each};
use crate::error::{Code, Error, Result};
use crate::types::text::text_enum;
use crate::types::{AccountTokenId, EventId, Json, Timestamp};

/// How many mails of one kind of proof an address is sent in an hour, or while the first of them is good if that is shorter;
/// more are asked for in vain, and nobody is told. So whenever a mail is withheld, others whose proof is good lie in the
/// mailbox: strangers who ask keep nobody out.
const MOST_AT_ONCE: i64 = 5;
/// How long a forgotten password may take.
pub const RESET_MINUTES: i64 = 30;
/// How long proofs past their time are kept.
const KEPT_DAYS: i64 = 1;

text_enum! {
    /// What is proved.
    pub enum ProofKind {
        /// That whoever registers reads this address.
        Registration = "registration",
        /// That whoever forgot the password reads the account's address.
        PasswordReset = "password_reset",
        /// That the old address agrees to a new one.
        EmailChangeOld = "email_change_old",
        /// That the new address is read by the same.
        EmailChangeNew = "email_change_new",
    }
}

impl ProofKind {
    fn prefix(self) -> &'static str {
        match self {
            Self::Registration => "reg",
            Self::PasswordReset => "pwr",
            Self::EmailChangeOld => "emo",
            Self::EmailChangeNew => "emn",
        }
    }

    fn life(self) -> Duration {
        match self {
            Self::Registration | Self::EmailChangeOld | Self::EmailChangeNew => Duration::hours(24),
            Self::PasswordReset => Duration::minutes(RESET_MINUTES),
        }
    }

    /// The secret of a proof: the same one whenever it is asked for, so that none is kept.
    pub fn secret(self, shop: &ShopSecret, id: AccountTokenId) -> Result<String> {
        shop.token(self.prefix(), id)
    }
}

/// The secret of an invitation to the staff: the same one whenever its mail is made.
pub fn invitation_secret(shop: &ShopSecret, id: AccountTokenId) -> Result<String> {
    shop.token("sti", id)
}

/// A proof to be asked for.
pub struct ProofOf<'a> {
    /// What is proved.
    pub kind: ProofKind,
    /// For whose kind of account.
    pub subject_kind: SubjectKind,
    /// Whose; none: nobody's yet, or nobody's at all.
    pub subject: Option<Subject>,
    /// The address it is sent to, normalised.
    pub email_key: &'a str,
    /// Both halves of a change of address.
    pub change: Option<uuid::Uuid>,
}

#[derive(Insertable)]
#[diesel(table_name = proofs, treat_none_as_default_value = false)]
struct NewRow<'a> {
    id: AccountTokenId,
    kind: ProofKind,
    hash: String,
    subject_kind: SubjectKind,
    subject_id: Option<EventId>,
    email_key: &'a str,
    change_id: Option<EventId>,
    payload: Json<serde_json::Value>,
    created_at: Timestamp,
    expires_at: Timestamp,
}

/// A proof that was given.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = proofs)]
pub struct Proof {
    pub(super) id: AccountTokenId,
    subject_kind: SubjectKind,
    subject_id: Option<EventId>,
    /// The address it was sent to.
    pub email_key: String,
    change_id: Option<EventId>,
    payload: Json<serde_json::Value>,
}

impl Proof {
    /// Its id.
    pub fn id(&self) -> AccountTokenId {
        self.id
    }

    /// Whose it is.
    pub fn subject(&self) -> Option<Subject> {
        self.subject_id.map(|id| Subject { kind: self.subject_kind, id: id.into() })
    }

    /// Both halves of a change of address.
    pub fn change(&self) -> Option<uuid::Uuid> {
        self.change_id.map(uuid::Uuid::from)
    }

    /// What waits for the proof.
    pub fn payload<T: DeserializeOwned>(&self) -> Result<T> {
        Ok(serde_json::from_value(self.payload.0.clone())?)
    }
}

/// Whether the mail of a proof leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    /// It is sent.
    Sent,
    /// It is not, and the proof is good for nothing: the same work is done, so that nobody learns by time why.
    Withheld,
}

impl Asking {
    /// Withheld, if so.
    pub fn withheld_if(withheld: bool) -> Self {
        if withheld { Self::Withheld } else { Self::Sent }
    }

    /// Whether it is withheld.
    pub fn is_withheld(self) -> bool {
        self == Self::Withheld
    }
}

/// Whether an address may be sent one more proof of this kind now. Those that were withheld do not count.
pub fn may_ask(tx: &mut Tx, of: &ProofOf) -> Result<bool> {
    let since = tx.now().minus(of.kind.life().min(Duration::hours(1)));
    let sent: i64 = on_each!(tx, |c| {
        proofs::table
            .filter(proofs::email_key.eq(of.email_key))
            .filter(proofs::created_at.gt(since))
            .filter(proofs::expires_at.gt(proofs::created_at))
            .filter(proofs::kind.eq(of.kind))
            .filter(proofs::subject_kind.eq(of.subject_kind))
            .count()
            .get_result(c)
    })?;
    Ok(sent < MOST_AT_ONCE)
}

/// Asks for a proof; the mail that asks is made with its id.
pub fn ask(tx: &mut Tx, shop: &ShopSecret, of: &ProofOf, payload: &impl Serialize, asking: Asking) -> Result<AccountTokenId> {
    let id = tx.new_id();
    let life = if asking.is_withheld() { Duration::zero() } else { of.kind.life() };
    let row = NewRow {
        id,
        kind: of.kind,
        hash: secrets::hash(&of.kind.secret(shop, id)?),
        subject_kind: of.subject_kind,
        subject_id: of.subject.map(|s| s.id.into()),
        email_key: of.email_key,
        change_id: of.change.map(EventId::from),
        payload: Json(serde_json::to_value(payload)?),
        created_at: tx.now(),
        expires_at: tx.now().plus(life),
    };
    on_each!(tx, |c| diesel::insert_into(proofs::table).values(&row).execute(c))?;
    Ok(id)
}

/// A proof that could be given now, without giving it.
pub fn find(tx: &mut Tx, kinds: &[ProofKind], secret: &str) -> Result<Proof> {
    let (now, hash) = (tx.now(), secrets::hash(secret));
    let found: Option<Proof> = on_each!(tx, |c| {
        proofs::table
            .filter(proofs::hash.eq(&hash))
            .filter(proofs::kind.eq_any(kinds.to_vec()))
            .filter(proofs::used_at.is_null())
            .filter(proofs::expires_at.gt(now))
            .select(Proof::as_select())
            .first(c)
            .optional()
    })?;
    found.ok_or_else(not_valid)
}

/// Gives a proof: of any number at once, one does.
pub fn give(tx: &mut Tx, proof: &Proof) -> Result<()> {
    let now = tx.now();
    let given = on_each!(tx, |c| {
        diesel::update(proofs::table.find(proof.id).filter(proofs::used_at.is_null()).filter(proofs::expires_at.gt(now)))
            .set(proofs::used_at.eq(now))
            .execute(c)
    })?;
    if given == 1 { Ok(()) } else { Err(not_valid()) }
}

/// Whether a change of address is agreed to: no half of it is open, and the new address's is among those that were given.
/// That a half is not there (any more) says nothing.
pub fn is_complete(tx: &mut Tx, change: uuid::Uuid) -> Result<bool> {
    let halves: Vec<(ProofKind, Option<Timestamp>)> = on_each!(tx, |c| {
        proofs::table.filter(proofs::change_id.eq(EventId::from(change))).select((proofs::kind, proofs::used_at)).load(c)
    })?;
    let given = |half: &(ProofKind, Option<Timestamp>)| half.1.is_some();
    Ok(halves.iter().all(given) && halves.iter().any(|half| half.0 == ProofKind::EmailChangeNew && given(half)))
}

/// Makes what was asked for an account, and was not given, worth nothing.
pub fn withdraw(tx: &mut Tx, subject: Subject, kinds: &[ProofKind]) -> Result<()> {
    on_each!(tx, |c| {
        let open = proofs::table
            .filter(proofs::subject_id.eq(EventId::from(subject.id)))
            .filter(proofs::subject_kind.eq(subject.kind))
            .filter(proofs::kind.eq_any(kinds.to_vec()))
            .filter(proofs::used_at.is_null());
        diesel::delete(open).execute(c)
    })?;
    Ok(())
}

/// Deletes all that was asked of an address or an account; of what was asked of accounts of the other kind nothing. A
/// change of address of which one half is asked of it goes whole.
pub fn erase(tx: &mut Tx, subject: Subject, email_key: &str) -> Result<()> {
    macro_rules! asked {
        () => {
            proofs::table
                .filter(proofs::subject_kind.eq(subject.kind))
                .filter(proofs::subject_id.eq(EventId::from(subject.id)).or(proofs::email_key.eq(email_key)).assume_not_null())
        };
    }
    let changes: Vec<EventId> = on_each!(tx, |c| {
        asked!().filter(proofs::change_id.is_not_null()).select(proofs::change_id.assume_not_null()).distinct().load(c)
    })?;
    on_each!(tx, |c| diesel::delete(asked!()).execute(c))?;
    on_each!(tx, |c| diesel::delete(proofs::table.filter(proofs::change_id.eq_any(&changes))).execute(c))?;
    Ok(())
}

/// Forgets proofs past their time; answers how many.
pub(crate) fn purge(tx: &mut Tx) -> Result<usize> {
    let before = tx.now().minus(Duration::days(KEPT_DAYS));
    Ok(on_each!(tx, |c| diesel::delete(proofs::table.filter(proofs::expires_at.lt(before))).execute(c))?)
}

fn not_valid() -> Error {
    Error::new(Code::ProofNotValid, "This link or code is unknown, was used, or is too old. Ask for another.")
}
