//! `maru serve`.

use std::io::Write;
use std::net::TcpListener;
use std::process::ExitCode;

use super::{Failure, Global, Outcome, greeting, telemetry};
use crate::api::server;
use crate::app::App;
use crate::commerce::demo;
use crate::config::Flags;
use crate::jobs;
use crate::types::Clock;

/// Serve REST and GraphQL until SIGTERM or Ctrl-C, then finish what runs and exit 0.
#[derive(clap::Args)]
pub struct Serve {
    /// Where to listen (MARU_LISTEN), 127.0.0.1:8080 by default.
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Migrate first; the default on SQLite.
    #[arg(long)]
    migrate: bool,
    /// Load a demo shop if the database is empty, offer the sandbox gateway, and print keys and curl lines.
    #[arg(long)]
    demo: bool,
}

impl Serve {
    pub(super) fn run(self, global: &Global) -> Outcome {
        let on = |flag: bool| flag.then_some(true);
        let flags = Flags {
            listen: self.listen.clone(),
            migrate: on(self.migrate || self.demo),
            payments_test: on(self.demo),
            mail_to_log: self.demo,
            ..Flags::default()
        };
        let config = global.load(flags)?;
        telemetry::logs(&config);
        let metrics = telemetry::metrics();
        let listener = TcpListener::bind(config.listen).map_err(|e| Failure::Failed(format!("cannot listen on {}: {e}", config.listen)))?;
        let app = App::open(config, Clock::System)?;
        let base = greeting::base(listener.local_addr()?, app.config().transport.tls_cert.is_some());
        let words = if self.demo {
            demo::load_if_empty(app.db())?;
            greeting::demo(&app, &base)?
        } else {
            greeting::plain(&base)
        };
        actix_web::rt::System::new().block_on(serve(app, listener, metrics, &words))
    }
}

async fn serve(app: App, listener: TcpListener, metrics: Option<metrics_exporter_prometheus::PrometheusHandle>, words: &str) -> Outcome {
    let address = listener.local_addr()?;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let jobs = app.config().run_jobs.then(|| actix_web::rt::spawn(jobs::run_forever(app.clone(), stopped)));
    let running = server::start(app, listener, metrics)?;
    tracing::info!(%address, "serving");
    // Nobody has to listen to it.
    let _ = std::io::stdout().write_all(words.as_bytes()).and_then(|()| std::io::stdout().flush());
    let handle = running.handle();
    actix_web::rt::spawn(async move {
        wait_for_signal().await;
        tracing::info!("stopping: no new connections, finishing what runs");
        handle.stop(true).await;
    });
    running.await?;
    let _ = stop.send(true);
    if let Some(jobs) = jobs {
        jobs.await.map_err(|e| Failure::Failed(e.to_string()))?;
    }
    tracing::info!("stopped");
    Ok(ExitCode::SUCCESS)
}

pub(super) async fn wait_for_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut terminate), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else { return };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
}
