//! Admin GraphQL doors.

pub mod audit;
pub mod carts;
pub mod categories;
pub mod channels;
pub mod collections;
pub mod customers;
pub mod events;
pub mod keys;
pub mod me;
pub mod operations;
pub mod orders;
pub mod passkeys;
pub mod products;
pub mod promotions;
pub mod shipping;
pub mod staff;
pub mod stock;
pub mod tax;
