//! Expressions that diesel lacks, the same on both databases.

use diesel::RunQueryDsl;
use diesel::backend::Backend;
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::query_dsl::LoadQuery;
use diesel::result::QueryResult;
use diesel::sql_types::Integer;

/// `column IN (ids)` that both databases keep prepared: `eq_any` alone is a new statement per list length
/// on SQLite. The list is padded to a few lengths by repeating its last id.
pub fn any_of<T: Copy>(ids: &[T]) -> Vec<T> {
    const LENGTHS: [usize; 6] = [1, 4, 20, 100, 300, 1000];
    let mut padded = ids.to_vec();
    if let Some(last) = ids.last()
        && let Some(length) = LENGTHS.iter().find(|l| **l >= ids.len())
    {
        padded.resize(*length, *last);
    }
    padded
}

/// A query with its `LIMIT` written out instead of bound. PostgreSQL takes a bound limit for a tenth of all
/// rows, finds the plan for any limit dear next to that for this one, and so plans anew each time: for a
/// list, longer than running it takes.
#[derive(Debug, Clone, Copy)]
pub struct Limited<Q> {
    query: Q,
    limit: i64,
}

/// The first rows of a query.
pub fn limited<Q>(query: Q, limit: i64) -> Limited<Q> {
    Limited { query, limit }
}

impl<Q> QueryId for Limited<Q> {
    // Kept prepared by its text, which names the limit.
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for Limited<Q> {
    type SqlType = Q::SqlType;
}

impl<Q, C> RunQueryDsl<C> for Limited<Q> {}

impl<DB: Backend, Q: QueryFragment<DB>> QueryFragment<DB> for Limited<Q> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.query.walk_ast(out.reborrow())?;
        out.push_sql(" LIMIT ");
        out.push_sql(&self.limit.to_string());
        Ok(())
    }
}

/// A statement that stays prepared by its text, where diesel would have it parsed and planned each time: its
/// updates, because what they set may vary, and inserts of several rows, because their number does. For
/// statements of few texts on hot paths.
#[derive(Debug, Clone, Copy)]
pub struct Prepared<Q>(Q);

/// What a prepared write returns of each row where nothing of it is wanted but its number. Diesel asks a statement
/// that returns nothing through a reference, which hides that it may stay prepared.
pub fn one() -> SqlLiteral<Integer> {
    sql("1")
}

/// Keeps a statement prepared. It must return something: at least [`one`].
pub fn prepared<Q>(query: Q) -> Prepared<Q> {
    Prepared(query)
}

impl<Q> Prepared<Q> {
    /// Runs a write that returns [`one`]; answers how many rows it wrote.
    pub fn run<'q, C>(self, conn: &mut C) -> QueryResult<usize>
    where
        Self: LoadQuery<'q, C, i32>,
    {
        Ok(self.load::<i32>(conn)?.len())
    }
}

impl<Q> QueryId for Prepared<Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Q: Query> Query for Prepared<Q> {
    type SqlType = Q::SqlType;
}

impl<Q, C> RunQueryDsl<C> for Prepared<Q> {}

impl<DB: Backend, Q: QueryFragment<DB>> QueryFragment<DB> for Prepared<Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(out)
    }

    fn is_safe_to_cache_prepared(&self, _: &DB) -> QueryResult<bool> {
        Ok(true)
    }
}
