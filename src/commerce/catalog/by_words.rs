//! A page of what `q=` finds and nothing else narrows, in the order of time. Words that many products hold are soon met by
//! going through the products in that order; words that fewer hold are looked up in the full-text index: on SQLite, whose index is
//! in the order of time itself, as far as the page needs it; on PostgreSQL among the next some thousands of products, and then among all.
//! So what a page costs does not grow with the number that match. Which of the ways filled a page is remembered.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Nullable, Text};

use super::filters::from_key;
use super::matching::Words;
use crate::db::tables::product_search;
use crate::db::{Backend, Tx, limited, on_each, prepared};
use crate::error::{Error, Result};
use crate::types::sql::{Instant, Uuid};
use crate::types::{ProductId, Timestamp};

/// The ways, each for rarer words than the one before: a page is full where one of twenty products holds them, where one of a
/// hundred (on PostgreSQL: two hundred) does, and whoever does.
const ON_SQLITE: [Way; 3] = [Way::Through(512), Way::Through(2_048), Way::All];
const ON_POSTGRES: [Way; 3] = [Way::Through(512), Way::Near(4_096), Way::All];

/// From where on, which way, and how many.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    /// The last of the page before.
    pub key: Option<(Option<Timestamp>, ProductId)>,
    /// From the oldest on.
    pub ascending: bool,
    /// How many at most.
    pub most: usize,
}

/// A way to find them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// Through the next so many products, looking at the words of each.
    Through(i64),
    /// By the index, among the next so many.
    Near(i64),
    /// By the index.
    All,
}

/// The products that hold some words and are listed by now, in the order of their listing.
pub(super) fn in_order(tx: &mut Tx, words: &Words, span: Span) -> Result<Vec<ProductId>> {
    let ways = match tx.backend() {
        Backend::Sqlite => ON_SQLITE,
        Backend::Postgres => ON_POSTGRES,
    };
    let what = format!("{} {}", span.most, words.query);
    let first = tx.guessed("way to words", &what).unwrap_or(0);
    let mut found = Vec::new();
    for (place, way) in ways.into_iter().enumerate().skip(first) {
        found = by_way(tx, way, words, span)?;
        if found.len() >= span.most || way == Way::All {
            tx.keep_guess("way to words", &what, place);
            break;
        }
    }
    Ok(found)
}

fn by_way(tx: &mut Tx, way: Way, words: &Words, span: Span) -> Result<Vec<ProductId>> {
    match (way, tx.backend()) {
        (Way::Through(many), _) => among(tx, &words.needles, None, many, span),
        (Way::Near(many), _) => among(tx, &words.phrases, Some(&words.query), many, span),
        (Way::All, Backend::Sqlite) => by_index_in_order(tx, words, span),
        (Way::All, Backend::Postgres) => by_index(tx, words, span),
    }
}

/// Whether a product's words hold a piece.
fn holds(backend: Backend) -> &'static str {
    match backend {
        Backend::Sqlite => "instr(' ' || product_search.body || ' ', ",
        Backend::Postgres => "strpos(' ' || product_search.body || ' ', ",
    }
}

/// What PostgreSQL's full-text index is asked.
const INDEXED: &str = "to_tsvector('simple', product_search.body) @@ to_tsquery('simple', ";

/// Those of the next so many products that hold pieces, and what the index finds by a query. None if there are not as many any more.
fn among(tx: &mut Tx, pieces: &[String], query: Option<&str>, many: i64, span: Span) -> Result<Vec<ProductId>> {
    let (now, holds, Span { key, ascending, .. }) = (tx.now(), holds(tx.backend()), span);
    let most = i64::try_from(span.most).map_err(Error::internal)?;
    let (within, order) = if ascending { ("<=", "ASC") } else { (">=", "DESC") };
    let head = format!(
        "(product_search.listed_at, product_search.product_id) {within} \
         (SELECT edge.listed_at, edge.product_id FROM product_search edge WHERE edge.listed_at <= "
    );
    let tail = format!(" ORDER BY edge.listed_at {order}, edge.product_id {order} LIMIT 1 OFFSET {})", many.saturating_sub(1));
    let after = if ascending { ">" } else { "<" };
    let found = on_each!(tx, |c| {
        let mut rows = product_search::table.filter(product_search::listed_at.le(now)).select(product_search::product_id).into_boxed();
        rows = match key {
            None => rows.filter(sql::<Bool>(&head).bind::<Instant, _>(now).sql(&tail)),
            Some((at, id)) => rows.filter(
                sql::<Bool>(&head)
                    .bind::<Instant, _>(now)
                    .sql(&format!(" AND (edge.listed_at, edge.product_id) {after} ("))
                    .bind::<Nullable<Instant>, _>(at)
                    .sql(", ")
                    .bind::<Uuid, _>(id)
                    .sql(&format!("){tail}")),
            ),
        };
        if let Some(query) = query {
            rows = rows.filter(sql::<Bool>(INDEXED).bind::<Text, _>(query.to_owned()).sql(")"));
        }
        for piece in pieces {
            rows = rows.filter(sql::<Bool>(holds).bind::<Text, _>(piece.clone()).sql(") > 0"));
        }
        limited(from_key!(rows, product_search::listed_at, product_search::product_id, key, ascending), most).load(c)
    })?;
    Ok(found)
}

