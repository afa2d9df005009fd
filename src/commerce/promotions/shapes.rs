//! Promotions as clients send and see them.

use serde::{Deserialize, Serialize};
use validator::Validate;

use crate::types::text::text_enum;
use crate::types::{Currency, MinorUnits, Patch, PromotionId, Timestamp};

text_enum! {
    /// What a promotion gives.
    pub enum PromotionKind {
        /// A part of the lines: `percent_bp`.
        Percentage = "percentage",
        /// An amount off the lines, no more than they cost: `amount`.
        FixedAmount = "fixed_amount",
        /// Shipping for nothing.
        FreeShipping = "free_shipping",
    }
}

/// A coupon code, what it gives, when and how often.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct Promotion {
    /// Id.
    pub id: PromotionId,
    /// What customers type, upper case; they may type it in any case.
    pub code: String,
    /// For staff.
    pub name: String,
    /// What it gives.
    pub kind: PromotionKind,
    /// Basis points of a percentage: 1000 is 10 %.
    pub percent_bp: Option<i32>,
    /// The currency of `amount` and `minimum_spend`: carts of another one cannot use it.
    pub currency: Option<Currency>,
    /// The amount off.
    pub amount: Option<MinorUnits>,
    /// What the lines must cost before discounts.
    pub minimum_spend: Option<MinorUnits>,
    /// Works from this moment on.
    pub starts_at: Option<Timestamp>,
    /// Works until this moment, exclusive.
    pub ends_at: Option<Timestamp>,
    /// How many orders may use it.
    pub usage_limit: Option<i32>,
    /// How many orders of one e-mail address may use it.
    pub per_customer_limit: Option<i32>,
    /// How many orders use it; cancelled and expired ones gave it back.
    pub used: i32,
    /// Whether it works at all.
    pub active: bool,
    /// Changes with every write of staff.
    pub version: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When staff last changed it.
    pub updated_at: Timestamp,
}

impl crate::commerce::idempotency::Answer for Promotion {}

/// A promotion to make.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct PromotionCreate {
    /// What customers type: letters, digits, `-` and `_`; kept in upper case.
    #[validate(length(min = 1, max = 64))]
    #[schema(example = "WELCOME10")]
    pub code: String,
    /// For staff.
    #[validate(length(min = 1, max = 200))]
    #[schema(example = "10 % for new customers")]
    pub name: String,
    /// What it gives.
    pub kind: PromotionKind,
    /// Basis points, for a percentage alone: 1000 is 10 %.
    #[serde(default)]
    #[validate(range(min = 1, max = 10_000))]
    #[schema(example = 1000)]
    pub percent_bp: Option<i32>,
    /// Needed with `amount` or `minimum_spend`.
    #[serde(default)]
    pub currency: Option<Currency>,
    /// For a fixed amount alone.
    #[serde(default)]
    pub amount: Option<MinorUnits>,
    /// What the lines must cost before discounts.
    #[serde(default)]
    pub minimum_spend: Option<MinorUnits>,
    /// Works from this moment on.
    #[serde(default)]
    pub starts_at: Option<Timestamp>,
    /// Works until this moment, exclusive.
    #[serde(default)]
    pub ends_at: Option<Timestamp>,
    /// How many orders may use it.
    #[serde(default)]
    #[validate(range(min = 1))]
    pub usage_limit: Option<i32>,
    /// How many orders of one e-mail address may use it.
    #[serde(default)]
    #[validate(range(min = 1))]
    pub per_customer_limit: Option<i32>,
}

/// Changes to a promotion (RFC 7396: what is absent stays, null clears). Code and kind cannot change.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct PromotionUpdate {
    /// For staff.
    #[validate(length(min = 1, max = 200))]
    pub name: Option<String>,
    /// Basis points, of a percentage.
    #[validate(range(min = 1, max = 10_000))]
    pub percent_bp: Option<i32>,
    /// Needed with `amount` or `minimum_spend`; null: any.
    #[schema(value_type = Option<Currency>)]
    pub currency: Patch<Currency>,
    /// Of a fixed amount.
    pub amount: Option<MinorUnits>,
    /// What the lines must cost before discounts; null: nothing.
    #[schema(value_type = Option<MinorUnits>)]
    pub minimum_spend: Patch<MinorUnits>,
    /// Works from this moment on; null: from ever.
    #[schema(value_type = Option<Timestamp>)]
    pub starts_at: Patch<Timestamp>,
    /// Works until this moment, exclusive; null: for ever.
    #[schema(value_type = Option<Timestamp>)]
    pub ends_at: Patch<Timestamp>,
    /// How many orders may use it, not fewer than do; null: any number.
    #[validate(range(min = 1))]
    #[schema(value_type = Option<i32>)]
    pub usage_limit: Patch<i32>,
    /// How many orders of one e-mail address may use it from now on; null: any number.
    #[validate(range(min = 1))]
    #[schema(value_type = Option<i32>)]
    pub per_customer_limit: Patch<i32>,
    /// Whether it works at all.
    pub active: Option<bool>,
}

/// Which promotions to list.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PromotionFilter {
    /// With this code, in any case.
    pub code: Option<String>,
    /// Active or not.
    pub active: Option<bool>,
}
