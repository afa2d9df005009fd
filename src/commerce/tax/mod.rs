//! Tax rates by country and tax class. A country without rates is not taxed; a class without a rate has the
//! country's `standard` one. How a rate becomes money is in `pricing`.

mod rows;
mod shapes;
mod write;

use std::sync::Arc;

use diesel::prelude::*;

pub use shapes::{TaxRate, TaxRateCreate, TaxRateUpdate};
pub use write::{create, delete, update};

use crate::commerce::auth::{Caller, Permission};
use crate::db::tables::tax_rates;
use crate::db::{Seen, Tx, look_up, on_each};
use crate::error::{Error, Result};
use crate::types::page::Direction;
use crate::types::{Country, Listing, PageRequest, TaxRateId};
use rows::TaxRateRow;

/// The class of products that name no other.
pub const STANDARD: &str = "standard";

/// The rates of one country.
#[derive(Debug, Clone, Default)]
pub struct CountryRates {
    /// (tax class, parts per million, whether it applies to shipping).
    pub rates: Vec<(String, i32, bool)>,
}

impl CountryRates {
    /// The rate of a class; the `standard` rate for a class that has none; 0 where the country has no rates.
    pub fn of(&self, tax_class: &str) -> i32 {
        let rate = |class: &str| self.rates.iter().find(|(c, ..)| c == class).map(|(_, ppm, _)| *ppm);
        rate(tax_class).or_else(|| rate(STANDARD)).unwrap_or(0)
    }

    /// The rate on shipping: the highest that applies to it.
    pub fn of_shipping(&self) -> i32 {
        self.rates.iter().filter(|(_, _, on_shipping)| *on_shipping).map(|(_, ppm, _)| *ppm).max().unwrap_or(0)
    }
}

/// The rates of a country: one statement, none where they are remembered as of what was seen.
pub fn rates(tx: &mut Tx, seen: Option<Seen>, country: Country) -> Result<Arc<CountryRates>> {
    tx.remembered(seen, "tax_rates", country.to_string(), |tx| {
        let rates = look_up!(tx, |c| {
            tax_rates::table
                .filter(tax_rates::country.eq(country))
                .select((tax_rates::tax_class, tax_rates::rate_ppm, tax_rates::applies_to_shipping))
                .load(c)
        })?;
        Ok(CountryRates { rates })
    })
}

/// A tax rate, for staff.
pub fn get(tx: &mut Tx, by: &Caller, id: TaxRateId) -> Result<TaxRate> {
    by.require(Permission::SettingsRead)?;
    let row: Option<TaxRateRow> = on_each!(tx, |c| tax_rates::table.find(id).select(TaxRateRow::as_select()).first(c).optional())?;
    row.map(TaxRate::from).ok_or_else(|| Error::not_found("tax rate"))
}

/// All tax rates, oldest first, for staff.
pub fn list(tx: &mut Tx, by: &Caller, page: &PageRequest) -> Result<Listing<TaxRate>> {
    const LIST: &str = "tax_rates";
    by.require(Permission::SettingsRead)?;
    let key: Option<TaxRateId> = page.key(LIST)?;
    let rows: Vec<TaxRateRow> = on_each!(tx, |c| {
        let query = tax_rates::table.select(TaxRateRow::as_select()).limit(page.fetch()).into_boxed();
        match (page.direction, key) {
            (Direction::Forward, None) => query.order(tax_rates::id.asc()),
            (Direction::Forward, Some(id)) => query.filter(tax_rates::id.gt(id)).order(tax_rates::id.asc()),
            (Direction::Backward, None) => query.order(tax_rates::id.desc()),
            (Direction::Backward, Some(id)) => query.filter(tax_rates::id.lt(id)).order(tax_rates::id.desc()),
        }
        .load(c)
    })?;
    let count = |tx: &mut Tx| -> Result<i64> { Ok(on_each!(tx, |c| tax_rates::table.count().get_result(c))?) };
    let total = page.with_total.then(|| count(tx)).transpose()?;
    let mut listing = page.listing(LIST, rows, |row| row.id).map(TaxRate::from);
    listing.total = total;
    Ok(listing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_falls_back_to_standard_and_shipping_takes_the_highest() {
        let rates = CountryRates {
            rates: vec![("standard".into(), 200_000, true), ("books".into(), 50_000, false), ("duty".into(), 90_000, true)],
        };
        assert_eq!([rates.of("books"), rates.of("standard"), rates.of("unheard-of")], [50_000, 200_000, 200_000]);
        assert_eq!(rates.of_shipping(), 200_000);
        assert_eq!([CountryRates::default().of("standard"), CountryRates::default().of_shipping()], [0, 0]);
    }
}
