//! Collections, for staff.

use async_graphql::connection::Connection;
use async_graphql::{Context, Object};

use crate::api::call::Call;
use crate::api::graphql::connection::{connection, cost, page};
use crate::api::graphql::errors::{found, given};
use crate::api::graphql::payload::payload;
use crate::commerce::catalog::{self, CollectionCreate, CollectionProductsInput, CollectionUpdate, ManagedCollection};
use crate::types::CollectionId;

payload! {
    /// The collection written.
    CollectionPayload of collection: ManagedCollection
}

/// Queries of collections.
#[derive(Default)]
pub struct CollectionQuery;

#[Object]
impl CollectionQuery {
    /// A collection by id or slug. Needs `catalog:read`.
    async fn collection(
        &self,
        ctx: &Context<'_>,
        id: Option<CollectionId>,
        slug: Option<String>,
    ) -> async_graphql::Result<Option<ManagedCollection>> {
        let handle = crate::api::graphql::store::handle(id, slug)?;
        found(ctx.data::<Call>()?.read(move |tx, by| catalog::get_managed_collection(tx, by, &handle)).await)
    }

    /// Collections, newest first. Needs `catalog:read`.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn collections(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> async_graphql::Result<Connection<String, ManagedCollection>> {
        let page = page(first, after, last, before)?;
        given(ctx.data::<Call>()?.read(move |tx, by| catalog::list_managed_collections(tx, by, &page)).await).map(connection)
    }
}

/// Mutations of collections.
#[derive(Default)]
pub struct CollectionMutation;

#[Object]
impl CollectionMutation {
    /// Creates a collection. Needs `catalog:write`.
    async fn collection_create(&self, ctx: &Context<'_>, input: CollectionCreate) -> async_graphql::Result<CollectionPayload> {
        CollectionPayload::of(Call::of_field(ctx)?.write("create_collection", input, catalog::create_collection).await)
    }

    /// Changes a collection. Needs `catalog:write`.
    async fn collection_update(
        &self,
        ctx: &Context<'_>,
        id: CollectionId,
        expected_version: Option<i32>,
        input: CollectionUpdate,
    ) -> async_graphql::Result<CollectionPayload> {
        let call = Call::of_field(ctx)?;
        CollectionPayload::of(
            call.write("update_collection", (id, input), move |tx, by, (id, input)| {
                catalog::update_collection(tx, by, id, expected_version, input)
            })
            .await,
        )
    }

    /// Deletes a collection; its products stay. Needs `catalog:write`.
    async fn collection_delete(
        &self,
        ctx: &Context<'_>,
        id: CollectionId,
        expected_version: Option<i32>,
    ) -> async_graphql::Result<CollectionPayload> {
        let call = Call::of_field(ctx)?;
        CollectionPayload::of(
            call.write("delete_collection", id, move |tx, by, id| catalog::delete_collection(tx, by, id, expected_version)).await,
        )
    }

    /// Adds products at the end of a collection. Needs `catalog:write`.
    async fn collection_products_add(
        &self,
        ctx: &Context<'_>,
        id: CollectionId,
        input: CollectionProductsInput,
    ) -> async_graphql::Result<CollectionPayload> {
        let call = Call::of_field(ctx)?;
        let rule =
            |tx: &mut crate::db::Tx, by: &crate::commerce::auth::Caller, (id, input)| catalog::add_collection_products(tx, by, id, input);
        CollectionPayload::of(call.write("add_collection_products", (id, input), rule).await)
    }

    /// Takes products out of a collection. Needs `catalog:write`.
    async fn collection_products_remove(
        &self,
        ctx: &Context<'_>,
        id: CollectionId,
        input: CollectionProductsInput,
    ) -> async_graphql::Result<CollectionPayload> {
        let call = Call::of_field(ctx)?;
        let rule = |tx: &mut crate::db::Tx, by: &crate::commerce::auth::Caller, (id, input)| {
            catalog::remove_collection_products(tx, by, id, input)
        };
        CollectionPayload::of(call.write("remove_collection_products", (id, input), rule).await)
    }

    /// Puts products of a collection first, in the order given. Needs `catalog:write`.
    async fn collection_products_reorder(
        &self,
        ctx: &Context<'_>,
        id: CollectionId,
        input: CollectionProductsInput,
    ) -> async_graphql::Result<CollectionPayload> {
        let call = Call::of_field(ctx)?;
        let rule = |tx: &mut crate::db::Tx, by: &crate::commerce::auth::Caller, (id, input)| {
            catalog::reorder_collection_products(tx, by, id, input)
        };
        CollectionPayload::of(call.write("reorder_collection_products", (id, input), rule).await)
    }
}
