//! Making, changing and deleting tax rates.

use diesel::prelude::*;

use super::rows::TaxRateRow;
use super::{STANDARD, TaxRate, TaxRateCreate, TaxRateUpdate};
use crate::commerce::auth::{Caller, Permission};
use crate::commerce::events;
use crate::db::tables::tax_rates;
use crate::db::{Tx, on_each};
use crate::error::{Code, Error, OnUnique, Result, check};
use crate::types::TaxRateId;

/// Makes a tax rate; `already_exists` if its country and class have one.
pub fn create(tx: &mut Tx, by: &Caller, input: TaxRateCreate) -> Result<TaxRate> {
    by.require_everywhere(Permission::SettingsWrite)?;
    check(&input)?;
    let row = TaxRateRow {
        id: tx.new_id(),
        country: input.country,
        tax_class: input.tax_class.unwrap_or_else(|| STANDARD.to_owned()),
        name: input.name,
        rate_ppm: input.rate_ppm,
        applies_to_shipping: input.applies_to_shipping,
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    on_each!(tx, |c| diesel::insert_into(tax_rates::table).values(&row).execute(c))
        .on_unique(|| Error::new(Code::AlreadyExists, "This country has a rate of this tax class already."))?;
    let rate = TaxRate::from(row);
    events::emit(tx, "tax_rate.created", Some(rate.id.into()), &rate)?;
    Ok(rate)
}

/// Changes a tax rate. `expected_version` refuses to write over a version not seen (412).
pub fn update(tx: &mut Tx, by: &Caller, id: TaxRateId, expected_version: Option<i32>, input: TaxRateUpdate) -> Result<TaxRate> {
    by.require_everywhere(Permission::SettingsWrite)?;
    check(&input)?;
    let mut row = at_version(tx, id, expected_version)?;
    let seen = row.version;
    row.name = input.name.unwrap_or(row.name);
    row.rate_ppm = input.rate_ppm.unwrap_or(row.rate_ppm);
    row.applies_to_shipping = input.applies_to_shipping.unwrap_or(row.applies_to_shipping);
    row.version = seen.saturating_add(1);
    row.updated_at = tx.now();
    let changed = on_each!(tx, |c| diesel::update(tax_rates::table.find(id).filter(tax_rates::version.eq(seen))).set(&row).execute(c))?;
    if changed == 0 {
        return Err(Error::new(Code::VersionMismatch, "The tax rate changed meanwhile."));
    }
    let rate = TaxRate::from(row);
    events::emit(tx, "tax_rate.updated", Some(rate.id.into()), &rate)?;
    Ok(rate)
}

/// Deletes a tax rate; answers it as it was.
pub fn delete(tx: &mut Tx, by: &Caller, id: TaxRateId, expected_version: Option<i32>) -> Result<TaxRate> {
    by.require_everywhere(Permission::SettingsWrite)?;
    let rate = TaxRate::from(at_version(tx, id, expected_version)?);
    let version = rate.version;
    let deleted = on_each!(tx, |c| diesel::delete(tax_rates::table.find(id).filter(tax_rates::version.eq(version))).execute(c))?;
    if deleted == 0 {
        return Err(Error::new(Code::VersionMismatch, "The tax rate changed meanwhile."));
    }
    events::emit(tx, "tax_rate.deleted", Some(rate.id.into()), &rate)?;
    Ok(rate)
}

fn at_version(tx: &mut Tx, id: TaxRateId, expected: Option<i32>) -> Result<TaxRateRow> {
    let row: Option<TaxRateRow> = on_each!(tx, |c| tax_rates::table.find(id).select(TaxRateRow::as_select()).first(c).optional())?;
    let row = row.ok_or_else(|| Error::not_found("tax rate"))?;
    let version = row.version;
    if expected.is_some_and(|v| v != version) {
        return Err(Error::new(Code::VersionMismatch, format!("The tax rate is at version {version} now.")));
    }
    Ok(row)
}
