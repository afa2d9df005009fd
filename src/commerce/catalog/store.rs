//! Reading and writing whole products: the one writer of a product's tables. The number of statements does
//! not grow with the products, but for very long lists, which are cut to what a statement can hold.

use std::collections::{BTreeMap, HashMap};

use diesel::prelude::*;
use diesel::upsert::excluded;

use super::rows::{
    Amounts, CollectionProductRow, PriceRangeRow, PriceRow, ProductCategoryRow, ProductRow, ProductState, VariantRow, VariantState,
};
use super::{ProductStatus, search};
use crate::commerce::events;
use crate::db::tables::{
    collection_products, prices, product_categories, product_price_ranges, product_search, product_tags, products, variant_options,
    variants,
};
use crate::db::{Conn, Tx, any_of, on_each};
use crate::error::{Code, Error, OnUnique, Result};
use crate::types::{CategoryId, CollectionId, Currency, ProductId, Timestamp, VariantId};

/// Rows a statement: SQLite binds 32,766 values at most, a variant has 24.
const ROWS: usize = 1_000;
/// Short rows a statement.
const SHORT_ROWS: usize = 5_000;

/// Reads products for a write: on PostgreSQL others wait to write them until this transaction ends.
pub(super) fn load_to_write(tx: &mut Tx, ids: &[ProductId]) -> Result<Vec<ProductState>> {
    macro_rules! query {
        () => {
            products::table.filter(products::id.eq_any(any_of(ids))).order(products::id).select(ProductRow::as_select())
        };
    }
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<ProductRow> = match tx.conn()? {
        Conn::Sqlite(c) => query!().load(&mut **c),
        Conn::Postgres(c) => query!().for_update().load(&mut **c),
    }?;
    with_parts(tx, rows)
}

/// Reads what belongs to products, in four statements.
pub(super) fn with_parts(tx: &mut Tx, rows: Vec<ProductRow>) -> Result<Vec<ProductState>> {
    let ids: Vec<ProductId> = rows.iter().map(|r| r.id).collect();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let wanted = any_of(&ids);
    let variant_rows: Vec<VariantRow> = on_each!(tx, |c| {
        variants::table
            .filter(variants::product_id.eq_any(&wanted))
            .order((variants::product_id, variants::position, variants::id))
            .select(VariantRow::as_select())
            .load(c)
    })?;
    let price_rows: Vec<PriceRow> = on_each!(tx, |c| {
        prices::table
            .inner_join(variants::table.on(variants::id.eq(prices::variant_id)))
            .filter(variants::product_id.eq_any(&wanted))
            .select(PriceRow::as_select())
            .load(c)
    })?;
    let in_categories: Vec<(ProductId, CategoryId)> = on_each!(tx, |c| {
        product_categories::table
            .filter(product_categories::product_id.eq_any(&wanted))
            .order((product_categories::product_id, product_categories::position))
            .select((product_categories::product_id, product_categories::category_id))
            .load(c)
    })?;
    let in_collections: Vec<(ProductId, CollectionId, i32)> = on_each!(tx, |c| {
        collection_products::table
            .filter(collection_products::product_id.eq_any(&wanted))
            .select((collection_products::product_id, collection_products::collection_id, collection_products::position))
            .load(c)
    })?;
    let mut states: HashMap<ProductId, ProductState> = rows
        .into_iter()
        .map(|row| (row.id, ProductState { row, variants: Vec::new(), categories: Vec::new(), collections: BTreeMap::new() }))
        .collect();
    let mut of_variant: HashMap<VariantId, BTreeMap<Currency, Amounts>> = HashMap::new();
    for row in price_rows {
        of_variant.entry(row.variant_id).or_default().insert(row.currency, Amounts { amount: row.amount, compare_at: row.compare_at });
    }
    for row in variant_rows {
        let prices = of_variant.remove(&row.id).unwrap_or_default();
        if let Some(state) = states.get_mut(&row.product_id) {
            state.variants.push(VariantState { row, prices });
        }
    }
    for (product, category) in in_categories {
        if let Some(state) = states.get_mut(&product) {
            state.categories.push(category);
        }
    }
    for (product, collection, position) in in_collections {
        if let Some(state) = states.get_mut(&product) {
            state.collections.insert(collection, position);
        }
    }
    Ok(ids.iter().filter_map(|id| states.remove(id)).collect())
}

/// A product to write: as it was, if it was, and as it shall be.
pub(super) struct Change {
    pub before: Option<ProductState>,
    pub after: ProductState,
}

impl Change {
    /// Whether there is anything to write.
    pub fn is_real(&self) -> bool {
        self.before.as_ref() != Some(&self.after)
    }

    /// Counts versions up and stamps what changed.
    fn stamp(&mut self, now: Timestamp) {
        let Some(before) = &self.before else { return };
        self.after.row.version = before.row.version.saturating_add(1);
        self.after.row.updated_at = now;
        let known: HashMap<VariantId, &VariantState> = before.variants.iter().map(|v| (v.row.id, v)).collect();
        for variant in &mut self.after.variants {
            if let Some(old) = known.get(&variant.row.id)
                && **old != *variant
            {
                variant.row.version = old.row.version.saturating_add(1);
                variant.row.updated_at = now;
            }
        }
    }

