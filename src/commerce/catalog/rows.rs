//! Products and variants as the database keeps them.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::documents::{ByLocale, MediaDoc, OptionDoc, TextDoc};
use super::{ProductStatus, SelectedOption, Seo};
use crate::db::tables::{collection_products, prices, product_categories, product_price_ranges, products, variants};
use crate::types::{CategoryId, CollectionId, Currency, Json, MediaId, Metadata, ProductId, Timestamp, VariantId};

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = products, treat_none_as_default_value = false)]
pub(super) struct ProductRow {
    pub id: ProductId,
    pub slug: String,
    pub external_key: Option<String>,
    pub status: ProductStatus,
    pub published_at: Option<Timestamp>,
    pub title: String,
    pub title_sort: String,
    pub titles: Json<ByLocale<String>>,
    pub description: String,
    pub brand: Option<String>,
    pub product_type: Option<String>,
    pub tax_class: String,
    pub tags: Json<Vec<String>>,
    pub options: Json<Vec<OptionDoc>>,
    pub media: Json<Vec<MediaDoc>>,
    pub image: Option<Json<MediaDoc>>,
    pub seo: Json<Seo>,
    pub translations: Json<ByLocale<TextDoc>>,
    pub metadata: Json<Metadata>,
    pub private_metadata: Json<Metadata>,
    pub version: i32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub minimum_age: Option<i32>,
}

#[derive(Debug, Clone, PartialEq, Queryable, Selectable, Insertable)]
#[diesel(table_name = variants, treat_none_as_default_value = false)]
pub(super) struct VariantRow {
    pub id: VariantId,
    pub product_id: ProductId,
    pub position: i32,
    pub external_key: Option<String>,
    pub sku: Option<String>,
    pub barcode: Option<String>,
    pub title: String,
    pub option_values: Json<Vec<SelectedOption>>,
    pub weight_grams: i32,
    pub length_mm: Option<i32>,
    pub width_mm: Option<i32>,
    pub height_mm: Option<i32>,
    pub requires_shipping: bool,
    pub taxable: bool,
    pub track_inventory: bool,
    pub backorder: bool,
    pub max_per_order: Option<i32>,
    pub media_id: Option<MediaId>,
    pub active: bool,
    pub metadata: Json<Metadata>,
    pub private_metadata: Json<Metadata>,
    pub version: i32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = prices, treat_none_as_default_value = false)]
pub(super) struct PriceRow {
    pub variant_id: VariantId,
    pub currency: Currency,
    pub amount: i64,
    pub compare_at: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Insertable)]
#[diesel(table_name = product_price_ranges, treat_none_as_default_value = false)]
pub(super) struct PriceRangeRow {
    pub product_id: ProductId,
    pub currency: Currency,
    pub min_amount: i64,
    pub max_amount: i64,
    pub compare_at: Option<i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Insertable)]
#[diesel(table_name = product_categories, treat_none_as_default_value = false)]
pub(super) struct ProductCategoryRow {
    pub product_id: ProductId,
    pub category_id: CategoryId,
    pub position: i32,
}

#[derive(Debug, Clone, PartialEq, Eq, Insertable)]
#[diesel(table_name = collection_products, treat_none_as_default_value = false)]
pub(super) struct CollectionProductRow {
    pub collection_id: CollectionId,
    pub product_id: ProductId,
    pub position: i32,
}

/// What a variant costs in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Amounts {
    pub amount: i64,
    pub compare_at: Option<i64>,
}

/// A variant with its prices.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct VariantState {
    pub row: VariantRow,
    pub prices: BTreeMap<Currency, Amounts>,
}

/// A product with all that is written with it. Two equal states are the same product: an upsert that makes
/// no difference is found by comparing.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ProductState {
    pub row: ProductRow,
    pub variants: Vec<VariantState>,
    pub categories: Vec<CategoryId>,
    /// With the product's position in each.
    pub collections: BTreeMap<CollectionId, i32>,
}
