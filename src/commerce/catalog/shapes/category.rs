//! Categories: a tree that products stand in.

use serde::{Deserialize, Serialize};
use validator::Validate;

use super::{CategoryRef, Seo, SeoPatch};
use crate::commerce::idempotency::Answer;
use crate::types::{CategoryId, Locale, Metadata, MetadataPatch, Patch, Timestamp};

/// A category with its place in the tree, as shoppers see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct Category {
    /// Id.
    pub id: CategoryId,
    /// The category above; null at the root.
    pub parent_id: Option<CategoryId>,
    /// Its place in URLs.
    pub slug: String,
    /// Name, in the locale of the answer.
    pub name: String,
    /// Sanitised HTML, in the locale of the answer.
    pub description: String,
    /// From the root of the tree to this category.
    pub breadcrumbs: Vec<CategoryRef>,
    /// The categories right below, in order.
    pub children: Vec<CategoryRef>,
    /// What search engines are shown.
    pub seo: Seo,
    /// What apps keep with it.
    pub metadata: Metadata,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A category in the tree, with all below it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct CategoryNode {
    /// Id.
    pub id: CategoryId,
    /// Its place in URLs.
    pub slug: String,
    /// Name, in the locale of the answer.
    pub name: String,
    /// The categories right below, in order.
    #[schema(no_recursion)]
    pub children: Vec<CategoryNode>,
}

/// All categories.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CategoryTree {
    /// The roots, in order.
    pub data: Vec<CategoryNode>,
}

/// A category, as staff see it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
#[schema(as = Category)]
#[graphql(name = "Category")]
pub struct ManagedCategory {
    /// Id.
    pub id: CategoryId,
    /// The category above; null at the root.
    pub parent_id: Option<CategoryId>,
    /// What another system calls it.
    pub external_key: Option<String>,
    /// Its place in URLs.
    pub slug: String,
    /// Name.
    pub name: String,
    /// Sanitised HTML.
    pub description: String,
    /// Its place among its siblings, from 0.
    pub position: i32,
    /// What search engines are shown.
    pub seo: Seo,
    /// Its texts in other languages.
    pub translations: Vec<CategoryTranslation>,
    /// What apps keep with it; public.
    pub metadata: Metadata,
    /// Changes with every write.
    pub version: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Answer for ManagedCategory {}

/// A category's texts in another language. What is absent falls back to its own text.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject, async_graphql::InputObject, Validate,
)]
#[serde(deny_unknown_fields)]
#[graphql(input_name = "CategoryTranslationInput")]
pub struct CategoryTranslation {
    /// The language.
    pub locale: Locale,
    /// Name.
    #[serde(default)]
    #[validate(length(min = 1, max = 200))]
    pub name: Option<String>,
    /// HTML; sanitised on the way in.
    #[serde(default)]
    #[validate(length(max = 100_000))]
    pub description: Option<String>,
    /// What search engines are shown.
    #[serde(default)]
    #[validate(nested)]
    pub seo: Option<Seo>,
}

/// A category to make.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct CategoryCreate {
    /// Name.
    #[validate(length(min = 1, max = 200))]
    #[schema(example = "Tops")]
    pub name: String,
    /// Its place in URLs; made from the name if absent. When it is taken, `-2`, `-3` ... is added.
    #[serde(default)]
    #[validate(length(min = 1, max = 200))]
    pub slug: Option<String>,
    /// The category above; absent: a root.
    #[serde(default)]
    pub parent_id: Option<CategoryId>,
    /// Its place among its siblings, from 0; the last if absent.
    #[serde(default)]
    #[validate(range(min = 0, max = 100_000))]
    pub position: Option<i32>,
    /// What another system calls it; unique.
    #[serde(default)]
    #[validate(length(min = 1, max = 200))]
    pub external_key: Option<String>,
    /// HTML; sanitised on the way in.
    #[serde(default)]
    #[validate(length(max = 100_000))]
    pub description: Option<String>,
    /// What search engines are shown.
    #[serde(default)]
    #[validate(nested)]
    pub seo: Option<Seo>,
    /// Its texts in other languages.
    #[serde(default)]
    #[graphql(default)]
    #[validate(length(max = 50), nested)]
    pub translations: Vec<CategoryTranslation>,
    /// What apps keep with it; public.
    #[serde(default)]
    #[graphql(default)]
    #[validate(custom(function = "crate::types::json::check_metadata"))]
    pub metadata: Metadata,
}

/// Changes to a category (RFC 7396: what is absent stays). Moving it is an operation of its own.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct CategoryUpdate {
    /// Name.
    #[validate(length(min = 1, max = 200))]
    pub name: Option<String>,
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
    /// What search engines are shown.
    #[validate(nested)]
    pub seo: Option<SeoPatch>,
    /// Its texts in other languages.
    #[validate(length(max = 50), nested)]
    pub translations: Option<Vec<CategoryTranslation>>,
    /// What apps keep with it; public. Keys given are merged in, null removes a key.
    #[schema(value_type = Option<std::collections::BTreeMap<String, Option<String>>>)]
    pub metadata: Patch<MetadataPatch>,
}

/// Where a category goes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct CategoryMove {
    /// The category it goes under; null or absent: it becomes a root.
    pub parent_id: Option<CategoryId>,
    /// Its place among its new siblings, from 0; the last if absent.
    #[validate(range(min = 0, max = 100_000))]
    pub position: Option<i32>,
}

/// The order of all categories under one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct CategoryReorder {
    /// The category above; null or absent: the roots.
    #[serde(default)]
    pub parent_id: Option<CategoryId>,
    /// All its children, in their new order.
    #[validate(length(min = 1, max = 5000))]
    #[schema(min_items = 1, max_items = 5000)]
    pub ids: Vec<CategoryId>,
}

/// The children of a category, in their new order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct CategoryOrder {
    /// The children.
    pub categories: Vec<ManagedCategory>,
}

impl Answer for CategoryOrder {}
