//! Writes put off until the next statement that is none, or the end of the transaction. On PostgreSQL all that
//! were put off in a row run as one statement, so that an order with its lines, payment, timeline, events and
//! answer costs one round trip instead of one each. On SQLite, which has no round trips, they run at once.
//!
//! What a transaction reads and in which order its writes become visible stays as written: whatever else it
//! runs sends what was put off first, and two writes to one table where the second may meet the first's rows are
//! never one statement.

use std::any::{Any, TypeId};
use std::collections::BTreeMap;

use diesel::pg::Pg;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::{DatabaseErrorKind, Error as Diesel, QueryResult};
use diesel::sql_types::{Array, BigInt};
use diesel::{PgConnection, RunQueryDsl};
use uuid::Uuid;

use super::Again;
use crate::error::{Error, Result};

/// What a unique violation means, told from its constraint: PostgreSQL's name or SQLite's `table.column`.
pub type OnUnique = fn(&str) -> Error;
/// What it means that a guarded update found no row to change.
pub type OnNone = fn() -> Error;
/// A part of a statement.
type Part<'a> = Box<dyn QueryFragment<Pg> + 'a>;

/// A write of several texts at most: how many rows it adds decides whether it stays prepared.
const MOST_ROWS_PREPARED: usize = 24;
/// The most rows that several writes add together.
const MOST_ROWS_JOINED: usize = 500;

/// A write that is put off.
pub struct Later {
    /// The table it writes.
    pub table: &'static str,
    /// The write.
    pub write: Write,
    /// What a unique violation means.
    pub on_unique: Option<OnUnique>,
    /// What it means that nothing was changed; nothing if absent.
    pub on_none: Option<OnNone>,
}

/// What a write does, returning one value a row.
pub enum Write {
    /// Adds rows.
    Add(Box<dyn Adds>),
    /// Changes rows that are there, all of one thing.
    Change(Thing, Change),
    /// Counts up something of one row, by so much: what several count up of the same row is one update.
    Count(Thing, i32, Counting),
}

/// A value that is bound, or a condition.
pub type Bound = Box<dyn QueryFragment<Pg> + Send>;

/// An update that sets columns of the rows that are found by others: of several transactions it becomes one.
pub struct Change {
    /// The columns by which rows are found.
    pub keys: &'static [&'static str],
    /// The columns that are set.
    pub columns: &'static [&'static str],
    /// What the keys are and what the columns become, in this order.
    pub values: Vec<Bound>,
    /// What else is asked of the rows: the same of all.
    pub also: Option<Bound>,
}

/// What the rows are of that an update changes, by its id or ids: two of different things of a table meet no row in common.
pub type Thing = [Uuid; 2];
/// The update that counts up by as much as it is told.
pub type Counting = Box<dyn Fn(i32) -> Box<dyn QueryFragment<Pg>> + Send>;

/// Rows to add, whatever their type.
pub trait Adds: Send {
    /// How many.
    fn len(&self) -> usize;
    /// Itself, to be told what it is.
    fn as_any(&self) -> &dyn Any;
    /// The type of the rows.
    fn row(&self) -> TypeId;
    /// One insert of these rows and others' of the same type; none if there is another type among them.
    fn insert<'a>(&'a self, with: &[&'a dyn Adds]) -> Option<Part<'a>>;
}

/// Rows of one type, and the insert of any number of them.
pub struct Added<R> {
    /// The rows.
    pub rows: Vec<R>,
    /// The insert.
    pub insert: for<'a> fn(Vec<&'a R>) -> Part<'a>,
}

