//! Totals: pure arithmetic over prices, discounts, shipping and tax. No table, no clock.
//!
//! What always holds: the parts sum to the whole (lines, discounts, tax, shipping); a discount never takes
//! off more than there is; every rounding is half away from zero on the line; what a split discount cannot
//! share evenly goes by largest remainder, to the larger line where remainders are equal.

mod calculate;
mod split;

use serde::{Deserialize, Serialize};

pub use calculate::calculate;
pub use split::split;

use crate::types::{MinorUnits, PromotionId};

/// A line to price.
#[derive(Debug, Clone)]
pub struct PricingLine {
    /// Price of one, as kept in the channel (with or without tax inside).
    pub unit_price: i64,
    /// How many.
    pub quantity: i32,
    /// Tax rate in parts per million: 100000 is 10 %; 0 when not taxable.
    pub tax_rate_ppm: i32,
}

/// What a promotion gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gift {
    /// Basis points off the lines: 1000 is 10 %.
    Percentage(i32),
    /// An amount off the lines, no more than they cost.
    FixedAmount(i64),
    /// Shipping for nothing.
    FreeShipping,
}

/// A promotion that applies.
#[derive(Debug, Clone)]
pub struct Discount {
    /// The promotion.
    pub promotion_id: PromotionId,
    /// Its code.
    pub code: String,
    /// What it gives.
    pub gift: Gift,
}

/// Everything that makes totals.
#[derive(Debug, Clone)]
pub struct PricingInput {
    /// Whether prices (and shipping) have tax inside.
    pub prices_include_tax: bool,
    /// The lines.
    pub lines: Vec<PricingLine>,
    /// The promotions, in the order they apply.
    pub discounts: Vec<Discount>,
    /// The shipping charge before discounts; none: not chosen yet.
    pub shipping: Option<i64>,
    /// The tax rate on shipping.
    pub shipping_tax_rate_ppm: i32,
}

/// Totals of a line. With tax inside, `total = subtotal - discount` and `tax` is a part of it; else
/// `total = subtotal - discount + tax`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LineTotals {
    /// Unit price times quantity.
    pub subtotal: i64,
    /// Its share of the discounts.
    pub discount: i64,
    /// Tax.
    pub tax: i64,
    /// What the customer pays for the line.
    pub total: i64,
}

/// One step of the arithmetic, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct Explanation {
    /// `subtotal`, `discount`, `shipping`, `shipping_discount`, `tax`, `shipping_tax`, `total`.
    pub rule: String,
    /// What was done, with rate and rounding.
    pub detail: String,
    /// What came of it.
    pub amount: MinorUnits,
}

/// All totals. `total` is the sum of the lines' totals, shipping, and, where prices exclude tax, tax on shipping.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Of each line, in the input's order.
    pub lines: Vec<LineTotals>,
    /// Of each discount, in the input's order: what it took off, off shipping included.
    pub discounts: Vec<i64>,
    /// Sum of the lines' subtotals.
    pub subtotal: i64,
    /// What all discounts took off the lines and shipping.
    pub discount: i64,
    /// The shipping charge before discounts.
    pub shipping: i64,
    /// All tax, on lines and shipping.
    pub tax: i64,
    /// What the customer pays: `subtotal - discount + shipping`, plus `tax` where prices exclude it.
    pub total: i64,
    /// Every rule, rate and rounding.
    pub explain: Vec<Explanation>,
}
