//! Categories and collections, for shoppers.

use async_graphql::connection::Connection;
use async_graphql::{Context, Object};

use crate::api::graphql::connection::{connection, cost, page};
use crate::api::graphql::errors::{found, given};
use crate::api::public::Reader;
use crate::commerce::catalog::{self, Category, CategoryNode, Collection};
use crate::types::{CategoryId, CollectionId};

/// Queries of categories and collections.
#[derive(Default)]
pub struct CategoryQuery;

#[Object]
impl CategoryQuery {
    /// The roots of the category tree, each with those below it.
    async fn categories(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<CategoryNode>> {
        given(ctx.data::<Reader>()?.read(catalog::category_tree).await)
    }

    /// A category by id or slug, with breadcrumbs. Its products: `products(filter: {category: ...})`.
    async fn category(&self, ctx: &Context<'_>, id: Option<CategoryId>, slug: Option<String>) -> async_graphql::Result<Option<Category>> {
        let handle = super::handle(id, slug)?;
        found(ctx.data::<Reader>()?.read(move |tx, scope| catalog::get_category(tx, scope, &handle)).await)
    }

    /// Published collections, newest first.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn collections(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> async_graphql::Result<Connection<String, Collection>> {
        let page = page(first, after, last, before)?;
        given(ctx.data::<Reader>()?.read(move |tx, scope| catalog::list_collections(tx, scope, &page)).await).map(connection)
    }

    /// A published collection by id or slug. Its products: `products(filter: {collection: ...}, sort: MANUAL)`.
    async fn collection(
        &self,
        ctx: &Context<'_>,
        id: Option<CollectionId>,
        slug: Option<String>,
    ) -> async_graphql::Result<Option<Collection>> {
        let handle = super::handle(id, slug)?;
        found(ctx.data::<Reader>()?.read(move |tx, scope| catalog::get_collection(tx, scope, &handle)).await)
    }
}
