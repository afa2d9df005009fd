//! Rotating a key: a new one that may do the same, and for a while both work, so that whoever uses the old one has
//! time to take the new.

use chrono::Duration;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::grants::{may_grant, may_issue, no_later};
use super::keys::{KeyRow, keep_key, key_row};
use super::{ApiKey, ApiKeyCreate, ApiKeyKind, Caller, IssuedKey, Permission};
use crate::commerce::{events, secrets};
use crate::db::tables::api_keys;
use crate::db::{Tx, on_each};
use crate::error::{Code, Error, Result, check};
use crate::types::{KeyId, Timestamp};

/// How a key is rotated.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, validator::Validate)]
#[serde(deny_unknown_fields)]
pub struct KeyRotate {
    /// For how many seconds the old key works on: 0 (at once no more) to 30 days; a day if absent.
    #[serde(default = "a_day")]
    #[graphql(default_with = "a_day()")]
    #[validate(range(min = 0, max = 2_592_000))]
    pub overlap_seconds: i32,
    /// When the new key stops working. Absent: as long after now as the old one was made for, or never; no later, either
    /// way, than a key that rotates it.
    #[serde(default)]
    pub expires_at: Option<Timestamp>,
}

fn a_day() -> i32 {
    86_400
}

/// Makes a key in the place of one, with its name, permissions, channel and addresses. A key is rotated once. Staff
/// must have given a password or code just now.
pub fn rotate_key(tx: &mut Tx, by: &Caller, id: KeyId, input: KeyRotate) -> Result<IssuedKey> {
    by.require_fresh(tx, Permission::KeysManage)?;
    check(&input)?;
    let now = tx.now();
    if input.expires_at.is_some_and(|at| at <= now) {
        return Err(Error::invalid_field("/expires_at", "range", "Must be in the future."));
    }
    let old = key_row(tx, by, id)?;
    may_grant(by, &old.permissions.0, old.channel_id)?;
    if old.revoked_at.is_some() || old.expires_at.is_some_and(|at| at <= now) {
        return Err(Error::new(Code::Conflict, "This key does not work any more: make a new one."));
    }
    let prefix = if old.kind == ApiKeyKind::Secret { "msk" } else { "mpk" };
    let fresh = ApiKeyCreate {
        name: old.name.clone(),
        kind: old.kind,
        permissions: old.permissions.0.clone(),
        channel_id: old.channel_id,
        expires_at: input.expires_at.or_else(|| no_later(by, lifetime(&old).map(|life| now.plus(life)))),
        allowed_addresses: old.allowed_networks.0.clone(),
    };
    if fresh.kind == ApiKeyKind::Secret {
        may_issue(by, &fresh.allowed_addresses, fresh.expires_at)?;
    }
    let issued = keep_key(tx, by, fresh, secrets::generate(prefix)?)?;
    let last = now.plus(Duration::seconds(input.overlap_seconds.into()));
    let last = old.expires_at.map_or(last, |at| at.min(last));
    let revoked = (input.overlap_seconds == 0).then_some(now);
    // Of two who rotate it at once, one does.
    let unrotated = api_keys::table.find(id).filter(api_keys::replaced_by.is_null()).filter(api_keys::revoked_at.is_null());
    let replaced = (api_keys::replaced_by.eq(issued.id), api_keys::expires_at.eq(last), api_keys::revoked_at.eq(revoked));
    if on_each!(tx, |c| diesel::update(unrotated).set(replaced).execute(c))? == 0 {
        return Err(Error::new(Code::Conflict, "This key was rotated already: rotate the one in its place."));
    }
    let old = ApiKey::from(key_row(tx, by, id)?);
    events::emit(tx, "key.rotated", Some(id.into()), &old)?;
    Ok(issued)
}

/// How long a key was made for.
fn lifetime(key: &KeyRow) -> Option<Duration> {
    key.expires_at.map(|at| Duration::microseconds(at.micros().saturating_sub(key.created_at.micros())))
}
