//! Shipping as clients send and see it.

use serde::{Deserialize, Serialize};
use validator::Validate;

use crate::commerce::idempotency::Answer;
use crate::types::{Country, Currency, Locale, MinorUnits, Patch, ShippingOptionId, ShippingZoneId, Timestamp};

/// Countries that are sent to alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct ShippingZone {
    /// Id.
    pub id: ShippingZoneId,
    /// For people.
    pub name: String,
    /// Its countries. A country in several zones has the options of all.
    pub countries: Vec<Country>,
    /// Changes with every write.
    pub version: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Answer for ShippingZone {}

/// A shipping zone to make.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct ShippingZoneCreate {
    /// For people.
    #[validate(length(min = 1, max = 200))]
    #[schema(example = "Korea")]
    pub name: String,
    /// Its countries.
    #[validate(length(min = 1, max = 250))]
    pub countries: Vec<Country>,
}

/// Changes to a shipping zone (RFC 7396: what is absent stays).
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct ShippingZoneUpdate {
    /// For people.
    #[validate(length(min = 1, max = 200))]
    pub name: Option<String>,
    /// All its countries from now on.
    #[validate(length(min = 1, max = 250))]
    pub countries: Option<Vec<Country>>,
}

/// A way to send to a zone, and how its price is made: `amount`, plus `per_weight_amount` for each started
/// `per_weight_grams`, nothing when the goods cost `free_over` or more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct ShippingOption {
    /// Id.
    pub id: ShippingOptionId,
    /// Its zone.
    pub zone_id: ShippingZoneId,
    /// For shoppers, where no translation fits.
    pub name: String,
    /// More about it.
    pub description: Option<String>,
    /// Channels of this currency offer it.
    pub currency: Currency,
    /// The flat part.
    pub amount: MinorUnits,
    /// For each started step of weight.
    pub per_weight_amount: MinorUnits,
    /// The step of weight; null: weight costs nothing.
    pub per_weight_grams: Option<i32>,
    /// Goods of this amount or more, after discounts, are sent for nothing.
    pub free_over: Option<MinorUnits>,
    /// Heavier parcels are not offered it.
    pub max_weight_grams: Option<i32>,
    /// Its place among the options.
    pub position: i32,
    /// Whether it is offered.
    pub active: bool,
    /// Its texts in other locales.
    pub translations: Vec<ShippingOptionTranslation>,
    /// Changes with every write.
    pub version: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Answer for ShippingOption {}

/// The texts of a shipping option in one locale.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject, async_graphql::InputObject, Validate,
)]
#[serde(deny_unknown_fields)]
#[graphql(input_name = "ShippingOptionTranslationInput")]
pub struct ShippingOptionTranslation {
    /// The locale.
    pub locale: Locale,
    /// Name.
    #[validate(length(min = 1, max = 200))]
    #[schema(example = "택배")]
    pub name: String,
    /// More about it.
    #[serde(default)]
    #[validate(length(max = 1000))]
    pub description: Option<String>,
}

/// A shipping option to make.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct ShippingOptionCreate {
    /// Its zone.
    pub zone_id: ShippingZoneId,
    /// For shoppers, where no translation fits.
    #[validate(length(min = 1, max = 200))]
    #[schema(example = "Parcel")]
    pub name: String,
    /// More about it.
    #[serde(default)]
    #[validate(length(max = 1000))]
    pub description: Option<String>,
    /// Channels of this currency offer it.
    pub currency: Currency,
    /// The flat part.
    pub amount: MinorUnits,
    /// For each started step of weight; needs `per_weight_grams`.
    #[serde(default)]
    pub per_weight_amount: Option<MinorUnits>,
    /// The step of weight.
    #[serde(default)]
    #[validate(range(min = 1, max = 100_000_000))]
    pub per_weight_grams: Option<i32>,
    /// Goods of this amount or more, after discounts, are sent for nothing.
    #[serde(default)]
    pub free_over: Option<MinorUnits>,
    /// Heavier parcels are not offered it.
    #[serde(default)]
    #[validate(range(min = 1, max = 100_000_000))]
    pub max_weight_grams: Option<i32>,
    /// Its place among the options; 0 if absent.
    #[serde(default)]
    #[graphql(default)]
    #[validate(range(min = 0, max = 10_000))]
    pub position: i32,
    /// Its texts in other locales.
    #[serde(default)]
    #[graphql(default)]
    #[validate(length(max = 50), nested)]
    pub translations: Vec<ShippingOptionTranslation>,
}

/// Changes to a shipping option (RFC 7396: what is absent stays). Zone and currency cannot change. Orders
/// keep what they were made with.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct ShippingOptionUpdate {
    /// For shoppers, where no translation fits.
    #[validate(length(min = 1, max = 200))]
    pub name: Option<String>,
    /// More about it.
    #[validate(length(max = 1000))]
    #[schema(value_type = Option<String>)]
    pub description: Patch<String>,
    /// The flat part.
    pub amount: Option<MinorUnits>,
    /// For each started step of weight.
    pub per_weight_amount: Option<MinorUnits>,
    /// The step of weight; null: weight costs nothing.
    #[validate(range(min = 1, max = 100_000_000))]
    #[schema(value_type = Option<i32>)]
    pub per_weight_grams: Patch<i32>,
    /// Goods of this amount or more, after discounts, are sent for nothing; null: never.
    #[schema(value_type = Option<MinorUnits>)]
    pub free_over: Patch<MinorUnits>,
    /// Heavier parcels are not offered it; null: any weight.
    #[validate(range(min = 1, max = 100_000_000))]
    #[schema(value_type = Option<i32>)]
    pub max_weight_grams: Patch<i32>,
    /// Its place among the options.
    #[validate(range(min = 0, max = 10_000))]
    pub position: Option<i32>,
    /// Whether it is offered.
    pub active: Option<bool>,
    /// All its texts in other locales from now on.
    #[validate(length(max = 50), nested)]
    pub translations: Option<Vec<ShippingOptionTranslation>>,
}

/// Which options to list.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct OptionFilter {
    /// Of this zone alone.
    pub zone_id: Option<ShippingZoneId>,
}
