//! Variants, for staff: one at a time, beside what a product's own writes do to them.

use std::collections::{BTreeMap, HashMap, HashSet};

use diesel::prelude::*;

use super::rows::{Amounts, PriceRow, ProductState, VariantRow, VariantState};
use super::upsert::{Target, apply_one};
use super::write::at_version;
use super::{ManagedVariant, PricesInput, ProductUpsert, VariantFilter, VariantUpsert, change_variants, managed};
use crate::commerce::auth::{Caller, Permission};
use crate::db::tables::{prices, products, variants};
use crate::db::{Tx, any_of, on_each};
use crate::error::{Code, Error, FieldError, Result, check};
use crate::types::page::Direction;
use crate::types::{Currency, Listing, PageRequest, ProductId, VariantId};

/// Variants, active or not, newest first.
pub fn list_variants(tx: &mut Tx, by: &Caller, filter: &VariantFilter, page: &PageRequest) -> Result<Listing<ManagedVariant>> {
    const LIST: &str = "variants";
    by.require(Permission::CatalogRead)?;
    check(filter)?;
    let key: Option<VariantId> = page.key(LIST)?;
    macro_rules! narrowed {
        ($query:expr) => {{
            let mut query = $query.into_boxed();
            if let Some(product) = filter.product_id {
                query = query.filter(variants::product_id.eq(product));
            }
            if let Some(sku) = &filter.sku {
                query = query.filter(variants::sku.eq(sku.trim()));
            }
            if let Some(barcode) = &filter.barcode {
                query = query.filter(variants::barcode.eq(barcode.trim()));
            }
            query
        }};
    }
    let rows: Vec<VariantRow> = on_each!(tx, |c| {
        let query = narrowed!(variants::table.select(VariantRow::as_select())).limit(page.fetch());
        match (page.direction, key) {
            (Direction::Forward, None) => query.order(variants::id.desc()),
            (Direction::Forward, Some(id)) => query.filter(variants::id.lt(id)).order(variants::id.desc()),
            (Direction::Backward, None) => query.order(variants::id.asc()),
            (Direction::Backward, Some(id)) => query.filter(variants::id.gt(id)).order(variants::id.asc()),
        }
        .load(c)
    })?;
    let total = if page.with_total { Some(on_each!(tx, |c| narrowed!(variants::table.count()).get_result(c))?) } else { None };
    let mut of_variant = prices_of(tx, &rows.iter().map(|r| r.id).collect::<Vec<_>>())?;
    let listing = page.listing(LIST, rows, |row| row.id);
    let shaped = listing.map(|row| {
        let prices = of_variant.remove(&row.id).unwrap_or_default();
        managed::managed_variant(VariantState { row, prices })
    });
    Ok(Listing { total, ..shaped })
}

/// A variant, active or not.
pub fn get_variant(tx: &mut Tx, by: &Caller, id: VariantId) -> Result<ManagedVariant> {
    by.require(Permission::CatalogRead)?;
    let row: Option<VariantRow> = on_each!(tx, |c| variants::table.find(id).select(VariantRow::as_select()).first(c).optional())?;
    with_prices(tx, row.ok_or_else(|| Error::not_found("variant"))?)
}

/// The one variant with a SKU; `ambiguous_sku` names the candidates when there are several.
pub fn get_variant_by_sku(tx: &mut Tx, by: &Caller, sku: &str) -> Result<ManagedVariant> {
    by.require(Permission::CatalogRead)?;
    type Row = (VariantRow, String);
    let mut rows: Vec<Row> = on_each!(tx, |c| {
        variants::table
            .inner_join(products::table.on(products::id.eq(variants::product_id)))
            .filter(variants::sku.eq(sku.trim()))
            .order(variants::id)
            .limit(50)
            .select((VariantRow::as_select(), products::title))
            .load(c)
    })?;
    if rows.len() > 1 {
        let candidate = |(row, title): &Row| {
            let state = if row.active { "" } else { ", archived" };
            FieldError::new("/sku", "candidate", format!("{}: {title} {} ({}{state})", row.id, row.title, row.product_id))
        };
        return Err(Error::new(Code::AmbiguousSku, format!("{} variants have the SKU {sku:?}.", rows.len()))
            .with_fields(rows.iter().map(candidate).collect()));
    }
    let (row, _) = rows.pop().ok_or_else(|| Error::not_found("variant"))?;
    with_prices(tx, row)
}

