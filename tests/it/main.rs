//! The integration tests: one binary, real HTTP, both databases. Each test gets a server and a database
//! of its own.

mod support;

mod architecture;
mod cart;
mod catalog;
mod catalog_groups;
mod catalog_store;
mod channels;
mod contract;
mod crash;
mod demo;
mod doctor;
mod documents;
mod hostile;
mod import;
mod keys;
mod operations;
mod process;
mod promotions;
mod shipping;
mod stock;
mod tax;
