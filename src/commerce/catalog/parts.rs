//! What hangs on products, for many at once: variants, categories, collections, texts. A product page asks
//! for one product, a GraphQL list for many; the number of statements is the same.

use std::collections::HashMap;

use diesel::dsl::sum;
use diesel::prelude::*;

use super::documents::{ByLocale, MediaDoc, OptionDoc, TextDoc, localised_values, pick, text, variant_title};
use super::{CategoryRef, CollectionRef, Media, ProductOption, SelectedOption, Seo, Variant};
use crate::commerce::channels::Scope;
use crate::db::tables::{
    categories, category_ancestors, channel_stock_locations, collection_products, collections, prices, product_categories, products,
    stock_levels, stock_locations, variants,
};
use crate::db::{Tx, any_of, on_each};
use crate::error::Result;
use crate::types::{CategoryId, CollectionId, Json, Locale, MediaId, Metadata, Money, ProductId, VariantId, shown_quantity};

/// Runs a query for one id, which SQLite keeps prepared, or for several.
macro_rules! of_ids {
    ($tx:expr, $column:expr, $ids:expr, $query:expr, $row:ty) => {
        match $ids {
            [id] => on_each!($tx, |c| $query.filter($column.eq(*id)).load::<$row>(c)),
            ids => on_each!($tx, |c| $query.filter($column.eq_any(any_of(ids))).load::<$row>(c)),
        }
    };
}

type VariantRow = (
    (VariantId, ProductId, Option<String>, Option<String>, Json<Vec<SelectedOption>>, Option<MediaId>),
    (i32, bool, bool, bool, bool, Option<i32>, Json<Metadata>),
    (i64, Option<i64>, Option<i64>),
);

/// The variants for sale in the caller's channel, in one statement; `options` translates their values.
pub(super) fn variants_with(
    tx: &mut Tx,
    scope: &Scope,
    ids: &[ProductId],
    options: &HashMap<ProductId, Vec<OptionDoc>>,
) -> Result<HashMap<ProductId, Vec<Variant>>> {
    let channel = &scope.channel;
    macro_rules! left {
        () => {
            stock_levels::table
                .inner_join(stock_locations::table.on(stock_locations::id.eq(stock_levels::location_id)))
                .inner_join(channel_stock_locations::table.on(channel_stock_locations::location_id.eq(stock_levels::location_id)))
                .filter(stock_levels::variant_id.eq(variants::id))
                .filter(stock_locations::active.eq(true))
                .filter(channel_stock_locations::channel_id.eq(channel.id))
                .select(sum(stock_levels::on_hand - stock_levels::reserved))
                .single_value()
        };
    }
    let rows = of_ids!(
        tx,
        variants::product_id,
        ids,
        variants::table
            .inner_join(prices::table.on(prices::variant_id.eq(variants::id)))
            .filter(prices::currency.eq(channel.currency))
            .filter(variants::active.eq(true))
            .order((variants::product_id, variants::position, variants::id))
            .select((
                (variants::id, variants::product_id, variants::sku, variants::barcode, variants::option_values, variants::media_id),
                (
                    variants::weight_grams,
                    variants::requires_shipping,
                    variants::taxable,
                    variants::track_inventory,
                    variants::backorder,
                    variants::max_per_order,
                    variants::metadata,
                ),
                (prices::amount, prices::compare_at, left!()),
            )),
        VariantRow
    )?;
    let mut found: HashMap<ProductId, Vec<Variant>> = HashMap::new();
    for row in rows {
        let product = row.0.1;
        let options = options.get(&product).map(Vec::as_slice).unwrap_or_default();
        found.entry(product).or_default().push(variant(row, options, scope));
    }
    Ok(found)
}

fn variant(row: VariantRow, options: &[OptionDoc], scope: &Scope) -> Variant {
    let (
        (id, _, sku, barcode, values, media_id),
        (weight_grams, requires_shipping, taxable, tracked, backorder, max_per_order, metadata),
        (amount, compare_at, left),
    ) = row;
    let option_values = localised_values(options, &values.0, &scope.locale);
    let left = shown_quantity(left.unwrap_or(0));
    Variant {
        id,
        sku,
        barcode,
        title: variant_title(&option_values),
        option_values,
        price: Money::new(amount, scope.channel.currency),
        compare_at_price: compare_at.filter(|c| *c > amount).map(|c| Money::new(c, scope.channel.currency)),
        available: !tracked || backorder || left > 0,
        quantity_available: tracked.then_some(left),
        max_per_order,
        media_id,
        weight_grams,
        requires_shipping,
        taxable,
        metadata: metadata.0,
    }
}

/// The variants of products for sale in the caller's channel, in two statements.
pub fn variants_of(tx: &mut Tx, scope: &Scope, ids: &[ProductId]) -> Result<HashMap<ProductId, Vec<Variant>>> {
    type Row = (ProductId, Json<Vec<OptionDoc>>);
    let rows = of_ids!(tx, products::id, ids, products::table.select((products::id, products::options)), Row)?;
    let options = rows.into_iter().map(|(id, options)| (id, options.0)).collect();
    variants_with(tx, scope, ids, &options)
}

