//! Maru: a headless commerce server.
#![forbid(unsafe_code)]
pub mod db;
pub mod error;
pub mod types;
