//! `maru migrate`.

use std::process::ExitCode;

use serde::Serialize;

use super::{Failure, Global, Outcome, telemetry};
use crate::config::Flags;
use crate::db::{Db, DbOptions};
use crate::types::Clock;

/// Bring the database up to this binary's schema. Migrations only add or widen, so binaries of the
/// version before keep working beside this one. Safe to run from several instances at once.
#[derive(clap::Args)]
pub struct Migrate {
    /// Tell what is pending and change nothing; exit 1 if anything is.
    #[arg(long)]
    check: bool,
}

#[derive(Serialize)]
struct Report {
    pending: usize,
    applied: Vec<String>,
}

impl Migrate {
    pub(super) fn run(self, global: &Global) -> Outcome {
        let config = global.load(Flags::default())?;
        telemetry::logs(&config);
        let wait = std::time::Duration::from_millis(config.pool_wait_ms);
        let db = Db::open(&DbOptions { url: config.database_url.clone(), pool_size: 1, wait }, Clock::System)?;
        let applied = if self.check { Vec::new() } else { db.migrate()? };
        let report = Report { pending: db.pending_migrations()?, applied };
        global.print(&report, |r| match (r.pending, r.applied.len()) {
            (0, 0) => "nothing to do: the schema is up to date".to_owned(),
            (0, n) => format!("applied {n} migrations"),
            (n, _) => format!("{n} migrations are pending"),
        })?;
        if report.pending == 0 {
            Ok(ExitCode::SUCCESS)
        } else if self.check {
            Ok(ExitCode::from(1))
        } else {
            Err(Failure::Failed("migrations are still pending".to_owned()))
        }
    }
}
