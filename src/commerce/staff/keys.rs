//! Keys that staff makes. A key outlives who made it: whoever is dismissed makes none by a request that was under way.

use super::authority::as_of_now;
use crate::commerce::auth::{self, ApiKeyCreate, Caller, IssuedKey, KeyRotate, Permission};
use crate::db::Tx;
use crate::error::Result;
use crate::types::KeyId;

/// [`auth::create_key`], by whoever may do it now.
pub fn create_key(tx: &mut Tx, by: &Caller, input: ApiKeyCreate) -> Result<IssuedKey> {
    by.require_fresh(tx, Permission::KeysManage)?;
    let by = as_of_now(tx, by)?;
    auth::create_key(tx, &by, input)
}

/// [`auth::rotate_key`], by whoever may do it now.
pub fn rotate_key(tx: &mut Tx, by: &Caller, id: KeyId, input: KeyRotate) -> Result<IssuedKey> {
    by.require_fresh(tx, Permission::KeysManage)?;
    let by = as_of_now(tx, by)?;
    auth::rotate_key(tx, &by, id, input)
}
