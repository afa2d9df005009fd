//! Signing keys as the database keeps them: made, sealed, rotated with overlap, forgotten.

use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::ACCESS_MINUTES;
use crate::commerce::auth::sealing::Sealing;
use crate::commerce::auth::{Caller, Permission};
use crate::commerce::events;
use crate::commerce::secrets;
use crate::db::tables::signing_keys;
use crate::db::{Tx, on_each};
use crate::error::{Code, Error, Result};
use crate::types::Timestamp;

/// How long a key is published before it signs: longer than processes and clients keep what they know.
const PUBLISHED_MINUTES: i64 = 10;
/// What clocks may differ by.
const SKEW_MINUTES: i64 = 5;

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = signing_keys, treat_none_as_default_value = false)]
pub(super) struct KeyRow {
    pub generation: i32,
    pub kid: String,
    pub public_key: String,
    pub private_key: String,
    pub signs_from: Timestamp,
    pub verifies_until: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// A signing key, without its secret.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SigningKey {
    /// What tokens name it by.
    pub kid: String,
    /// From when it signs.
    pub signs_from: Timestamp,
    /// Until when what it signed is believed; null: while no newer key has taken over.
    pub verifies_until: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl KeyRow {
    /// The private key.
    pub(super) fn open(&self, sealing: &Sealing) -> Result<Vec<u8>> {
        sealing.open(&self.kid, &self.private_key)
    }
}

impl From<KeyRow> for SigningKey {
    fn from(row: KeyRow) -> Self {
        Self { kid: row.kid, signs_from: row.signs_from, verifies_until: row.verifies_until, created_at: row.created_at }
    }
}

/// How a key takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// It is published, signs in ten minutes, and what older keys signed stays good until it expires.
    Overlapping,
    /// It signs at once and nothing that older keys signed is believed any more: a key was stolen. Every process
    /// knows within a minute; apps refresh.
    AtOnce,
}

/// The keys that anything signed may still be believed of, newest first.
pub(super) fn load(tx: &mut Tx) -> Result<Vec<KeyRow>> {
    let now = tx.now();
    Ok(on_each!(tx, |c| {
        signing_keys::table
            .filter(signing_keys::verifies_until.is_null().or(signing_keys::verifies_until.gt(now)))
            .order(signing_keys::generation.desc())
            .select(KeyRow::as_select())
            .load(c)
    })?)
}

/// A key that signs from now on: of processes that find none, one makes it.
pub(super) fn create_first(tx: &mut Tx, sealing: &Sealing) -> Result<()> {
    let newest = newest(tx)?;
    if newest.as_ref().is_some_and(|key| key.open(sealing).is_ok()) {
        return Ok(());
    }
    let from = tx.now();
    supersede(tx, from)?;
    insert(tx, sealing, newest.map_or(0, |key| key.generation), from).map(|_| ())
}

/// Makes the next key. Needs `keys:manage`.
pub fn rotate_signing_key(tx: &mut Tx, by: &Caller, tokens: &super::Tokens, how: Rotation) -> Result<SigningKey> {
    by.require(Permission::KeysManage)?;
    rotate(tx, &tokens.sealing, how)
}

fn rotate(tx: &mut Tx, sealing: &Sealing, how: Rotation) -> Result<SigningKey> {
    let (now, newest) = (tx.now(), newest(tx)?);
    let from = match (how, &newest) {
        (Rotation::Overlapping, Some(_)) => now.plus(Duration::minutes(PUBLISHED_MINUTES)),
        _ => now,
    };
    match how {
        Rotation::Overlapping => supersede(tx, from)?,
        Rotation::AtOnce => withdraw(tx)?,
    }
    let made = insert(tx, sealing, newest.map_or(0, |key| key.generation), from)?
        .ok_or_else(|| Error::new(Code::Conflict, "Another process made the next signing key just now."))?;
    events::emit(tx, "signing_key.rotated", None, &json!({"kid": made.kid, "signs_from": made.signs_from}))?;
    Ok(made.into())
}

/// Makes the next key when the newest has signed for so many days; answers how many it made.
pub(super) fn rotate_if_due(tx: &mut Tx, sealing: &Sealing, days: u32) -> Result<usize> {
    let due = tx.now().minus(Duration::days(days.into()));
    match newest(tx)? {
        Some(key) if key.signs_from <= due => rotate(tx, sealing, Rotation::Overlapping).map(|_| 1),
        _ => Ok(0),
    }
}

/// Forgets keys that nothing is believed of any more.
pub(crate) fn purge_signing_keys(tx: &mut Tx) -> Result<usize> {
    let before = tx.now().minus(Duration::days(1));
    Ok(on_each!(tx, |c| diesel::delete(signing_keys::table.filter(signing_keys::verifies_until.lt(before))).execute(c))?)
}

/// The keys that are believed now, newest first. Needs `keys:manage`.
pub fn list_signing_keys(tx: &mut Tx, by: &Caller) -> Result<Vec<SigningKey>> {
    by.require(Permission::KeysManage)?;
    Ok(load(tx)?.into_iter().map(SigningKey::from).collect())
}

fn newest(tx: &mut Tx) -> Result<Option<KeyRow>> {
    Ok(on_each!(tx, |c| signing_keys::table.order(signing_keys::generation.desc()).select(KeyRow::as_select()).first(c).optional())?)
}

/// What older keys signed is believed until the last of it expires after a newer one takes over at `from`.
fn supersede(tx: &mut Tx, from: Timestamp) -> Result<()> {
    let until = from.plus(Duration::minutes(ACCESS_MINUTES + SKEW_MINUTES));
    on_each!(tx, |c| {
        diesel::update(signing_keys::table.filter(signing_keys::verifies_until.is_null()))
            .set(signing_keys::verifies_until.eq(until))
            .execute(c)
    })?;
    Ok(())
}

/// What older keys signed is believed no longer.
fn withdraw(tx: &mut Tx) -> Result<()> {
    let now = tx.now();
    on_each!(tx, |c| diesel::update(signing_keys::table).set(signing_keys::verifies_until.eq(now)).execute(c))?;
    Ok(())
}

fn insert(tx: &mut Tx, sealing: &Sealing, after: i32, from: Timestamp) -> Result<Option<KeyRow>> {
    let broken = |_| Error::internal("no Ed25519 key could be made");
    let pair = Ed25519KeyPair::generate().map_err(broken)?;
    let kid = URL_SAFE_NO_PAD.encode(secrets::random::<12>()?);
    let row = KeyRow {
        generation: after.saturating_add(1),
        public_key: URL_SAFE_NO_PAD.encode(pair.public_key().as_ref()),
        private_key: sealing.seal(&kid, pair.to_pkcs8().map_err(|_| Error::internal("no PKCS#8"))?.as_ref())?,
        kid,
        signs_from: from,
        verifies_until: None,
        created_at: tx.now(),
    };
    let made = on_each!(tx, |c| {
        diesel::insert_into(signing_keys::table).values(&row).on_conflict(signing_keys::generation).do_nothing().execute(c)
    })?;
    Ok((made == 1).then_some(row))
}