    /// The product's id, if what `part` makes of it differs, and what it makes now.
    fn rewritten<R: PartialEq>(&self, part: impl Fn(&ProductState) -> Vec<R>) -> Option<(ProductId, Vec<R>)> {
        let after = part(&self.after);
        let before = self.before.as_ref().map(&part).unwrap_or_default();
        (before != after).then_some((self.after.row.id, after))
    }
}

/// Writes products with all that belongs to them, what is derived from them, and an event each.
pub(super) fn save(tx: &mut Tx, changes: &mut [Change]) -> Result<()> {
    let now = tx.now();
    changes.iter_mut().for_each(|c| c.stamp(now));
    save_products(tx, changes)?;
    save_variants(tx, changes)?;
    save_parts(tx, changes)?;
    save_search(tx, changes)?;
    let (new, old): (Vec<&Change>, Vec<&Change>) = changes.iter().partition(|c| c.before.is_none());
    for (kind, changes) in [("product.created", new), ("product.updated", old)] {
        let things = changes.iter().map(|c| (Some(c.after.row.id.into()), told(&c.after.row))).collect::<Vec<_>>();
        if !things.is_empty() {
            events::emit_all(tx, kind, things)?;
        }
    }
    Ok(())
}

fn told(row: &ProductRow) -> serde_json::Value {
    serde_json::json!({
        "id": row.id, "external_key": row.external_key, "slug": row.slug, "title": row.title, "status": row.status, "version": row.version,
    })
}

macro_rules! upsert {
    ($tx:expr, $table:ident, $rows:expr, [$($column:ident),+ $(,)?]) => {
        on_each!($tx, |c| {
            diesel::insert_into($table::table)
                .values($rows)
                .on_conflict($table::id)
                .do_update()
                .set(($($table::$column.eq(excluded($table::$column)),)+))
                .execute(c)
        })
    };
}

fn save_products(tx: &mut Tx, changes: &[Change]) -> Result<()> {
    let rows: Vec<&ProductRow> = changes.iter().map(|c| &c.after.row).collect();
    for chunk in rows.chunks(ROWS) {
        upsert!(
            tx,
            products,
            chunk.to_vec(),
            [
                slug,
                external_key,
                status,
                published_at,
                title,
                title_sort,
                titles,
                description,
                brand,
                product_type,
                tax_class,
                minimum_age,
                tags,
                options,
                media,
                image,
                seo,
                translations,
                metadata,
                private_metadata,
                version,
                updated_at,
            ]
        )
        .on_unique(|| Error::new(Code::AlreadyExists, "Another product took this slug or external key meanwhile."))?;
    }
    Ok(())
}

fn save_variants(tx: &mut Tx, changes: &[Change]) -> Result<()> {
    let mut rows: Vec<&VariantRow> = Vec::new();
    let (mut stale, mut priced): (Vec<VariantId>, Vec<PriceRow>) = (Vec::new(), Vec::new());
    for change in changes {
        let known: HashMap<VariantId, &VariantState> =
            change.before.iter().flat_map(|b| b.variants.iter()).map(|v| (v.row.id, v)).collect();
        for variant in &change.after.variants {
            let old = known.get(&variant.row.id);
            if old.is_none_or(|o| o.row != variant.row) {
                rows.push(&variant.row);
            }
            if old.is_none_or(|o| o.prices != variant.prices) {
                stale.extend(old.filter(|o| !o.prices.is_empty()).map(|o| o.row.id));
                priced.extend(variant.prices.iter().map(|(currency, p)| PriceRow {
                    variant_id: variant.row.id,
                    currency: *currency,
                    amount: p.amount,
                    compare_at: p.compare_at,
                }));
            }
        }
    }
    for chunk in rows.chunks(ROWS) {
        upsert!(
            tx,
            variants,
            chunk.to_vec(),
            [
                position,
                external_key,
                sku,
                barcode,
                title,
                option_values,
                weight_grams,
                length_mm,
                width_mm,
                height_mm,
                requires_shipping,
                taxable,
                track_inventory,
                backorder,
                max_per_order,
                media_id,
                active,
                metadata,
                private_metadata,
                version,
                updated_at,
            ]
        )
        .on_unique(|| Error::new(Code::AlreadyExists, "Another variant took this external key meanwhile."))?;
    }
    for chunk in stale.chunks(SHORT_ROWS) {
        on_each!(tx, |c| diesel::delete(prices::table.filter(prices::variant_id.eq_any(chunk.to_vec()))).execute(c))?;
    }
    for chunk in priced.chunks(SHORT_ROWS) {
        on_each!(tx, |c| diesel::insert_into(prices::table).values(chunk).execute(c))?;
    }
    Ok(())
}

