//! Stock locations, levels, movements and adjustments, for staff.

use actix_web::{get, patch, post};

use crate::api::call::Call;
use crate::api::extract::{Body, BulkMode, ListQuery, NoFilter, PathId, Query};
use crate::api::openapi::{DryRun, IdPath, Idempotency, IfMatch, Paging, ReadProblems, WriteProblems};
use crate::api::reply::{Answered, Reply};
use crate::commerce::inventory::{
    self, LevelFilter, MovementFilter, StockAdjustment, StockAdjustmentBulk, StockAdjustmentResults, StockLevel, StockLocation,
    StockLocationCreate, StockLocationUpdate, StockMovement,
};
use crate::types::{LocationId, Page};

/// List stock locations
///
/// Oldest first. Needs `stock:read`.
#[utoipa::path(operation_id = "list_stock_locations", tag = "Stock", params(Paging), responses((status = 200, body = Page<StockLocation>), ReadProblems))]
#[get("/stock-locations")]
pub async fn locations(call: Call, query: ListQuery<NoFilter>) -> Answered<Page<StockLocation>> {
    let listing = call.read(move |tx, by| inventory::list_locations(tx, by, &query.page)).await?;
    Ok(Reply::ok(listing.into()))
}

/// Read a stock location
///
/// Needs `stock:read`.
#[utoipa::path(operation_id = "get_stock_location", tag = "Stock", params(IdPath), responses((status = 200, body = StockLocation), ReadProblems))]
#[get("/stock-locations/{id}")]
pub async fn location(call: Call, PathId(id): PathId<LocationId>) -> Answered<StockLocation> {
    let found = call.read(move |tx, by| inventory::get_location(tx, by, id)).await?;
    Ok(Reply::ok(found).version(|it| it.version))
}

/// Create a stock location
///
/// Without `channels` it serves every channel there is. Needs `stock:write`.
#[utoipa::path(operation_id = "create_stock_location", tag = "Stock", params(Idempotency, DryRun), request_body = StockLocationCreate,
    responses((status = 201, body = StockLocation), WriteProblems))]
#[post("/stock-locations")]
pub async fn create_location(call: Call, Body(input): Body<StockLocationCreate>) -> Answered<StockLocation> {
    let written = call.write("create_stock_location", input, inventory::create_location).await?;
    Ok(Reply::created(written).version(|it| it.version))
}

/// Change a stock location
///
/// JSON Merge Patch: what is absent stays. Needs `stock:write`.
#[utoipa::path(operation_id = "update_stock_location", tag = "Stock", params(IdPath, Idempotency, IfMatch, DryRun), request_body = StockLocationUpdate,
    responses((status = 200, body = StockLocation), WriteProblems))]
#[patch("/stock-locations/{id}")]
pub async fn update_location(
    call: Call,
    PathId(id): PathId<LocationId>,
    Body(input): Body<StockLocationUpdate>,
) -> Answered<StockLocation> {
    let version = call.expected_version;
    let written = call
        .write("update_stock_location", (id, input), move |tx, by, (id, input)| inventory::update_location(tx, by, id, version, input))
        .await?;
    Ok(Reply::written(written).version(|it| it.version))
}

/// Stop taking stock from a location
///
/// New orders no longer take from it; what is held there can still be sent. Doing it again changes nothing. Needs `stock:write`.
#[utoipa::path(operation_id = "deactivate_stock_location", tag = "Stock", params(IdPath, Idempotency, IfMatch, DryRun),
    responses((status = 200, body = StockLocation), WriteProblems))]
#[post("/stock-locations/{id}/deactivate")]
pub async fn deactivate_location(call: Call, PathId(id): PathId<LocationId>) -> Answered<StockLocation> {
    let version = call.expected_version;
    let written =
        call.write("deactivate_stock_location", id, move |tx, by, id| inventory::deactivate_location(tx, by, id, version)).await?;
    Ok(Reply::written(written))
}

/// List stock levels
///
/// What each location has of each variant. Needs `stock:read`.
#[utoipa::path(operation_id = "list_stock_levels", tag = "Stock", params(LevelFilter, Paging), responses((status = 200, body = Page<StockLevel>), ReadProblems))]
#[get("/stock-levels")]
pub async fn levels(call: Call, query: ListQuery<LevelFilter>) -> Answered<Page<StockLevel>> {
    let listing = call.read(move |tx, by| inventory::list_levels(tx, by, &query.filter, &query.page)).await?;
    Ok(Reply::ok(listing.into()))
}

/// List stock movements
///
/// The stock ledger, newest first: the deltas of a variant at a location sum to its level. Needs `stock:read`.
#[utoipa::path(operation_id = "list_stock_movements", tag = "Stock", params(MovementFilter, Paging), responses((status = 200, body = Page<StockMovement>), ReadProblems))]
#[get("/stock-movements")]
pub async fn movements(call: Call, query: ListQuery<MovementFilter>) -> Answered<Page<StockMovement>> {
    let listing = call.read(move |tx, by| inventory::list_movements(tx, by, &query.filter, &query.page)).await?;
    Ok(Reply::ok(listing.into()))
}

/// Adjust stock
///
/// More or less of a variant at a location, with a reason. Never below what orders hold
/// (`insufficient_stock`); what comes in goes to backorders first, oldest first. Needs `stock:write`.
#[utoipa::path(operation_id = "adjust_stock", tag = "Stock", params(Idempotency, DryRun), request_body = StockAdjustment,
    responses((status = 201, body = StockLevel), WriteProblems))]
#[post("/stock-adjustments")]
pub async fn adjust(call: Call, Body(input): Body<StockAdjustment>) -> Answered<StockLevel> {
    Ok(Reply::created(call.write("adjust_stock", input, inventory::adjust).await?))
}

/// Adjust stock in bulk
///
/// Up to 1,000 adjustments, done in order, each answered; with `atomic=true` all or none. Needs `stock:write`.
#[utoipa::path(operation_id = "adjust_stock_bulk", tag = "Stock", params(BulkMode, Idempotency, DryRun), request_body = StockAdjustmentBulk,
    responses((status = 201, body = StockAdjustmentResults), WriteProblems))]
#[post("/stock-adjustments/bulk")]
pub async fn adjust_bulk(
    call: Call,
    Query(mode): Query<BulkMode>,
    Body(input): Body<StockAdjustmentBulk>,
) -> Answered<StockAdjustmentResults> {
    let rule = |tx: &mut crate::db::Tx, by: &_, (input, atomic)| inventory::adjust_bulk(tx, by, input, atomic);
    Ok(Reply::created(call.write("adjust_stock_bulk", (input, mode.atomic), rule).await?))
}
