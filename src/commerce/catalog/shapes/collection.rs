//! Collections: hand-picked lists of products.

use serde::{Deserialize, Serialize};
use validator::Validate;

use super::{Media, MediaInput, Seo, SeoPatch};
use crate::commerce::idempotency::Answer;
use crate::types::{CollectionId, Locale, Metadata, MetadataPatch, Patch, ProductId, Timestamp};

/// A collection, as shoppers see it. Its products: `products?collection=...&sort=manual`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct Collection {
    /// Id.
    pub id: CollectionId,
    /// Its place in URLs.
    pub slug: String,
    /// Title, in the locale of the answer.
    pub title: String,
    /// Sanitised HTML, in the locale of the answer.
    pub description: String,
    /// Its picture.
    pub image: Option<Media>,
    /// What search engines are shown.
    pub seo: Seo,
    /// What apps keep with it.
    pub metadata: Metadata,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A collection, as staff see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
#[schema(as = Collection)]
#[graphql(name = "Collection")]
pub struct ManagedCollection {
    /// Id.
    pub id: CollectionId,
    /// What another system calls it.
    pub external_key: Option<String>,
    /// Its place in URLs.
    pub slug: String,
    /// Title.
    pub title: String,
    /// Sanitised HTML.
    pub description: String,
    /// Whether shoppers see it.
    pub published: bool,
    /// Its picture.
    pub image: Option<Media>,
    /// What search engines are shown.
    pub seo: Seo,
    /// Its texts in other languages.
    pub translations: Vec<CollectionTranslation>,
    /// What apps keep with it; public.
    pub metadata: Metadata,
    /// Changes with every write.
    pub version: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Answer for ManagedCollection {}

/// A collection's texts in another language. What is absent falls back to its own text.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject, async_graphql::InputObject, Validate,
)]
#[serde(deny_unknown_fields)]
#[graphql(input_name = "CollectionTranslationInput")]
pub struct CollectionTranslation {
    /// The language.
    pub locale: Locale,
    /// Title.
    #[serde(default)]
    #[validate(length(min = 1, max = 200))]
    pub title: Option<String>,
    /// HTML; sanitised on the way in.
    #[serde(default)]
    #[validate(length(max = 100_000))]
    pub description: Option<String>,
    /// What search engines are shown.
    #[serde(default)]
    #[validate(nested)]
    pub seo: Option<Seo>,
}

/// A collection to make.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct CollectionCreate {
    /// Title.
    #[validate(length(min = 1, max = 200))]
    #[schema(example = "Summer sale")]
    pub title: String,
    /// Its place in URLs; made from the title if absent. When it is taken, `-2`, `-3` ... is added.
    #[serde(default)]
    #[validate(length(min = 1, max = 200))]
    pub slug: Option<String>,
    /// What another system calls it; unique.
    #[serde(default)]
    #[validate(length(min = 1, max = 200))]
    pub external_key: Option<String>,
    /// HTML; sanitised on the way in.
    #[serde(default)]
    #[validate(length(max = 100_000))]
    pub description: Option<String>,
    /// Whether shoppers see it; true if absent.
    #[serde(default)]
    pub published: Option<bool>,
    /// Its picture.
    #[serde(default)]
    #[validate(nested)]
    pub image: Option<MediaInput>,
    /// What search engines are shown.
    #[serde(default)]
    #[validate(nested)]
    pub seo: Option<Seo>,
    /// Its texts in other languages.
    #[serde(default)]
    #[graphql(default)]
    #[validate(length(max = 50), nested)]
    pub translations: Vec<CollectionTranslation>,
    /// What apps keep with it; public.
    #[serde(default)]
    #[graphql(default)]
    #[validate(custom(function = "crate::types::json::check_metadata"))]
    pub metadata: Metadata,
}

/// Changes to a collection (RFC 7396: what is absent stays).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct CollectionUpdate {
    /// Title.
    #[validate(length(min = 1, max = 200))]
    pub title: Option<String>,
    /// Its place in URLs.
    #[validate(length(min = 1, max = 200))]
    pub slug: Option<String>,
    /// What another system calls it; unique.
    #[schema(value_type = Option<String>)]
    #[validate(length(min = 1, max = 200))]
    pub external_key: Patch<String>,
    /// HTML; sanitised on the way in.
    #[validate(length(max = 100_000))]
    pub description: Option<String>,
    /// Whether shoppers see it.
    pub published: Option<bool>,
    /// Its picture; null removes it.
    #[schema(value_type = Option<MediaInput>)]
    pub image: Patch<MediaInput>,
    /// What search engines are shown.
    #[validate(nested)]
    pub seo: Option<SeoPatch>,
    /// Its texts in other languages.
    #[validate(length(max = 50), nested)]
    pub translations: Option<Vec<CollectionTranslation>>,
    /// What apps keep with it; public. Keys given are merged in, null removes a key.
    #[schema(value_type = Option<std::collections::BTreeMap<String, Option<String>>>)]
    pub metadata: Patch<MetadataPatch>,
}

/// Products of a collection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct CollectionProductsInput {
    /// The products, at most 1,000.
    #[validate(length(min = 1, max = 1000))]
    #[schema(min_items = 1, max_items = 1000)]
    pub product_ids: Vec<ProductId>,
}
