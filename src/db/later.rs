//! Writes put off until the next statement that is none, or the end of the transaction. On PostgreSQL all that
//! were put off in a row run as one statement, so that an order with its lines, payment, timeline, events and
//! answer costs one round trip instead of one each. On SQLite, which has no round trips, they run at once.
//!
//! What a transaction reads and in which order its writes become visible stays as written: whatever else it
//! runs sends what was put off first, and two writes to one table where the second may meet the first's rows are
//! never one statement.

use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::{DatabaseErrorKind, Error as Diesel, QueryResult};
use diesel::sql_types::{Array, BigInt};
use diesel::{PgConnection, RunQueryDsl};

use super::Again;
use crate::error::{Error, Result};

/// What a unique violation means, told from its constraint: PostgreSQL's name or SQLite's `table.column`.
pub type OnUnique = fn(&str) -> Error;
/// What it means that a guarded update found no row to change.
pub type OnNone = fn() -> Error;

/// A write of several texts at most: how many rows it adds decides whether it stays prepared.
const MOST_ROWS_PREPARED: usize = 24;
/// The most rows that several writes add together.
const MOST_ROWS_JOINED: usize = 500;

/// Which rows a write writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rows {
    /// So many new ones.
    Added(usize),
    /// Any that are there.
    Changed,
    /// One that no other of the writes put off with it changes.
    ChangedApart,
}

/// A write that is put off.
pub struct Later {
    /// The table it writes.
    pub table: &'static str,
    /// The write, returning one value a row.
    pub write: Box<dyn QueryFragment<Pg>>,
    /// Which rows it writes.
    pub rows: Rows,
    /// What a unique violation means.
    pub on_unique: Option<OnUnique>,
    /// What it means that nothing was changed; nothing if absent.
    pub on_none: Option<OnNone>,
}

/// What was put off.
#[derive(Default)]
pub(super) struct Pending(Vec<Later>);

impl Pending {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a write may join: it must not need to see what another of the same statement writes, and a statement binds
    /// 65,535 values at most.
    pub(super) fn may_join(&self, later: &Later) -> bool {
        let blind = |other: &Later| match (other.rows, later.rows) {
            (Rows::Added(_), Rows::Added(_)) | (Rows::ChangedApart, Rows::ChangedApart) => true,
            _ => other.table != later.table,
        };
        self.0.iter().all(blind) && added(&self.0).saturating_add(added(std::slice::from_ref(later))) <= MOST_ROWS_JOINED
    }

    pub(super) fn push(&mut self, later: Later) {
        self.0.push(later);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    /// Runs them all as one statement that is the whole transaction: what does not hold fails it, and it is to run again
    /// as a transaction of several statements, which tells why.
    pub(super) fn run_alone(&mut self, conn: &mut PgConnection) -> Result<()> {
        let all = std::mem::take(&mut self.0);
        let done: QueryResult<Vec<Vec<i64>>> = Together { all: &all, alone: true }.load(conn);
        done.map(drop)
            .map_err(|error| if undone(&error) { Error::unavailable(Again("a single statement did not hold")) } else { error.into() })
    }

    /// Runs them all as one statement.
    pub(super) fn run(&mut self, conn: &mut PgConnection) -> Result<()> {
        let all = std::mem::take(&mut self.0);
        let done: QueryResult<Vec<Vec<i64>>> = Together { all: &all, alone: false }.load(conn);
        let counts = done.map_err(|error| meaning(error, &all))?;
        let refused = all.iter().zip(counts.iter().flatten()).find_map(|(later, count)| later.on_none.filter(|_| *count == 0));
        refused.map_or(Ok(()), |refusal| Err(refusal()))
    }
}

/// Whether it is sure that nothing was written: the server said so. Of a connection that broke it is not.
fn undone(error: &Diesel) -> bool {
    use DatabaseErrorKind as Kind;
    let Diesel::DatabaseError(kind, _) = error else { return false };
    matches!(
        kind,
        Kind::UniqueViolation | Kind::ForeignKeyViolation | Kind::NotNullViolation | Kind::CheckViolation | Kind::SerializationFailure
    )
}

/// How many rows writes add.
fn added(all: &[Later]) -> usize {
    let of = |later: &Later| if let Rows::Added(rows) = later.rows { rows } else { 0 };
    all.iter().map(of).sum()
}

fn meaning(error: Diesel, all: &[Later]) -> Error {
    let table = match &error {
        Diesel::DatabaseError(DatabaseErrorKind::UniqueViolation, info) => info.table_name(),
        _ => None,
    };
    let of = table.and_then(|table| all.iter().find(|later| later.table == table));
    told(error, of.and_then(|later| later.on_unique))
}

/// An error of a write, with what a unique violation means there.
pub fn told(error: Diesel, on_unique: Option<OnUnique>) -> Error {
    match (&error, on_unique) {
        (Diesel::DatabaseError(DatabaseErrorKind::UniqueViolation, info), Some(means)) => {
            means(info.constraint_name().unwrap_or_else(|| info.message()))
        }
        _ => error.into(),
    }
}

/// `WITH w0 AS (...), w1 AS (...) SELECT ARRAY[(SELECT count(*) FROM w0), ...]`: how many rows each wrote. PostgreSQL runs
/// them as they are counted. Alone it fails (with the kind of a serialization failure) if a guarded update found no row.
struct Together<'a> {
    all: &'a [Later],
    alone: bool,
}

