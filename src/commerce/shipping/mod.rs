//! Shipping zones and options: flat, per weight, free over an amount. (Being built; this is the room's
//! face to cart and checkout.)

use serde::{Deserialize, Serialize};

use crate::commerce::channels::Channel;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::types::{Country, Locale, Money, ShippingOptionId};

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

/// The options for a parcel in the channel's currency, in their order: one statement.
pub fn quotes(_tx: &mut Tx, _channel: &Channel, _locale: &Locale, _parcel: &Parcel) -> Result<Vec<ShippingQuote>> {
    Err(Error::internal("being built"))
}
