//! The customer's own profile.

use serde_json::json;

use super::inputs::CustomerUpdate;
use super::rows::{self, CustomerChanges, CustomerRow};
use super::shapes::Customer;
use crate::commerce::auth::Caller;
use crate::commerce::events;
use crate::db::Tx;
use crate::error::{Error, Result, check};
use crate::types::json::{check_metadata, merge_metadata};
use crate::types::{CustomerId, Metadata, MetadataPatch, Patch};

/// Who is logged in: one statement.
pub fn me(tx: &mut Tx, by: &Caller) -> Result<Customer> {
    let id = by.customer()?;
    Ok(rows::active(tx, id)?.shape(false))
}

/// Changes the own profile.
pub fn update_me(tx: &mut Tx, by: &Caller, expected_version: Option<i32>, input: CustomerUpdate) -> Result<Customer> {
    let id = by.customer()?;
    check(&input)?;
    let row = rows::take(tx, id, expected_version, &changes(&input))?;
    let row = with_metadata(tx, row, input.metadata, Patch::Keep)?;
    updated(tx, id)?;
    Ok(row.shape(false))
}

/// The columns of a profile that an input names.
pub(super) fn changes(input: &CustomerUpdate) -> CustomerChanges {
    let text = |patch: &Patch<String>| match patch {
        Patch::Keep => None,
        Patch::Clear => Some(None),
        Patch::Set(text) => Some(Some(text.trim().to_owned()).filter(|t| !t.is_empty())),
    };
    let locale = match &input.locale {
        Patch::Keep => None,
        Patch::Clear => Some(None),
        Patch::Set(locale) => Some(Some(locale.clone())),
    };
    CustomerChanges { name: text(&input.name), phone: text(&input.phone), locale, ..CustomerChanges::default() }
}

/// Merges metadata into a customer who is taken for writing.
pub(super) fn with_metadata(
    tx: &mut Tx,
    mut row: CustomerRow,
    public: Patch<MetadataPatch>,
    private: Patch<MetadataPatch>,
) -> Result<CustomerRow> {
    if public.is_keep() && private.is_keep() {
        return Ok(row);
    }
    merge_metadata(&mut row.metadata.0, public);
    merge_metadata(&mut row.private_metadata.0, private);
    bounded("/metadata", &row.metadata.0)?;
    bounded("/private_metadata", &row.private_metadata.0)?;
    rows::set_metadata(tx, &row)?;
    Ok(row)
}

fn bounded(pointer: &str, metadata: &Metadata) -> Result<()> {
    check_metadata(metadata).map_err(|e| Error::invalid_field(pointer, &e.code, e.message.unwrap_or_default()))
}

/// Tells that a customer changed.
pub(super) fn updated(tx: &mut Tx, id: CustomerId) -> Result<()> {
    events::emit(tx, "customer.updated", Some(id.into()), &json!({"customer_id": id}))
}
