//! Promotions, for staff.

use async_graphql::connection::Connection;
use async_graphql::{Context, Object};

use crate::api::call::Call;
use crate::api::graphql::connection::{connection, cost, page};
use crate::api::graphql::errors::{found, given};
use crate::api::graphql::payload::payload;
use crate::commerce::auth::Caller;
use crate::commerce::promotions::{self, Promotion, PromotionCreate, PromotionFilter, PromotionUpdate};
use crate::db::Tx;
use crate::types::PromotionId;

payload! {
    /// The promotion written.
    PromotionPayload of promotion: Promotion
}

/// Queries of promotions.
#[derive(Default)]
pub struct PromotionQuery;

#[Object]
impl PromotionQuery {
    /// A promotion. Needs `promotions:read`.
    async fn promotion(&self, ctx: &Context<'_>, id: PromotionId) -> async_graphql::Result<Option<Promotion>> {
        found(ctx.data::<Call>()?.read(move |tx, by| promotions::get(tx, by, id)).await)
    }

    /// Promotions, newest first, each with how often it was used. Needs `promotions:read`.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection and of this list")]
    async fn promotions(
        &self,
        ctx: &Context<'_>,
        code: Option<String>,
        active: Option<bool>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> async_graphql::Result<Connection<String, Promotion>> {
        let page = page(first, after, last, before)?;
        let filter = PromotionFilter { code, active };
        given(ctx.data::<Call>()?.read(move |tx, by| promotions::list(tx, by, &filter, &page)).await).map(connection)
    }
}

/// Mutations of promotions.
#[derive(Default)]
pub struct PromotionMutation;

#[Object]
impl PromotionMutation {
    /// Creates a promotion. Needs `promotions:write`.
    async fn promotion_create(&self, ctx: &Context<'_>, input: PromotionCreate) -> async_graphql::Result<PromotionPayload> {
        PromotionPayload::of(Call::of_field(ctx)?.write("create_promotion", input, promotions::create).await)
    }

    /// Changes a promotion. Needs `promotions:write`.
    async fn promotion_update(
        &self,
        ctx: &Context<'_>,
        id: PromotionId,
        expected_version: Option<i32>,
        input: PromotionUpdate,
    ) -> async_graphql::Result<PromotionPayload> {
        let rule = move |tx: &mut Tx, by: &Caller, (id, input)| promotions::update(tx, by, id, expected_version, input);
        PromotionPayload::of(Call::of_field(ctx)?.write("update_promotion", (id, input), rule).await)
    }

    /// Takes a promotion out of use. Needs `promotions:write`.
    async fn promotion_deactivate(
        &self,
        ctx: &Context<'_>,
        id: PromotionId,
        expected_version: Option<i32>,
    ) -> async_graphql::Result<PromotionPayload> {
        let rule = move |tx: &mut Tx, by: &Caller, id| promotions::deactivate(tx, by, id, expected_version);
        PromotionPayload::of(Call::of_field(ctx)?.write("deactivate_promotion", id, rule).await)
    }
}
