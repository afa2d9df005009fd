//! How `q=` is asked of a large catalog with other narrowings, or in another order than that of time (`by_words` has that alone).
//! What few products match is looked up in the full-text index, and those are put in order; of what many match, a page is found
//! sooner by going through the products in their order and looking at the words of each.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use super::search;
use crate::db::{Backend, Tx, on_each};
use crate::error::Result;

/// More matches than these are many: about where going through the order of a million variants begins to cost less.
pub(super) const FEW: i64 = 2_000;

/// What `q=` asks for.
pub(super) enum Matching {
    /// Everything.
    All,
    /// Nothing: there is no word in it.
    Nothing,
    /// Words that few products hold.
    Few(Words),
    /// Words that many hold.
    Many(Words),
}

/// The words of a query.
pub(super) struct Words {
    /// In the language of the full-text index.
    pub query: String,
    /// What of them that language cannot say: pieces of a product's words, each of which it holds between its blanks.
    pub phrases: Vec<String>,
    /// All of them as such pieces.
    pub needles: Vec<String>,
}

impl Words {
    /// Those of `q=`; none if there is no word in it.
    pub(super) fn of(backend: Backend, q: &str) -> Option<Self> {
        Some(Self { query: search::query(backend, q)?, phrases: search::phrases(backend, q), needles: search::needles(q) })
    }
}

impl Matching {
    /// Decides which way to ask: more matches than `few` are many.
    pub(super) fn of(tx: &mut Tx, q: Option<&str>, few: i64) -> Result<Self> {
        let Some(q) = q else { return Ok(Self::All) };
        let Some(words) = Words::of(tx.backend(), q) else { return Ok(Self::Nothing) };
        let many = tx.guess("many match", &format!("{few} {}", words.query), |tx| Ok(count_some(tx, &words.query, few)? > few))?;
        Ok(if many { Self::Many(words) } else { Self::Few(words) })
    }

    /// The same, asked of all that match: there the index is always the shorter way.
    pub(super) fn of_all(self) -> Self {
        match self {
            Self::Many(words) => Self::Few(words),
            other => other,
        }
    }
}

/// How many products match, counted no further than one more than `few`.
fn count_some(tx: &mut Tx, words: &str, few: i64) -> Result<i64> {
    #[derive(QueryableByName)]
    struct Counted {
        #[diesel(sql_type = BigInt)]
        some: i64,
    }
    let matches = match tx.backend() {
        Backend::Sqlite => "product_search_index WHERE product_search_index MATCH $1",
        Backend::Postgres => "product_search WHERE to_tsvector('simple', body) @@ to_tsquery('simple', $1)",
    };
    let sql = format!("SELECT count(*) AS some FROM (SELECT 1 FROM {matches} LIMIT {}) found", few.saturating_add(1));
    let counted: Counted = on_each!(tx, |c| diesel::sql_query(&sql).bind::<Text, _>(words).get_result(c))?;
    Ok(counted.some)
}

/// The SQL around a bound query: whether the full-text index finds a product by it. The array keeps PostgreSQL from going
/// through the order instead and taking the words of each product apart, which is slower by a thousand times.
pub(super) fn found(backend: Backend) -> (&'static str, &'static str) {
    match backend {
        Backend::Sqlite => (
            "products.id IN (SELECT found.product_id FROM product_search_index JOIN product_search found \
             ON found.doc = product_search_index.rowid WHERE product_search_index MATCH ",
            ")",
        ),
        Backend::Postgres => (
            "products.id = ANY(ARRAY(SELECT found.product_id FROM product_search found \
             WHERE to_tsvector('simple', found.body) @@ to_tsquery('simple', ",
            ")))",
        ),
    }
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
