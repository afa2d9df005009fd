//! What the shop does. No HTTP, no resolvers, no network: rules over transactions, and flows that reach
//! providers through the traits that [`crate::app::App`] holds.

pub mod auth;
pub mod channels;
pub mod events;
pub mod idempotency;
pub mod secrets;
