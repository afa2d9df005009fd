//! Admin REST doors.

pub mod audit;
pub mod auth;
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
pub mod payments;
pub mod products;
pub mod promotions;
pub mod shipping;
pub mod staff;
pub mod stock;
pub mod tax;
pub mod variants;
