//! Tax rates as the database keeps them.

use diesel::prelude::*;

use super::TaxRate;
use crate::db::tables::tax_rates;
use crate::types::{Country, TaxRateId, Timestamp};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = tax_rates)]
pub(super) struct TaxRateRow {
    pub id: TaxRateId,
    pub country: Country,
    pub tax_class: String,
    pub name: String,
    pub rate_ppm: i32,
    pub applies_to_shipping: bool,
    pub version: i32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl From<TaxRateRow> for TaxRate {
    fn from(row: TaxRateRow) -> Self {
        Self {
            id: row.id,
            country: row.country,
            tax_class: row.tax_class,
            name: row.name,
            rate_ppm: row.rate_ppm,
            applies_to_shipping: row.applies_to_shipping,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}
