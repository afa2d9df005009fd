//! The command line: one file a command. Exit codes: 0 done, 1 the command's own "no" (such as a
//! difference that `doctor` found), 2 wrong usage or configuration, 3 something failed.

mod demo_data;
mod doctor;
mod documents;
mod export;
mod greeting;
mod import;
mod keys;
mod migrate;
mod serve;
mod staff;
mod telemetry;
mod worker;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::app::App;
use crate::config::{Config, Flags};
use crate::types::Clock;

/// Maru: a headless commerce server. REST and GraphQL over SQLite or PostgreSQL, in one binary.
///
/// Settings come from a TOML file (--config), then MARU_* variables (or MARU_*_FILE for secrets), then flags.
#[derive(Parser)]
#[command(version, about, long_about, max_term_width = 100)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

#[derive(clap::Args)]
struct Global {
    /// A TOML file of settings.
    #[arg(long, global = true, env = "MARU_CONFIG", value_name = "FILE")]
    config: Option<PathBuf>,
    /// sqlite:///path/shop.db or postgres://user@host/database (MARU_DATABASE_URL).
    #[arg(long, global = true, value_name = "URL")]
    database_url: Option<String>,
    /// Print one JSON document instead of text for people.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Serve REST and GraphQL.
    Serve(serve::Serve),
    /// Run jobs.
    Worker(worker::Worker),
    /// Bring the database up to this binary's schema.
    Migrate(migrate::Migrate),
    /// Load a catalog from a file.
    Import(import::Import),
    /// Make a catalog up, for trials and measurements.
    DemoData(demo_data::DemoData),
    /// Write all products to a file.
    Export(export::Export),
    /// Create, list and revoke API keys.
    Keys(keys::Keys),
    /// Make the first owner, or let somebody of the staff in again.
    Staff(staff::Staff),
    /// Look whether the shop adds up.
    Doctor(doctor::Doctor),
    /// Print an OpenAPI document.
    Openapi(documents::Openapi),
    /// Print a GraphQL schema (SDL).
    Schema(documents::Schema),
}

/// What a command answers: an exit code, or why it failed.
type Outcome = Result<ExitCode, Failure>;

/// Why a command failed.
enum Failure {
    /// Wrong usage or configuration.
    Usage(String),
    /// Anything else.
    Failed(String),
}

impl From<crate::error::Error> for Failure {
    fn from(error: crate::error::Error) -> Self {
        // On a terminal the operator may see the cause.
        Self::Failed(format!("{error:?}"))
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Self::Failed(error.to_string())
    }
}

/// Runs the command line.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    // One crypto library for every connection; whoever chose one before keeps it.
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let global = cli.global;
    let outcome = match cli.command {
        Command::Serve(command) => command.run(&global),
        Command::Worker(command) => command.run(&global),
        Command::Migrate(command) => command.run(&global),
        Command::Import(command) => command.run(&global),
        Command::DemoData(command) => command.run(&global),
        Command::Export(command) => command.run(&global),
        Command::Keys(command) => command.run(&global),
        Command::Staff(command) => command.run(&global),
        Command::Doctor(command) => command.run(&global),
        Command::Openapi(command) => command.run(),
        Command::Schema(command) => command.run(),
    };
    outcome.unwrap_or_else(|failure| {
        let (code, text) = match failure {
            Failure::Usage(text) => (2, text),
            Failure::Failed(text) => (3, text),
        };
        eprintln!("maru: {text}");
        ExitCode::from(code)
    })
}

impl Global {
    fn load(&self, flags: Flags) -> Result<Config, Failure> {
        let flags = Flags { database_url: self.database_url.clone(), ..flags };
        Config::load(self.config.as_deref(), &flags)
            .map_err(|problems| Failure::Usage(format!("the configuration is wrong:\n  {}", problems.join("\n  "))))
    }

    /// The shop, for a command that works on it.
    fn open(&self) -> Result<App, Failure> {
        let config = self.load(Flags::default())?;
        telemetry::logs(&config);
        let app = App::open(config, Clock::System)?;
        let pending = app.db().pending_migrations()?;
        if pending > 0 { Err(Failure::Failed(format!("{pending} migrations are pending: run `maru migrate` first"))) } else { Ok(app) }
    }

    /// Prints a value as JSON, or what `text` makes of it.
    fn print<T: serde::Serialize>(&self, value: &T, text: impl FnOnce(&T) -> String) -> Result<(), Failure> {
        if self.json {
            println!("{}", serde_json::to_string_pretty(value).map_err(|e| Failure::Failed(e.to_string()))?);
        } else {
            println!("{}", text(value));
        }
        Ok(())
    }
}
