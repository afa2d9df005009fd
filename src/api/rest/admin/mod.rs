//! Admin REST doors.

pub mod carts;
pub mod channels;
pub mod events;
pub mod keys;