/// Rewrites the rows of a table that a product's parts make, where they differ.
macro_rules! rewrite {
    ($tx:expr, $changes:expr, $table:ident, $part:expr) => {{
        let parts: Vec<_> = $changes.iter().filter_map(|c| c.rewritten($part)).collect();
        let stale: Vec<ProductId> = parts.iter().map(|(id, _)| *id).collect();
        let rows: Vec<_> = parts.into_iter().flat_map(|(_, rows)| rows).collect();
        for chunk in stale.chunks(SHORT_ROWS) {
            on_each!($tx, |c| diesel::delete($table::table.filter($table::product_id.eq_any(chunk.to_vec()))).execute(c))?;
        }
        for chunk in rows.chunks(SHORT_ROWS) {
            on_each!($tx, |c| diesel::insert_into($table::table).values(chunk).execute(c))?;
        }
    }};
}

fn save_parts(tx: &mut Tx, changes: &[Change]) -> Result<()> {
    rewrite!(tx, changes, product_price_ranges, ranges);
    rewrite!(tx, changes, product_tags, tags);
    rewrite!(tx, changes, variant_options, option_rows);
    rewrite!(tx, changes, product_categories, |state: &ProductState| {
        let rows = state.categories.iter().zip(0i32..);
        rows.map(|(category, position)| ProductCategoryRow { product_id: state.row.id, category_id: *category, position }).collect()
    });
    rewrite!(tx, changes, collection_products, |state: &ProductState| {
        let rows = state.collections.iter();
        rows.map(|(collection, position)| CollectionProductRow {
            collection_id: *collection,
            product_id: state.row.id,
            position: *position,
        })
        .collect()
    });
    Ok(())
}

/// The range of the prices of a product's active variants, by currency.
fn ranges(state: &ProductState) -> Vec<PriceRangeRow> {
    let mut ranges: BTreeMap<Currency, PriceRangeRow> = BTreeMap::new();
    for (currency, price) in state.variants.iter().filter(|v| v.row.active).flat_map(|v| v.prices.iter()) {
        let compare_at = price.compare_at.filter(|c| *c > price.amount);
        let own =
            PriceRangeRow { product_id: state.row.id, currency: *currency, min_amount: price.amount, max_amount: price.amount, compare_at };
        let range = ranges.entry(*currency).or_insert_with(|| own.clone());
        if price.amount < range.min_amount {
            (range.min_amount, range.compare_at) = (price.amount, compare_at);
        }
        range.max_amount = range.max_amount.max(price.amount);
    }
    ranges.into_values().collect()
}

#[derive(Clone, PartialEq, Insertable)]
#[diesel(table_name = product_tags, treat_none_as_default_value = false)]
struct TagRow {
    product_id: ProductId,
    tag: String,
}

fn tags(state: &ProductState) -> Vec<TagRow> {
    state.row.tags.0.iter().map(|tag| TagRow { product_id: state.row.id, tag: tag.to_lowercase() }).collect()
}

#[derive(Clone, PartialEq, Insertable)]
#[diesel(table_name = variant_options, treat_none_as_default_value = false)]
struct OptionRow {
    variant_id: VariantId,
    product_id: ProductId,
    name: String,
    value: String,
}

fn option_rows(state: &ProductState) -> Vec<OptionRow> {
    let values = state.variants.iter().filter(|v| v.row.active).flat_map(|v| v.row.option_values.0.iter().map(|o| (v.row.id, o)));
    values
        .map(|(variant_id, selected)| OptionRow {
            variant_id,
            product_id: state.row.id,
            name: selected.option.to_lowercase(),
            value: selected.value.to_lowercase(),
        })
        .collect()
}

#[derive(Clone, PartialEq, Insertable)]
#[diesel(table_name = product_search, treat_none_as_default_value = false)]
struct SearchRow {
    product_id: ProductId,
    body: String,
    listed_at: Option<Timestamp>,
}

fn save_search(tx: &mut Tx, changes: &[Change]) -> Result<()> {
    let rows: Vec<SearchRow> = changes.iter().filter_map(|c| c.rewritten(search_row)).flat_map(|(_, rows)| rows).collect();
    for chunk in rows.chunks(SHORT_ROWS) {
        on_each!(tx, |c| {
            diesel::insert_into(product_search::table)
                .values(chunk)
                .on_conflict(product_search::product_id)
                .do_update()
                .set((
                    product_search::body.eq(excluded(product_search::body)),
                    product_search::listed_at.eq(excluded(product_search::listed_at)),
                ))
                .execute(c)
        })?;
    }
    Ok(())
}

/// Title in all languages, brand, tags, SKUs; archived products are found by staff too.
fn search_row(state: &ProductState) -> Vec<SearchRow> {
    let row = &state.row;
    let texts = std::iter::once(&row.title)
        .chain(row.titles.0.values())
        .chain(&row.brand)
        .chain(&row.tags.0)
        .chain(state.variants.iter().filter_map(|v| v.row.sku.as_ref()));
    let listed_at = row.published_at.filter(|_| row.status == ProductStatus::Active);
    vec![SearchRow { product_id: row.id, body: search::body(texts.map(String::as_str)), listed_at }]
}

/// Whether shoppers may see a product, its channel apart.
pub(super) fn is_published(status: ProductStatus, published_at: Option<Timestamp>, now: Timestamp) -> bool {
    status == ProductStatus::Active && published_at.is_some_and(|at| at <= now)
}
