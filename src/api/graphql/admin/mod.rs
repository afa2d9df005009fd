//! Admin GraphQL doors.

pub mod carts;
pub mod channels;
pub mod events;
pub mod keys;
pub mod operations;
pub mod orders;
pub mod products;
pub mod promotions;
pub mod shipping;
pub mod stock;
pub mod tax;
