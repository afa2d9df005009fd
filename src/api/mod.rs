//! How the shop is reached: REST and GraphQL over the same functions. No rules here: a door takes the
//! input, calls one function of `commerce`, shapes the answer.

pub mod call;
pub mod docs;
pub mod errors;
pub mod extract;
pub mod graphql;
mod known_paths;
pub mod lane;
pub mod middleware;
pub mod openapi;
pub mod ops;
pub mod public;
pub mod reply;
pub mod rest;
pub mod server;
mod strict;
mod well_known;
