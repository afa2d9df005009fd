//! The ways to log in to an account. The last one cannot be taken away: nobody could come back.

use super::rows::CustomerRow;
use super::sign_in;
use crate::commerce::auth::passkeys;
use crate::db::Tx;
use crate::error::{Code, Error, Result};

/// Refuses what left an account, which is held for writing so that of two ways that are taken at once one stays, without
/// a way in: a password, a number, an account elsewhere, a passkey. `held` is as it will be.
pub(super) fn require_one(tx: &mut Tx, held: &CustomerRow) -> Result<()> {
    let at_hand = held.password_hash.is_some() || held.login_phone.is_some();
    if at_hand || sign_in::count(tx, held.id)? > 0 || passkeys::count(tx, held.subject())? > 0 {
        return Ok(());
    }
    Err(Error::new(Code::LastSignIn, "It is the last way to log in to the account: add another, or set a password, first."))
}

/// The same where an address will do, whose mail can set a password.
pub(super) fn require_one_or_email(tx: &mut Tx, held: &CustomerRow) -> Result<()> {
    if held.email_key.is_some() { Ok(()) } else { require_one(tx, held) }
}
