//! Long work, imports and exports, for staff.

use async_graphql::connection::Connection;
use async_graphql::{Context, InputObject, Object};
use serde::Serialize;

use crate::api::call::Call;
use crate::api::graphql::connection::{connection, cost, page};
use crate::api::graphql::errors::{found, given};
use crate::api::graphql::payload::payload;
use crate::commerce::operations::{self, FileFormat, ImportOptions, Operation};
use crate::commerce::transfer::{self, ExportPage};
use crate::types::{Currency, OperationId};

payload! {
    /// The operation that was queued.
    ImportStartPayload of operation: Operation
}

/// A file of products to import.
#[derive(Debug, Clone, Serialize, InputObject)]
pub struct ImportStart {
    /// The file's format.
    pub format: FileFormat,
    /// The file itself. GraphQL requests are limited in size: send a large file to `POST /admin/v1/imports`.
    pub content: String,
    /// The currency of the file's prices; the default channel's if absent.
    pub currency: Option<Currency>,
    /// Tell what would happen, in the operation's result, and write nothing.
    #[graphql(default)]
    pub dry_run: bool,
    /// Set the stock of variants that are there already too, not of new ones alone. Needs `stock:write`.
    #[graphql(default)]
    pub update_stock: bool,
}

/// Queries of operations.
#[derive(Default)]
pub struct OperationQuery;

#[Object]
impl OperationQuery {
    /// An operation: poll how far it is. Needs `catalog:read`.
    async fn operation(&self, ctx: &Context<'_>, id: OperationId) -> async_graphql::Result<Option<Operation>> {
        found(ctx.data::<Call>()?.read(move |tx, by| operations::get(tx, by, id)).await)
    }

    /// Long work that was asked for, newest first. Needs `catalog:read`.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn operations(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> async_graphql::Result<Connection<String, Operation>> {
        let page = page(first, after, last, before)?;
        given(ctx.data::<Call>()?.read(move |tx, by| operations::list(tx, by, &page)).await).map(connection)
    }

    /// A part of a file of all products: ask again with `nextCursor` until it is null, and join the parts.
    /// `GET /admin/v1/exports` streams the whole. Needs `catalog:read`.
    #[graphql(complexity = "100 + child_complexity")]
    async fn products_export(
        &self,
        ctx: &Context<'_>,
        format: FileFormat,
        currency: Option<Currency>,
        cursor: Option<String>,
    ) -> async_graphql::Result<ExportPage> {
        let FileFormat::ShopifyCsv = format;
        given(ctx.data::<Call>()?.read(move |tx, by| transfer::export_page(tx, by, currency, cursor)).await)
    }
}

/// Mutations of operations.
#[derive(Default)]
pub struct OperationMutation;

#[Object]
impl OperationMutation {
    /// Imports a file of products: answers an operation to poll. Needs `catalog:write`.
    async fn import_start(&self, ctx: &Context<'_>, input: ImportStart) -> async_graphql::Result<ImportStartPayload> {
        let call = Call::of_field(ctx)?;
        let started = call
            .write("start_import", input, |tx, by, input| {
                let ImportStart { format, content, currency, dry_run, update_stock } = input;
                let options = ImportOptions { format, dry_run, currency, update_stock, may_set_stock: true };
                operations::start_import_of(tx, by, options, &content)
            })
            .await;
        operations::wake(&call.app);
        ImportStartPayload::of(started)
    }
}
