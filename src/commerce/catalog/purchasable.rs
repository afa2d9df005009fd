//! What a cart needs to know of a variant to sell it.

use std::collections::HashMap;

use diesel::prelude::*;

use super::documents::{ByLocale, MediaDoc, OptionDoc, localised_values, text, variant_title};
use super::store::is_published;
use super::{ProductStatus, SelectedOption};
use crate::commerce::channels::Channel;
use crate::db::tables::{
    channel_revisions, channel_stock_locations, prices, products, stock_levels as levels, stock_locations as locations, variants,
};
use crate::db::{Seen, Tx, any_of, look_up};
use crate::error::Result;
use crate::types::{Json, Locale, LocationId, MediaId, ProductId, Timestamp, VariantId};

/// A variant as a cart line sees it, in one channel and locale.
#[derive(Debug, Clone)]
pub struct Purchasable {
    /// The variant.
    pub variant_id: VariantId,
    /// Its product.
    pub product_id: ProductId,
    /// The product's slug.
    pub product_slug: String,
    /// The product's title in the locale.
    pub product_title: String,
    /// The variant's title in the locale.
    pub variant_title: String,
    /// SKU.
    pub sku: Option<String>,
    /// A picture of the variant, or the product's first.
    pub image_url: Option<String>,
    /// The price in the channel's currency; none: not for sale here.
    pub price: Option<i64>,
    /// The price it is compared with.
    pub compare_at: Option<i64>,
    /// The product's tax class.
    pub tax_class: String,
    /// Whether tax applies.
    pub taxable: bool,
    /// Weight of one.
    pub weight_grams: i32,
    /// Whether it is sent.
    pub requires_shipping: bool,
    /// Whether its stock is counted; if not there is always enough.
    pub track_inventory: bool,
    /// Whether it is sold when out of stock.
    pub backorder: bool,
    /// How many one order may hold.
    pub max_per_order: Option<i32>,
    /// Sold to those only who are verified to have this age.
    pub minimum_age: Option<i32>,
    /// How many the channel's active locations have together, on hand less reserved.
    pub free: i64,
    /// The location of these that is taken from first; none if the variant has no level.
    pub first: Option<LocationId>,
    /// Whether product and variant are active and published now.
    pub published: bool,
}

impl Purchasable {
    /// Whether no more can be sold than there are.
    pub fn is_counted(&self) -> bool {
        self.track_inventory && !self.backorder
    }

    /// How many can be bought; none: as many as are wanted.
    pub fn left(&self) -> Option<i64> {
        self.is_counted().then(|| self.free.max(0))
    }
}

type Row = (
    VariantId,
    ProductId,
    (String, String, Json<ByLocale<String>>, Json<Vec<OptionDoc>>, Json<Vec<MediaDoc>>, Option<Json<MediaDoc>>, String),
    (ProductStatus, Option<Timestamp>, Option<i32>),
    (Json<Vec<SelectedOption>>, Option<String>, Option<MediaId>),
    (bool, i32, bool, bool, bool, Option<i32>, bool),
    (Option<i64>, Option<i64>),
    (Option<i64>, Option<LocationId>),
    Option<i64>,
);

/// A variant's levels at the locations that a channel sells from.
macro_rules! levels_of {
    ($channel:expr) => {
        levels::table
            .inner_join(locations::table.on(locations::id.eq(levels::location_id)))
            .inner_join(channel_stock_locations::table.on(channel_stock_locations::location_id.eq(levels::location_id)))
            .filter(levels::variant_id.eq(variants::id))
            .filter(channel_stock_locations::channel_id.eq($channel.id))
            .filter(locations::active.eq(true))
    };
}

/// What a channel sells of the variants that were asked for, and as of when.
#[derive(Debug, Default)]
pub struct Purchasables {
    /// Those that exist.
    pub items: HashMap<VariantId, Purchasable>,
    /// The channel's revision, read with them; none if there are none.
    pub seen: Option<Seen>,
}

/// The variants that exist, in one statement; a missing one is absent from the answer.
pub fn purchasables(tx: &mut Tx, channel: &Channel, locale: &Locale, ids: &[VariantId]) -> Result<Purchasables> {
    if ids.is_empty() {
        return Ok(Purchasables::default());
    }
    let now = tx.now();
    let rows: Vec<Row> = look_up!(tx, |c| {
        let query = variants::table
            .inner_join(products::table.on(products::id.eq(variants::product_id)))
            .left_join(prices::table.on(prices::variant_id.eq(variants::id).and(prices::currency.eq(channel.currency))))
            .select((
                variants::id,
                variants::product_id,
                (
                    products::slug,
                    products::title,
                    products::titles,
                    products::options,
                    products::media,
                    products::image,
                    products::tax_class,
                ),
                (products::status, products::published_at, products::minimum_age),
                (variants::option_values, variants::sku, variants::media_id),
                (
                    variants::taxable,
                    variants::weight_grams,
                    variants::requires_shipping,
                    variants::track_inventory,
                    variants::backorder,
                    variants::max_per_order,
                    variants::active,
                ),
                (prices::amount.nullable(), prices::compare_at.nullable()),
                (
                    levels_of!(channel).select(diesel::dsl::sum(levels::on_hand - levels::reserved)).single_value(),
                    levels_of!(channel).order((locations::priority, locations::id)).select(levels::location_id).single_value(),
                ),
                channel_revisions::table
                    .filter(channel_revisions::channel_id.eq(channel.id))
                    .select(channel_revisions::revision)
                    .single_value(),
            ));
        match ids {
            // The commonest case by far, and one that SQLite keeps prepared.
            [id] => query.filter(variants::id.eq(*id)).load(c),
            _ => query.filter(variants::id.eq_any(any_of(ids))).load(c),
        }
    })?;
    let seen = rows.first().and_then(|row| row.8).map(|revision| Seen { channel: channel.id, revision });
    Ok(Purchasables { items: rows.into_iter().map(|row| (row.0, purchasable(row, locale, now))).collect(), seen })
}

fn purchasable(row: Row, locale: &Locale, now: Timestamp) -> Purchasable {
    let (variant_id, product_id, product, state, variant, rules, price, stock, _) = row;
    let (slug, title, titles, options, media, image, tax_class) = product;
    let (values, sku, media_id) = variant;
    let (taxable, weight_grams, requires_shipping, track_inventory, backorder, max_per_order, active) = rules;
    let own_image = media_id.and_then(|id| media.0.into_iter().find(|m| m.id == id)).map(|m| m.url);
    Purchasable {
        variant_id,
        product_id,
        product_slug: slug,
        product_title: text(&titles.0, locale, &title),
        variant_title: variant_title(&localised_values(&options.0, &values.0, locale)),
        sku,
        image_url: own_image.or_else(|| image.map(|m| m.0.url)),
        price: price.0,
        compare_at: price.1,
        tax_class,
        taxable,
        weight_grams,
        requires_shipping,
        track_inventory,
        backorder,
        max_per_order,
        minimum_age: state.2,
        free: stock.0.unwrap_or(0),
        first: stock.1,
        published: active && is_published(state.0, state.1, now),
    }
}
