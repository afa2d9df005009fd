//! Lists of products for shoppers: filters, sorts, keyset pages. One or two statements a page, and one more to count.

use std::collections::{BTreeMap, HashMap};

use diesel::dsl::exists;
use diesel::prelude::*;

use super::by_words::{self, Span};
use super::documents::{ByLocale, MediaDoc, text};
use super::filters::{can_be_bought, from_key, in_collection, matching, of_brand, of_category, of_cheap, of_dear, of_option, of_tag};
use super::matching::{self, Matching, Words};
use super::narrowing::{Few, most_of_few, narrowed};
use super::{PriceRange, ProductFilter, ProductSort, ProductStatus, ProductSummary};
use crate::commerce::channels::{Channel, Scope};
use crate::db::tables::{
    categories, category_ancestors, channel_stock_locations, collection_products, collections, prices, product_categories,
    product_price_ranges as ranges, product_tags, products, stock_levels, stock_locations, variant_options, variants,
};
use crate::db::{Backend, Tx, any_of, gathered, limited, on_each};
use crate::error::{Error, Result, check};
use crate::types::ids::Id;
use crate::types::page::Direction;
use crate::types::{CategoryId, CollectionId, Currency, Json, Listing, Locale, Money, PageRequest, ProductId, Timestamp};

/// A product's place in the collection that the list is narrowed to.
macro_rules! place {
    ($handle:expr) => {{
        let handle: &str = $handle;
        let id = CollectionId::parse(handle).ok();
        collection_products::table
            .inner_join(collections::table.on(collections::id.eq(collection_products::collection_id)))
            .filter(collections::slug.eq(handle).or(collections::id.nullable().eq(id)))
            .filter(collection_products::product_id.eq(products::id))
            .select(collection_products::position)
            .single_value()
    }};
}

/// What a list is narrowed by, and how.
struct Narrowing<'a> {
    channel: &'a Channel,
    filter: &'a ProductFilter,
    options: BTreeMap<String, Vec<String>>,
    matching: Matching,
    few: Option<Few>,
    backend: Backend,
    now: Timestamp,
    in_order_of_price: bool,
}

impl<'a> Narrowing<'a> {
    fn of(tx: &mut Tx, channel: &'a Channel, filter: &'a ProductFilter, in_order_of_price: bool) -> Result<Self> {
        let options = wanted_options(filter);
        let matching = Matching::of(tx, filter.q.as_deref(), most_of_few(filter))?;
        let few = if matches!(matching, Matching::Few(_)) { None } else { Few::of(tx, channel, filter, &options)? };
        Ok(Self { channel, filter, options, matching, few, backend: tx.backend(), now: tx.now(), in_order_of_price })
    }

    /// Whether what fits is found first and put in order then. All of it is sorted for a page, so that is done by ids alone: a
    /// whole row, and whether it can be bought, is looked up for the page and not for everything that fits.
    fn is_sorted(&self) -> bool {
        self.few.is_some() || self.filter.collection.is_some() || matches!(self.matching, Matching::Few(_))
    }
}

/// What a list is narrowed to by words, if nothing else narrows it.
fn words_alone(filter: &ProductFilter) -> Option<&str> {
    let ProductFilter { category, collection, brand, tag, price_min, price_max, q, in_stock, options } = filter;
    let otherwise = [category.is_some(), collection.is_some(), brand.is_some(), tag.is_some(), price_min.is_some(), price_max.is_some()];
    q.as_deref().filter(|_| options.is_empty() && in_stock.is_none() && !otherwise.contains(&true))
}

type Row = (
    (ProductId, String, String, Json<ByLocale<String>>, Option<String>, Json<Vec<String>>, Option<Json<MediaDoc>>),
    (Option<Timestamp>, Timestamp, Timestamp, String, Option<i32>),
    (i64, i64, Option<i64>, bool),
);

/// Products with their ranges of prices.
macro_rules! priced {
    () => {
        products::table.inner_join(ranges::table.on(ranges::product_id.eq(products::id)))
    };
}

/// The columns of a [`Row`].
macro_rules! row {
    ($channel:expr) => {
        (
            (products::id, products::slug, products::title, products::titles, products::brand, products::tags, products::image),
            (products::published_at, products::created_at, products::updated_at, products::title_sort, products::minimum_age),
            (ranges::min_amount, ranges::max_amount, ranges::compare_at, can_be_bought!($channel)),
        )
    };
}