/// What PostgreSQL's index finds, put in order.
fn by_index(tx: &mut Tx, words: &Words, span: Span) -> Result<Vec<ProductId>> {
    let (now, holds, Span { key, ascending, .. }) = (tx.now(), holds(tx.backend()), span);
    let most = i64::try_from(span.most).map_err(Error::internal)?;
    // Not to be seen as what the index of the order has: PostgreSQL would go through all of that, or join the two.
    let listed_at = || sql::<Nullable<Instant>>("coalesce(product_search.listed_at, product_search.listed_at)");
    let found = on_each!(tx, |c| {
        let mut rows = product_search::table
            .filter(listed_at().le(now))
            .filter(sql::<Bool>(INDEXED).bind::<Text, _>(words.query.clone()).sql(")"))
            .select(product_search::product_id)
            .into_boxed();
        for phrase in &words.phrases {
            rows = rows.filter(sql::<Bool>(holds).bind::<Text, _>(phrase.clone()).sql(") > 0"));
        }
        limited(from_key!(rows, listed_at(), product_search::product_id, key, ascending), most).load(c)
    })?;
    Ok(found)
}

/// How many documents of SQLite's index a second has: their numbers are the second's, times this, and a place in it.
const SECOND: i64 = 1 << 30;
/// The seconds that have documents of their own; what is listed beyond has those of the last.
const SECONDS: i64 = 1 << 32;

/// The first document of the second in which something is listed, as the migration `search_places` numbers them.
fn second_of(at: Timestamp) -> i64 {
    (at.micros() / 1_000_000).clamp(-SECONDS, SECONDS).saturating_mul(SECOND)
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = BigInt)]
    doc: i64,
    #[diesel(sql_type = Instant)]
    listed_at: Timestamp,
    #[diesel(sql_type = Uuid)]
    product_id: ProductId,
}

/// What SQLite's index finds, as far as it needs to be gone through: its documents are in the order of the seconds in which the
/// products are listed, so that only those of the last second are not known to be all there.
fn by_index_in_order(tx: &mut Tx, words: &Words, span: Span) -> Result<Vec<ProductId>> {
    let (now, Span { key, ascending, most }) = (tx.now(), span);
    let (Some(from), true) = (key.map_or(Some(now), |(at, _)| at), key.is_none_or(|(at, _)| at.is_some())) else { return Ok(Vec::new()) };
    let (order, first, last) = match (ascending, key) {
        (true, None) => ("ASC", i64::MIN, i64::MAX),
        (true, Some(_)) => ("ASC", second_of(from), i64::MAX),
        (false, _) => ("DESC", i64::MIN, second_of(from).saturating_add(SECOND - 1)),
    };
    let mut limit = most.saturating_mul(2);
    loop {
        let text = format!(
            "SELECT found.doc, found.listed_at, found.product_id FROM product_search_index \
             CROSS JOIN product_search found ON found.doc = product_search_index.rowid \
             WHERE product_search_index MATCH ? AND product_search_index.rowid BETWEEN ? AND ? AND found.listed_at <= ? \
             ORDER BY product_search_index.rowid {order} LIMIT {limit}"
        );
        let mut found: Vec<Found> = on_each!(tx, |c| {
            let query = diesel::sql_query(&text).bind::<Text, _>(&words.query);
            prepared(query.bind::<BigInt, _>(first).bind::<BigInt, _>(last).bind::<Instant, _>(now)).load(c)
        })?;
        let is_all = found.len() < limit;
        if let (false, Some(last)) = (is_all, found.last().map(|last| last.doc.div_euclid(SECOND))) {
            found.retain(|row| row.doc.div_euclid(SECOND) != last);
        }
        let mut rows: Vec<(Timestamp, ProductId)> = found.into_iter().map(|row| (row.listed_at, row.product_id)).collect();
        if let Some((Some(at), id)) = key {
            rows.retain(|row| if ascending { *row > (at, id) } else { *row < (at, id) });
        }
        if is_all || rows.len() >= most {
            rows.sort_unstable();
            if !ascending {
                rows.reverse();
            }
            return Ok(rows.into_iter().map(|(_, id)| id).take(most).collect());
        }
        limit = limit.saturating_mul(4);
    }
}
