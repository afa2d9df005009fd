//! The first time that an address is proved to be its owner's. Until then an account with it (an import's) may be
//! anybody's who knew its password, so what lets somebody in was set by nobody knows whom, and goes.

use super::rows::{self, CustomerChanges, CustomerRow};
use super::sign_in;
use crate::commerce::auth::sessions::{self, SessionsEnded};
use crate::commerce::auth::{ProofKind, codes, passkeys, proofs};
use crate::commerce::{identity, orders};
use crate::db::Tx;
use crate::error::Result;

/// Notes that the owner of an account's address, `email`, came; answers how many sessions of others that ended. Nothing if
/// they came before. To be called before the owner's own way in is written.
pub(super) fn first_proof(tx: &mut Tx, row: CustomerRow, email: &str) -> Result<(CustomerRow, SessionsEnded)> {
    if row.email_verified_at.is_some() {
        return Ok((row, SessionsEnded { ended: 0 }));
    }
    let changes = CustomerChanges {
        email_verified_at: Some(Some(tx.now())),
        password_hash: Some(None),
        password_changed_at: Some(tx.now()),
        login_phone: Some(None),
        login_phone_verified_at: Some(None),
        ..CustomerChanges::default()
    };
    let number = row.login_phone;
    let row = rows::take(tx, row.id, None, &changes)?;
    let ended = sessions::revoke_all(tx, row.subject(), None, "the owner of the address came")?;
    sign_in::erase(tx, row.id)?;
    passkeys::erase(tx, row.subject())?;
    codes::erase(tx, row.id, number.as_deref())?;
    identity::erase(tx, row.id)?;
    proofs::withdraw(tx, row.subject(), &[ProofKind::PasswordReset, ProofKind::EmailChangeOld, ProofKind::EmailChangeNew])?;
    // The address as it was proved: of an account that was put away the row holds none.
    orders::claim_by_email(tx, row.id, email)?;
    Ok((row, ended))
}