impl<R: Send + 'static> Adds for Added<R> {
    fn len(&self) -> usize {
        self.rows.len()
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn row(&self) -> TypeId {
        TypeId::of::<R>()
    }

    fn insert<'a>(&'a self, with: &[&'a dyn Adds]) -> Option<Part<'a>> {
        let mut rows: Vec<&R> = self.rows.iter().collect();
        for other in with {
            rows.extend(&other.as_any().downcast_ref::<Self>()?.rows);
        }
        Some((self.insert)(rows))
    }
}

impl Later {
    fn added(&self) -> usize {
        if let Write::Add(rows) = &self.write { rows.len() } else { 0 }
    }

    /// Whether another's write is the same but for its values and the things it is about.
    fn is_like(&self, other: &Self) -> bool {
        let same = match (&self.write, &other.write) {
            (Write::Add(a), Write::Add(b)) => a.row() == b.row() && a.len() == b.len(),
            // Two changes of one thing are never one statement: the second would find nothing to change.
            (Write::Change(a, these), Write::Change(b, those)) => a != b && these.keys == those.keys && these.columns == those.columns,
            (Write::Count(..), Write::Count(..)) => true,
            _ => false,
        };
        same && self.table == other.table && self.on_none.is_some() == other.on_none.is_some()
    }
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
        let blind = |other: &Later| match (&other.write, &later.write) {
            (Write::Add(_), Write::Add(_)) | (Write::Count(..), Write::Count(..)) => true,
            _ => other.table != later.table,
        };
        self.0.iter().all(blind) && self.added().saturating_add(later.added()) <= MOST_ROWS_JOINED
    }

    pub(super) fn push(&mut self, later: Later) {
        self.0.push(later);
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    fn added(&self) -> usize {
        self.0.iter().map(Later::added).sum()
    }

    /// Whether another transaction's writes are the same as these but for their values, and about other things: both may
    /// be one statement, which stays prepared.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.added() <= MOST_ROWS_PREPARED && self.0.iter().zip(&other.0).all(|(a, b)| a.is_like(b))
    }

    /// Runs them all as one statement.
    pub(super) fn run(&mut self, conn: &mut PgConnection) -> Result<()> {
        let all = std::mem::take(&mut self.0);
        let parts = all.iter().map(|later| Ok((part(&[later])?, 0))).collect::<Result<Vec<_>>>()?;
        let together = Together { parts, stays_prepared: added(&all) <= MOST_ROWS_PREPARED };
        let done: QueryResult<Vec<Vec<i64>>> = together.load(conn);
        let counts = done.map_err(|error| meaning(error, &all))?;
        let refused = all.iter().zip(counts.iter().flatten()).find_map(|(later, count)| later.on_none.filter(|_| *count == 0));
        refused.map_or(Ok(()), |refusal| Err(refusal()))
    }
}

/// Runs the writes of one transaction, or of several that [are alike](Pending::is_like), as one statement that is all of
/// them: what does not hold fails it, and it is to run again as transactions of several statements, which tell why.
pub(super) fn run_whole(all: &[&Pending], conn: &mut PgConnection) -> Result<()> {
    let Some(first) = all.first() else { return Ok(()) };
    let together = Together { parts: whole(all)?, stays_prepared: first.added() <= MOST_ROWS_PREPARED };
    let done: QueryResult<Vec<Vec<i64>>> = together.load(conn);
    done.map(drop).map_err(|error| if undone(&error) { Error::unavailable(Again("a single statement did not hold")) } else { error.into() })
}

/// The parts of the writes of transactions that are alike, and how many rows each must write: what is added first, what
/// is counted up last and in the order of its rows, because those are the contended ones.
fn whole<'a>(all: &[&'a Pending]) -> Result<Vec<(Part<'a>, usize)>> {
    let (mut adds, mut changes, mut counts) = (Vec::new(), Vec::new(), BTreeMap::new());
    let places = all.iter().map(|pending| pending.0.len()).max().unwrap_or(0);
    for place in 0..places {
        let same: Vec<&Later> = all.iter().filter_map(|pending| pending.0.get(place)).collect();
        match same.first().map(|later| &later.write) {
            Some(Write::Add(_)) => adds.push((part(&same)?, 0)),
            Some(Write::Change(..)) => {
                // In the order of the things as well: two such statements never wait for each other.
                let mut same = same;
                same.sort_by_key(|later| if let Write::Change(thing, _) = &later.write { Some(*thing) } else { None });
                changes.push((part(&same)?, same.iter().filter(|later| later.on_none.is_some()).count()));
            }
            Some(Write::Count(..)) => {
                for later in same {
                    if let Write::Count(thing, up, update) = &later.write {
                        let counted = counts.entry((later.table, *thing)).or_insert((0i32, update, later.on_none.is_some()));
                        counted.0 = counted.0.checked_add(*up).ok_or_else(|| Error::unavailable(Again("too much at once")))?;
                    }
                }
            }
            None => {}
        }
    }
    let counts = counts.into_values().map(|(up, update, guarded)| (Part::from(update(up)), usize::from(guarded)));
    Ok(adds.into_iter().chain(changes).chain(counts).collect())
}

