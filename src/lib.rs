//! Maru: a headless commerce server. This is the map of the house; `README.md` tells how to live in it.
//!
//! - [`types`]: the vocabulary (money, ids, time, locale, pages). Knows no table, request or rule.
//! - [`db`]: how it is kept. Every read goes through [`db::Db::read`], every write through [`db::Db::write`], on SQLite
//!   and PostgreSQL alike; a write that changes what shoppers see counts up its channels' revision.
//! - [`commerce`]: what the shop does, one room a subject. No HTTP, no resolvers, no network but in flows.
//! - [`api`]: how it is reached. REST and GraphQL doors to the same functions, and the lane of kept public answers.
//! - [`providers`]: the outside world. [`jobs`]: work for later. [`cli`]: one file a command.
//! - [`app`]: what a request may need. [`config`]: the only reader of the environment. [`error`]: the one list of codes.
//!
//! What a function is, its first parameter tells: `&Order` is pure, `&mut Tx` is a step inside one transaction,
//! `&App` is a flow of several transactions with the network between them, never inside. A rule asks for its
//! permission itself. Each of these is held by a test in `tests/it/architecture.rs` or beside the code.

pub mod api;
pub mod app;
pub mod cli;
pub mod commerce;
pub mod config;
pub mod db;
pub mod error;
pub mod jobs;
pub mod providers;
pub mod types;
