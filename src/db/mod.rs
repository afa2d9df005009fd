//! How it is kept: SQLite or PostgreSQL behind one face. Every write goes through [`Db::write`], every
//! read through [`Db::read`]; a rule sees a [`Tx`] and never a pool or a raw connection.

mod audit;
mod conn;
mod expressions;
mod gathered;
mod group;
mod joint;
mod later;
pub mod migrate;
mod remembered;
mod revisions;
pub mod tables;
mod tx;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

pub use audit::{Acting, AuditRow};
pub use conn::{Backend, Conn, DatabaseUrl};
pub use expressions::{any_of, limited, one, prepared};
pub use gathered::gathered;
pub use later::{Added, Bound, Change, Later, OnNone, OnUnique, Thing, Write, thing, told};
pub(crate) use later::{add_later, change_later, change_now, count_later};
pub use remembered::Seen;
pub use revisions::Revisions;
pub use tx::Tx;
pub(crate) use tx::{insert_all, look_up, on_conn, on_each};

use crate::error::{Error, Result};
use crate::types::Clock;
use conn::Pools;
use later::Pending;

/// The database: pools of connections and the clock that stamps what is written.
#[derive(Clone)]
pub struct Db {
    pools: Arc<Pools>,
    clock: Clock,
    statements: Arc<AtomicU64>,
    revisions: Arc<Revisions>,
    group: Arc<group::Group>,
    remembered: Arc<remembered::Remembered>,
    joint: Option<Arc<joint::Joint>>,
}

/// How the database is reached.
#[derive(Debug, Clone)]
pub struct DbOptions {
    /// `sqlite:///path/shop.db` or `postgres://...`.
    pub url: DatabaseUrl,
    /// Connections: readers on SQLite (which has one writer beside them), all on PostgreSQL (one of eight is for purchases that
    /// are one statement).
    pub pool_size: u32,
    /// How long a caller waits for a connection before it gets a 503.
    pub wait: Duration,
}

/// What becomes of a transaction that succeeded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Commit,
    RollBack,
}

/// How often a write that met a deadlock or a serialization failure is tried again.
const RETRIES: u32 = 8;

impl Db {
    /// Opens pools; fails when the database cannot be reached.
    pub fn open(options: &DbOptions, clock: Clock) -> Result<Self> {
        let pools = Pools::open(options)?;
        Ok(Self {
            joint: pools.joint(options)?.map(|connections| Arc::new(joint::Joint::new(connections))),
            pools: Arc::new(pools),
            clock,
            statements: Arc::default(),
            revisions: Arc::default(),
            group: Arc::default(),
            remembered: Arc::default(),
        })
    }

    /// Which database this is.
    pub fn backend(&self) -> Backend {
        self.pools.backend()
    }

    /// The clock that stamps what is written.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Statements run so far, transaction control included: what a test of N+1 reads.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// The revisions of what shoppers see, as far as this process knows them.
    pub fn revisions(&self) -> &Revisions {
        &self.revisions
    }

    /// Asks the database for the revisions. No request's statement: it is not counted.
    pub fn refresh_revisions(&self) -> Result<()> {
        let mut conn = self.pools.reader()?;
        let news = revisions::all(&mut Tx::new(self, &mut conn))?;
        self.revisions.learn(&news);
        Ok(())
    }

    /// Connections: (in use, idle, most).
    pub fn pool_state(&self) -> (u32, u32, u32) {
        self.pools.state()
    }

    /// Runs a read. On SQLite all its statements see one state; on PostgreSQL each sees the newest
    /// committed state, at the price of no round trip for a transaction ([`Db::snapshot`] pays it).
    pub fn read<T>(&self, read: impl FnOnce(&mut Tx) -> Result<T>) -> Result<T> {
        let mut conn = self.pools.reader()?;
        let in_transaction = matches!(conn, Conn::Sqlite(_));
        self.reading(&mut conn, in_transaction.then_some("BEGIN DEFERRED"), read)
    }

    /// Runs a read whose statements all see one state of the database: reports, exports, `doctor`.
    pub fn snapshot<T>(&self, read: impl FnOnce(&mut Tx) -> Result<T>) -> Result<T> {
        let mut conn = self.pools.reader()?;
        let begin = match conn {
            Conn::Sqlite(_) => "BEGIN DEFERRED",
            Conn::Postgres(_) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        };
        self.reading(&mut conn, Some(begin), read)
    }

    fn reading<T>(&self, conn: &mut Conn, begin: Option<&str>, read: impl FnOnce(&mut Tx) -> Result<T>) -> Result<T> {
        let mut tx = Tx::new(self, conn);
        if let Some(begin) = begin {
            tx.begin(begin)?;
        }
        let result = read(&mut tx);
        if begin.is_some() {
            tx.commit()?;
        }
        self.statements.fetch_add(tx.statements(), Ordering::Relaxed);
        result
    }

