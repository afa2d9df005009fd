//! Store GraphQL doors.

pub mod carts;
pub mod channels;
pub mod orders;
