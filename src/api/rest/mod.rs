//! The REST doors: one file per commerce module, every route on one page in `routes.rs`.

pub mod admin;
pub mod routes;
pub mod store;
