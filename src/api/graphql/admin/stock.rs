//! Stock locations, levels, movements and adjustments, for staff.

use async_graphql::connection::Connection;
use async_graphql::{Context, Object};

use crate::api::call::Call;
use crate::api::graphql::connection::{connection, cost, page};
use crate::api::graphql::errors::{found, given};
use crate::api::graphql::payload::payload;
use crate::commerce::auth::Caller;
use crate::commerce::inventory::{
    self, LevelFilter, MovementFilter, StockAdjustment, StockAdjustmentBulk, StockAdjustmentResults, StockLevel, StockLocation,
    StockLocationCreate, StockLocationUpdate, StockMovement,
};
use crate::db::Tx;
use crate::types::{LocationId, VariantId};

payload! {
    /// The stock location written.
    StockLocationPayload of stock_location: StockLocation
}

payload! {
    /// The level after the adjustment.
    StockAdjustPayload of stock_level: StockLevel
}

payload! {
    /// What became of each adjustment.
    StockAdjustBulkPayload of outcome: StockAdjustmentResults
}

/// Queries of stock.
#[derive(Default)]
pub struct StockQuery;

#[Object]
impl StockQuery {
    /// A stock location. Needs `stock:read`.
    async fn stock_location(&self, ctx: &Context<'_>, id: LocationId) -> async_graphql::Result<Option<StockLocation>> {
        found(ctx.data::<Call>()?.read(move |tx, by| inventory::get_location(tx, by, id)).await)
    }

    /// Stock locations, oldest first. Needs `stock:read`.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn stock_locations(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> async_graphql::Result<Connection<String, StockLocation>> {
        let page = page(first, after, last, before)?;
        given(ctx.data::<Call>()?.read(move |tx, by| inventory::list_locations(tx, by, &page)).await).map(connection)
    }

    /// What each location has of each variant. Needs `stock:read`.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection and of this list")]
    async fn stock_levels(
        &self,
        ctx: &Context<'_>,
        variant_id: Option<VariantId>,
        location_id: Option<LocationId>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> async_graphql::Result<Connection<String, StockLevel>> {
        let page = page(first, after, last, before)?;
        let filter = LevelFilter { variant_id, location_id };
        given(ctx.data::<Call>()?.read(move |tx, by| inventory::list_levels(tx, by, &filter, &page)).await).map(connection)
    }

    /// The stock ledger, newest first. Needs `stock:read`.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection and of this list")]
    async fn stock_movements(
        &self,
        ctx: &Context<'_>,
        variant_id: Option<VariantId>,
        location_id: Option<LocationId>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> async_graphql::Result<Connection<String, StockMovement>> {
        let page = page(first, after, last, before)?;
        let filter = MovementFilter { variant_id, location_id };
        given(ctx.data::<Call>()?.read(move |tx, by| inventory::list_movements(tx, by, &filter, &page)).await).map(connection)
    }
}

/// Mutations of stock.
#[derive(Default)]
pub struct StockMutation;

#[Object]
impl StockMutation {
    /// Creates a stock location; without `channels` it serves every channel there is. Needs `stock:write`.
    async fn stock_location_create(&self, ctx: &Context<'_>, input: StockLocationCreate) -> async_graphql::Result<StockLocationPayload> {
        StockLocationPayload::of(Call::of_field(ctx)?.write("create_stock_location", input, inventory::create_location).await)
    }

    /// Changes a stock location. Needs `stock:write`.
    async fn stock_location_update(
        &self,
        ctx: &Context<'_>,
        id: LocationId,
        expected_version: Option<i32>,
        input: StockLocationUpdate,
    ) -> async_graphql::Result<StockLocationPayload> {
        let rule = move |tx: &mut Tx, by: &Caller, (id, input)| inventory::update_location(tx, by, id, expected_version, input);
        StockLocationPayload::of(Call::of_field(ctx)?.write("update_stock_location", (id, input), rule).await)
    }

    /// Stops taking new orders' stock from a location. Needs `stock:write`.
    async fn stock_location_deactivate(
        &self,
        ctx: &Context<'_>,
        id: LocationId,
        expected_version: Option<i32>,
    ) -> async_graphql::Result<StockLocationPayload> {
        let rule = move |tx: &mut Tx, by: &Caller, id| inventory::deactivate_location(tx, by, id, expected_version);
        StockLocationPayload::of(Call::of_field(ctx)?.write("deactivate_stock_location", id, rule).await)
    }

    /// Adjusts one level, never below what orders hold; what comes in goes to backorders first. Needs `stock:write`.
    async fn stock_adjust(&self, ctx: &Context<'_>, input: StockAdjustment) -> async_graphql::Result<StockAdjustPayload> {
        StockAdjustPayload::of(Call::of_field(ctx)?.write("adjust_stock", input, inventory::adjust).await)
    }

    /// Adjusts up to 1,000 levels, in order; with `atomic` all or none. Needs `stock:write`.
    async fn stock_adjust_bulk(
        &self,
        ctx: &Context<'_>,
        input: StockAdjustmentBulk,
        #[graphql(default)] atomic: bool,
    ) -> async_graphql::Result<StockAdjustBulkPayload> {
        let rule = |tx: &mut Tx, by: &Caller, (input, atomic)| inventory::adjust_bulk(tx, by, input, atomic);
        StockAdjustBulkPayload::of(Call::of_field(ctx)?.write("adjust_stock_bulk", (input, atomic), rule).await)
    }
}
