//! Channels, for staff.

use async_graphql::connection::Connection;
use async_graphql::{Context, Object};

use crate::api::call::Call;
use crate::api::graphql::connection::{connection, cost, page};
use crate::api::graphql::errors::{found, given};
use crate::api::graphql::payload::payload;
use crate::commerce::channels::{self, Channel, ChannelCreate, ChannelUpdate};
use crate::commerce::setup;
use crate::types::ChannelId;

payload! {
    /// The channel written.
    ChannelPayload of channel: Channel
}

/// Queries of channels.
#[derive(Default)]
pub struct ChannelQuery;

#[Object]
impl ChannelQuery {
    /// A channel. Needs `settings:read`.
    async fn channel(&self, ctx: &Context<'_>, id: ChannelId) -> async_graphql::Result<Option<Channel>> {
        found(ctx.data::<Call>()?.read(move |tx, by| channels::get(tx, by, id)).await)
    }

    /// Channels, oldest first. Needs `settings:read`.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn channels(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> async_graphql::Result<Connection<String, Channel>> {
        let page = page(first, after, last, before)?;
        given(ctx.data::<Call>()?.read(move |tx, by| channels::list(tx, by, &page)).await).map(connection)
    }
}

/// Mutations of channels.
#[derive(Default)]
pub struct ChannelMutation;

#[Object]
impl ChannelMutation {
    /// Creates a channel; the shop's first one becomes its default. Needs `settings:write`.
    async fn channel_create(&self, ctx: &Context<'_>, input: ChannelCreate) -> async_graphql::Result<ChannelPayload> {
        let call = Call::of_field(ctx)?;
        ChannelPayload::of(call.write("create_channel", input, setup::open_channel).await)
    }

    /// Changes a channel. Needs `settings:write`.
    async fn channel_update(
        &self,
        ctx: &Context<'_>,
        id: ChannelId,
        expected_version: Option<i32>,
        input: ChannelUpdate,
    ) -> async_graphql::Result<ChannelPayload> {
        let call = Call::of_field(ctx)?;
        ChannelPayload::of(
            call.write("update_channel", (id, input), move |tx, by, (id, input)| channels::update(tx, by, id, expected_version, input))
                .await,
        )
    }
}