impl QueryId for Together<'_> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl Query for Together<'_> {
    type SqlType = Array<BigInt>;
}

impl RunQueryDsl<PgConnection> for Together<'_> {}

impl QueryFragment<Pg> for Together<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        for (index, later) in self.all.iter().enumerate() {
            out.push_sql(if index == 0 { "WITH w" } else { ", w" });
            out.push_sql(&index.to_string());
            out.push_sql(" AS (");
            later.write.walk_ast(out.reborrow())?;
            out.push_sql(")");
        }
        for (index, later) in self.all.iter().enumerate() {
            out.push_sql(if index == 0 { " SELECT ARRAY[" } else { ", " });
            let guarded = self.alone && later.on_none.is_some();
            out.push_sql(&if guarded {
                format!("maru_some((SELECT count(*) FROM w{index}))")
            } else {
                format!("(SELECT count(*) FROM w{index})")
            });
        }
        out.push_sql("]");
        Ok(())
    }

    /// Its text names how many rows it adds: what adds few stays prepared, what adds many would fill the server's memory with
    /// statements that never come again.
    fn is_safe_to_cache_prepared(&self, _: &Pg) -> QueryResult<bool> {
        Ok(added(self.all) <= MOST_ROWS_PREPARED)
    }
}

/// Adds rows (a `Vec`) without waiting: `add_later!(tx, events, rows)`, with what a unique violation means if
/// it can meet one.
macro_rules! add_later {
    ($tx:expr, $table:ident, $rows:expr) => {
        $crate::db::add_later!($tx, $table, $rows, None)
    };
    ($tx:expr, $table:ident, $rows:expr, $on_unique:expr) => {{
        let (rows, on_unique): (Vec<_>, Option<$crate::db::OnUnique>) = ($rows, $on_unique);
        match ($tx.backend(), rows.len()) {
            (_, 0) => Ok(()),
            ($crate::db::Backend::Sqlite, _) => {
                $crate::db::insert_all!($tx, $table::table, rows.as_slice()).map(drop).map_err(|error| $crate::db::told(error, on_unique))
            }
            ($crate::db::Backend::Postgres, adds) => $tx.put_off($crate::db::Later {
                table: stringify!($table),
                write: Box::new(diesel::insert_into($table::table).values(rows).returning($crate::db::one())),
                rows: $crate::db::Rows::Added(adds),
                on_unique,
                on_none: None,
            }),
        }
    }};
}
pub(crate) use add_later;

/// Runs an update that owns what it sets without waiting: `change_later!(tx, carts, update, Some(|| error))`; with what it
/// means that it found no row, and [`Rows::ChangedApart`] if it changes a row that no other put off with it does.
macro_rules! change_later {
    ($tx:expr, $table:ident, $update:expr, $on_none:expr) => {
        $crate::db::change_later!($tx, $table, $update, $on_none, $crate::db::Rows::Changed)
    };
    ($tx:expr, $table:ident, $update:expr, $on_none:expr, $rows:expr) => {{
        let (write, on_none): (_, Option<$crate::db::OnNone>) = ($update.returning($crate::db::one()), $on_none);
        match $tx.backend() {
            $crate::db::Backend::Sqlite => {
                let changed = $crate::db::on_each!($tx, |c| $crate::db::prepared(write).run(c))?;
                on_none.filter(|_| changed == 0).map_or(Ok(()), |refusal| Err(refusal()))
            }
            $crate::db::Backend::Postgres => {
                let (table, write) = (stringify!($table), Box::new(write));
                $tx.put_off($crate::db::Later { table, write, rows: $rows, on_unique: None, on_none })
            }
        }
    }};
}
pub(crate) use change_later;
