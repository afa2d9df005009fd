//! The caller's channel.

use async_graphql::{Context, Object};

use crate::api::public::Reader;
use crate::commerce::channels::Channel;

/// Queries of channels.
#[derive(Default)]
pub struct ChannelQuery;

#[Object]
impl ChannelQuery {
    /// Currency, locales, countries and payment providers of the caller's channel.
    async fn channel(&self, ctx: &Context<'_>) -> async_graphql::Result<Channel> {
        Ok(ctx.data::<Reader>()?.scope().channel.as_ref().clone())
    }
}