/// The part that is a write, or what several add or change.
fn part<'a>(all: &[&'a Later]) -> Result<Part<'a>> {
    let Some((first, others)) = all.split_first() else { return Err(Error::internal("no write to run")) };
    match &first.write {
        Write::Add(rows) => {
            let with = |later: &&'a Later| if let Write::Add(rows) = &later.write { Some(&**rows) } else { None };
            let others = others.iter().map(with).collect::<Option<Vec<_>>>();
            let insert = others.and_then(|others| rows.insert(&others));
            insert.ok_or_else(|| Error::internal("rows of two types for one insert"))
        }
        Write::Change(..) => {
            let change = |later: &&'a Later| if let Write::Change(_, change) = &later.write { Some(change) } else { None };
            let changes = all.iter().map(change).collect::<Option<Vec<_>>>();
            let changes = changes.ok_or_else(|| Error::internal("another write among changes"))?;
            Ok(Box::new(Changed { table: first.table, changes }))
        }
        Write::Count(_, up, update) => Ok(update(*up)),
    }
}

/// `UPDATE t SET c = v.c0 FROM (VALUES (...), (...)) AS v (k0, c0) WHERE t.k = v.k0`: one update opens the table and its indexes
/// once, however many rows it is about. (Of one row PostgreSQL makes the update that it seems to be.)
struct Changed<'a> {
    table: &'static str,
    changes: Vec<&'a Change>,
}

impl QueryFragment<Pg> for Changed<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let Some(Change { keys, columns, also, .. }) = self.changes.first() else {
            return Err(Diesel::QueryBuilderError("no change".into()));
        };
        out.push_sql("UPDATE ");
        out.push_identifier(self.table)?;
        for (index, column) in columns.iter().enumerate() {
            out.push_sql(if index == 0 { " SET " } else { ", " });
            out.push_identifier(column)?;
            out.push_sql(&format!(" = v.c{index}"));
        }
        out.push_sql(" FROM (VALUES ");
        for (row, change) in self.changes.iter().enumerate() {
            out.push_sql(if row == 0 { "(" } else { "), (" });
            for (index, value) in change.values.iter().enumerate() {
                if index > 0 {
                    out.push_sql(", ");
                }
                value.walk_ast(out.reborrow())?;
            }
        }
        let names = (0..keys.len()).map(|index| format!("k{index}")).chain((0..columns.len()).map(|index| format!("c{index}")));
        out.push_sql(&format!(")) AS v ({})", names.collect::<Vec<_>>().join(", ")));
        for (index, key) in keys.iter().enumerate() {
            out.push_sql(if index == 0 { " WHERE " } else { " AND " });
            out.push_identifier(self.table)?;
            out.push_sql(".");
            out.push_identifier(key)?;
            out.push_sql(&format!(" = v.k{index}"));
        }
        if let Some(also) = also {
            out.push_sql(" AND ");
            also.walk_ast(out.reborrow())?;
        }
        out.push_sql(" RETURNING 1");
        Ok(())
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
    all.iter().map(Later::added).sum()
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
/// them as they are counted. It fails (with the kind of a serialization failure) if one wrote less than it must.
struct Together<'a> {
    /// Each part, and how many rows it must write.
    parts: Vec<(Part<'a>, usize)>,
    stays_prepared: bool,
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
        for (index, (part, _)) in self.parts.iter().enumerate() {
            out.push_sql(if index == 0 { "WITH w" } else { ", w" });
            out.push_sql(&index.to_string());
            out.push_sql(" AS (");
            part.walk_ast(out.reborrow())?;
            out.push_sql(")");
        }
        for (index, (_, must_write)) in self.parts.iter().enumerate() {
            out.push_sql(if index == 0 { " SELECT ARRAY[" } else { ", " });
            out.push_sql(&match must_write {
                0 => format!("(SELECT count(*) FROM w{index})"),
                // Of fewer rows nothing is left.
                rows => format!("maru_some((SELECT count(*) FROM w{index}) / {rows})"),
            });
        }
        out.push_sql("]");
        Ok(())
    }

    /// Its text names how many rows it adds: what adds few stays prepared, what adds many would fill the server's memory with
    /// statements that never come again.
    fn is_safe_to_cache_prepared(&self, _: &Pg) -> QueryResult<bool> {
        Ok(self.stays_prepared)
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
            ($crate::db::Backend::Postgres, _) => $tx.put_off($crate::db::Later {
                table: stringify!($table),
                write: $crate::db::Write::Add(Box::new($crate::db::Added {
                    rows,
                    insert: |rows| Box::new(diesel::insert_into($table::table).values(rows).returning($crate::db::one())),
                })),
                on_unique,
                on_none: None,
            }),
        }
    }};
}
pub(crate) use add_later;

