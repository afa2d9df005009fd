//! `column IN (query)` where the query is answered first.

use diesel::QueryResult;
use diesel::backend::Backend;
use diesel::expression::{AppearsOnTable, Expression, SelectableExpression, ValidGrouping, is_aggregate};
use diesel::pg::Pg;
use diesel::query_builder::{AstPass, QueryFragment, QueryId};
use diesel::sql_types::Bool;
use diesel::sqlite::Sqlite;

/// Whether a column is one of what a query finds. PostgreSQL, which plans for any values alike, would rather go through all
/// rows in their order and ask the query of each: for a query that finds few, thousands of times as much. An array it
/// gathers first. The query stands by itself: it may read the tables of the query around it.
#[derive(Debug, Clone, Copy)]
pub struct Gathered<C, Q> {
    column: C,
    query: Q,
}

/// Whether `column` is one of the few values that `query` finds.
pub fn gathered<C, Q>(column: C, query: Q) -> Gathered<C, Q> {
    Gathered { column, query }
}

impl<C, Q> Expression for Gathered<C, Q> {
    type SqlType = Bool;
}

impl<C: AppearsOnTable<T>, Q, T> AppearsOnTable<T> for Gathered<C, Q> {}

impl<C: SelectableExpression<T>, Q, T> SelectableExpression<T> for Gathered<C, Q> {}

impl<C, Q, G> ValidGrouping<G> for Gathered<C, Q> {
    type IsAggregate = is_aggregate::No;
}

impl<C, Q> QueryId for Gathered<C, Q> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

fn walk<'b, C, Q, DB: Backend>(it: &'b Gathered<C, Q>, mut out: AstPass<'_, 'b, DB>, head: &str, tail: &str) -> QueryResult<()>
where
    C: QueryFragment<DB>,
    Q: QueryFragment<DB>,
{
    it.column.walk_ast(out.reborrow())?;
    out.push_sql(head);
    it.query.walk_ast(out.reborrow())?;
    out.push_sql(tail);
    Ok(())
}

impl<C: QueryFragment<Sqlite>, Q: QueryFragment<Sqlite>> QueryFragment<Sqlite> for Gathered<C, Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        walk(self, out, " IN (", ")")
    }
}

impl<C: QueryFragment<Pg>, Q: QueryFragment<Pg>> QueryFragment<Pg> for Gathered<C, Q> {
    fn walk_ast<'b>(&'b self, out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        walk(self, out, " = ANY(ARRAY(", "))")
    }
}
