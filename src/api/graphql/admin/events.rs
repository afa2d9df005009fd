//! The event log, for staff.

use async_graphql::connection::Connection;
use async_graphql::{Context, Object};

use crate::api::call::Call;
use crate::api::graphql::connection::{connection, cost, page};
use crate::api::graphql::errors::given;
use crate::commerce::events::{self, Event};

/// Queries of events.
#[derive(Default)]
pub struct EventQuery;

#[Object]
impl EventQuery {
    /// What happened in the shop, newest first. Needs `events:read`.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn events(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> async_graphql::Result<Connection<String, Event>> {
        let page = page(first, after, last, before)?;
        given(ctx.data::<Call>()?.read(move |tx, by| events::list(tx, by, &page)).await).map(connection)
    }
}
