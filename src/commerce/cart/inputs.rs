//! What clients send of carts.

use serde::{Deserialize, Serialize};
use validator::Validate;

use crate::commerce::address::Address;
use crate::types::json::check_metadata;
use crate::types::{CartLineId, Metadata, MetadataPatch, Patch, ShippingOptionId, VariantId};

/// A cart to make, with as much as the client knows already: everything may come at once.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct CartCreate {
    /// What is bought; a variant named twice adds up.
    #[graphql(default)]
    #[validate(length(max = 200), nested)]
    pub lines: Vec<CartLineAdd>,
    /// Who buys.
    #[schema(example = "mina@example.com")]
    #[validate(length(max = 320))]
    pub email: Option<String>,
    /// Where to: one of the channel's countries.
    #[validate(nested)]
    pub shipping_address: Option<Address>,
    /// Who pays; absent: the shipping address.
    #[validate(nested)]
    pub billing_address: Option<Address>,
    /// How it is sent: one of the cart's shipping options.
    pub shipping_option_id: Option<ShippingOptionId>,
    /// Coupon codes.
    #[graphql(default)]
    #[validate(length(max = 10))]
    pub codes: Vec<String>,
    /// What the app keeps with the cart.
    #[graphql(default)]
    #[validate(custom(function = "check_metadata"))]
    pub metadata: Metadata,
}

/// Something to put into a cart.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct CartLineAdd {
    /// What.
    pub variant_id: VariantId,
    /// How many: 1 to 10,000, added to what the cart holds of it already.
    #[serde(default = "one")]
    #[graphql(default = 1)]
    #[schema(minimum = 1, maximum = 10000, default = 1)]
    #[validate(range(min = 1, max = 10_000))]
    pub quantity: i32,
    /// What the app keeps with the line; absent: stays.
    #[serde(default)]
    #[validate(custom(function = "check_metadata"))]
    pub metadata: Option<Metadata>,
}

fn one() -> i32 {
    1
}

/// One thing to put into a cart, or several as `lines`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct CartLinesAdd {
    /// Several.
    #[validate(length(min = 1, max = 200), nested)]
    pub lines: Option<Vec<CartLineAdd>>,
    /// What, for one.
    pub variant_id: Option<VariantId>,
    /// How many, for one: 1 to 10,000, 1 if absent, added to what the cart holds of it already.
    #[schema(minimum = 1, maximum = 10000)]
    #[validate(range(min = 1, max = 10_000))]
    pub quantity: Option<i32>,
    /// What the app keeps with the line, for one.
    #[validate(custom(function = "check_metadata"))]
    pub metadata: Option<Metadata>,
}

/// Changes to several lines.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CartLinesUpdate {
    /// Each line at most once.
    #[validate(length(min = 1, max = 200), nested)]
    pub lines: Vec<CartLineChange>,
}

/// Changes to a line, named by its id.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct CartLineChange {
    /// The line.
    pub id: CartLineId,
    /// How many there shall be: 0 removes the line; absent: stays.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 10000)]
    #[validate(range(min = 0, max = 10_000))]
    pub quantity: Option<i32>,
    /// What the app keeps with the line: keys given are merged in, null removes a key.
    #[serde(default)]
    #[schema(value_type = Option<std::collections::BTreeMap<String, Option<String>>>)]
    pub metadata: Patch<MetadataPatch>,
}

/// Changes to one line.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CartLineUpdate {
    /// How many there shall be: 0 removes the line; absent: stays.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 10000)]
    #[validate(range(min = 0, max = 10_000))]
    pub quantity: Option<i32>,
    /// What the app keeps with the line: keys given are merged in, null removes a key.
    #[serde(default)]
    #[schema(value_type = Option<std::collections::BTreeMap<String, Option<String>>>)]
    pub metadata: Patch<MetadataPatch>,
}

/// Changes to a cart (RFC 7396: what is absent stays, null clears; an address is replaced whole).
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct CartUpdate {
    /// Who buys.
    #[serde(default)]
    #[schema(value_type = Option<String>, example = "mina@example.com")]
    #[validate(length(max = 320))]
    pub email: Patch<String>,
    /// Where to: one of the channel's countries.
    #[serde(default)]
    #[schema(value_type = Option<Address>)]
    pub shipping_address: Patch<Address>,
    /// Who pays; null: the shipping address.
    #[serde(default)]
    #[schema(value_type = Option<Address>)]
    pub billing_address: Patch<Address>,
    /// How it is sent: one of the cart's shipping options.
    #[serde(default)]
    #[schema(value_type = Option<ShippingOptionId>)]
    pub shipping_option_id: Patch<ShippingOptionId>,
    /// What the app keeps with the cart: keys given are merged in, null removes a key.
    #[serde(default)]
    #[schema(value_type = Option<std::collections::BTreeMap<String, Option<String>>>)]
    pub metadata: Patch<MetadataPatch>,
}

/// Both addresses of a cart; what is absent or null is cleared.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct CartAddresses {
    /// Where to: one of the channel's countries.
    pub shipping_address: Option<Address>,
    /// Who pays; null: the shipping address.
    pub billing_address: Option<Address>,
}

/// Who buys.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CartEmail {
    /// E-mail address.
    #[schema(example = "mina@example.com", max_length = 320)]
    pub email: String,
}

/// How a cart is sent.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CartShippingMethod {
    /// One of the cart's shipping options; null: none.
    pub shipping_option_id: Option<ShippingOptionId>,
}

/// One coupon code for a cart, or several as `codes`.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct CartCodesAdd {
    /// One.
    #[schema(example = "WELCOME10")]
    pub code: Option<String>,
    /// Several.
    #[validate(length(min = 1, max = 10))]
    pub codes: Option<Vec<String>>,
}
