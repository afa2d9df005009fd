//! Operations as clients see them.

use serde::{Deserialize, Serialize};

use crate::commerce::idempotency::Answer;
use crate::commerce::transfer::ImportReport;
use crate::types::text::text_enum;
use crate::types::{Currency, OperationId, Timestamp};

text_enum! {
    /// What an operation does.
    pub enum OperationKind {
        /// Loads a catalog from a file.
        Import = "import",
    }
}

text_enum! {
    /// How far an operation is.
    pub enum OperationState {
        /// Its file is arriving.
        Uploading = "uploading",
        /// Waiting for an instance to take it up.
        Queued = "queued",
        /// Being done.
        Running = "running",
        /// Done; `result` tells what came of it.
        Succeeded = "succeeded",
        /// Ended early; `error` tells why.
        Failed = "failed",
    }
}

text_enum! {
    /// The format of a file of products.
    pub enum FileFormat {
        /// The product CSV of Shopify.
        ShopifyCsv = "shopify-csv",
    }
}

/// Work that goes on after the request that asked for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct Operation {
    /// Id: poll `/admin/v1/operations/{id}`.
    pub id: OperationId,
    /// What it does.
    pub kind: OperationKind,
    /// How far it is.
    pub state: OperationState,
    /// Products done so far.
    pub done: i32,
    /// Products in all, once they are counted.
    pub total: Option<i32>,
    /// What was asked for.
    pub options: ImportOptions,
    /// What came of it, when it succeeded.
    pub result: Option<ImportReport>,
    /// Why it failed.
    pub error: Option<OperationError>,
    /// When it was asked for.
    pub created_at: Timestamp,
    /// When it last moved.
    pub updated_at: Timestamp,
}

impl Answer for Operation {}

/// Why an operation failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct OperationError {
    /// Stable: from the list of problem codes.
    pub code: String,
    /// For people.
    pub detail: String,
}

/// How to import a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct ImportOptions {
    /// The file's format.
    pub format: FileFormat,
    /// Tell what would happen and write nothing.
    pub dry_run: bool,
    /// The currency of the file's prices; the default channel's if absent.
    pub currency: Option<Currency>,
    /// Set the stock of variants that are there already too, not of new ones alone.
    pub update_stock: bool,
    /// Whether the caller may set stock at all; without `stock:write` quantities are left alone.
    pub may_set_stock: bool,
}
