//! Carts, for staff.

use async_graphql::connection::Connection;
use async_graphql::{Context, Object};

use crate::api::call::Call;
use crate::api::graphql::connection::{connection, cost, page};
use crate::api::graphql::errors::{found, given};
use crate::commerce::cart::{self, Cart, CartStatus, CartSummary};
use crate::types::CartId;

/// Queries of carts.
#[derive(Default)]
pub struct CartQuery;

#[Object]
impl CartQuery {
    /// A cart, priced now in its channel. Needs `carts:read`.
    async fn cart(&self, ctx: &Context<'_>, id: CartId) -> async_graphql::Result<Option<Cart>> {
        found(ctx.data::<Call>()?.read(move |tx, by| cart::get_any(tx, by, id)).await)
    }

    /// Carts, newest first, as they are kept: not priced. Needs `carts:read`.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn carts(
        &self,
        ctx: &Context<'_>,
        status: Option<CartStatus>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> async_graphql::Result<Connection<String, CartSummary>> {
        let page = page(first, after, last, before)?;
        given(ctx.data::<Call>()?.read(move |tx, by| cart::list(tx, by, status, &page)).await).map(connection)
    }
}
