//! What staff send to make and change products. One shape serves creating, changing and bulk upserts:
//! what is absent stays as it is, or takes its default when the thing is new.

use serde::{Deserialize, Serialize};
use validator::Validate;

use super::{MediaKind, ProductStatus, ProductTranslation, SelectedOption};
use crate::types::{Currency, MetadataPatch, MinorUnits, OptionId, Patch, ProductId, Timestamp, VariantId};

/// A product to make or change. What is absent stays; null clears; a list given replaces the old one,
/// except variants, which are matched (see `variants`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct ProductUpsert {
    /// The product to change, in a bulk call. Without it: by `external_key`, else by `slug`, else by the SKU
    /// of its variants.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<ProductId>,
    /// What another system calls it; unique.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 200))]
    pub external_key: Option<String>,
    /// Its place in URLs: letters of any script, digits and hyphens. Made from the title if absent. When it is
    /// taken, `-2`, `-3` ... is added.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 200))]
    pub slug: Option<String>,
    /// Title; a new product needs one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 500))]
    pub title: Option<String>,
    /// HTML; sanitised on the way in.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 200_000))]
    pub description: Option<String>,
    /// Brand or vendor.
    #[schema(value_type = Option<String>)]
    #[validate(length(min = 1, max = 200))]
    pub brand: Patch<String>,
    /// What kind of thing it is, in the shop's own words.
    #[schema(value_type = Option<String>)]
    #[validate(length(min = 1, max = 200))]
    pub product_type: Patch<String>,
    /// `draft` if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<ProductStatus>,
    /// Shoppers see an active product from this moment on. If absent, from when it becomes active; null: not yet.
    #[schema(value_type = Option<Timestamp>)]
    pub published_at: Patch<Timestamp>,
    /// Chooses its tax rates; `standard` if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 64))]
    #[schema(example = "standard")]
    pub tax_class: Option<String>,
    /// Sold to those only who are verified to have this age: 1 to 150; null: to everybody. How ages count is the shop's
    /// rule: 19 under Korea's Youth Protection Act counts from 1 January of the year on.
    #[schema(value_type = Option<i32>, minimum = 1, maximum = 150)]
    pub minimum_age: Patch<i32>,
    /// Tags.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 250), custom(function = "check_tags"))]
    pub tags: Option<Vec<String>>,
    /// Up to 3 options.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 3), nested)]
    pub options: Option<Vec<OptionInput>>,
    /// Pictures and videos, in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 250), nested)]
    pub media: Option<Vec<MediaInput>>,
    /// What search engines are shown.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(nested)]
    pub seo: Option<SeoPatch>,
    /// Its texts in other languages.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 50), nested)]
    pub translations: Option<Vec<ProductTranslation>>,
    /// What apps keep with it: at most 50 entries; public. Keys given are merged in, null removes a key.
    #[schema(value_type = Option<std::collections::BTreeMap<String, Option<String>>>)]
    pub metadata: Patch<MetadataPatch>,
    /// What staff keep with it: at most 50 entries; never shown to shoppers.
    #[schema(value_type = Option<std::collections::BTreeMap<String, Option<String>>>)]
    pub private_metadata: Patch<MetadataPatch>,
    /// Its categories by slug or id; the first is its main one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 50))]
    pub categories: Option<Vec<String>>,
    /// Its collections by slug or id.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 50))]
    pub collections: Option<Vec<String>>,
    /// Variants to make or change. Each is matched within the product by `id`, else `external_key`, else option
    /// values, else SKU. Variants that are not listed stay, unless `replace_variants`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 2000), nested)]
    pub variants: Option<Vec<VariantUpsert>>,
    /// Archive the variants that are not listed.
    #[graphql(default)]
    pub replace_variants: bool,
}

/// Changes to what search engines are shown.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct SeoPatch {
    /// The page's title; the product's own if absent.
    #[schema(value_type = Option<String>)]
    #[validate(length(max = 500))]
    pub title: Patch<String>,
    /// The page's description.
    #[schema(value_type = Option<String>)]
    #[validate(length(max = 2000))]
    pub description: Patch<String>,
}

