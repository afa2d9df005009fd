//! Carts of guests: lines, codes, addresses, shipping, totals with warnings. (Being built; `priced` and
//! `complete` are the room's face to checkout.)

use std::collections::HashMap;

use crate::commerce::address::Address;
use crate::commerce::auth::Caller;
use crate::commerce::catalog::Purchasable;
use crate::commerce::pricing::Totals;
use crate::commerce::promotions::Applied;
use crate::commerce::shipping::ShippingQuote;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::types::{CartId, CartLineId, Currency, Locale, Metadata, OrderId, VariantId};

/// A cart with everything that makes its totals, as of this transaction.
#[derive(Debug, Clone)]
pub struct PricedCart {
    /// The cart.
    pub id: CartId,
    /// Its version, for the guarded update that closes it.
    pub version: i32,
    /// Currency.
    pub currency: Currency,
    /// Locale.
    pub locale: Locale,
    /// Who buys.
    pub email: Option<String>,
    /// Where to.
    pub shipping_address: Option<Address>,
    /// Who pays; the shipping address if absent.
    pub billing_address: Option<Address>,
    /// The chosen way to send, if it is still offered.
    pub shipping: Option<ShippingQuote>,
    /// Whether any line is sent.
    pub requires_shipping: bool,
    /// Lines that can be bought, in order.
    pub lines: Vec<PricedLine>,
    /// What the codes do.
    pub codes: Vec<Applied>,
    /// Totals of `lines`.
    pub totals: Totals,
    /// What changed under the customer.
    pub warnings: Vec<Warning>,
    /// Public metadata.
    pub metadata: Metadata,
    /// Private metadata.
    pub private_metadata: Metadata,
}

/// A line of a priced cart.
#[derive(Debug, Clone)]
pub struct PricedLine {
    /// The line.
    pub id: CartLineId,
    /// How many.
    pub quantity: i32,
    /// What is bought.
    pub item: Purchasable,
    /// Price of one now.
    pub unit_price: i64,
    /// Tax rate.
    pub tax_rate_ppm: i32,
    /// Public metadata.
    pub metadata: Metadata,
}

/// What changed under the customer.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct Warning {
    /// `price_changed`, `quantity_reduced`, `no_longer_available`, `code_not_applicable`, `shipping_option_unavailable`.
    pub code: String,
    /// JSON pointer into the cart.
    pub pointer: String,
    /// For people.
    pub detail: String,
}

/// Loads and prices a cart the caller holds the token of (or may read as staff): `not_found` otherwise,
/// `cart_closed` when it is an order already or expired. A fixed number of statements.
pub fn priced(_tx: &mut Tx, _by: &Caller, _id: CartId) -> Result<PricedCart> {
    Err(Error::internal("being built"))
}

/// Closes a cart that became an order: one guarded update on status and version, `cart_changed` if it lost.
pub fn complete(_tx: &mut Tx, _cart: &PricedCart, _order: OrderId) -> Result<()> {
    Err(Error::internal("being built"))
}

/// The caller's availability view, kept here so that cart and checkout warn alike.
pub type Available = HashMap<VariantId, i64>;
