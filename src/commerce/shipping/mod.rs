//! Shipping: zones of countries, and the options of each: a flat amount, an amount per started step of
//! weight, nothing over an amount, a greatest weight. Several zones may hold a country: it has the options of all.

mod options;
mod price;
mod rows;
mod shapes;
mod zones;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

pub use options::{create_option, delete_option, get_option, list_options, update_option};
pub use shapes::{
    OptionFilter, ShippingOption, ShippingOptionCreate, ShippingOptionTranslation, ShippingOptionUpdate, ShippingZone, ShippingZoneCreate,
    ShippingZoneUpdate,
};
pub use zones::{create_zone, delete_zone, get_zone, list_zones, update_zone};

use crate::commerce::channels::Channel;
use crate::db::tables::{shipping_options, shipping_zones};
use crate::db::{Seen, Tx, look_up};
use crate::error::{Error, Result};
use crate::types::{Country, Json, Locale, Money, ShippingOptionId};
use rows::OptionRow;

/// A way to send a cart, and what it costs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct ShippingQuote {
    /// The option: send it as `shipping_option_id`.
    pub id: ShippingOptionId,
    /// Its name in the call's locale.
    pub name: String,
    /// More about it.
    pub description: Option<String>,
    /// What it costs for this cart.
    pub price: Money,
    /// Whether it costs nothing because the cart is large enough.
    pub free_by_amount: bool,
}

/// What is to be sent.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// Where to.
    pub country: Country,
    /// Of all lines that are sent.
    pub weight_grams: i64,
    /// What the goods cost after discounts: what `free over` looks at.
    pub goods_amount: i64,
}

/// The options for a parcel in the channel's currency, in their order: one statement, none where they are remembered as
/// of what was seen.
pub fn quotes(tx: &mut Tx, seen: Option<Seen>, channel: &Channel, locale: &Locale, parcel: &Parcel) -> Result<Vec<ShippingQuote>> {
    let of = format!("{} {}", parcel.country, channel.currency);
    let rows = tx.remembered(seen, "shipping_options", of, |tx| options_to(tx, channel, parcel.country))?;
    let mut offered = Vec::with_capacity(rows.len());
    for row in rows.iter().filter(|row| price::carries(row, parcel)) {
        let (amount, free_by_amount) = price::amount(row, parcel)
            .ok_or_else(|| Error::invalid_field("", "range", "The weight is beyond what shipping can be priced for."))?;
        let OptionRow { id, name, description, translations: Json(translations), .. } = row.clone();
        let (name, description) = match translated(translations, locale) {
            Some(text) => (text.name, text.description.or(description)),
            None => (name, description),
        };
        offered.push(ShippingQuote { id, name, description, price: Money::new(amount, channel.currency), free_by_amount });
    }
    Ok(offered)
}

/// The active options of the zones that hold a country.
fn options_to(tx: &mut Tx, channel: &Channel, country: Country) -> Result<Vec<OptionRow>> {
    // The countries are a JSON array of two-letter codes: the quotes make the match exact.
    let pattern = format!("%\"{country}\"%");
    Ok(look_up!(tx, |c| {
        shipping_options::table
            .inner_join(shipping_zones::table.on(shipping_zones::id.eq(shipping_options::zone_id)))
            .filter(shipping_zones::countries.like(&pattern))
            .filter(shipping_options::currency.eq(channel.currency))
            .filter(shipping_options::active.eq(true))
            .order((shipping_options::position, shipping_options::id))
            .select(OptionRow::as_select())
            .load(c)
    })?)
}

/// The texts of a locale, or of its language.
fn translated(texts: Vec<ShippingOptionTranslation>, locale: &Locale) -> Option<ShippingOptionTranslation> {
    let exact = texts.iter().position(|t| t.locale == *locale);
    let found = exact.or_else(|| texts.iter().position(|t| t.locale.language() == locale.language()))?;
    texts.into_iter().nth(found)
}
