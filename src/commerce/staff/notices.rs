//! Mail to staff about their own accounts.

use super::rows::StaffRow;
use crate::commerce::notifications::{self, Mail, Template};
use crate::db::Tx;
use crate::error::Result;
use crate::types::Locale;

/// Mails somebody what happened to their account, in their language or else in the call's.
pub(super) fn tell(tx: &mut Tx, row: &StaffRow, template: Template, otherwise: &Locale) -> Result<()> {
    let Some(email) = &row.email else { return Ok(()) };
    let locale = row.locale.as_ref().unwrap_or(otherwise);
    notifications::queue(tx, &Mail { template, locale, recipient: email, proof: None, withheld: false })
}
