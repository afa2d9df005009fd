//! What the shop does. No HTTP, no resolvers, no network: rules over transactions, and flows that reach
//! providers through the traits that [`crate::app::App`] holds.

pub mod address;
pub mod audit;
pub mod auth;
pub mod cart;
pub mod catalog;
pub mod channels;
pub mod checkout;
pub mod customers;
pub mod demo;
pub mod doctor;
pub mod events;
pub mod flow;
pub mod idempotency;
pub mod identity;
pub mod inventory;
pub mod notifications;
pub mod operations;
pub mod orders;
pub mod payments;
pub mod pricing;
pub mod promotions;
pub mod secrets;
pub mod setup;
pub mod shipping;
pub mod staff;
pub mod tax;
pub mod transfer;
