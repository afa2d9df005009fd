//! Store REST doors.

pub mod carts;
pub mod channels;
pub mod orders;
pub mod products;