/// A variant to make or change. What is absent stays; null clears.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct VariantUpsert {
    /// The variant to change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<VariantId>,
    /// What another system calls it; unique.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 200))]
    pub external_key: Option<String>,
    /// Stock-keeping unit. May repeat; the answer warns of it.
    #[schema(value_type = Option<String>)]
    #[validate(length(min = 1, max = 200))]
    pub sku: Patch<String>,
    /// EAN, UPC, ISBN ...
    #[schema(value_type = Option<String>)]
    #[validate(length(min = 1, max = 100))]
    pub barcode: Patch<String>,
    /// Its value of each of the product's options.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 3), nested)]
    pub option_values: Option<Vec<SelectedOption>>,
    /// Its prices. Currencies that are not listed keep theirs.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(length(max = 200), nested)]
    pub prices: Option<Vec<PriceInput>>,
    /// Drop the prices in currencies that are not listed.
    #[graphql(default)]
    pub replace_prices: bool,
    /// Weight; 0 if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[validate(range(min = 0, max = 1_000_000_000))]
    pub weight_grams: Option<i32>,
    /// Length.
    #[schema(value_type = Option<i32>)]
    #[validate(range(min = 0, max = 10_000_000))]
    pub length_mm: Patch<i32>,
    /// Width.
    #[schema(value_type = Option<i32>)]
    #[validate(range(min = 0, max = 10_000_000))]
    pub width_mm: Patch<i32>,
    /// Height.
    #[schema(value_type = Option<i32>)]
    #[validate(range(min = 0, max = 10_000_000))]
    pub height_mm: Patch<i32>,
    /// Whether it is sent; true if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requires_shipping: Option<bool>,
    /// Whether tax applies; true if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taxable: Option<bool>,
    /// Whether its stock is counted; true if absent. If not there is always enough.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub track_inventory: Option<bool>,
    /// Whether it is sold when out of stock; false if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backorder: Option<bool>,
    /// How many one order may hold.
    #[schema(value_type = Option<i32>)]
    #[validate(range(min = 1, max = 1_000_000))]
    pub max_per_order: Patch<i32>,
    /// Its picture: the id or URL of one of the product's media. A new URL is added to them.
    #[schema(value_type = Option<String>)]
    #[validate(length(min = 1, max = 2000))]
    pub media: Patch<String>,
    /// What apps keep with it; public.
    #[schema(value_type = Option<std::collections::BTreeMap<String, Option<String>>>)]
    pub metadata: Patch<MetadataPatch>,
    /// What staff keep with it; never shown to shoppers.
    #[schema(value_type = Option<std::collections::BTreeMap<String, Option<String>>>)]
    pub private_metadata: Patch<MetadataPatch>,
    /// Whether it is sold; true if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
}

/// An option of a product.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct OptionInput {
    /// An option that exists, to rename it. Without it options are matched by name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<OptionId>,
    /// Name.
    #[validate(length(min = 1, max = 100))]
    #[schema(example = "Color")]
    pub name: String,
    /// Its values, in order. Values of variants are added by themselves.
    #[serde(default)]
    #[graphql(default)]
    #[validate(length(max = 1000), custom(function = "check_values"))]
    pub values: Vec<String>,
}

/// A picture or video of a product.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct MediaInput {
    /// Where it is: http or https.
    #[validate(length(max = 2000), custom(function = "check_url"))]
    #[schema(example = "https://cdn.example.com/shirt.jpg")]
    pub url: String,
    /// What it shows, for those who cannot see it.
    #[serde(default)]
    #[validate(length(max = 500))]
    pub alt: Option<String>,
    /// What it is; an image if absent.
    #[serde(default, rename = "type")]
    #[graphql(name = "type")]
    pub kind: Option<MediaKind>,
    /// Pixels.
    #[serde(default)]
    #[validate(range(min = 1, max = 100_000))]
    pub width: Option<i32>,
    /// Pixels.
    #[serde(default)]
    #[validate(range(min = 1, max = 100_000))]
    pub height: Option<i32>,
    /// Where it stands; the list's order if absent.
    #[serde(default)]
    #[validate(range(min = 0, max = 100_000))]
    pub position: Option<i32>,
}

/// A variant's price in one currency.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct PriceInput {
    /// Currency.
    pub currency: Currency,
    /// What it costs.
    #[validate(custom(function = "check_amount"))]
    pub amount: MinorUnits,
    /// What it is compared with: a price struck through.
    #[serde(default)]
    #[validate(custom(function = "check_amount"))]
    pub compare_at: Option<MinorUnits>,
}

/// All prices of a variant.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct PricesInput {
    /// One for each currency it is sold in. Currencies that are not listed lose theirs.
    #[validate(length(max = 200), nested)]
    pub prices: Vec<PriceInput>,
}

fn violation(code: &'static str, message: &'static str) -> validator::ValidationError {
    validator::ValidationError::new(code).with_message(message.into())
}

fn check_tags(tags: &[String]) -> Result<(), validator::ValidationError> {
    let fits = tags.iter().all(|t| !t.trim().is_empty() && t.chars().count() <= 200);
    if fits { Ok(()) } else { Err(violation("length", "A tag has 1 to 200 characters.")) }
}

fn check_values(values: &[String]) -> Result<(), validator::ValidationError> {
    let fits = values.iter().all(|v| !v.trim().is_empty() && v.chars().count() <= 200);
    if fits { Ok(()) } else { Err(violation("length", "A value has 1 to 200 characters.")) }
}

pub(in crate::commerce::catalog) fn check_url(url: &str) -> Result<(), validator::ValidationError> {
    let good = url::Url::parse(url).is_ok_and(|u| matches!(u.scheme(), "http" | "https") && u.has_host());
    if good { Ok(()) } else { Err(violation("url", "Not an http or https URL.")) }
}

fn check_amount(amount: &MinorUnits) -> Result<(), validator::ValidationError> {
    if (0..=crate::types::money::MAX_AMOUNT).contains(&amount.0) {
        Ok(())
    } else {
        Err(violation("range", "An amount is between 0 and 100000000000000 minor units."))
    }
}
