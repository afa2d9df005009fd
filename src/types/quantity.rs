//! Quantities as shoppers are told of them.

/// The largest quantity that shoppers are told: this or more.
pub const MOST_SHOWN: i32 = 5;

/// What shoppers are told of a quantity that can still be sold: exact below five, and five for five or more, so
/// that not every sale changes what everybody sees.
pub fn shown_quantity(left: i64) -> i32 {
    i32::try_from(left.clamp(0, MOST_SHOWN.into())).unwrap_or(0)
}
