//! Shipping zones and options, for staff.

use async_graphql::connection::Connection;
use async_graphql::{Context, Object};

use crate::api::call::Call;
use crate::api::graphql::connection::{connection, cost, page};
use crate::api::graphql::errors::{found, given};
use crate::api::graphql::payload::payload;
use crate::commerce::auth::Caller;
use crate::commerce::shipping::{
    self, OptionFilter, ShippingOption, ShippingOptionCreate, ShippingOptionUpdate, ShippingZone, ShippingZoneCreate, ShippingZoneUpdate,
};
use crate::db::Tx;
use crate::types::{ShippingOptionId, ShippingZoneId};

payload! {
    /// The shipping zone written, or as it was before it was deleted.
    ShippingZonePayload of shipping_zone: ShippingZone
}

payload! {
    /// The shipping option written, or as it was before it was deleted.
    ShippingOptionPayload of shipping_option: ShippingOption
}

/// Queries of shipping.
#[derive(Default)]
pub struct ShippingQuery;

#[Object]
impl ShippingQuery {
    /// A shipping zone. Needs `settings:read`.
    async fn shipping_zone(&self, ctx: &Context<'_>, id: ShippingZoneId) -> async_graphql::Result<Option<ShippingZone>> {
        found(ctx.data::<Call>()?.read(move |tx, by| shipping::get_zone(tx, by, id)).await)
    }

    /// Shipping zones, oldest first. Needs `settings:read`.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn shipping_zones(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> async_graphql::Result<Connection<String, ShippingZone>> {
        let page = page(first, after, last, before)?;
        given(ctx.data::<Call>()?.read(move |tx, by| shipping::list_zones(tx, by, &page)).await).map(connection)
    }

    /// A shipping option. Needs `settings:read`.
    async fn shipping_option(&self, ctx: &Context<'_>, id: ShippingOptionId) -> async_graphql::Result<Option<ShippingOption>> {
        found(ctx.data::<Call>()?.read(move |tx, by| shipping::get_option(tx, by, id)).await)
    }

    /// Shipping options, oldest first. Needs `settings:read`.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn shipping_options(
        &self,
        ctx: &Context<'_>,
        zone_id: Option<ShippingZoneId>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> async_graphql::Result<Connection<String, ShippingOption>> {
        let page = page(first, after, last, before)?;
        let filter = OptionFilter { zone_id };
        given(ctx.data::<Call>()?.read(move |tx, by| shipping::list_options(tx, by, &filter, &page)).await).map(connection)
    }
}

/// Mutations of shipping.
#[derive(Default)]
pub struct ShippingMutation;

#[Object]
impl ShippingMutation {
    /// Creates a shipping zone. Needs `settings:write`.
    async fn shipping_zone_create(&self, ctx: &Context<'_>, input: ShippingZoneCreate) -> async_graphql::Result<ShippingZonePayload> {
        ShippingZonePayload::of(Call::of_field(ctx)?.write("create_shipping_zone", input, shipping::create_zone).await)
    }

    /// Changes a shipping zone. Needs `settings:write`.
    async fn shipping_zone_update(
        &self,
        ctx: &Context<'_>,
        id: ShippingZoneId,
        expected_version: Option<i32>,
        input: ShippingZoneUpdate,
    ) -> async_graphql::Result<ShippingZonePayload> {
        let rule = move |tx: &mut Tx, by: &Caller, (id, input)| shipping::update_zone(tx, by, id, expected_version, input);
        ShippingZonePayload::of(Call::of_field(ctx)?.write("update_shipping_zone", (id, input), rule).await)
    }

    /// Deletes a shipping zone without options. Needs `settings:write`.
    async fn shipping_zone_delete(
        &self,
        ctx: &Context<'_>,
        id: ShippingZoneId,
        expected_version: Option<i32>,
    ) -> async_graphql::Result<ShippingZonePayload> {
        let rule = move |tx: &mut Tx, by: &Caller, id| shipping::delete_zone(tx, by, id, expected_version);
        ShippingZonePayload::of(Call::of_field(ctx)?.write("delete_shipping_zone", id, rule).await)
    }

    /// Creates a shipping option. Needs `settings:write`.
    async fn shipping_option_create(&self, ctx: &Context<'_>, input: ShippingOptionCreate) -> async_graphql::Result<ShippingOptionPayload> {
        ShippingOptionPayload::of(Call::of_field(ctx)?.write("create_shipping_option", input, shipping::create_option).await)
    }

    /// Changes a shipping option. Needs `settings:write`.
    async fn shipping_option_update(
        &self,
        ctx: &Context<'_>,
        id: ShippingOptionId,
        expected_version: Option<i32>,
        input: ShippingOptionUpdate,
    ) -> async_graphql::Result<ShippingOptionPayload> {
        let rule = move |tx: &mut Tx, by: &Caller, (id, input)| shipping::update_option(tx, by, id, expected_version, input);
        ShippingOptionPayload::of(Call::of_field(ctx)?.write("update_shipping_option", (id, input), rule).await)
    }

    /// Deletes a shipping option. Needs `settings:write`.
    async fn shipping_option_delete(
        &self,
        ctx: &Context<'_>,
        id: ShippingOptionId,
        expected_version: Option<i32>,
    ) -> async_graphql::Result<ShippingOptionPayload> {
        let rule = move |tx: &mut Tx, by: &Caller, id| shipping::delete_option(tx, by, id, expected_version);
        ShippingOptionPayload::of(Call::of_field(ctx)?.write("delete_shipping_option", id, rule).await)
    }
}