/// Products that shoppers of a channel see, in its currency and the scope's language.
pub fn list_products(
    tx: &mut Tx,
    scope: &Scope,
    filter: &ProductFilter,
    sort: ProductSort,
    page: &PageRequest,
) -> Result<Listing<ProductSummary>> {
    check(filter)?;
    let channel = &scope.channel;
    let list = format!("products:{sort}");
    let ascending = (page.direction == Direction::Forward)
        == matches!(sort, ProductSort::Oldest | ProductSort::PriceAsc | ProductSort::Name | ProductSort::Manual);
    let key = Key::of(filter, sort, page, &list)?;
    let found = match found_by_words(tx, channel, filter, &key, page, ascending)? {
        None => {
            let by = Narrowing::of(tx, channel, filter, matches!(key, Key::Amount(_)))?;
            narrowed_page(tx, &by, &key, page, ascending)?
        }
        found => found,
    };
    let Some(rows) = found else {
        // One lost its price between two statements: a page that lacked it would say that it is the last.
        return list_products(tx, scope, filter, sort, page);
    };
    let places = match &key {
        Key::Place(_, handle) => places(tx, handle, &rows)?,
        _ => BTreeMap::new(),
    };
    let mut listing = page.listing(&list, rows, |row| cursor(sort, row, &places)).map(|row| summary(row, &scope.locale, channel.currency));
    if page.with_total {
        let mut by = Narrowing::of(tx, channel, filter, false)?;
        by.matching = by.matching.of_all();
        let total: i64 = on_each!(tx, |c| narrowed!(priced!().count(), by).get_result(c))?;
        listing.total = Some(total);
    }
    Ok(listing)
}

/// A page of what a filter leaves; none if a product that was found is not there any more.
fn narrowed_page(tx: &mut Tx, by: &Narrowing, key: &Key, page: &PageRequest, ascending: bool) -> Result<Option<Vec<Row>>> {
    macro_rules! a_page {
        ($query:expr, $row:ty, $c:ident) => {{
            let (query, most) = (narrowed!($query, by), page.fetch());
            match key {
                Key::Time(key) => limited(from_key!(query, products::published_at, products::id, *key, ascending), most).load::<$row>($c),
                // The id of the range's row, so that its index alone gives the order.
                Key::Amount(key) => {
                    limited(from_key!(query, ranges::min_amount, ranges::product_id, *key, ascending), most).load::<$row>($c)
                }
                Key::Title(key) => {
                    limited(from_key!(query, products::title_sort, products::id, key.clone(), ascending), most).load::<$row>($c)
                }
                Key::Place(key, handle) => limited(from_key!(query, place!(handle), products::id, *key, ascending), most).load::<$row>($c),
            }
        }};
    }
    if !by.is_sorted() {
        return Ok(Some(on_each!(tx, |c| a_page!(priced!().select(row!(by.channel)), Row, c))?));
    }
    let ids: Vec<ProductId> = on_each!(tx, |c| a_page!(priced!().select(products::id), ProductId, c))?;
    let rows = whole(tx, by.channel, &ids)?;
    Ok(Some(rows).filter(|rows| rows.len() == ids.len()))
}

/// The rows of some products that shoppers see, in this order.
fn whole(tx: &mut Tx, channel: &Channel, ids: &[ProductId]) -> Result<Vec<Row>> {
    let now = tx.now();
    let rows: Vec<Row> = on_each!(tx, |c| {
        priced!()
            .filter(products::id.eq_any(any_of(ids)))
            .filter(products::status.eq(ProductStatus::Active))
            .filter(products::published_at.le(now))
            .filter(ranges::currency.eq(channel.currency))
            .select(row!(channel))
            .load(c)
    })?;
    let mut rows: HashMap<ProductId, Row> = rows.into_iter().map(|row| (row.0.0, row)).collect();
    Ok(ids.iter().filter_map(|id| rows.remove(id)).collect())
}

/// A page of what `q=` finds and nothing else narrows, in the order of time: found by the words alone, and looked up then. None
/// where it is not asked for so, or where too many of those that were found have no price here.
fn found_by_words(
    tx: &mut Tx,
    channel: &Channel,
    filter: &ProductFilter,
    key: &Key,
    page: &PageRequest,
    ascending: bool,
) -> Result<Option<Vec<Row>>> {
    /// How many more are looked up than a page holds.
    const SPARE: usize = 4;
    let (Key::Time(key), Some(q)) = (key, words_alone(filter)) else { return Ok(None) };
    let Some(words) = Words::of(tx.backend(), q) else { return Ok(Some(Vec::new())) };
    let wanted = usize::try_from(page.fetch()).map_err(Error::internal)?;
    let most = wanted.saturating_add(SPARE);
    let ids = by_words::in_order(tx, &words, Span { key: *key, ascending, most })?;
    let mut rows = whole(tx, channel, &ids)?;
    if rows.len() < wanted && ids.len() == most {
        return Ok(None);
    }
    rows.truncate(wanted);
    Ok(Some(rows))
}

