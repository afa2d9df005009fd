//! Maru: a headless commerce server.
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
