//! One transaction as a rule sees it.

use std::any::Any;
use std::sync::Arc;

use diesel::connection::{AnsiTransactionManager, TransactionManager};

use super::audit::{self, Acting, Note};
use super::later::{Later, Pending};
use super::remembered::{Remembered, Seen};
use super::revisions::{self, Touched};
use super::{Backend, Conn, Db};
use crate::error::Result;
use crate::types::ids::Id;
use crate::types::{ChannelId, EventId, LocationId, Timestamp};

/// Keeps ids of one millisecond in the order of their making.
static IDS: std::sync::Mutex<uuid::ContextV7> = std::sync::Mutex::new(uuid::ContextV7::new());

/// An open transaction: the statements of one rule, at one moment.
pub struct Tx<'c> {
    conn: &'c mut Conn,
    now: Timestamp,
    statements: u64,
    touched: Touched,
    pending: Pending,
    acting: Option<Arc<Acting>>,
    notes: Vec<Note>,
    /// Whether it is still to be begun: see [`Tx::may_be_one_statement`].
    unbegun: bool,
    remembered: Arc<Remembered>,
}

impl<'c> Tx<'c> {
    pub(super) fn new(db: &Db, conn: &'c mut Conn) -> Self {
        Self {
            conn,
            now: db.clock().now(),
            statements: 0,
            touched: Touched::default(),
            pending: Pending::default(),
            acting: None,
            notes: Vec::new(),
            unbegun: false,
            remembered: db.remembered.clone(),
        }
    }

    /// One that is begun when it first needs to be; for PostgreSQL.
    pub(super) fn unbegun(db: &Db, conn: &'c mut Conn) -> Self {
        Self { unbegun: true, ..Self::new(db, conn) }
    }

    /// Whether nothing but reads was run yet, so that what is put off may become the one statement of the transaction, which
    /// then needs no BEGIN and no COMMIT (READ COMMITTED gives each statement a view of its own anyway). Who relies on
    /// it may go a way that holds mostly: what does not hold undoes all, and the rule runs again, to be told `false` here.
    pub fn may_be_one_statement(&self) -> bool {
        self.unbegun
    }

    /// The moment of this transaction: the same however often it is asked.
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// A new id, ordered after those this process made before in the same or an earlier millisecond.
    pub fn new_id<I: Id>(&self) -> I {
        let micros = self.now.micros();
        let seconds = u64::try_from(micros.div_euclid(1_000_000)).unwrap_or(0);
        let nanos = u32::try_from(micros.rem_euclid(1_000_000)).unwrap_or(0).saturating_mul(1000);
        uuid::Uuid::new_v7(uuid::Timestamp::from_unix(&IDS, seconds, nanos)).into()
    }

    /// Which database this is.
    pub fn backend(&self) -> Backend {
        match self.conn {
            Conn::Sqlite(_) => Backend::Sqlite,
            Conn::Postgres(_) => Backend::Postgres,
        }
    }

    /// The connection, for `on_each!` alone: each use counts as one statement. What was put off runs first.
    pub fn conn(&mut self) -> Result<&mut Conn> {
        self.begin_now()?;
        self.flush()?;
        self.statements += 1;
        Ok(self.conn)
    }

    /// The connection for a statement that reads and locks nothing, for `look_up!` alone: no transaction is begun for it.
    pub fn reader(&mut self) -> Result<&mut Conn> {
        if !self.unbegun || !self.pending.is_empty() {
            return self.conn();
        }
        self.statements += 1;
        Ok(self.conn)
    }

    fn begin_now(&mut self) -> Result<()> {
        if std::mem::take(&mut self.unbegun) { self.begin("BEGIN") } else { Ok(()) }
    }

    /// Puts a write off, for `add_later!` and `change_later!` alone.
    pub fn put_off(&mut self, later: Later) -> Result<()> {
        if !self.pending.may_join(&later) {
            self.flush()?;
        }
        self.pending.push(later);
        Ok(())
    }

    /// Runs what was put off.
    pub(super) fn flush(&mut self) -> Result<()> {
        if self.pending.is_empty() {
            return Ok(());
        }
        self.begin_now()?;
        match self.conn {
            Conn::Postgres(conn) => {
                self.statements += 1;
                self.pending.run(conn)
            }
            Conn::Sqlite(_) => Ok(()),
        }
    }

