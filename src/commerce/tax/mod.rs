//! Tax rates by country and tax class. (Being built; this is the room's face to cart and checkout.)

use crate::db::Tx;
use crate::error::{Error, Result};
use crate::types::Country;

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
        rate(tax_class).or_else(|| rate("standard")).unwrap_or(0)
    }

    /// The rate on shipping: the highest that applies to it.
    pub fn of_shipping(&self) -> i32 {
        self.rates.iter().filter(|(_, _, on_shipping)| *on_shipping).map(|(_, ppm, _)| *ppm).max().unwrap_or(0)
    }
}

/// The rates of a country: one statement.
pub fn rates(_tx: &mut Tx, _country: Country) -> Result<CountryRates> {
    Err(Error::internal("being built"))
}
