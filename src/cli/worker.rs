//! `maru worker`.

use std::process::ExitCode;

use super::serve::wait_for_signal;
use super::{Global, Outcome};
use crate::jobs;

/// Run jobs until SIGTERM or Ctrl-C: settle payments and refunds whose answer was lost, let unpaid orders and
/// stale carts go, tidy up. Any number of workers may run beside any number of servers (which run jobs
/// themselves unless MARU_RUN_JOBS=false): each slot of the schedule is taken once.
#[derive(clap::Args)]
pub struct Worker {
    /// Run what is due now, tell what was done, and exit.
    #[arg(long)]
    once: bool,
}

impl Worker {
    pub(super) fn run(self, global: &Global) -> Outcome {
        let app = global.open()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
        runtime.block_on(async move {
            if self.once {
                let ran = jobs::run_due(&app).await?;
                let done: std::collections::BTreeMap<&str, usize> = ran.0.iter().map(|(kind, n)| (kind.as_str(), *n)).collect();
                global.print(&done, |d| d.iter().map(|(kind, n)| format!("{kind}: {n}")).collect::<Vec<_>>().join("\n"))?;
                return Ok(ExitCode::SUCCESS);
            }
            let (stop, stopped) = tokio::sync::watch::channel(false);
            let running = tokio::spawn(jobs::run_forever(app, stopped));
            tracing::info!("working");
            wait_for_signal().await;
            tracing::info!("stopping: finishing the job that runs");
            let _ = stop.send(true);
            running.await.map_err(|e| super::Failure::Failed(e.to_string()))?;
            tracing::info!("stopped");
            Ok(ExitCode::SUCCESS)
        })
    }
}
