//! Doing the work: any instance takes the oldest operation that waits, or whose runner has gone silent.

use std::sync::atomic::{AtomicBool, Ordering};

use chrono::Duration;
use diesel::prelude::*;

use super::rows::OperationRow;
use super::shapes::{OperationError, OperationState};
use super::upload::UploadedFile;
use crate::app::App;
use crate::commerce::audit;
use crate::commerce::events;
use crate::commerce::transfer::{self, ImportReport, Progress, Settings};
use crate::db::tables::{operation_uploads, operations};
use crate::db::{Db, Tx, on_each};
use crate::error::{Code, Error, Kind, Result};
use crate::types::{Json, OperationId, Timestamp};

/// A runner that has not told of progress for so long is gone.
const LEASE_SECONDS: i64 = 120;

/// A file that has not grown for so long will not arrive.
const UPLOAD_SECONDS: i64 = 3_600;

/// Does all operations that wait; answers how many. Any number of instances may call it.
pub async fn run_queued(app: &App) -> Result<usize> {
    let mut done = 0;
    loop {
        let own = app.clone();
        let ran = tokio::task::spawn_blocking(move || run_next(&own)).await.map_err(Error::internal)??;
        if ran.is_none() {
            return Ok(done);
        }
        done = usize::saturating_add(done, 1);
    }
}

/// Does the oldest operation that waits, on this thread; none waits: none.
pub fn run_next(app: &App) -> Result<Option<OperationId>> {
    let db = app.db();
    db.write(drop_stale_uploads)?;
    let Some(row) = db.write(claim)? else { return Ok(None) };
    let lease = Lease { db, id: row.id };
    let settings = Settings {
        currency: row.parameters.0.currency,
        dry_run: row.parameters.0.dry_run,
        update_stock: row.parameters.0.update_stock,
        set_stock: row.parameters.0.may_set_stock,
    };
    let mut held_since = row.updated_at;
    let outcome = transfer::import(db, &|| Ok(Box::new(UploadedFile::open(db, row.id))), &settings, &mut |progress| {
        held_since = lease.renew(held_since, progress)?;
        Ok(())
    });
    match outcome {
        Ok(report) => lease.end(held_since, Some(report), None)?,
        // Somebody else does it now.
        Err(error) if error.code == Code::Conflict => {}
        // The database is down: the lease runs out and the work is begun again.
        Err(error) if error.kind() == Kind::Unavailable => return Err(error),
        Err(error) => {
            tracing::warn!(operation = %row.id, ?error, "an import failed");
            lease.end(held_since, None, Some(OperationError { code: error.code.as_str().to_owned(), detail: error.detail }))?;
        }
    }
    Ok(Some(row.id))
}

/// Takes the oldest operation that waits or whose lease has run out.
fn claim(tx: &mut Tx) -> Result<Option<OperationRow>> {
    let now = tx.now();
    let silent_since = now.plus(-Duration::seconds(LEASE_SECONDS));
    let waiting = operations::state.eq(OperationState::Queued);
    let silent = operations::state.eq(OperationState::Running).and(operations::updated_at.lt(silent_since));
    let found: Option<OperationRow> = on_each!(tx, |c| {
        operations::table.filter(waiting.or(silent)).order(operations::id.asc()).select(OperationRow::as_select()).first(c).optional()
    })?;
    let Some(mut row) = found else { return Ok(None) };
    let as_seen = operations::table.find(row.id).filter(operations::state.eq(row.state)).filter(operations::updated_at.eq(row.updated_at));
    let mine = (operations::state.eq(OperationState::Running), operations::updated_at.eq(now), operations::done.eq(0));
    let claimed = on_each!(tx, |c| diesel::update(as_seen).set(mine).execute(c))?;
    row.updated_at = now;
    Ok((claimed == 1).then_some(row))
}

/// The right to do an operation: renewed with every chunk, lost when somebody else took it over.
struct Lease<'a> {
    db: &'a Db,
    id: OperationId,
}

impl Lease<'_> {
    fn renew(&self, held_since: Timestamp, progress: Progress) -> Result<Timestamp> {
        self.db.write(|tx| {
            let now = tx.now();
            let set = (operations::done.eq(progress.done), operations::total.eq(Some(progress.total)), operations::updated_at.eq(now));
            let held = operations::table
                .find(self.id)
                .filter(operations::state.eq(OperationState::Running))
                .filter(operations::updated_at.eq(held_since));
            let renewed = on_each!(tx, |c| diesel::update(held).set(set).execute(c))?;
            if renewed == 1 { Ok(now) } else { Err(Error::new(Code::Conflict, "Another instance has taken the operation over.")) }
        })
    }

    fn end(&self, held_since: Timestamp, report: Option<ImportReport>, error: Option<OperationError>) -> Result<()> {
        self.db.write(|tx| {
            let now = tx.now();
            let state = if error.is_none() { OperationState::Succeeded } else { OperationState::Failed };
            let set = (
                operations::state.eq(state),
                operations::result.eq(report.clone().map(Json)),
                operations::error.eq(error.clone().map(Json)),
                operations::updated_at.eq(now),
            );
            let held = operations::table
                .find(self.id)
                .filter(operations::state.eq(OperationState::Running))
                .filter(operations::updated_at.eq(held_since));
            if on_each!(tx, |c| diesel::update(held).set(set).execute(c))? == 0 {
                return Ok(());
            }
            let pieces = operation_uploads::table.filter(operation_uploads::operation_id.eq(self.id));
            on_each!(tx, |c| diesel::delete(pieces).execute(c))?;
            tx.act_for(Some(audit::acting_system("jobs", "take_up_operations")));
            let told = serde_json::json!({"id": self.id, "state": state, "error": error});
            events::emit(tx, "operation.ended", Some(self.id.into()), &told)
        })
    }
}

/// Ends operations whose file stopped arriving.
fn drop_stale_uploads(tx: &mut Tx) -> Result<()> {
    let before = tx.now().plus(-Duration::seconds(UPLOAD_SECONDS));
    let stale = operations::table.filter(operations::state.eq(OperationState::Uploading)).filter(operations::updated_at.lt(before));
    on_each!(tx, |c| diesel::delete(stale).execute(c))?;
    Ok(())
}

/// Begins work that was just queued at once, where this process runs jobs; elsewhere a worker finds it.
pub fn wake(app: &App) {
    if app.config().run_jobs {
        take_up(app);
    }
}

/// Takes up what waits, on a thread of its own, one operation at a time. A process that stops does not wait
/// for it: what it leaves half done is begun again when its lease has run out.
pub fn take_up(app: &App) {
    static BUSY: AtomicBool = AtomicBool::new(false);
    if BUSY.swap(true, Ordering::AcqRel) {
        return;
    }
    let app = app.clone();
    std::thread::spawn(move || {
        while let Some(ran) = run_next(&app).transpose() {
            if let Err(error) = ran {
                tracing::warn!(?error, "queued operations could not be run now");
                break;
            }
        }
        BUSY.store(false, Ordering::Release);
    });
}
