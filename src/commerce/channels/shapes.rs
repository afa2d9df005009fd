//! Channels as clients send and see them.

use serde::{Deserialize, Serialize};

use crate::types::{ChannelId, Country, Currency, Locale, Timestamp};

/// Where the shop sells: currency, languages, countries, ways to pay.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct Channel {
    /// Id.
    pub id: ChannelId,
    /// Short stable name, unique in the shop.
    pub code: String,
    /// For people.
    pub name: String,
    /// The currency of its prices, carts and orders.
    pub currency: Currency,
    /// The locale of answers when none of the wanted ones is offered.
    pub default_locale: Locale,
    /// The locales it offers.
    pub locales: Vec<Locale>,
    /// The countries it ships to.
    pub countries: Vec<Country>,
    /// Whether prices are shown and kept with tax inside.
    pub prices_include_tax: bool,
    /// The payment providers it offers.
    pub payment_providers: Vec<String>,
    /// Whether it serves calls that name no channel.
    pub is_default: bool,
    /// Whether it sells.
    pub active: bool,
    /// How long an unpaid order holds its stock.
    pub order_expiry_minutes: i32,
    /// The origins whose pages may call from browsers; the configured ones (MARU_CORS_ORIGINS) if empty.
    #[serde(default)]
    #[schema(required)]
    pub allowed_origins: Vec<String>,
    /// Changes with every write.
    pub version: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl crate::commerce::idempotency::Answer for Channel {}

impl Channel {
    /// Stands for a channel while the shop has none: its operator and its staff can set it up through it, and
    /// nobody can buy through it.
    pub fn none_yet(now: Timestamp) -> Self {
        Self {
            id: uuid::Uuid::nil().into(),
            code: "none".to_owned(),
            name: "No channel yet".to_owned(),
            currency: Currency::KRW,
            default_locale: Locale::korean(),
            locales: vec![Locale::korean()],
            countries: Vec::new(),
            prices_include_tax: true,
            payment_providers: Vec::new(),
            is_default: false,
            active: false,
            order_expiry_minutes: 1,
            allowed_origins: Vec::new(),
            version: 0,
            created_at: now,
            updated_at: now,
        }
    }
}

/// A channel to make.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, validator::Validate)]
#[serde(deny_unknown_fields)]
pub struct ChannelCreate {
    /// Short stable name: lower-case letters, digits and hyphens.
    #[validate(length(min = 1, max = 64))]
    #[schema(example = "kr")]
    pub code: String,
    /// For people.
    #[validate(length(min = 1, max = 200))]
    #[schema(example = "Korea")]
    pub name: String,
    /// The currency of its prices.
    pub currency: Currency,
    /// One of `locales`.
    pub default_locale: Locale,
    /// The locales it offers.
    #[validate(length(min = 1, max = 50))]
    pub locales: Vec<Locale>,
    /// The countries it ships to.
    #[validate(length(min = 1, max = 250))]
    pub countries: Vec<Country>,
    /// Whether its prices include tax.
    #[serde(default)]
    #[graphql(default)]
    pub prices_include_tax: bool,
    /// The payment providers it offers.
    #[serde(default)]
    #[graphql(default)]
    #[validate(length(max = 20))]
    pub payment_providers: Vec<String>,
    /// Make it the default channel.
    #[serde(default)]
    #[graphql(default)]
    pub is_default: bool,
    /// How long an unpaid order holds its stock: 1 minute to 30 days; 30 minutes if absent.
    #[serde(default)]
    #[validate(range(min = 1, max = 43200))]
    pub order_expiry_minutes: Option<i32>,
    /// The origins whose pages may call from browsers, `https://shop.example`; the configured ones if empty.
    #[serde(default)]
    #[graphql(default)]
    #[validate(length(max = 50))]
    pub allowed_origins: Vec<String>,
}

/// Changes to a channel (RFC 7396: what is absent stays). The currency cannot change.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, validator::Validate)]
#[serde(deny_unknown_fields, default)]
pub struct ChannelUpdate {
    /// For people.
    #[validate(length(min = 1, max = 200))]
    pub name: Option<String>,
    /// One of `locales`.
    pub default_locale: Option<Locale>,
    /// The locales it offers.
    #[validate(length(min = 1, max = 50))]
    pub locales: Option<Vec<Locale>>,
    /// The countries it ships to.
    #[validate(length(min = 1, max = 250))]
    pub countries: Option<Vec<Country>>,
    /// Whether its prices include tax.
    pub prices_include_tax: Option<bool>,
    /// The payment providers it offers.
    #[validate(length(max = 20))]
    pub payment_providers: Option<Vec<String>>,
    /// Make it the default channel.
    pub is_default: Option<bool>,
    /// Whether it sells.
    pub active: Option<bool>,
    /// How long an unpaid order holds its stock, in minutes.
    #[validate(range(min = 1, max = 43200))]
    pub order_expiry_minutes: Option<i32>,
    /// The origins whose pages may call from browsers; the configured ones if empty.
    #[validate(length(max = 50))]
    pub allowed_origins: Option<Vec<String>>,
}
