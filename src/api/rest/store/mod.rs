//! Store REST doors.

pub mod auth;
pub mod carts;
pub mod categories;
pub mod channels;
pub mod me;
pub mod orders;
pub mod passkeys;
pub mod products;
pub mod sign_in;
