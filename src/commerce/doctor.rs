//! Whether the shop adds up: every balance against its ledger, every read model against what it is made of.
//! Nothing here writes.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::commerce::audit::{self, Difference};
use crate::commerce::{inventory, orders, payments, promotions};
use crate::db::tables::{categories, category_ancestors};
use crate::db::{Backend, Tx, on_each};
use crate::error::Result;
use crate::types::{CategoryId, ProductId};

/// A room's own check.
type Audit = fn(&mut Tx) -> Result<Vec<Difference>>;

/// What is looked at, by name.
pub const AUDITS: &[(&str, Audit)] = &[
    ("stock", inventory::audit),
    ("promotions", promotions::audit),
    ("payments", payments::audit),
    ("orders", orders::audit),
    ("price ranges", price_ranges),
    ("search", search_documents),
    ("categories", category_tree),
    ("audit log", audit::verify),
];

/// Everything that does not add up; nothing may. Run it on a snapshot.
pub fn examine(tx: &mut Tx) -> Result<Vec<Difference>> {
    let mut found = Vec::new();
    for (_, audit) in AUDITS {
        found.extend(audit(tx)?);
    }
    Ok(found)
}

#[derive(QueryableByName)]
struct Range {
    #[diesel(sql_type = crate::types::sql::Uuid)]
    product_id: ProductId,
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = BigInt)]
    lowest: i64,
    #[diesel(sql_type = BigInt)]
    highest: i64,
}

const MADE_OF_PRICES: &str = "SELECT v.product_id, p.currency, MIN(p.amount) AS lowest, MAX(p.amount) AS highest
    FROM prices p JOIN variants v ON v.id = p.variant_id WHERE v.active GROUP BY v.product_id, p.currency";
const AS_KEPT: &str = "SELECT product_id, currency, min_amount AS lowest, max_amount AS highest FROM product_price_ranges";

/// The range of each product's prices, against the prices.
fn price_ranges(tx: &mut Tx) -> Result<Vec<Difference>> {
    let less = |from: &str, what: &str| format!("SELECT * FROM ({from}) AS a EXCEPT SELECT * FROM ({what}) AS b");
    let (expected, found) = (less(MADE_OF_PRICES, AS_KEPT), less(AS_KEPT, MADE_OF_PRICES));
    let expected: Vec<Range> = on_each!(tx, |c| diesel::sql_query(&expected).load(c))?;
    let found: Vec<Range> = on_each!(tx, |c| diesel::sql_query(&found).load(c))?;
    let mut sides: HashMap<(ProductId, String), [String; 2]> = HashMap::new();
    let none = || ["none".to_owned(), "none".to_owned()];
    for range in expected {
        let [expected, _] = sides.entry((range.product_id, range.currency)).or_insert_with(none);
        *expected = format!("{} to {}", range.lowest, range.highest);
    }
    for range in found {
        let [_, found] = sides.entry((range.product_id, range.currency)).or_insert_with(none);
        *found = format!("{} to {}", range.lowest, range.highest);
    }
    let mut differences: Vec<Difference> = sides
        .into_iter()
        .map(|((product, currency), [expected, found])| Difference {
            what: "product_price_ranges = prices".to_owned(),
            subject: format!("{product} in {currency}"),
            expected,
            found,
        })
        .collect();
    differences.sort();
    Ok(differences)
}

#[derive(QueryableByName)]
struct Product {
    #[diesel(sql_type = crate::types::sql::Uuid)]
    id: ProductId,
}

/// Every product can be searched for, and its words know when it is listed.
fn search_documents(tx: &mut Tx) -> Result<Vec<Difference>> {
    const MISSING: &str =
        "SELECT p.id FROM products p WHERE NOT EXISTS (SELECT 1 FROM product_search s WHERE s.product_id = p.id) ORDER BY p.id";
    const ELSEWHERE: &str = "SELECT p.id FROM products p JOIN product_search s ON s.product_id = p.id
        WHERE s.listed_at IS DISTINCT FROM CASE p.status WHEN 'active' THEN p.published_at END ORDER BY p.id";
    // On SQLite a document's number is a place in the second of the listing; see `by_words`.
    const MISPLACED: &str = "SELECT product_id AS id FROM
        (SELECT *, max(min(coalesce(listed_at, 0) / 1000000, 4294967296), -4294967296) * 1073741824 AS second FROM product_search)
        WHERE doc NOT BETWEEN second AND second + 1073741823 ORDER BY product_id";
    let mut checks = vec![
        (MISSING, "product_search has every product", "a document", "none"),
        (ELSEWHERE, "product_search knows when products are listed", "the product's published_at while it is active", "another time"),
    ];
    if tx.backend() == Backend::Sqlite {
        checks.push((MISPLACED, "product_search is in the order of listing", "a number of the second of its listing", "another number"));
    }
    let mut differences = Vec::new();
    for (sql, what, expected, found) in checks {
        let wrong: Vec<Product> = on_each!(tx, |c| diesel::sql_query(sql).load(c))?;
        differences.extend(wrong.into_iter().map(|product| Difference {
            what: what.to_owned(),
            subject: product.id.to_string(),
            expected: expected.to_owned(),
            found: found.to_owned(),
        }));
    }
    Ok(differences)
}

/// The tree's closure holds each category under itself and all its ancestors, with their depths, and nothing
/// else; no circles.
fn category_tree(tx: &mut Tx) -> Result<Vec<Difference>> {
    let rows: Vec<(CategoryId, Option<CategoryId>)> =
        on_each!(tx, |c| categories::table.select((categories::id, categories::parent_id)).load(c))?;
    let kept: Vec<(CategoryId, CategoryId, i32)> = on_each!(tx, |c| {
        let columns = (category_ancestors::category_id, category_ancestors::ancestor_id, category_ancestors::depth);
        category_ancestors::table.select(columns).load(c)
    })?;
    let parents: HashMap<CategoryId, Option<CategoryId>> = rows.into_iter().collect();
    let mut expected: HashMap<(CategoryId, CategoryId), i32> = HashMap::new();
    for id in parents.keys() {
        let mut line = vec![*id];
        while let Some(Some(parent)) = line.last().and_then(|last| parents.get(last)).copied()
            && line.len() <= parents.len()
        {
            line.push(parent);
        }
        let depths = line.iter().rev().zip(0i32..);
        expected.extend(depths.map(|(ancestor, depth)| ((*id, *ancestor), depth)));
    }
    let mut kept: HashMap<(CategoryId, CategoryId), i32> = kept.into_iter().map(|(id, ancestor, depth)| ((id, ancestor), depth)).collect();
    let shown = |depth: Option<i32>| depth.map_or_else(|| "none".to_owned(), |d| format!("depth {d}"));
    let mut differences = Vec::new();
    let mut tell = |(id, ancestor): (CategoryId, CategoryId), expected: Option<i32>, found: Option<i32>| {
        if expected != found {
            differences.push(Difference {
                what: "category_ancestors = parents".to_owned(),
                subject: format!("{id} under {ancestor}"),
                expected: shown(expected),
                found: shown(found),
            });
        }
    };
    for (pair, depth) in expected {
        tell(pair, Some(depth), kept.remove(&pair));
    }
    for (pair, depth) in kept {
        tell(pair, None, Some(depth));
    }
    differences.sort();
    Ok(differences)
}
