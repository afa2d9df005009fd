//! The ways to log in to an account. The last one cannot be taken away: nobody could come back.

use super::rows::CustomerRow;
use crate::error::{Code, Error, Result};

/// A way to log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// An address: with a password, which its mail can set.
    Email,
    /// A phone number, by a code.
    Phone,
}

/// The ways that an account has.
pub(super) fn of(row: &CustomerRow) -> Vec<Way> {
    let email = row.email_key.is_some().then_some(Way::Email);
    let phone = row.login_phone.is_some().then_some(Way::Phone);
    [email, phone].into_iter().flatten().collect()
}

/// Refuses to take a way from an account that has no other. The account is held for writing, so that of two ways that
/// are taken at once one stays.
pub(super) fn require_another(held: &CustomerRow, but: Way) -> Result<()> {
    if of(held).iter().any(|way| *way != but) {
        Ok(())
    } else {
        Err(Error::new(Code::LastLoginMethod, "It is the account's only way to log in: add another first."))
    }
}
