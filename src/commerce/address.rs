//! Postal addresses, as carts and orders keep them.

use serde::{Deserialize, Serialize};

use crate::types::Country;

/// A postal address. Korean ones put the road address in `line1` and the rest in `line2`.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    async_graphql::SimpleObject,
    async_graphql::InputObject,
    validator::Validate,
)]
#[serde(deny_unknown_fields)]
#[graphql(input_name = "AddressInput")]
pub struct Address {
    /// Who receives.
    #[validate(length(min = 1, max = 200))]
    #[schema(example = "김마루")]
    pub name: String,
    /// Company.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 200))]
    pub company: Option<String>,
    /// Phone, for the carrier.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 40))]
    #[schema(example = "010-1234-5678")]
    pub phone: Option<String>,
    /// Country.
    pub country: Country,
    /// Postal code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 20))]
    #[schema(example = "04524")]
    pub postal_code: Option<String>,
    /// State, province, 시/도.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 100))]
    pub region: Option<String>,
    /// City, 시/군/구.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 100))]
    pub city: Option<String>,
    /// Street, road address.
    #[validate(length(min = 1, max = 300))]
    #[schema(example = "서울특별시 중구 세종대로 110")]
    pub line1: String,
    /// Flat, floor.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 300))]
    pub line2: Option<String>,
}
