//! Products as staff see them: every state, every language, every currency.

use serde::{Deserialize, Serialize};

use super::{CatalogWarning, CategoryRef, CollectionRef, Media, Price, ProductTranslation, SelectedOption, Seo};
use crate::commerce::idempotency::Answer;
use crate::types::text::text_enum;
use crate::types::{MediaId, Metadata, OptionId, ProductId, Timestamp, VariantId};

text_enum! {
    /// The state of a product.
    pub enum ProductStatus {
        /// Being written; shoppers do not see it.
        Draft = "draft",
        /// Shown to shoppers from `published_at` on.
        Active = "active",
        /// Put away; shoppers do not see it, old orders still name it.
        Archived = "archived",
    }
}

/// A product, as staff see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
#[schema(as = Product)]
#[graphql(name = "Product")]
pub struct ManagedProduct {
    /// Id.
    pub id: ProductId,
    /// What another system calls it.
    pub external_key: Option<String>,
    /// Its place in URLs.
    pub slug: String,
    /// Title.
    pub title: String,
    /// Sanitised HTML.
    pub description: String,
    /// Its state.
    pub status: ProductStatus,
    /// Shoppers see an active product from this moment on.
    pub published_at: Option<Timestamp>,
    /// Brand or vendor.
    pub brand: Option<String>,
    /// What kind of thing it is.
    pub product_type: Option<String>,
    /// Chooses its tax rates.
    pub tax_class: String,
    /// Sold to those only who are verified to have this age; null: to everybody.
    #[serde(default)]
    #[schema(required, example = 19)]
    pub minimum_age: Option<i32>,
    /// Tags.
    pub tags: Vec<String>,
    /// Its categories; the first is its main one.
    pub categories: Vec<CategoryRef>,
    /// Its collections.
    pub collections: Vec<CollectionRef>,
    /// Its options.
    pub options: Vec<ManagedOption>,
    /// Its variants, archived ones too.
    pub variants: Vec<ManagedVariant>,
    /// Pictures and videos.
    pub media: Vec<Media>,
    /// What search engines are shown.
    pub seo: Seo,
    /// Its texts in other languages.
    pub translations: Vec<ProductTranslation>,
    /// Public metadata.
    pub metadata: Metadata,
    /// Staff's metadata.
    pub private_metadata: Metadata,
    /// Changes with every write.
    pub version: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// What the write that gave this answer noticed, such as a repeated SKU. Absent from reads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<CatalogWarning>,
}

impl Answer for ManagedProduct {}

/// An option of a product, in its own words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
#[schema(as = ProductOption)]
#[graphql(name = "ProductOption")]
pub struct ManagedOption {
    /// Id.
    pub id: OptionId,
    /// Name.
    pub name: String,
    /// Values, in order.
    pub values: Vec<ManagedOptionValue>,
}

/// A value of an option, in its own words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
#[schema(as = ProductOptionValue)]
#[graphql(name = "ProductOptionValue")]
pub struct ManagedOptionValue {
    /// Id.
    pub id: OptionId,
    /// Value.
    pub value: String,
}

/// A variant, as staff see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
#[schema(as = Variant)]
#[graphql(name = "Variant")]
pub struct ManagedVariant {
    /// Id.
    pub id: VariantId,
    /// Its product.
    pub product_id: ProductId,
    /// What another system calls it.
    pub external_key: Option<String>,
    /// Stock-keeping unit.
    pub sku: Option<String>,
    /// EAN, UPC, ISBN ...
    pub barcode: Option<String>,
    /// Its option values, as one text; empty for a product without options.
    pub title: String,
    /// Its value of each option.
    pub option_values: Vec<SelectedOption>,
    /// Its prices.
    pub prices: Vec<Price>,
    /// Weight.
    pub weight_grams: i32,
    /// Length.
    pub length_mm: Option<i32>,
    /// Width.
    pub width_mm: Option<i32>,
    /// Height.
    pub height_mm: Option<i32>,
    /// Whether it is sent.
    pub requires_shipping: bool,
    /// Whether tax applies.
    pub taxable: bool,
    /// Whether its stock is counted.
    pub track_inventory: bool,
    /// Whether it is sold when out of stock.
    pub backorder: bool,
    /// How many one order may hold.
    pub max_per_order: Option<i32>,
    /// Its picture among the product's media.
    pub media_id: Option<MediaId>,
    /// Whether it is sold.
    pub active: bool,
    /// Public metadata.
    pub metadata: Metadata,
    /// Staff's metadata.
    pub private_metadata: Metadata,
    /// Changes with every write.
    pub version: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// What the write that gave this answer noticed, such as a repeated SKU. Absent from reads.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub warnings: Vec<CatalogWarning>,
}

impl Answer for ManagedVariant {}

text_enum! {
    /// The order of staff's list of products.
    pub enum ManagedProductSort {
        /// Made last comes first.
        Newest = "newest",
        /// By title, in the order of code points.
        Name = "name",
        /// Changed last comes first.
        Updated = "updated",
    }
}

/// Which products staff's list holds: those that fit everything named.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, utoipa::IntoParams, async_graphql::InputObject, validator::Validate)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
#[graphql(name = "ProductFilter")]
pub struct ManagedProductFilter {
    /// In this state.
    pub status: Option<ProductStatus>,
    /// A brand, as written.
    #[validate(length(max = 200))]
    pub brand: Option<String>,
    /// A tag; case does not matter.
    #[validate(length(max = 200))]
    pub tag: Option<String>,
    /// A category's slug or id; its descendants count.
    #[validate(length(max = 200))]
    pub category: Option<String>,
    /// A collection's slug or id.
    #[validate(length(max = 200))]
    pub collection: Option<String>,
    /// Words in title, brand, tags or SKU, in any language.
    #[validate(length(max = 200))]
    pub q: Option<String>,
    /// With a variant of this SKU.
    #[validate(length(max = 200))]
    pub sku: Option<String>,
    /// Changed at this moment or later.
    pub updated_since: Option<Timestamp>,
    /// The order; newest first if absent.
    pub sort: Option<ManagedProductSort>,
}

/// Which variants a list holds.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, utoipa::IntoParams, async_graphql::InputObject, validator::Validate)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct VariantFilter {
    /// Of this product.
    pub product_id: Option<ProductId>,
    /// With this SKU.
    #[validate(length(max = 200))]
    pub sku: Option<String>,
    /// With this barcode.
    #[validate(length(max = 200))]
    pub barcode: Option<String>,
}