    /// Runs a write as one transaction: all of it or nothing. On a deadlock or a serialization failure it
    /// runs again, so the closure must have no effect but its writes.
    pub fn write<T>(&self, write: impl Fn(&mut Tx) -> Result<T>) -> Result<T> {
        self.transact(Ending::Commit, write)
    }

    /// Runs a write, and then undoes it: what would happen.
    pub fn rehearse<T>(&self, write: impl Fn(&mut Tx) -> Result<T>) -> Result<T> {
        self.transact(Ending::RollBack, write)
    }

    fn transact<T>(&self, ending: Ending, write: impl Fn(&mut Tx) -> Result<T>) -> Result<T> {
        let mut tries = 0;
        loop {
            // What met something in its way goes the way of one step after the other.
            match self.transact_once(ending, tries == 0, &write) {
                Err(error) if tries < RETRIES && is_transient(&error) => {
                    tries += 1;
                    metrics::counter!("maru_db_retries_total").increment(1);
                    if is_again(&error) {
                        continue;
                    }
                    let jitter = u64::from(uuid::Uuid::new_v4().as_bytes().first().copied().unwrap_or(0));
                    std::thread::sleep(Duration::from_micros(u64::from(tries) * 500 + jitter * 20));
                }
                done => return done,
            }
        }
    }

    fn transact_once<T>(&self, ending: Ending, hopeful: bool, write: impl Fn(&mut Tx) -> Result<T>) -> Result<T> {
        let mut conn = self.pools.writer()?;
        let begin = match conn {
            // A plain BEGIN takes the write lock at the first write, when it is too late to wait for it.
            Conn::Sqlite(_) => Some("BEGIN IMMEDIATE"),
            Conn::Postgres(_) if hopeful && ending == Ending::Commit => None,
            Conn::Postgres(_) => Some("BEGIN"),
        };
        let mut tx = if begin.is_none() { Tx::unbegun(self, &mut conn) } else { Tx::new(self, &mut conn) };
        begin.map_or(Ok(()), |begin| tx.begin(begin))?;
        let written = write(&mut tx);
        let result = match (written, tx.whole()) {
            (Ok(value), Some(pending)) => {
                self.statements.fetch_add(tx.statements(), Ordering::Relaxed);
                return self.run_whole(pending, conn).map(|()| value);
            }
            // Nothing was begun.
            (Err(error), Some(_)) => Err(error),
            (written, None) => self.end(&mut tx, ending, written),
        };
        self.statements.fetch_add(tx.statements(), Ordering::Relaxed);
        result
    }

    /// Ends a transaction that was begun.
    fn end<T>(&self, tx: &mut Tx, ending: Ending, written: Result<T>) -> Result<T> {
        match written.and_then(|value| Ok((value, tx.finish()?))) {
            // A commit that fails has rolled back.
            Ok((value, news)) if ending == Ending::Commit => tx.commit().map(|()| {
                self.revisions.learn(&news);
                value
            }),
            undone => {
                // If even this fails the connection is broken and the pool drops it.
                let _ = tx.rollback();
                undone.map(|(value, _)| value)
            }
        }
    }

    /// Runs what is a whole transaction, if there is anything to write. Who may wait for others gives its connection back first.
    fn run_whole(&self, pending: Pending, own: Conn) -> Result<()> {
        if pending.is_empty() {
            return Ok(());
        }
        self.statements.fetch_add(1, Ordering::Relaxed);
        let alone = |pending: &Pending, conn: Conn| match conn {
            Conn::Postgres(mut conn) => later::run_whole(&[pending], &mut conn),
            Conn::Sqlite(_) => Err(Error::internal("a transaction of one statement on SQLite")),
        };
        match &self.joint {
            Some(joint) => {
                drop(own);
                joint.run(pending, |pending| alone(pending, self.pools.writer()?))
            }
            None => alone(&pending, own),
        }
    }
}

/// Why a transaction that failed is to run again, at once: it threw a number that was taken, or hoped for the commonest case.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Again(pub &'static str);

fn is_again(error: &Error) -> bool {
    error.cause.as_ref().is_some_and(|c| c.is::<Again>())
}

fn is_transient(error: &Error) -> bool {
    if is_again(error) {
        return true;
    }
    let Some(cause) = error.cause.as_ref().and_then(|c| c.downcast_ref::<diesel::result::Error>()) else { return false };
    match cause {
        diesel::result::Error::DatabaseError(diesel::result::DatabaseErrorKind::SerializationFailure, _) => true,
        diesel::result::Error::DatabaseError(_, info) => {
            info.message().contains("deadlock detected") || info.message().contains("database is locked")
        }
        _ => false,
    }
}