/// Sets columns of the rows that others find, without waiting: `change_later!(tx, carts, thing(id), {id: id, version: seen} =>
/// {status: done}, Some(|| error))`, with what the rows are of that it changes ([`Thing`]: an id, or two), and with what it means
/// that it found no row. What else is asked of the rows, the same whatever they are, may follow the keys:
/// `{payment_id: id} and is_open => {...}`. Who says what it means that there was none finds one row at most.
macro_rules! change_later {
    (
        $tx:expr, $table:ident, $thing:expr,
        {$($key:ident: $is:expr),+ $(,)?} $(and $also:expr)? => {$($column:ident: $new:expr),+ $(,)?},
        $on_none:expr
    ) => {{
        let on_none: Option<$crate::db::OnNone> = $on_none;
        match $tx.backend() {
            $crate::db::Backend::Sqlite => {
                let found = $table::table$(.filter($table::$key.eq($is)))+$(.filter($also))?;
                let update = diesel::update(found).set(($($table::$column.eq($new),)+)).returning($crate::db::one());
                $crate::db::change_now!($tx, update, on_none)
            }
            $crate::db::Backend::Postgres => {
                macro_rules! bound {
                    ($name:ident, $value:expr) => {{
                        type Of = <$table::$name as diesel::Expression>::SqlType;
                        let bound: $crate::db::Bound = Box::new(diesel::expression::AsExpression::<Of>::as_expression($value));
                        bound
                    }};
                }
                #[allow(unused_mut, unused_assignments, reason = "there may be nothing else to ask")]
                let mut also: Option<$crate::db::Bound> = None;
                $(also = Some(Box::new($also));)?
                let change = $crate::db::Change {
                    keys: &[$(<$table::$key as diesel::Column>::NAME),+],
                    columns: &[$(<$table::$column as diesel::Column>::NAME),+],
                    values: vec![$(bound!($key, $is)),+, $(bound!($column, $new)),+],
                    also,
                };
                let write = $crate::db::Write::Change($thing, change);
                $tx.put_off($crate::db::Later { table: stringify!($table), write, on_unique: None, on_none })
            }
        }
    }};
}
pub(crate) use change_later;

/// Counts up something of one row without waiting: `count_later!(tx, stock_levels, [variant, location], by, |by| update, Some(|| error))`.
/// What several transactions count up of one row may become one update, by the sum.
macro_rules! count_later {
    ($tx:expr, $table:ident, $thing:expr, $by:expr, $update:expr, $on_none:expr) => {{
        let (by, on_none): (i32, Option<$crate::db::OnNone>) = ($by, $on_none);
        let update = $update;
        match $tx.backend() {
            $crate::db::Backend::Sqlite => $crate::db::change_now!($tx, update(by).returning($crate::db::one()), on_none),
            $crate::db::Backend::Postgres => {
                let update = Box::new(move |by| -> Box<dyn diesel::query_builder::QueryFragment<diesel::pg::Pg>> {
                    Box::new(update(by).returning($crate::db::one()))
                });
                let write = $crate::db::Write::Count($thing, by, update);
                $tx.put_off($crate::db::Later { table: stringify!($table), write, on_unique: None, on_none })
            }
        }
    }};
}
pub(crate) use count_later;

/// Runs an update that returns [`super::one`].
macro_rules! change_now {
    ($tx:expr, $update:expr, $on_none:expr) => {{
        let (write, on_none): (_, Option<$crate::db::OnNone>) = ($update, $on_none);
        let changed = $crate::db::on_each!($tx, |c| $crate::db::prepared(write).run(c))?;
        on_none.filter(|_| changed == 0).map_or(Ok(()), |refusal| Err(refusal()))
    }};
}
pub(crate) use change_now;

/// What has one id.
pub fn thing(id: impl Into<Uuid>) -> Thing {
    [id.into(), Uuid::nil()]
}
