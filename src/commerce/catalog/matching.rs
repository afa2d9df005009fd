//! How `q=` is asked of a large catalog. What few products match is looked up in the full-text index, and those are
//! put in order; of what many match, a page is found sooner by going through the products in their order and
//! looking at the words of each.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::search;
use crate::db::{Backend, Tx, on_each};
use crate::error::Result;

/// More matches than these are many: about where going through the order of a million variants begins to cost less.
const FEW: i64 = 2_000;

/// What `q=` asks for.
pub(super) enum Matching {
    /// Everything.
    All,
    /// Nothing: there is no word in it.
    Nothing,
    /// What the full-text index finds by a query in its own language.
    Few(String),
    /// What holds each of these between the blanks of its words.
    Many(Vec<String>),
}

impl Matching {
    /// Decides which way to ask.
    pub(super) fn of(tx: &mut Tx, q: Option<&str>) -> Result<Self> {
        let Some(q) = q else { return Ok(Self::All) };
        let Some(words) = search::query(tx.backend(), q) else { return Ok(Self::Nothing) };
        let many = tx.guess("many match", &words, |tx| Ok(count_some(tx, &words)? > FEW))?;
        Ok(if many { Self::Many(search::needles(q)) } else { Self::Few(words) })
    }
}

/// How many products match, counted no further than is needed.
fn count_some(tx: &mut Tx, words: &str) -> Result<i64> {
    #[derive(QueryableByName)]
    struct Counted {
        #[diesel(sql_type = BigInt)]
        some: i64,
    }
    let matches = match tx.backend() {
        Backend::Sqlite => "product_search_index WHERE product_search_index MATCH $1",
        Backend::Postgres => "product_search WHERE to_tsvector('simple', body) @@ to_tsquery('simple', $1)",
    };
    let sql = format!("SELECT count(*) AS some FROM (SELECT 1 FROM {matches} LIMIT {}) found", FEW.saturating_add(1));
    let counted: Counted = on_each!(tx, |c| diesel::sql_query(&sql).bind::<Text, _>(words).get_result(c))?;
    Ok(counted.some)
}

/// The SQL around a bound needle: whether a product's words hold it. The offset keeps PostgreSQL from looking for it in
/// every product of the shop first.
pub(super) fn holding(backend: Backend) -> (&'static str, &'static str) {
    let head = match backend {
        Backend::Sqlite => {
            "EXISTS (SELECT 1 FROM product_search held WHERE held.product_id = products.id AND instr(' ' || held.body || ' ', "
        }
        Backend::Postgres => {
            "EXISTS (SELECT 1 FROM product_search held WHERE held.product_id = products.id AND strpos(' ' || held.body || ' ', "
        }
    };
    (head, ") > 0 LIMIT 1 OFFSET 0)")
}
