//! Tax rates as clients send and see them.

use serde::{Deserialize, Serialize};

use crate::types::{Country, TaxRateId, Timestamp};

/// The tax on goods of one class sent to one country.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct TaxRate {
    /// Id.
    pub id: TaxRateId,
    /// Where the goods go.
    pub country: Country,
    /// The class of goods; `standard` stands for every class that has no rate of its own here.
    pub tax_class: String,
    /// For people: `VAT`.
    pub name: String,
    /// Parts per million: 100000 is 10 %.
    pub rate_ppm: i32,
    /// Whether shipping is taxed with it; of several such rates the highest counts.
    pub applies_to_shipping: bool,
    /// Changes with every write.
    pub version: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl crate::commerce::idempotency::Answer for TaxRate {}

/// A tax rate to make: one for each country and class.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, validator::Validate)]
#[serde(deny_unknown_fields)]
pub struct TaxRateCreate {
    /// Where the goods go.
    pub country: Country,
    /// The class of goods; `standard` if absent.
    #[serde(default)]
    #[validate(length(min = 1, max = 64))]
    #[schema(example = "standard")]
    pub tax_class: Option<String>,
    /// For people.
    #[validate(length(min = 1, max = 200))]
    #[schema(example = "부가가치세")]
    pub name: String,
    /// Parts per million: 100000 is 10 %.
    #[validate(range(min = 0, max = 1_000_000))]
    #[schema(example = 100_000, minimum = 0, maximum = 1_000_000)]
    pub rate_ppm: i32,
    /// Whether shipping is taxed with it.
    #[serde(default)]
    #[graphql(default)]
    pub applies_to_shipping: bool,
}

/// Changes to a tax rate (RFC 7396: what is absent stays). Country and class cannot change. Orders keep
/// the rate they were made with.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, validator::Validate)]
#[serde(deny_unknown_fields, default)]
pub struct TaxRateUpdate {
    /// For people.
    #[validate(length(min = 1, max = 200))]
    pub name: Option<String>,
    /// Parts per million: 100000 is 10 %.
    #[validate(range(min = 0, max = 1_000_000))]
    pub rate_ppm: Option<i32>,
    /// Whether shipping is taxed with it.
    pub applies_to_shipping: Option<bool>,
}
