//! The integration tests: one binary, real HTTP, both databases. Each test gets a server and a database
//! of its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::float_arithmetic,
    clippy::too_many_lines,
    reason = "a test that cannot go on fails"
)]

mod support;

mod architecture;
mod audit;
mod buy_now;
mod cart;
mod catalog;
mod catalog_groups;
mod catalog_store;
mod channels;
mod checkout;
mod contract;
mod cookies;
mod crash;
mod customers;
mod customers_admin;
mod customers_carts;
mod customers_graphql;
mod customers_kept_out;
mod customers_sessions;
mod customers_strangers;
mod demo;
mod demo_data;
mod doctor;
mod documents;
mod hostile;
mod identities;
mod import;
mod inactive;
mod jobs;
mod joint;
mod keys;
mod lane;
mod limits;
mod mail;
mod operations;
mod orders;
mod passkeys;
mod passkeys_staff;
mod payments;
mod permissions;
mod phones;
mod phones_bounds;
mod plans;
mod process;
mod promotions;
mod shipping;
mod sign_in;
mod sign_in_apps;
mod sign_in_hostile;
mod sign_in_links;
mod sign_in_provider;
mod staff;
mod staff_graphql;
mod staff_invitations;
mod staff_passwords;
mod staff_roles;
mod staff_second_factor;
mod stock;
mod tax;
mod tokens;
mod transport;
