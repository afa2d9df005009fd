//! Making, changing and archiving one product; many in bulk. Products are archived, never deleted: old
//! orders name them.

use super::rows::ProductState;
use super::upsert::{Target, apply_one, upsert_products};
use super::{BulkAnswer, BulkInput, ManagedProduct, ProductStatus, ProductUpsert, UpsertOutcome, UpsertStatus, managed};
use crate::commerce::auth::{Caller, Permission};
use crate::db::Tx;
use crate::error::{Code, Error, FieldError, Result};
use crate::types::ProductId;

/// Items of a bulk call at most.
const MAX_ITEMS: usize = 1_000;

/// Makes a product, whatever it resembles.
pub fn create_product(tx: &mut Tx, by: &Caller, input: ProductUpsert) -> Result<ManagedProduct> {
    by.require(Permission::CatalogWrite)?;
    if input.id.is_some() {
        return Err(Error::invalid_field("/id", "not_allowed", "A new product gets its id from the server."));
    }
    let written = apply_one(tx, &input, Target::New)?;
    answer(tx, by, written)
}

/// Changes a product. `expected_version` refuses to write over a version not seen (412).
pub fn update_product(
    tx: &mut Tx,
    by: &Caller,
    id: ProductId,
    expected_version: Option<i32>,
    input: ProductUpsert,
) -> Result<ManagedProduct> {
    by.require(Permission::CatalogWrite)?;
    if input.id.is_some_and(|given| given != id) {
        return Err(Error::invalid_field("/id", "mismatch", "This is the id of another product."));
    }
    let guard = |state: &ProductState| at_version("product", state.row.version, expected_version);
    let written = apply_one(tx, &input, Target::This(id, &guard))?;
    answer(tx, by, written)
}

/// Puts a product away: shoppers do not see it any more, old orders still name it.
pub fn archive_product(tx: &mut Tx, by: &Caller, id: ProductId, expected_version: Option<i32>) -> Result<ManagedProduct> {
    update_product(tx, by, id, expected_version, ProductUpsert { status: Some(ProductStatus::Archived), ..ProductUpsert::default() })
}

/// Refuses a version that is not the present one.
pub(super) fn at_version(what: &str, present: i32, expected: Option<i32>) -> Result<()> {
    match expected {
        Some(expected) if expected != present => Err(Error::new(Code::VersionMismatch, format!("The {what} is at version {present} now."))),
        _ => Ok(()),
    }
}

fn answer(tx: &mut Tx, by: &Caller, (state, outcome): (ProductState, UpsertOutcome)) -> Result<ManagedProduct> {
    let mut product = managed::managed(tx, by, vec![state])?.pop().ok_or_else(|| Error::not_found("product"))?;
    product.warnings = outcome.warnings;
    Ok(product)
}

/// Makes and changes up to 1,000 products. With `atomic` one refused item refuses all; without, each item
/// answers for itself.
pub fn bulk_upsert_products(tx: &mut Tx, by: &Caller, input: BulkInput, atomic: bool) -> Result<BulkAnswer> {
    by.require(Permission::CatalogWrite)?;
    if input.items.is_empty() || input.items.len() > MAX_ITEMS {
        return Err(Error::invalid_field("/items", "length", format!("A call takes 1 to {MAX_ITEMS} items.")));
    }
    let items = upsert_products(tx, by, input.items)?;
    if atomic {
        let faults: Vec<FieldError> = items.iter().enumerate().flat_map(|(index, item)| faults(index, item)).collect();
        if !faults.is_empty() {
            return Err(Error::invalid(faults));
        }
    }
    let count = |status| i32::try_from(items.iter().filter(|i| i.status == status).count()).unwrap_or(i32::MAX);
    Ok(BulkAnswer {
        created: count(UpsertStatus::Created),
        updated: count(UpsertStatus::Updated),
        unchanged: count(UpsertStatus::Unchanged),
        failed: count(UpsertStatus::Failed),
        items,
    })
}

fn faults(index: usize, outcome: &UpsertOutcome) -> Vec<FieldError> {
    let Some(error) = &outcome.error else { return Vec::new() };
    if error.errors.is_empty() {
        return vec![FieldError::new(format!("/items/{index}"), error.code.clone(), error.detail.clone())];
    }
    let inside = error.errors.iter();
    inside.map(|f| FieldError::new(format!("/items/{index}{}", f.pointer), f.code.clone(), f.detail.clone())).collect()
}
