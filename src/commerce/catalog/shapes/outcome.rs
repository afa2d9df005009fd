//! What became of upserts.

use serde::{Deserialize, Serialize};

use super::ProductUpsert;
use crate::commerce::idempotency::Answer;
use crate::error::{Error, FieldError};
use crate::types::text::text_enum;
use crate::types::{ProductId, VariantId};

/// Something a write noticed and did not refuse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct CatalogWarning {
    /// `duplicate_sku`, `slug_taken`.
    pub code: String,
    /// JSON pointer into the item.
    pub pointer: String,
    /// For people.
    pub detail: String,
}

text_enum! {
    /// What became of an item.
    pub enum UpsertStatus {
        /// It is new.
        Created = "created",
        /// It changed.
        Updated = "updated",
        /// It was so already: nothing was written.
        Unchanged = "unchanged",
        /// It was refused; the others were not touched by that.
        Failed = "failed",
    }
}

/// Why an item was refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct ItemError {
    /// Stable code, one of the problem codes.
    pub code: String,
    /// For the developer.
    pub detail: String,
    /// Every violation, with pointers into the item.
    pub errors: Vec<FieldError>,
}

impl From<&Error> for ItemError {
    fn from(error: &Error) -> Self {
        Self { code: error.code.as_str().to_owned(), detail: error.detail.clone(), errors: error.fields.clone() }
    }
}

/// What became of one item of an upsert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct UpsertOutcome {
    /// The product; null when refused.
    pub id: Option<ProductId>,
    /// What became of it.
    pub status: UpsertStatus,
    /// The variants, in the order the item lists them.
    pub variant_ids: Vec<VariantId>,
    /// What was noticed and not refused.
    pub warnings: Vec<CatalogWarning>,
    /// Why it was refused.
    pub error: Option<ItemError>,
}

/// Products to make or change, at most 1,000.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject)]
#[serde(deny_unknown_fields)]
pub struct BulkInput {
    /// The products; each is checked by itself.
    #[schema(min_items = 1, max_items = 1000)]
    pub items: Vec<ProductUpsert>,
}

/// What became of each item, in the order they were sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct BulkAnswer {
    /// One for each item.
    pub items: Vec<UpsertOutcome>,
    /// How many are new.
    pub created: i32,
    /// How many changed.
    pub updated: i32,
    /// How many were so already.
    pub unchanged: i32,
    /// How many were refused.
    pub failed: i32,
}

impl Answer for BulkAnswer {}
