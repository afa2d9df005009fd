//! Promotions: coupon codes, when they apply, and how often they were used. (Being built; these
//! signatures are the room's face to cart and checkout.)

use crate::commerce::pricing::Gift;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::types::{Currency, OrderId, PromotionId, Timestamp};

/// What decides whether a code applies.
#[derive(Debug, Clone)]
pub struct Basket {
    /// Now.
    pub now: Timestamp,
    /// The cart's currency.
    pub currency: Currency,
    /// Sum of the lines before discounts.
    pub subtotal: i64,
}

/// What became of a code that a cart holds.
#[derive(Debug, Clone)]
pub enum Applied {
    /// It applies.
    Yes {
        /// The promotion.
        promotion_id: PromotionId,
        /// As written in the shop.
        code: String,
        /// What it gives.
        gift: Gift,
    },
    /// It does not, and why: `unknown`, `not_started`, `ended`, `used_up`, `minimum_spend`, `currency`, `inactive`.
    No {
        /// As the customer wrote it.
        code: String,
        /// Stable word.
        reason: &'static str,
        /// For people.
        detail: String,
    },
}

/// What each code of a cart does, in the order given: one statement.
pub fn evaluate(_tx: &mut Tx, _codes: &[String], _basket: &Basket) -> Result<Vec<Applied>> {
    Err(Error::internal("being built"))
}

/// A code as it is compared: trimmed, upper case.
pub fn normalise(code: &str) -> String {
    code.trim().to_uppercase()
}

/// Uses promotions up for an order: each counter is a guarded update, so a code with ten uses is used ten
/// times however many race; `code_not_applicable` when a limit is reached, the customer's own included
/// (customers are told apart by their normalised e-mail). A fixed number of statements a code.
pub fn redeem(_tx: &mut Tx, _order: OrderId, _email: &str, _uses: &[(PromotionId, i64)]) -> Result<()> {
    Err(Error::internal("being built"))
}

/// Gives an order's uses back: cancelled, expired. Doing it again changes nothing.
pub fn release(_tx: &mut Tx, _order: OrderId) -> Result<()> {
    Err(Error::internal("being built"))
}
