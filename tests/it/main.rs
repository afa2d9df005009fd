//! The integration tests: one binary, real HTTP, both databases. Each test gets a server and a database
//! of its own.

mod support;

mod architecture;
mod cart;
mod catalog;
mod channels;
mod checkout;
mod contract;
mod crash;
mod doctor;
mod documents;
mod hostile;
mod import;
mod jobs;
mod keys;
mod operations;
mod orders;
mod payments;
mod process;
mod promotions;
mod shipping;
mod stock;
mod tax;
