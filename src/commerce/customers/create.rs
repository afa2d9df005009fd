//! Making an account, by whichever door somebody comes.

use diesel::prelude::*;
use serde_json::json;

use super::consents::{self, REGISTRATION};
use super::inputs::ConsentsUpdate;
use super::rows::CustomerRow;
use crate::commerce::{events, orders};
use crate::db::tables::customers;
use crate::db::{Tx, on_each};
use crate::error::{Error, OnUnique, Result};

/// Makes an account, with what its owner agrees to; what a guest ordered with its address is its own, if that is proved.
/// `taken` says what it means that another account was given the address or the number meanwhile.
pub(super) fn create(
    tx: &mut Tx,
    mut row: CustomerRow,
    agreed: Option<ConsentsUpdate>,
    taken: impl FnOnce() -> Error,
) -> Result<CustomerRow> {
    let records = agreed.map(|update| consents::apply(tx, &mut row, update, REGISTRATION)).unwrap_or_default();
    on_each!(tx, |c| diesel::insert_into(customers::table).values(&row).execute(c)).on_unique(taken)?;
    consents::insert(tx, &records)?;
    let claimed = match &row.email {
        Some(email) if row.email_verified_at.is_some() => orders::claim_by_email(tx, row.id, email)?,
        _ => 0,
    };
    events::emit(tx, "customer.registered", Some(row.id.into()), &json!({"customer_id": row.id, "claimed_orders": claimed}))?;
    Ok(row)
}