/// The heavy texts and documents of a product.
#[derive(Debug, Clone)]
pub struct ProductTexts {
    /// Sanitised HTML.
    pub description: String,
    /// What kind of thing it is.
    pub product_type: Option<String>,
    /// Its options.
    pub options: Vec<ProductOption>,
    /// Pictures and videos.
    pub media: Vec<Media>,
    /// What search engines are shown.
    pub seo: Seo,
    /// Public metadata.
    pub metadata: Metadata,
    /// Changes with every write.
    pub version: i32,
}

/// The columns that [`ProductTexts`] is made of.
pub(super) type TextRow =
    (String, Option<String>, Json<Vec<OptionDoc>>, Json<Vec<MediaDoc>>, Json<Seo>, Json<ByLocale<TextDoc>>, Json<Metadata>, i32);

/// The texts in a locale; the options too, as they are kept.
pub(super) fn texts(row: TextRow, locale: &Locale) -> (ProductTexts, Vec<OptionDoc>) {
    let (description, product_type, options, media, seo, translations, metadata, version) = row;
    let translation = pick(&translations.0, locale);
    let own_seo = translation.and_then(|t| t.seo.clone()).unwrap_or_default();
    let texts = ProductTexts {
        description: translation.and_then(|t| t.description.clone()).unwrap_or(description),
        product_type,
        options: options.0.iter().map(|o| o.localised(locale)).collect(),
        media: media.0.iter().map(|m| m.localised(locale)).collect(),
        seo: Seo { title: own_seo.title.or(seo.0.title), description: own_seo.description.or(seo.0.description) },
        metadata: metadata.0,
        version,
    };
    (texts, options.0)
}

/// The heavy texts of products, in one statement.
pub fn texts_of(tx: &mut Tx, scope: &Scope, ids: &[ProductId]) -> Result<HashMap<ProductId, ProductTexts>> {
    type Row = (ProductId, TextRow);
    let rows = of_ids!(
        tx,
        products::id,
        ids,
        products::table.select((
            products::id,
            (
                products::description,
                products::product_type,
                products::options,
                products::media,
                products::seo,
                products::translations,
                products::metadata,
                products::version,
            ),
        )),
        Row
    )?;
    Ok(rows.into_iter().map(|(id, row)| (id, texts(row, &scope.locale).0)).collect())
}

/// Where a product stands in the category tree.
#[derive(Debug, Clone, Default)]
pub struct Placing {
    /// Its categories; the first is its main one.
    pub categories: Vec<CategoryRef>,
    /// From the root of the tree to the main one.
    pub breadcrumbs: Vec<CategoryRef>,
}

/// The categories of products with the way to them, in one statement.
pub fn placings_of(tx: &mut Tx, locale: &Locale, ids: &[ProductId]) -> Result<HashMap<ProductId, Placing>> {
    type Row = (ProductId, CategoryId, CategoryId, String, String, Json<ByLocale<String>>);
    let rows = of_ids!(
        tx,
        product_categories::product_id,
        ids,
        product_categories::table
            .inner_join(category_ancestors::table.on(category_ancestors::category_id.eq(product_categories::category_id)))
            .inner_join(categories::table.on(categories::id.eq(category_ancestors::ancestor_id)))
            .order((product_categories::product_id, product_categories::position, category_ancestors::depth))
            .select((
                product_categories::product_id,
                product_categories::category_id,
                categories::id,
                categories::slug,
                categories::name,
                categories::names,
            )),
        Row
    )?;
    let mut found: HashMap<ProductId, Placing> = HashMap::new();
    let mut main: HashMap<ProductId, CategoryId> = HashMap::new();
    for (product, category, id, slug, name, names) in rows {
        let placing = found.entry(product).or_default();
        let crumb = CategoryRef { id, slug, name: text(&names.0, locale, &name) };
        if *main.entry(product).or_insert(category) == category {
            placing.breadcrumbs.push(crumb.clone());
        }
        if id == category {
            placing.categories.push(crumb);
        }
    }
    Ok(found)
}

/// The collections of products, in one statement.
pub fn collections_of(tx: &mut Tx, locale: &Locale, ids: &[ProductId]) -> Result<HashMap<ProductId, Vec<CollectionRef>>> {
    named_collections(tx, locale, ids, true)
}

/// The collections of products, published or all.
pub(super) fn named_collections(
    tx: &mut Tx,
    locale: &Locale,
    ids: &[ProductId],
    only_published: bool,
) -> Result<HashMap<ProductId, Vec<CollectionRef>>> {
    type Row = (ProductId, CollectionId, String, String, Json<ByLocale<String>>);
    let rows = of_ids!(
        tx,
        collection_products::product_id,
        ids,
        collection_products::table
            .inner_join(collections::table.on(collections::id.eq(collection_products::collection_id)))
            .filter(collections::published.eq(true).or(collections::published.eq(only_published)))
            .order((collection_products::product_id, collections::id))
            .select((collection_products::product_id, collections::id, collections::slug, collections::title, collections::titles)),
        Row
    )?;
    let mut found: HashMap<ProductId, Vec<CollectionRef>> = HashMap::new();
    for (product, id, slug, title, titles) in rows {
        found.entry(product).or_default().push(CollectionRef { id, slug, title: text(&titles.0, locale, &title) });
    }
    Ok(found)
}
