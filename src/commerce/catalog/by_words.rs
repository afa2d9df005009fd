//! A page of what `q=` finds and nothing else narrows, in the order of time. Words that many products hold are soon met by
//! going through the products in that order; words that fewer hold are looked up in the full-text index, which on SQLite is in the
//! order of time itself and is gone through as far as the page needs it. So what a page costs does not grow with the number that match.
//! Which of the two filled the first page is remembered.

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

/// How many products are gone through: about where the index begins to be the shorter way, in a catalog of a million variants. On
/// SQLite a page of it costs as much whatever matches.
fn most_through(backend: Backend) -> usize {
    match backend {
        Backend::Sqlite => 1_536,
        Backend::Postgres => 3_072,
    }
}

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

/// The products that hold some words and are listed by now, in the order of their listing.
pub(super) fn in_order(tx: &mut Tx, words: &Words, span: Span) -> Result<Vec<ProductId>> {
    const MET: &str = "words that are soon met";
    let what = format!("{} {} {}", span.most, span.ascending, words.query);
    if tx.guessed(MET, &what) != Some(false) {
        let found = through(tx, words, span)?;
        let is_full = found.len() >= span.most;
        if span.key.is_none() {
            tx.keep_guess(MET, &what, is_full);
        }
        // The last page is short however common its words are: the index would find all of them for it.
        if is_full || (span.key.is_some() && is_at_end(tx, span)?) {
            return Ok(found);
        }
    }
    match tx.backend() {
        Backend::Sqlite => by_index_in_order(tx, words, span),
        Backend::Postgres => by_index(tx, words, span),
    }
}

/// Whether no more products are left than [`through`] goes.
fn is_at_end(tx: &mut Tx, span: Span) -> Result<bool> {
    let (now, Span { key, ascending, .. }) = (tx.now(), span);
    let many = i64::try_from(most_through(tx.backend())).map_err(Error::internal)?;
    let further: Option<ProductId> = on_each!(tx, |c| {
        let rows = product_search::table.filter(product_search::listed_at.le(now)).select(product_search::product_id).into_boxed();
        from_key!(rows, product_search::listed_at, product_search::product_id, key, ascending).offset(many).first(c).optional()
    })?;
    Ok(further.is_none())
}

#[derive(QueryableByName)]
struct Met {
    #[diesel(sql_type = Uuid)]
    product_id: ProductId,
}

/// Goes through the next products, looking at the words of each, until there are enough.
fn through(tx: &mut Tx, words: &Words, span: Span) -> Result<Vec<ProductId>> {
    let Span { key, ascending, most } = span;
    let (order, after) = if ascending { ("ASC", ">") } else { ("DESC", "<") };
    let mut binds = 0..;
    let mut bind = || binds.next().map(|place: i32| format!("${}", place + 1)).unwrap_or_default();
    let mut within = format!("listed_at <= {}", bind());
    if key.is_some() {
        within.push_str(&format!(" AND (listed_at, product_id) {after} ({}, {})", bind(), bind()));
    }
    let (position, ordered) = match tx.backend() {
        // It would sort all of them again; what it reads of is in order.
        Backend::Sqlite => ("instr", String::new()),
        Backend::Postgres => ("strpos", format!(" ORDER BY listed_at {order}, product_id {order}")),
    };
    let holding: Vec<String> = words.needles.iter().map(|_| format!("{position}(' ' || body || ' ', {}) > 0", bind())).collect();
    let text = format!(
        "SELECT product_id FROM (SELECT listed_at, product_id, body FROM product_search WHERE {within} \
         ORDER BY listed_at {order}, product_id {order} LIMIT {}) AS next WHERE {}{ordered} LIMIT {most}",
        most_through(tx.backend()),
        holding.join(" AND ")
    );
    let now = tx.now();
    let met: Vec<Met> = on_each!(tx, |c| {
        let mut query = diesel::sql_query(&text).into_boxed().bind::<Instant, _>(now);
        if let Some((at, id)) = key {
            query = query.bind::<Nullable<Instant>, _>(at).bind::<Uuid, _>(id);
        }
        for needle in &words.needles {
            query = query.bind::<Text, _>(needle);
        }
        prepared(query).load(c)
    })?;
    Ok(met.into_iter().map(|met| met.product_id).collect())
}

/// What PostgreSQL's index finds, put in order.
fn by_index(tx: &mut Tx, words: &Words, span: Span) -> Result<Vec<ProductId>> {
    let (now, Span { key, ascending, .. }) = (tx.now(), span);
    let most = i64::try_from(span.most).map_err(Error::internal)?;
    // Not to be seen as what the index of the order has: PostgreSQL would go through all of that, or join the two.
    let listed_at = || sql::<Nullable<Instant>>("coalesce(product_search.listed_at, product_search.listed_at)");
    let found = on_each!(tx, |c| {
        let matching = sql::<Bool>("to_tsvector('simple', product_search.body) @@ to_tsquery('simple', ");
        let mut rows = product_search::table
            .filter(listed_at().le(now))
            .filter(matching.bind::<Text, _>(words.query.clone()).sql(")"))
            .select(product_search::product_id)
            .into_boxed();
        for phrase in &words.phrases {
            let held = sql::<Bool>("strpos(' ' || product_search.body || ' ', ").bind::<Text, _>(phrase.clone()).sql(") > 0");
            rows = rows.filter(held);
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
