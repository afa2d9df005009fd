//! Carts as clients see them.

use serde::{Deserialize, Serialize};

use crate::commerce::address::Address;
use crate::commerce::idempotency::Answer;
use crate::commerce::pricing::Explanation;
use crate::commerce::secrets::ShopSecret;
use crate::commerce::shipping::ShippingQuote;
use crate::error::Result;
use crate::types::text::text_enum;
use crate::types::{
    CartId, CartLineId, ChannelId, Currency, CustomerId, Locale, Metadata, Money, OrderId, ProductId, Timestamp, VariantId,
};

text_enum! {
    /// Where a cart stands.
    pub enum CartStatus {
        /// Being filled.
        Active = "active",
        /// It became an order.
        Completed = "completed",
        /// Nobody touched it for long.
        Expired = "expired",
    }
}

/// A cart, priced now. Prices, stock and discounts are told anew by every read; `warnings` say what changed
/// since the customer put things into it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct Cart {
    /// Id. It opens nothing without the token.
    pub id: CartId,
    /// The secret that opens this cart: send it as `Maru-Cart-Token`. Only the answer that created the cart holds it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub token: Option<String>,
    /// Where it stands.
    pub status: CartStatus,
    /// The currency of all its money.
    pub currency: Currency,
    /// The locale of its last write: the order and its mail will speak it.
    pub locale: Locale,
    /// What is in it, in the order it was put there.
    pub lines: Vec<CartLine>,
    /// The coupon codes it holds, and what each does.
    pub codes: Vec<CartCode>,
    /// Who buys.
    pub email: Option<String>,
    /// Where to.
    pub shipping_address: Option<Address>,
    /// Who pays; null: the shipping address.
    pub billing_address: Option<Address>,
    /// The chosen way to send it and what it costs now; null: none chosen, none needed, or not offered any more.
    pub shipping_option: Option<ShippingQuote>,
    /// Whether anything in it is sent: if so checkout needs an address and a shipping option.
    pub requires_shipping: bool,
    /// What it costs.
    pub totals: CartTotals,
    /// What changed under the customer.
    pub warnings: Vec<Warning>,
    /// What the app keeps with it.
    pub metadata: Metadata,
    /// The order it became.
    pub order_id: Option<OrderId>,
    /// Whose it is; null: whoever holds its token.
    pub customer_id: Option<CustomerId>,
    /// Changes with every write; send it as `If-Match` to refuse a lost update.
    pub version: i32,
    /// When it will be closed unless something is written to it.
    pub expires_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last written.
    pub updated_at: Timestamp,
}

/// In a stored answer: a token was here.
const TOKEN_LEFT_OUT: &str = "";

impl Cart {
    /// The token that opens a cart: the same one whenever it is asked for.
    pub(super) fn token_of(secret: &ShopSecret, id: CartId) -> Result<String> {
        secret.token("ct", id)
    }
}

impl Answer for Cart {
    fn without_secrets(mut self) -> Self {
        self.token = self.token.map(|_| TOKEN_LEFT_OUT.to_owned());
        self
    }

    fn with_secrets(mut self, secret: &ShopSecret) -> Result<Self> {
        if self.token.is_some() {
            self.token = Some(Self::token_of(secret, self.id)?);
        }
        Ok(self)
    }
}

/// A line of a cart.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct CartLine {
    /// Id.
    pub id: CartLineId,
    /// What is bought.
    pub variant_id: VariantId,
    /// Its product; null when it was deleted.
    pub product: Option<CartProduct>,
    /// SKU.
    pub sku: Option<String>,
    /// The variant's title, in the call's locale.
    pub title: String,
    /// A picture of it.
    pub image_url: Option<String>,
    /// How many can be bought now and are in the totals: 0 when it is no longer available.
    pub quantity: i32,
    /// How many the customer asked for.
    pub quantity_wanted: i32,
    /// Price of one now; of a line no longer available, the last price seen.
    pub unit_price: Money,
    /// Unit price times quantity.
    pub subtotal: Money,
    /// Its share of the discounts.
    pub discount: Money,
    /// Tax: part of `total` where prices include tax, added to it where they do not.
    pub tax: Money,
    /// What the customer pays for the line.
    pub total: Money,
    /// Whether it is sent.
    pub requires_shipping: bool,
    /// Whether any of it can be bought now.
    pub available: bool,
    /// What the app keeps with the line.
    pub metadata: Metadata,
}

/// The product of a cart's line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct CartProduct {
    /// Id.
    pub id: ProductId,
    /// Its name in URLs.
    pub slug: String,
    /// Title, in the call's locale.
    pub title: String,
}

/// A coupon code in a cart.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct CartCode {
    /// The code, upper case.
    pub code: String,
    /// Whether it applies now.
    pub applied: bool,
    /// What it takes off.
    pub discount: Money,
    /// Why it does not apply: `unknown`, `not_started`, `ended`, `used_up`, `minimum_spend`, `currency`, `inactive`.
    pub reason: Option<String>,
    /// The same for people.
    pub detail: Option<String>,
}

/// What a cart costs. `total = subtotal - discount + shipping`, plus `tax` where prices exclude it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct CartTotals {
    /// Sum of the lines before discounts.
    pub subtotal: Money,
    /// What all codes take off the lines and shipping.
    pub discount: Money,
    /// Shipping before discounts; 0 until an option is chosen.
    pub shipping: Money,
    /// All tax; until an address is known, that of the channel's first country.
    pub tax: Money,
    /// What the customer pays.
    pub total: Money,
    /// Whether prices include tax: if so `tax` is a part of `total`.
    pub tax_included: bool,
    /// Every rule, rate and rounding that made the totals; in REST only with `include=explain`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub explain: Option<Vec<Explanation>>,
}

/// What changed under the customer since they put it into the cart.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
#[graphql(name = "CartWarning")]
#[schema(as = CartWarning)]
pub struct Warning {
    /// `price_changed` (until the line is written again), `quantity_reduced`, `no_longer_available`,
    /// `code_not_applicable`, `shipping_option_unavailable`, `age_restricted`.
    pub code: String,
    /// JSON pointer into the cart.
    pub pointer: String,
    /// For people.
    pub detail: String,
}

/// A cart that was deleted.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct CartDeleted {
    /// Its id.
    pub id: CartId,
}

impl Answer for CartDeleted {}

/// The ways to send a cart.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ShippingOptions {
    /// In the shop's order; empty when nothing in the cart is sent.
    pub data: Vec<ShippingQuote>,
}

/// A payment provider that a cart can be paid with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct PaymentMethod {
    /// The provider's stable name: send it as `payment.provider` at checkout.
    #[schema(example = "bank_transfer")]
    pub provider: String,
    /// The methods it offers, the default one first: send one as `payment.method`.
    pub methods: Vec<String>,
}

/// The ways to pay a cart.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PaymentMethods {
    /// In the channel's order.
    pub data: Vec<PaymentMethod>,
}

/// A cart in staff's list: as it is kept, not priced.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct CartSummary {
    /// Id.
    pub id: CartId,
    /// Where it is sold.
    pub channel_id: ChannelId,
    /// Where it stands.
    pub status: CartStatus,
    /// Currency.
    pub currency: Currency,
    /// Locale.
    pub locale: Locale,
    /// Who buys.
    pub email: Option<String>,
    /// How many lines it has.
    pub line_count: i32,
    /// The order it became.
    pub order_id: Option<OrderId>,
    /// Changes with every write.
    pub version: i32,
    /// When it will be closed unless something is written to it.
    pub expires_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last written.
    pub updated_at: Timestamp,
}
