//! `maru doctor`.

use std::process::ExitCode;

use serde::Serialize;

use super::{Failure, Global, Outcome, telemetry};
use crate::commerce::audit::Difference;
use crate::commerce::doctor;
use crate::config::Flags;
use crate::db::{DatabaseUrl, Db, DbOptions};
use crate::types::Clock;

/// Look whether the shop adds up: every balance against its ledger, every read model against what it is
/// made of, the schema against this binary. Changes nothing; exit 1 if anything differs.
#[derive(clap::Args)]
pub struct Doctor {}

#[derive(Serialize)]
struct Report {
    /// Nothing differs and nothing is pending.
    healthy: bool,
    migrations_pending: usize,
    /// What was looked at.
    checks: Vec<&'static str>,
    differences: Vec<Difference>,
}

impl Doctor {
    pub(super) fn run(self, global: &Global) -> Outcome {
        let config = global.load(Flags::default())?;
        telemetry::logs(&config);
        if let DatabaseUrl::Sqlite(path) = &config.database_url
            && !std::path::Path::new(path).exists()
        {
            return Err(Failure::Failed(format!("there is no database {path}")));
        }
        let wait = std::time::Duration::from_millis(config.pool_wait_ms);
        let db = Db::open(&DbOptions { url: config.database_url.clone(), pool_size: 1, wait }, Clock::System)?;
        let migrations_pending = db.pending_migrations()?;
        // A schema that is behind may lack what the checks read.
        let examined = migrations_pending == 0;
        let differences = if examined { db.snapshot(doctor::examine)? } else { Vec::new() };
        let checks = if examined { doctor::AUDITS.iter().map(|(name, _)| *name).collect() } else { Vec::new() };
        let report = Report { healthy: examined && differences.is_empty(), migrations_pending, checks, differences };
        global.print(&report, text)?;
        Ok(if report.healthy { ExitCode::SUCCESS } else { ExitCode::from(1) })
    }
}

fn text(report: &Report) -> String {
    if report.migrations_pending > 0 {
        return format!("{} migrations are pending: run `maru migrate`, then look again", report.migrations_pending);
    }
    if report.healthy {
        return format!("all is well: {}", report.checks.join(", "));
    }
    let line = |d: &Difference| format!("{}: {}: expected {}, found {}", d.what, d.subject, d.expected, d.found);
    let lines: Vec<String> = report.differences.iter().map(line).collect();
    format!("{}\n{} differences", lines.join("\n"), lines.len())
}
