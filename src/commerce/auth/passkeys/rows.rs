//! Passkeys as the database keeps them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use diesel::prelude::*;
use webauthn_rs::prelude::{AuthenticationResult, CredentialID, Passkey as Credential};

use super::ceremony::Added;
use super::{MOST, Passkey, not_valid};
use crate::commerce::auth::{Subject, SubjectKind};
use crate::db::tables::{answered_challenges as answered, passkeys};
use crate::db::{Tx, on_each};
use crate::error::{Error, OnUnique, Result};
use crate::types::{EventId, Json, PasskeyId, Timestamp};

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = passkeys, treat_none_as_default_value = false)]
pub(super) struct PasskeyRow {
    id: PasskeyId,
    subject_kind: SubjectKind,
    subject_id: EventId,
    credential_id: String,
    credential: Json<Credential>,
    sign_count: i64,
    backed_up: bool,
    name: String,
    created_at: Timestamp,
    last_used_at: Option<Timestamp>,
}

impl PasskeyRow {
    pub fn id(&self) -> PasskeyId {
        self.id
    }

    pub fn subject(&self) -> Subject {
        Subject { kind: self.subject_kind, id: self.subject_id.into() }
    }

    pub fn credential(&self) -> &Credential {
        &self.credential.0
    }

    fn shape(self) -> Passkey {
        Passkey { id: self.id, name: self.name, backed_up: self.backed_up, created_at: self.created_at, last_used_at: self.last_used_at }
    }
}

/// How a credential is looked up.
pub(super) fn name_of(credential_id: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(credential_id)
}

macro_rules! of {
    ($subject:expr) => {
        passkeys::table.filter(passkeys::subject_kind.eq($subject.kind)).filter(passkeys::subject_id.eq(EventId::from($subject.id)))
    };
}

fn rows(tx: &mut Tx, subject: Subject) -> Result<Vec<PasskeyRow>> {
    Ok(on_each!(tx, |c| of!(subject).order(passkeys::id.asc()).limit(100).select(PasskeyRow::as_select()).load(c))?)
}

/// An account's passkeys, oldest first.
pub fn list(tx: &mut Tx, subject: Subject) -> Result<Vec<Passkey>> {
    Ok(rows(tx, subject)?.into_iter().map(PasskeyRow::shape).collect())
}

/// What authenticators call an account's passkeys.
pub fn credentials(tx: &mut Tx, subject: Subject) -> Result<Vec<CredentialID>> {
    Ok(rows(tx, subject)?.iter().map(|row| row.credential.0.cred_id().clone()).collect())
}

/// How many passkeys an account has. Hold the account where it matters.
pub fn count(tx: &mut Tx, subject: Subject) -> Result<i64> {
    Ok(on_each!(tx, |c| of!(subject).count().get_result(c))?)
}

/// Keeps a new passkey. The account is held by who calls this: it does not get one too many.
pub fn insert(tx: &mut Tx, added: &Added, name: &str) -> Result<Passkey> {
    if usize::try_from(count(tx, added.subject)?).unwrap_or(usize::MAX) >= MOST {
        return Err(Error::invalid_field("", "length", format!("An account has {MOST} passkeys at most: delete one first.")));
    }
    // The library shows what the authenticator said of itself in what it keeps alone.
    let kept = serde_json::to_value(&added.credential)?;
    let row = PasskeyRow {
        id: tx.new_id(),
        subject_kind: added.subject.kind,
        subject_id: added.subject.id.into(),
        credential_id: name_of(added.credential.cred_id()),
        credential: Json(added.credential.clone()),
        sign_count: kept.pointer("/cred/counter").and_then(|n| n.as_i64()).unwrap_or(0),
        backed_up: kept.pointer("/cred/backup_state").is_some_and(|is| is == true),
        name: name.to_owned(),
        created_at: tx.now(),
        last_used_at: None,
    };
    on_each!(tx, |c| diesel::RunQueryDsl::execute(diesel::insert_into(passkeys::table).values(&row), c)).on_unique(not_valid)?;
    Ok(row.shape())
}

pub(super) fn by_credential(tx: &mut Tx, credential_id: &str) -> Result<Option<PasskeyRow>> {
    Ok(on_each!(tx, |c| {
        passkeys::table.filter(passkeys::credential_id.eq(credential_id)).select(PasskeyRow::as_select()).first(c).optional()
    })?)
}

/// Notes an answer that was checked; false if another one with this count, or a later one, was noted meanwhile.
pub(super) fn used(tx: &mut Tx, row: &PasskeyRow, result: &AuthenticationResult) -> Result<bool> {
    let mut credential = row.credential.0.clone();
    credential.update_credential(result);
    let (counted, now) = (i64::from(result.counter()), tx.now());
    let change = (
        passkeys::credential.eq(Json(credential)),
        passkeys::sign_count.eq(counted),
        passkeys::backed_up.eq(result.backup_state()),
        passkeys::last_used_at.eq(now),
    );
    // One that does not count stays at 0.
    let is_next = passkeys::sign_count.lt(counted).or(passkeys::sign_count.eq(0).and(passkeys::sign_count.eq(counted)));
    let noted = on_each!(tx, |c| diesel::update(passkeys::table.find(row.id).filter(is_next)).set(change).execute(c))?;
    Ok(noted == 1)
}

/// Gives one of an account's passkeys another name.
pub fn rename(tx: &mut Tx, subject: Subject, id: PasskeyId, name: &str) -> Result<Passkey> {
    let renamed: Option<PasskeyRow> = on_each!(tx, |c| {
        let own = of!(subject).filter(passkeys::id.eq(id));
        diesel::update(own).set(passkeys::name.eq(name)).returning(PasskeyRow::as_returning()).get_result(c).optional()
    })?;
    renamed.map(PasskeyRow::shape).ok_or_else(|| Error::not_found("passkey"))
}

/// Deletes one of an account's passkeys.
pub fn delete(tx: &mut Tx, subject: Subject, id: PasskeyId) -> Result<()> {
    let deleted = on_each!(tx, |c| diesel::delete(of!(subject).filter(passkeys::id.eq(id))).execute(c))?;
    if deleted == 1 { Ok(()) } else { Err(Error::not_found("passkey")) }
}

/// Deletes all of an account's passkeys.
pub fn erase(tx: &mut Tx, subject: Subject) -> Result<()> {
    on_each!(tx, |c| diesel::delete(of!(subject)).execute(c))?;
    Ok(())
}

/// Whether a challenge is answered for the first time.
pub(super) fn spend(tx: &mut Tx, hash: &str, expires_at: Timestamp) -> Result<bool> {
    let row = (answered::hash.eq(hash), answered::expires_at.eq(expires_at));
    Ok(on_each!(tx, |c| diesel::insert_into(answered::table).values(row).on_conflict(answered::hash).do_nothing().execute(c))? == 1)
}

/// Forgets answered challenges that have expired anyway; answers how many.
pub fn purge(tx: &mut Tx) -> Result<usize> {
    let before = tx.now().minus(Duration::hours(1));
    Ok(on_each!(tx, |c| diesel::delete(answered::table.filter(answered::expires_at.lt(before))).execute(c))?)
}
