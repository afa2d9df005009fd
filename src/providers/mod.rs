//! The outside world: a trait per kind of provider. Providers know the vocabulary only; the shop's rules
//! reach them through the traits that the app holds.

mod http;
pub mod identity;
pub mod mail;
pub mod payment;
pub mod sign_in;
pub mod sms;
