//! The worker's loop.

use std::sync::Arc;
use std::time::Duration;

use diesel::prelude::*;
use tokio::sync::watch;

use super::JobKind;
use crate::app::App;
use crate::commerce::audit;
use crate::commerce::auth::Caller;
use crate::db::tables::jobs;
use crate::db::{Tx, on_each};
use crate::error::Result;
use crate::types::{JobId, Json, Timestamp};

/// How often the worker looks whether a slot has begun.
const PAUSE: Duration = Duration::from_millis(500);
/// How long jobs that ended are kept, for the operator.
const KEPT_HOURS: i64 = 6;

/// What a round of jobs did: each kind that ran, with how many things it did something about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Ran(pub Vec<(JobKind, usize)>);

impl Ran {
    /// How many things a kind did something about; none when it did not run.
    pub fn of(&self, kind: JobKind) -> Option<usize> {
        self.0.iter().find(|(k, _)| *k == kind).map(|(_, n)| *n)
    }
}

/// Runs every kind whose present slot nobody has taken yet, once.
pub async fn run_due(app: &App) -> Result<Ran> {
    // Without a channel there is no shop to work for.
    let Some(channel) = app.channel(None).await? else { return Ok(Ran::default()) };
    let by = Arc::new(Caller::system("jobs", channel));
    let mut ran = Ran::default();
    for kind in app.read(free_slots).await? {
        let Some(job) = app.write(move |tx| take_slot(tx, kind)).await? else { continue };
        let started = std::time::Instant::now();
        let done = kind.run(&app.acting_for(Some(audit::acting_system("jobs", kind.as_str()))), &by).await;
        metrics::histogram!("maru_job_duration_seconds", "kind" => kind.as_str()).record(started.elapsed().as_secs_f64());
        let (state, error) = match &done {
            Ok(count) => {
                ran.0.push((kind, *count));
                ("done", None)
            }
            Err(error) => {
                tracing::error!(job = kind.as_str(), ?error, "a job failed");
                ("failed", Some(error.to_string()))
            }
        };
        metrics::counter!("maru_jobs_total", "kind" => kind.as_str(), "state" => state).increment(1);
        app.write(move |tx| finish(tx, job, state, error.clone())).await?;
    }
    Ok(ran)
}

/// Runs jobs until told to stop; a round that has begun is finished first.
pub async fn run_forever(app: App, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        if let Err(error) = run_due(&app).await {
            tracing::error!(?error, "jobs could not run");
        }
        tokio::select! {
            _ = stop.changed() => {}
            () = tokio::time::sleep(PAUSE) => {}
        }
    }
}

/// The present slot of a kind.
fn slot(kind: JobKind, now: Timestamp) -> String {
    format!("{kind}:{}", now.micros().div_euclid(kind.period_seconds().saturating_mul(1_000_000)))
}

/// The kinds whose present slot nobody has taken yet, in their order: a statement that writes nothing, so that a shop where
/// nothing happens is left alone.
fn free_slots(tx: &mut Tx) -> Result<Vec<JobKind>> {
    let now = tx.now();
    let slots: Vec<String> = JobKind::ALL.iter().map(|kind| slot(*kind, now)).collect();
    let taken: Vec<Option<String>> =
        on_each!(tx, |c| jobs::table.filter(jobs::unique_key.eq_any(&slots)).select(jobs::unique_key).load(c))?;
    let is_free = |slot: &String| !taken.iter().flatten().any(|taken| taken == slot);
    Ok(JobKind::ALL.iter().zip(&slots).filter(|(_, slot)| is_free(slot)).map(|(kind, _)| *kind).collect())
}

/// Takes a kind's present slot, unless somebody has.
fn take_slot(tx: &mut Tx, kind: JobKind) -> Result<Option<JobId>> {
    let now = tx.now();
    let id: JobId = tx.new_id();
    let row = (
        jobs::id.eq(id),
        jobs::kind.eq(kind.as_str()),
        jobs::unique_key.eq(slot(kind, now)),
        jobs::payload.eq(Json(serde_json::json!({}))),
        jobs::state.eq("running"),
        jobs::run_at.eq(now),
        jobs::attempts.eq(1),
        jobs::created_at.eq(now),
    );
    let made = on_each!(tx, |c| diesel::insert_into(jobs::table).values(row).on_conflict(jobs::unique_key).do_nothing().execute(c))?;
    Ok((made == 1).then_some(id))
}

fn finish(tx: &mut Tx, id: JobId, state: &str, error: Option<String>) -> Result<()> {
    let change = (jobs::state.eq(state), jobs::last_error.eq(error), jobs::finished_at.eq(tx.now()));
    on_each!(tx, |c| diesel::update(jobs::table.find(id)).set(change).execute(c))?;
    Ok(())
}

/// Forgets jobs that ended, or died, a while ago; answers how many.
pub(super) fn purge(tx: &mut Tx) -> Result<usize> {
    let before: Timestamp = tx.now().minus(chrono::Duration::hours(KEPT_HOURS));
    Ok(on_each!(tx, |c| diesel::delete(jobs::table.filter(jobs::created_at.lt(before))).execute(c))?)
}
