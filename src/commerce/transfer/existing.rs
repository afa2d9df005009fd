//! What the shop has already of the products of a chunk.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::commerce::catalog::Media;
use crate::db::tables::{products, stock_levels, variants};
use crate::db::{Tx, any_of, on_each};
use crate::error::Result;
use crate::types::{Json, LocationId, ProductId, Timestamp, VariantId};

/// A product that is there.
#[derive(Debug, Clone)]
pub struct Existing {
    pub published_at: Option<Timestamp>,
    pub media: Vec<Media>,
}

/// The products with these slugs: one statement.
pub fn products(tx: &mut Tx, slugs: &[String]) -> Result<HashMap<String, Existing>> {
    let rows: Vec<(String, Option<Timestamp>, Json<Vec<Media>>)> = on_each!(tx, |c| {
        products::table.filter(products::slug.eq_any(slugs)).select((products::slug, products::published_at, products::media)).load(c)
    })?;
    Ok(rows.into_iter().map(|(slug, published_at, media)| (slug, Existing { published_at, media: media.0 })).collect())
}

/// The versions of all variants of the products with these slugs: one statement.
pub fn variant_versions(tx: &mut Tx, slugs: &[String]) -> Result<HashMap<VariantId, i32>> {
    let rows: Vec<(VariantId, i32)> = on_each!(tx, |c| {
        let ids = products::table.filter(products::slug.eq_any(slugs)).select(products::id);
        variants::table.filter(variants::product_id.eq_any(ids)).select((variants::id, variants::version)).load(c)
    })?;
    Ok(rows.into_iter().collect())
}

/// The versions of all variants of these products: one statement.
pub fn versions_of(tx: &mut Tx, ids: &[ProductId]) -> Result<HashMap<VariantId, i32>> {
    let rows: Vec<(VariantId, i32)> = on_each!(tx, |c| {
        variants::table.filter(variants::product_id.eq_any(any_of(ids))).select((variants::id, variants::version)).load(c)
    })?;
    Ok(rows.into_iter().collect())
}

/// What a location has of these variants: one statement for each 1,000.
pub fn on_hand(tx: &mut Tx, location: LocationId, ids: &[VariantId]) -> Result<HashMap<VariantId, i32>> {
    let mut found = HashMap::new();
    for chunk in ids.chunks(1_000) {
        let rows: Vec<(VariantId, i32)> = on_each!(tx, |c| {
            stock_levels::table
                .filter(stock_levels::location_id.eq(location))
                .filter(stock_levels::variant_id.eq_any(any_of(chunk)))
                .select((stock_levels::variant_id, stock_levels::on_hand))
                .load(c)
        })?;
        found.extend(rows);
    }
    Ok(found)
}
