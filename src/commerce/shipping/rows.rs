//! Shipping as the database keeps it.

use diesel::prelude::*;

use super::shapes::{ShippingOption, ShippingOptionTranslation, ShippingZone};
use crate::db::tables::{shipping_options, shipping_zones};
use crate::types::{Country, Currency, Json, MinorUnits, ShippingOptionId, ShippingZoneId, Timestamp};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = shipping_zones)]
pub(super) struct ZoneRow {
    pub id: ShippingZoneId,
    pub name: String,
    pub countries: Json<Vec<Country>>,
    pub version: i32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl From<ZoneRow> for ShippingZone {
    fn from(row: ZoneRow) -> Self {
        Self {
            id: row.id,
            name: row.name,
            countries: row.countries.0,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

#[derive(Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = shipping_options, treat_none_as_null = true)]
pub(super) struct OptionRow {
    pub id: ShippingOptionId,
    pub zone_id: ShippingZoneId,
    pub name: String,
    pub description: Option<String>,
    pub currency: Currency,
    pub amount: i64,
    pub per_weight_amount: i64,
    pub per_weight_grams: Option<i32>,
    pub free_over: Option<i64>,
    pub max_weight_grams: Option<i32>,
    pub position: i32,
    pub active: bool,
    pub translations: Json<Vec<ShippingOptionTranslation>>,
    pub version: i32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl From<OptionRow> for ShippingOption {
    fn from(row: OptionRow) -> Self {
        Self {
            id: row.id,
            zone_id: row.zone_id,
            name: row.name,
            description: row.description,
            currency: row.currency,
            amount: MinorUnits(row.amount),
            per_weight_amount: MinorUnits(row.per_weight_amount),
            per_weight_grams: row.per_weight_grams,
            free_over: row.free_over.map(MinorUnits),
            max_weight_grams: row.max_weight_grams,
            position: row.position,
            active: row.active,
            translations: row.translations.0,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}
