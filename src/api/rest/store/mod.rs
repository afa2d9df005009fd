//! Store REST doors.

pub mod carts;
pub mod categories;
pub mod channels;
pub mod orders;
pub mod products;
