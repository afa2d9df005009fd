//! Promotions: coupon codes, when they apply, and how often they were used.
//!
//! What always holds: `used` is the number of redemptions that were not given back, never more than
//! `usage_limit`; a customer's counter likewise. Counters are changed by guarded updates in [`redeem`] and
//! [`release`] alone, promotions in id order. What a code takes off is `pricing`'s to say.

mod audit;
mod evaluate;
mod queries;
mod redeem;
mod rows;
mod shapes;
mod write;

pub use audit::audit;
pub use evaluate::{Applied, Basket, evaluate, normalise};
pub use queries::{get, list};
pub use redeem::{redeem, release};
pub use shapes::{Promotion, PromotionCreate, PromotionFilter, PromotionKind, PromotionUpdate};
pub use write::{create, deactivate, update};
