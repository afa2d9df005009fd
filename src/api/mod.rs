//! How the shop is reached: REST and GraphQL over the same functions. No rules here: a door takes the
//! input, calls one function of `commerce`, shapes the answer.

pub mod browser;
pub mod call;
pub mod docs;
pub mod entrance;
pub mod errors;
pub mod extract;
pub mod graphql;
mod known_paths;
pub mod lane;
pub mod limits;
pub mod middleware;
pub mod openapi;
pub mod ops;
mod paths;
pub mod public;
pub mod reply;
pub mod rest;
pub mod server;
mod strict;
pub mod tls;
mod well_known;
