//! A product page: four statements.

use std::collections::HashMap;

use diesel::prelude::*;

use super::documents::{ByLocale, text};
use super::parts::{TextRow, collections_of, placings_of, texts, variants_with};
use super::{PriceRange, Product, ProductStatus};
use crate::commerce::channels::Scope;
use crate::db::tables::{product_price_ranges as ranges, products};
use crate::db::{Tx, on_each};
use crate::error::{Error, Result};
use crate::types::{Json, Money, ProductId, Timestamp};

type Row = (
    (ProductId, String, String, Json<ByLocale<String>>, Option<String>, Json<Vec<String>>),
    (Option<Timestamp>, Timestamp, Timestamp, Option<i32>),
    (i64, i64, Option<i64>),
    TextRow,
);

/// A product that shoppers of a channel see, by id or slug, with everything a page shows.
pub fn get_product(tx: &mut Tx, scope: &Scope, handle: &str) -> Result<Product> {
    let (now, channel) = (tx.now(), &scope.channel);
    macro_rules! visible {
        () => {
            products::table
                .inner_join(ranges::table.on(ranges::product_id.eq(products::id)))
                .filter(ranges::currency.eq(channel.currency))
                .filter(products::status.eq(ProductStatus::Active))
                .filter(products::published_at.le(now))
                .select((
                    (products::id, products::slug, products::title, products::titles, products::brand, products::tags),
                    (products::published_at, products::created_at, products::updated_at, products::minimum_age),
                    (ranges::min_amount, ranges::max_amount, ranges::compare_at),
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
                ))
        };
    }
    let row: Option<Row> = match super::handle::<ProductId>(handle, "product")? {
        Some(id) => on_each!(tx, |c| visible!().filter(products::id.eq(id)).first(c).optional()),
        None => on_each!(tx, |c| visible!().filter(products::slug.eq(handle)).first(c).optional()),
    }?;
    let row = row.ok_or_else(|| Error::not_found("product"))?;
    let ((id, slug, title, titles, brand, tags), (published_at, created_at, updated_at, minimum_age), (min, max, compare_at), heavy) = row;
    let (texts, options) = texts(heavy, &scope.locale);
    let options = HashMap::from([(id, options)]);
    let variants = variants_with(tx, scope, &[id], &options)?.remove(&id).unwrap_or_default();
    let placing = placings_of(tx, &scope.locale, &[id])?.remove(&id).unwrap_or_default();
    let collections = collections_of(tx, &scope.locale, &[id])?.remove(&id).unwrap_or_default();
    let money = |amount| Money::new(amount, channel.currency);
    Ok(Product {
        id,
        slug,
        title: text(&titles.0, &scope.locale, &title),
        description: texts.description,
        status: ProductStatus::Active,
        brand,
        product_type: texts.product_type,
        tags: tags.0,
        categories: placing.categories,
        breadcrumbs: placing.breadcrumbs,
        collections,
        options: texts.options,
        available: variants.iter().any(|v| v.available),
        variants,
        media: texts.media,
        price_range: PriceRange { min: money(min), max: money(max) },
        compare_at_price: compare_at.map(money),
        minimum_age,
        seo: texts.seo,
        metadata: texts.metadata,
        published_at: published_at.unwrap_or(created_at),
        version: texts.version,
        created_at,
        updated_at,
    })
}