fn with_prices(tx: &mut Tx, row: VariantRow) -> Result<ManagedVariant> {
    let prices = prices_of(tx, &[row.id])?.remove(&row.id).unwrap_or_default();
    Ok(managed::managed_variant(VariantState { row, prices }))
}

fn prices_of(tx: &mut Tx, ids: &[VariantId]) -> Result<HashMap<VariantId, BTreeMap<Currency, Amounts>>> {
    let rows: Vec<PriceRow> =
        on_each!(tx, |c| prices::table.filter(prices::variant_id.eq_any(any_of(ids))).select(PriceRow::as_select()).load(c))?;
    let mut found: HashMap<VariantId, BTreeMap<Currency, Amounts>> = HashMap::new();
    for row in rows {
        found.entry(row.variant_id).or_default().insert(row.currency, Amounts { amount: row.amount, compare_at: row.compare_at });
    }
    Ok(found)
}

/// Adds a variant to a product; `already_exists` when the product has one with these option values.
pub fn create_variant(tx: &mut Tx, by: &Caller, product: ProductId, input: VariantUpsert) -> Result<ManagedVariant> {
    by.require(Permission::CatalogWrite)?;
    check(&input)?;
    if input.id.is_some() {
        return Err(Error::invalid_field("/id", "not_allowed", "A new variant gets its id from the server."));
    }
    let meant = input.clone();
    let guard = move |state: &ProductState| match change_variants::find(state, &meant, &HashSet::new()) {
        Some(_) => Err(Error::new(Code::AlreadyExists, "The product has a variant with this key or these option values already.")),
        None => Ok(()),
    };
    write(tx, product, input, &guard)
}

/// Changes a variant. `expected_version` refuses to write over a version not seen (412).
pub fn update_variant(
    tx: &mut Tx,
    by: &Caller,
    id: VariantId,
    expected_version: Option<i32>,
    input: VariantUpsert,
) -> Result<ManagedVariant> {
    by.require(Permission::CatalogWrite)?;
    check(&input)?;
    if input.id.is_some_and(|given| given != id) {
        return Err(Error::invalid_field("/id", "mismatch", "This is the id of another variant."));
    }
    let product: Option<ProductId> = on_each!(tx, |c| variants::table.find(id).select(variants::product_id).first(c).optional())?;
    let product = product.ok_or_else(|| Error::not_found("variant"))?;
    let guard = move |state: &ProductState| {
        let present = state.variants.iter().find(|v| v.row.id == id).ok_or_else(|| Error::not_found("variant"))?;
        at_version("variant", present.row.version, expected_version)
    };
    write(tx, product, VariantUpsert { id: Some(id), ..input }, &guard)
}

/// Puts a variant away: it is not sold any more, old orders still name it.
pub fn archive_variant(tx: &mut Tx, by: &Caller, id: VariantId, expected_version: Option<i32>) -> Result<ManagedVariant> {
    update_variant(tx, by, id, expected_version, VariantUpsert { active: Some(false), ..VariantUpsert::default() })
}

/// Sets all prices of a variant: currencies that are not listed lose theirs.
pub fn set_prices(tx: &mut Tx, by: &Caller, id: VariantId, expected_version: Option<i32>, input: PricesInput) -> Result<ManagedVariant> {
    let change = VariantUpsert { prices: Some(input.prices), replace_prices: true, ..VariantUpsert::default() };
    update_variant(tx, by, id, expected_version, change)
}

fn write(tx: &mut Tx, product: ProductId, input: VariantUpsert, guard: &dyn Fn(&ProductState) -> Result<()>) -> Result<ManagedVariant> {
    let item = ProductUpsert { variants: Some(vec![input]), ..ProductUpsert::default() };
    let (state, outcome) = apply_one(tx, &item, Target::This(product, guard)).map_err(as_of_variant)?;
    let written = state.variants.into_iter().find(|v| outcome.variant_ids.first() == Some(&v.row.id));
    let mut variant = managed::managed_variant(written.ok_or_else(|| Error::internal("the variant just written is gone"))?);
    variant.warnings = outcome.warnings;
    for warning in &mut variant.warnings {
        warning.pointer = own_pointer(&warning.pointer);
    }
    Ok(variant)
}

/// An error of the product's write, with pointers into the variant's own body.
fn as_of_variant(mut error: Error) -> Error {
    for field in &mut error.fields {
        field.pointer = own_pointer(&field.pointer);
    }
    error
}

fn own_pointer(pointer: &str) -> String {
    let inside = pointer.strip_prefix("/variants/").map(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit()));
    inside.unwrap_or(pointer).to_owned()
}