    /// Reads something of a channel's settings, or takes what another transaction of this process read that saw the same
    /// revision. Only for what counts the revision up whenever it changes.
    pub fn remembered<T: Any + Send + Sync>(
        &mut self,
        seen: Option<Seen>,
        what: &'static str,
        of: String,
        read: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<Arc<T>> {
        let Some(seen) = seen.filter(|_| self.touched.is_nothing()) else { return read(self).map(Arc::new) };
        let key = (seen, what, of);
        if let Some(known) = self.remembered.get(&key) {
            return Ok(known);
        }
        let fresh = Arc::new(read(self)?);
        self.remembered.keep(key, fresh.clone());
        Ok(fresh)
    }

    /// Something that was so within the last ten minutes: to choose between two ways to one answer, never for an answer.
    pub fn guess(&mut self, what: &'static str, of: &str, look: impl FnOnce(&mut Self) -> Result<bool>) -> Result<bool> {
        if let Some(known) = self.guessed(what, of) {
            return Ok(known);
        }
        let guess = look(self)?;
        self.keep_guess(what, of, guess);
        Ok(guess)
    }

    /// Whether it was so, if somebody looked within the last ten minutes.
    pub fn guessed(&self, what: &'static str, of: &str) -> Option<bool> {
        self.remembered.guess(what, of)
    }

    /// Keeps what was found on the way, for the next ten minutes' guesses.
    pub fn keep_guess(&self, what: &'static str, of: &str, is_so: bool) {
        self.remembered.keep_guess(what, of, is_so);
    }

    /// Says on whose behalf it writes: from here on what it notes is kept in the audit log.
    pub fn act_for(&mut self, acting: Option<Arc<Acting>>) {
        self.acting = acting;
    }

    /// Whether what it notes is kept.
    pub fn keeps_notes(&self) -> bool {
        self.acting.is_some()
    }

    /// Notes a change for the audit log, with the event that tells of it; nobody's are not kept.
    pub fn note(&mut self, kind: &str, subject: Option<uuid::Uuid>, event: Option<EventId>, after: &serde_json::Value) {
        if self.acting.is_some() {
            self.notes.push(Note { kind: kind.to_owned(), subject, event, after: after.clone() });
        }
    }

    /// Appends what was noted to the audit log.
    fn append_notes(&mut self) -> Result<()> {
        let notes = std::mem::take(&mut self.notes);
        match self.acting.clone() {
            Some(acting) => audit::append(self, &acting, notes),
            None => Ok(()),
        }
    }

    /// Notes that this transaction changes something that shoppers of every channel see.
    pub fn touch_catalog(&mut self) {
        self.touched.everything();
    }

    /// Notes that it changes what shoppers see of a location's stock.
    pub fn touch_stock(&mut self, location: LocationId) {
        self.touched.stock_of(location);
    }

    /// What every transaction does last: runs what was put off, appends what was noted, counts up what was touched; answers
    /// what it changed of what shoppers see.
    pub(super) fn finish(&mut self) -> Result<Vec<(ChannelId, i64)>> {
        self.flush()?;
        self.append_notes()?;
        self.count_up()
    }

    /// What was put off, if that is the whole transaction: one statement.
    pub(super) fn whole(&mut self) -> Option<Pending> {
        let is_whole = self.unbegun && self.notes.is_empty() && self.touched.is_nothing();
        is_whole.then(|| std::mem::take(&mut self.pending))
    }

    /// Counts up the revisions of what was touched.
    fn count_up(&mut self) -> Result<Vec<(ChannelId, i64)>> {
        let touched = std::mem::take(&mut self.touched);
        revisions::count_up(self, &touched)
    }

    /// Runs `part` so that its failure undoes its own writes and nothing else.
    pub fn savepoint<T>(&mut self, part: impl FnOnce(&mut Tx) -> Result<T>) -> Result<T> {
        self.savepoint_begin()?;
        let noted = self.notes.len();
        let result = part(self).and_then(|value| self.flush().map(|()| value));
        match result {
            Ok(_) => self.commit()?,
            Err(_) => {
                self.notes.truncate(noted);
                self.rollback()?;
            }
        }
        result
    }

    /// Begins the transaction. Diesel is told, so that it drops a connection whose transaction broke.
    pub(super) fn begin(&mut self, sql: &str) -> Result<()> {
        self.statements += 1;
        // Not by `conn`, which would send what was put off first.
        Ok(match self.conn {
            Conn::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(&mut **c, sql),
            Conn::Postgres(c) => AnsiTransactionManager::begin_transaction_sql(&mut **c, sql),
        }?)
    }

    /// Begins a savepoint, or a transaction where there is none.
    pub(super) fn savepoint_begin(&mut self) -> Result<()> {
        Ok(on_each!(self, |c| AnsiTransactionManager::begin_transaction(c))?)
    }

    /// Commits the innermost transaction or savepoint.
    pub(super) fn commit(&mut self) -> Result<()> {
        if self.unbegun {
            return Ok(());
        }
        Ok(on_each!(self, |c| AnsiTransactionManager::commit_transaction(c))?)
    }

    /// Undoes the innermost transaction or savepoint.
    pub(super) fn rollback(&mut self) -> Result<()> {
        self.pending.clear();
        if self.unbegun {
            return Ok(());
        }
        Ok(on_each!(self, |c| AnsiTransactionManager::rollback_transaction(c))?)
    }

    /// How many transactions and savepoints are open, one inside the other.
    pub(super) fn depth(&mut self) -> Result<u32> {
        let status = match self.conn {
            Conn::Sqlite(c) => AnsiTransactionManager::transaction_manager_status_mut(&mut **c).transaction_depth(),
            Conn::Postgres(c) => AnsiTransactionManager::transaction_manager_status_mut(&mut **c).transaction_depth(),
        };
        Ok(status?.map_or(0, std::num::NonZeroU32::get))
    }

    /// Undoes what is open down to this depth.
    pub(super) fn roll_back_to(&mut self, depth: u32) -> Result<()> {
        while self.depth()? > depth {
            self.rollback()?;
        }
        Ok(())
    }

    pub(super) fn statements(&self) -> u64 {
        self.statements
    }
}

/// Runs one query on whichever database this is: `on_each!(tx, |c| query.load::<Row>(c))`. The query is
/// compiled for each backend; boxed queries are built inside.
macro_rules! on_each {
    ($tx:expr, |$c:ident| $body:expr) => {
        $crate::db::on_conn!($tx.conn()?, |$c| $body)
    };
}
pub(crate) use on_each;

/// The same of a query that reads and locks nothing: a transaction need not be begun for it. For what hot writes read.
macro_rules! look_up {
    ($tx:expr, |$c:ident| $body:expr) => {
        $crate::db::on_conn!($tx.reader()?, |$c| $body)
    };
}
pub(crate) use look_up;

macro_rules! on_conn {
    ($conn:expr, |$c:ident| $body:expr) => {
        match $conn {
            $crate::db::Conn::Sqlite(pooled) => {
                let $c: &mut diesel::SqliteConnection = pooled;
                $body
            }
            $crate::db::Conn::Postgres(pooled) => {
                let $c: &mut diesel::PgConnection = pooled;
                $body
            }
        }
    };
}
pub(crate) use on_conn;

/// Inserts rows, one statement however many (the caller cuts what is longer than a statement holds): few of
/// them by a statement that stays prepared.
macro_rules! insert_all {
    ($tx:expr, $table:expr, $rows:expr) => {{
        let rows = $rows;
        match ($tx.conn()?, rows) {
            // One row's statement stays prepared as it is.
            ($crate::db::Conn::Sqlite(c), [one]) => diesel::insert_into($table).values(one).execute(&mut **c),
            ($crate::db::Conn::Postgres(c), [one]) => diesel::insert_into($table).values(one).execute(&mut **c),
            ($crate::db::Conn::Postgres(c), few) if few.len() <= 8 => {
                $crate::db::prepared(diesel::insert_into($table).values(few).returning($crate::db::one())).run(&mut **c)
            }
            ($crate::db::Conn::Sqlite(c), many) => diesel::insert_into($table).values(many).execute(&mut **c),
            ($crate::db::Conn::Postgres(c), many) => diesel::insert_into($table).values(many).execute(&mut **c),
        }
    }};
}
pub(crate) use insert_all;
