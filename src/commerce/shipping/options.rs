//! Shipping options, for staff.

use diesel::prelude::*;

use super::rows::OptionRow;
use super::shapes::{OptionFilter, ShippingOption, ShippingOptionCreate, ShippingOptionUpdate};
use crate::commerce::auth::{Caller, Permission};
use crate::commerce::events;
use crate::db::tables::shipping_options as options;
use crate::db::{Tx, on_each};
use crate::error::{Code, Error, FieldError, OnReference, Result, check};
use crate::types::money::MAX_AMOUNT;
use crate::types::page::Direction;
use crate::types::{Json, Listing, PageRequest, ShippingOptionId};

/// An option, for staff.
pub fn get_option(tx: &mut Tx, by: &Caller, id: ShippingOptionId) -> Result<ShippingOption> {
    by.require(Permission::SettingsRead)?;
    at_version(tx, id, None).map(ShippingOption::from)
}

/// Options, oldest first, of one zone or of all, for staff.
pub fn list_options(tx: &mut Tx, by: &Caller, filter: &OptionFilter, page: &PageRequest) -> Result<Listing<ShippingOption>> {
    const LIST: &str = "shipping_options";
    by.require(Permission::SettingsRead)?;
    let key: Option<ShippingOptionId> = page.key(LIST)?;
    let rows: Vec<OptionRow> = on_each!(tx, |c| {
        let mut query = options::table.select(OptionRow::as_select()).limit(page.fetch()).into_boxed();
        if let Some(zone) = filter.zone_id {
            query = query.filter(options::zone_id.eq(zone));
        }
        match (page.direction, key) {
            (Direction::Forward, None) => query.order(options::id.asc()),
            (Direction::Forward, Some(id)) => query.filter(options::id.gt(id)).order(options::id.asc()),
            (Direction::Backward, None) => query.order(options::id.desc()),
            (Direction::Backward, Some(id)) => query.filter(options::id.lt(id)).order(options::id.desc()),
        }
        .load(c)
    })?;
    Ok(page.listing(LIST, rows, |row| row.id).map(ShippingOption::from))
}

/// Makes an option.
pub fn create_option(tx: &mut Tx, by: &Caller, input: ShippingOptionCreate) -> Result<ShippingOption> {
    by.require_everywhere(Permission::SettingsWrite)?;
    check(&input)?;
    let row = OptionRow {
        id: tx.new_id(),
        zone_id: input.zone_id,
        name: input.name,
        description: input.description,
        currency: input.currency,
        amount: input.amount.0,
        per_weight_amount: input.per_weight_amount.unwrap_or_default().0,
        per_weight_grams: input.per_weight_grams,
        free_over: input.free_over.map(|m| m.0),
        max_weight_grams: input.max_weight_grams,
        position: input.position,
        active: true,
        translations: Json(input.translations),
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    check_consistent(&row)?;
    on_each!(tx, |c| diesel::insert_into(options::table).values(&row).execute(c))
        .on_reference(|| Error::invalid_field("/zone_id", "not_found", "There is no such shipping zone."))?;
    let option = ShippingOption::from(row);
    events::emit(tx, "shipping_option.created", Some(option.id.into()), &option)?;
    Ok(option)
}

/// Changes an option. `expected_version` refuses to write over a version not seen (412).
pub fn update_option(
    tx: &mut Tx,
    by: &Caller,
    id: ShippingOptionId,
    expected_version: Option<i32>,
    input: ShippingOptionUpdate,
) -> Result<ShippingOption> {
    by.require_everywhere(Permission::SettingsWrite)?;
    check(&input)?;
    let mut row = at_version(tx, id, expected_version)?;
    let seen = row.version;
    row.name = input.name.unwrap_or(row.name);
    input.description.apply(&mut row.description);
    row.amount = input.amount.map_or(row.amount, |m| m.0);
    row.per_weight_amount = input.per_weight_amount.map_or(row.per_weight_amount, |m| m.0);
    input.per_weight_grams.apply(&mut row.per_weight_grams);
    input.free_over.map(|m| m.0).apply(&mut row.free_over);
    input.max_weight_grams.apply(&mut row.max_weight_grams);
    row.position = input.position.unwrap_or(row.position);
    row.active = input.active.unwrap_or(row.active);
    row.translations = input.translations.map_or(row.translations, Json);
    row.version = seen.saturating_add(1);
    row.updated_at = tx.now();
    check_consistent(&row)?;
    let changed = on_each!(tx, |c| diesel::update(options::table.find(id).filter(options::version.eq(seen))).set(&row).execute(c))?;
    if changed == 0 {
        return Err(Error::new(Code::VersionMismatch, "The shipping option changed meanwhile."));
    }
    let option = ShippingOption::from(row);
    events::emit(tx, "shipping_option.updated", Some(option.id.into()), &option)?;
    Ok(option)
}

/// Deletes an option; answers it as it was. Carts that chose it are told; orders keep its name and price.
pub fn delete_option(tx: &mut Tx, by: &Caller, id: ShippingOptionId, expected_version: Option<i32>) -> Result<ShippingOption> {
    by.require_everywhere(Permission::SettingsWrite)?;
    let option = ShippingOption::from(at_version(tx, id, expected_version)?);
    on_each!(tx, |c| diesel::delete(options::table.find(id)).execute(c))?;
    events::emit(tx, "shipping_option.deleted", Some(id.into()), &option)?;
    Ok(option)
}

fn at_version(tx: &mut Tx, id: ShippingOptionId, expected: Option<i32>) -> Result<OptionRow> {
    let row: Option<OptionRow> = on_each!(tx, |c| options::table.find(id).select(OptionRow::as_select()).first(c).optional())?;
    let row = row.ok_or_else(|| Error::not_found("shipping option"))?;
    let version = row.version;
    if expected.is_some_and(|v| v != version) {
        return Err(Error::new(Code::VersionMismatch, format!("The shipping option is at version {version} now.")));
    }
    Ok(row)
}

fn check_consistent(row: &OptionRow) -> Result<()> {
    let amounts = [("amount", Some(row.amount)), ("per_weight_amount", Some(row.per_weight_amount)), ("free_over", row.free_over)];
    let mut fields: Vec<FieldError> = amounts
        .into_iter()
        .filter(|(_, amount)| amount.is_some_and(|a| !(0..=MAX_AMOUNT).contains(&a)))
        .map(|(name, _)| FieldError::new(format!("/{name}"), "range", format!("Must be between 0 and {MAX_AMOUNT}.")))
        .collect();
    if row.per_weight_amount > 0 && row.per_weight_grams.is_none() {
        fields.push(FieldError::new("/per_weight_grams", "required", "`per_weight_amount` needs the step of weight it is for."));
    }
    let mut locales: Vec<_> = row.translations.0.iter().map(|t| &t.locale).collect();
    locales.sort_unstable();
    if locales.windows(2).any(|pair| matches!(pair, [a, b] if a == b)) {
        fields.push(FieldError::new("/translations", "repeated", "Each locale once."));
    }
    if fields.is_empty() { Ok(()) } else { Err(Error::invalid(fields)) }
}