/// Where a page starts.
enum Key<'a> {
    Time(Option<(Option<Timestamp>, ProductId)>),
    Amount(Option<(i64, ProductId)>),
    Title(Option<(String, ProductId)>),
    Place(Option<(Option<i32>, ProductId)>, &'a str),
}

impl<'a> Key<'a> {
    fn of(filter: &'a ProductFilter, sort: ProductSort, page: &PageRequest, list: &str) -> Result<Self> {
        Ok(match sort {
            ProductSort::Newest | ProductSort::Oldest => Self::Time(page.key(list)?),
            ProductSort::PriceAsc | ProductSort::PriceDesc => Self::Amount(page.key(list)?),
            ProductSort::Name => Self::Title(page.key(list)?),
            ProductSort::Manual => {
                let handle = filter.collection.as_deref().ok_or_else(|| {
                    Error::invalid_field("?sort", "collection_required", "The order `manual` is that of a collection: name one.")
                })?;
                Self::Place(page.key(list)?, handle)
            }
        })
    }
}

fn cursor(sort: ProductSort, row: &Row, places: &BTreeMap<ProductId, i32>) -> serde_json::Value {
    let ((id, ..), (published_at, _, _, title_sort, _), (min_amount, ..)) = row;
    match sort {
        ProductSort::Newest | ProductSort::Oldest => serde_json::json!((published_at, id)),
        ProductSort::PriceAsc | ProductSort::PriceDesc => serde_json::json!((min_amount, id)),
        ProductSort::Name => serde_json::json!((title_sort, id)),
        ProductSort::Manual => serde_json::json!((places.get(id), id)),
    }
}

fn places(tx: &mut Tx, handle: &str, rows: &[Row]) -> Result<BTreeMap<ProductId, i32>> {
    let ids: Vec<ProductId> = rows.iter().map(|row| row.0.0).collect();
    let rows: Vec<(ProductId, i32)> = on_each!(tx, |c| {
        collection_products::table
            .inner_join(collections::table.on(collections::id.eq(collection_products::collection_id)))
            .filter(collections::slug.eq(handle).or(collections::id.nullable().eq(CollectionId::parse(handle).ok())))
            .filter(collection_products::product_id.eq_any(&ids))
            .select((collection_products::product_id, collection_products::position))
            .load(c)
    })?;
    Ok(rows.into_iter().collect())
}

/// The option values asked for, by option: lower case, as the filter's table has them.
fn wanted_options(filter: &ProductFilter) -> BTreeMap<String, Vec<String>> {
    let mut wanted: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for option in &filter.options {
        wanted.entry(option.option.trim().to_lowercase()).or_default().push(option.value.trim().to_lowercase());
    }
    wanted
}

fn summary(row: Row, locale: &Locale, currency: Currency) -> ProductSummary {
    let (
        (id, slug, title, titles, brand, tags, image),
        (published_at, created_at, updated_at, _, minimum_age),
        (min, max, compare_at, available),
    ) = row;
    ProductSummary {
        id,
        slug,
        title: text(&titles.0, locale, &title),
        brand,
        tags: tags.0,
        image: image.map(|m| m.0.localised(locale)),
        price_range: PriceRange { min: Money::new(min, currency), max: Money::new(max, currency) },
        compare_at_price: compare_at.map(|amount| Money::new(amount, currency)),
        available,
        minimum_age,
        published_at: published_at.unwrap_or(created_at),
        created_at,
        updated_at,
    }
}

/// One product as lists show it, by id or slug.
pub fn get_product_summary(tx: &mut Tx, scope: &Scope, handle: &str) -> Result<ProductSummary> {
    let (now, channel) = (tx.now(), &scope.channel);
    let id = super::handle::<ProductId>(handle, "product")?;
    let row: Option<Row> = on_each!(tx, |c| {
        priced!()
            .filter(ranges::currency.eq(channel.currency))
            .filter(products::status.eq(ProductStatus::Active))
            .filter(products::published_at.le(now))
            .filter(products::slug.eq(handle).or(products::id.nullable().eq(id)))
            .select(row!(channel))
            .first(c)
            .optional()
    })?;
    row.map(|row| summary(row, &scope.locale, channel.currency)).ok_or_else(|| Error::not_found("product"))
}

/// When time alone next changes what shoppers see: the earliest publication to come.
pub fn next_publication(tx: &mut Tx) -> Result<Option<Timestamp>> {
    let now = tx.now();
    let next: Option<Option<Timestamp>> = on_each!(tx, |c| {
        let coming = products::table.filter(products::status.eq(ProductStatus::Active)).filter(products::published_at.gt(now));
        coming.order(products::published_at.asc()).select(products::published_at).limit(1).first(c).optional()
    })?;
    Ok(next.flatten())
}
