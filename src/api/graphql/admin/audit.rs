//! The audit log, for staff.

use async_graphql::connection::Connection;
use async_graphql::{Context, Object};

use crate::api::call::Call;
use crate::api::graphql::connection::{connection, cost, page};
use crate::api::graphql::errors::given;
use crate::commerce::audit::{self, AuditEntry, AuditFilter};

/// Queries of the audit log.
#[derive(Default)]
pub struct AuditQuery;

#[Object]
impl AuditQuery {
    /// Who changed what, from where, and how it was before; newest first. Needs `audit:read`, by a key that is not
    /// limited to a channel.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn audit_log(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        filter: Option<AuditFilter>,
    ) -> async_graphql::Result<Connection<String, AuditEntry>> {
        let page = page(first, after, last, before)?;
        let filter = filter.unwrap_or_default();
        given(ctx.data::<Call>()?.read(move |tx, by| audit::list(tx, by, &page, &filter)).await).map(connection)
    }
}
