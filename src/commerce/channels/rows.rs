//! Channels as the database keeps them.

use diesel::prelude::*;

use super::Channel;
use crate::db::tables::channels;
use crate::types::{ChannelId, Country, Currency, Json, Locale, Timestamp};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = channels)]
pub(super) struct ChannelRow {
    pub id: ChannelId,
    pub code: String,
    pub name: String,
    pub currency: Currency,
    pub default_locale: Locale,
    pub locales: Json<Vec<Locale>>,
    pub countries: Json<Vec<Country>>,
    pub prices_include_tax: bool,
    pub payment_providers: Json<Vec<String>>,
    pub is_default: bool,
    pub active: bool,
    pub order_expiry_minutes: i32,
    pub allowed_origins: Json<Vec<String>>,
    pub version: i32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl From<ChannelRow> for Channel {
    fn from(row: ChannelRow) -> Self {
        Self {
            id: row.id,
            code: row.code,
            name: row.name,
            currency: row.currency,
            default_locale: row.default_locale,
            locales: row.locales.0,
            countries: row.countries.0,
            prices_include_tax: row.prices_include_tax,
            payment_providers: row.payment_providers.0,
            is_default: row.is_default,
            active: row.active,
            order_expiry_minutes: row.order_expiry_minutes,
            allowed_origins: row.allowed_origins.0,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}
