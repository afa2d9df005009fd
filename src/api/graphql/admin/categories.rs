//! Categories, for staff.

use async_graphql::connection::Connection;
use async_graphql::{Context, Object};

use crate::api::call::Call;
use crate::api::graphql::connection::{connection, cost, page};
use crate::api::graphql::errors::{found, given};
use crate::api::graphql::payload::payload;
use crate::commerce::catalog::{self, CategoryCreate, CategoryMove, CategoryOrder, CategoryReorder, CategoryUpdate, ManagedCategory};
use crate::types::CategoryId;

payload! {
    /// The category written.
    CategoryPayload of category: ManagedCategory
}
payload! {
    /// The categories in their new order.
    CategoriesReorderPayload of order: CategoryOrder
}

/// Queries of categories.
#[derive(Default)]
pub struct CategoryQuery;

#[Object]
impl CategoryQuery {
    /// A category by id or slug. Needs `catalog:read`.
    async fn category(
        &self,
        ctx: &Context<'_>,
        id: Option<CategoryId>,
        slug: Option<String>,
    ) -> async_graphql::Result<Option<ManagedCategory>> {
        let handle = crate::api::graphql::store::handle(id, slug)?;
        found(ctx.data::<Call>()?.read(move |tx, by| catalog::get_managed_category(tx, by, &handle)).await)
    }

    /// Categories, oldest first. Needs `catalog:read`.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn categories(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> async_graphql::Result<Connection<String, ManagedCategory>> {
        let page = page(first, after, last, before)?;
        given(ctx.data::<Call>()?.read(move |tx, by| catalog::list_categories(tx, by, &page)).await).map(connection)
    }
}

/// Mutations of categories.
#[derive(Default)]
pub struct CategoryMutation;

#[Object]
impl CategoryMutation {
    /// Creates a category. Needs `catalog:write`.
    async fn category_create(&self, ctx: &Context<'_>, input: CategoryCreate) -> async_graphql::Result<CategoryPayload> {
        CategoryPayload::of(Call::of_field(ctx)?.write("create_category", input, catalog::create_category).await)
    }

    /// Changes a category. Needs `catalog:write`.
    async fn category_update(
        &self,
        ctx: &Context<'_>,
        id: CategoryId,
        expected_version: Option<i32>,
        input: CategoryUpdate,
    ) -> async_graphql::Result<CategoryPayload> {
        let call = Call::of_field(ctx)?;
        CategoryPayload::of(
            call.write("update_category", (id, input), move |tx, by, (id, input)| {
                catalog::update_category(tx, by, id, expected_version, input)
            })
            .await,
        )
    }

    /// Moves a category, with all below it, under another one or to the root. Needs `catalog:write`.
    async fn category_move(
        &self,
        ctx: &Context<'_>,
        id: CategoryId,
        expected_version: Option<i32>,
        input: CategoryMove,
    ) -> async_graphql::Result<CategoryPayload> {
        let call = Call::of_field(ctx)?;
        CategoryPayload::of(
            call.write("move_category", (id, input), move |tx, by, (id, input)| {
                catalog::move_category(tx, by, id, expected_version, input)
            })
            .await,
        )
    }

    /// Orders all children of a category, or the roots. Needs `catalog:write`.
    async fn categories_reorder(&self, ctx: &Context<'_>, input: CategoryReorder) -> async_graphql::Result<CategoriesReorderPayload> {
        CategoriesReorderPayload::of(Call::of_field(ctx)?.write("reorder_categories", input, catalog::reorder_categories).await)
    }

    /// Deletes a category; one that holds anything needs `reassignTo`, the category that takes it. Needs `catalog:write`.
    async fn category_delete(
        &self,
        ctx: &Context<'_>,
        id: CategoryId,
        expected_version: Option<i32>,
        reassign_to: Option<CategoryId>,
    ) -> async_graphql::Result<CategoryPayload> {
        let call = Call::of_field(ctx)?;
        CategoryPayload::of(
            call.write("delete_category", (id, reassign_to), move |tx, by, (id, to)| {
                catalog::delete_category(tx, by, id, expected_version, to)
            })
            .await,
        )
    }
}
