//! Quantities as shoppers are told of them.

/// What shoppers are told of a quantity that can still be sold: exact below five, and five for five or more, so
/// that not every sale changes what everybody sees.
pub fn shown_quantity(left: i64) -> i32 {
    i32::try_from(left.clamp(0, 5)).unwrap_or(0)
}
