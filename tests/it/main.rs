//! The integration tests: one binary, real HTTP, both databases. Each test gets a server and a database
//! of its own.

mod support;

mod architecture;
mod cart;
mod channels;
mod checkout;
mod contract;
mod crash;
mod documents;
mod hostile;
mod jobs;
mod keys;
mod orders;
mod payments;
mod process;
mod promotions;
mod shipping;
mod stock;
mod tax;
