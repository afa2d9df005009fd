//! Shipping zones and options, for staff.

use actix_web::{delete, get, patch, post};

use crate::api::call::Call;
use crate::api::extract::{Body, ListQuery, NoFilter, PathId};
use crate::api::openapi::{DryRun, IdPath, Idempotency, IfMatch, Paging, ReadProblems, WriteProblems};
use crate::api::reply::{Answered, Reply};
use crate::commerce::shipping::{
    self, OptionFilter, ShippingOption, ShippingOptionCreate, ShippingOptionUpdate, ShippingZone, ShippingZoneCreate, ShippingZoneUpdate,
};
use crate::types::{Page, ShippingOptionId, ShippingZoneId};

/// List shipping zones
///
/// Oldest first. Needs `settings:read`.
#[utoipa::path(operation_id = "list_shipping_zones", tag = "Shipping", params(Paging), responses((status = 200, body = Page<ShippingZone>), ReadProblems))]
#[get("/shipping-zones")]
pub async fn zones(call: Call, query: ListQuery<NoFilter>) -> Answered<Page<ShippingZone>> {
    let listing = call.read(move |tx, by| shipping::list_zones(tx, by, &query.page)).await?;
    Ok(Reply::ok(listing.into()))
}

/// Read a shipping zone
///
/// Needs `settings:read`.
#[utoipa::path(operation_id = "get_shipping_zone", tag = "Shipping", params(IdPath), responses((status = 200, body = ShippingZone), ReadProblems))]
#[get("/shipping-zones/{id}")]
pub async fn zone(call: Call, PathId(id): PathId<ShippingZoneId>) -> Answered<ShippingZone> {
    let found = call.read(move |tx, by| shipping::get_zone(tx, by, id)).await?;
    Ok(Reply::ok(found).version(|it| it.version))
}

/// Create a shipping zone
///
/// A country may be in several zones: it has the options of all. Needs `settings:write`.
#[utoipa::path(operation_id = "create_shipping_zone", tag = "Shipping", params(Idempotency, DryRun), request_body = ShippingZoneCreate,
    responses((status = 201, body = ShippingZone), WriteProblems))]
#[post("/shipping-zones")]
pub async fn create_zone(call: Call, Body(input): Body<ShippingZoneCreate>) -> Answered<ShippingZone> {
    let written = call.write("create_shipping_zone", input, shipping::create_zone).await?;
    Ok(Reply::created(written).version(|it| it.version))
}

/// Change a shipping zone
///
/// JSON Merge Patch: what is absent stays. Needs `settings:write`.
#[utoipa::path(operation_id = "update_shipping_zone", tag = "Shipping", params(IdPath, Idempotency, IfMatch, DryRun), request_body = ShippingZoneUpdate,
    responses((status = 200, body = ShippingZone), WriteProblems))]
#[patch("/shipping-zones/{id}")]
pub async fn update_zone(call: Call, PathId(id): PathId<ShippingZoneId>, Body(input): Body<ShippingZoneUpdate>) -> Answered<ShippingZone> {
    let version = call.expected_version;
    let written = call
        .write("update_shipping_zone", (id, input), move |tx, by, (id, input)| shipping::update_zone(tx, by, id, version, input))
        .await?;
    Ok(Reply::written(written).version(|it| it.version))
}

/// Delete a shipping zone
///
/// Answers it as it was; `in_use` while it has options. Needs `settings:write`.
#[utoipa::path(operation_id = "delete_shipping_zone", tag = "Shipping", params(IdPath, Idempotency, IfMatch, DryRun),
    responses((status = 200, body = ShippingZone), WriteProblems))]
#[delete("/shipping-zones/{id}")]
pub async fn delete_zone(call: Call, PathId(id): PathId<ShippingZoneId>) -> Answered<ShippingZone> {
    let version = call.expected_version;
    let written = call.write("delete_shipping_zone", id, move |tx, by, id| shipping::delete_zone(tx, by, id, version)).await?;
    Ok(Reply::written(written))
}

/// List shipping options
///
/// Oldest first. Needs `settings:read`.
#[utoipa::path(operation_id = "list_shipping_options", tag = "Shipping", params(OptionFilter, Paging), responses((status = 200, body = Page<ShippingOption>), ReadProblems))]
#[get("/shipping-options")]
pub async fn options(call: Call, query: ListQuery<OptionFilter>) -> Answered<Page<ShippingOption>> {
    let listing = call.read(move |tx, by| shipping::list_options(tx, by, &query.filter, &query.page)).await?;
    Ok(Reply::ok(listing.into()))
}

/// Read a shipping option
///
/// Needs `settings:read`.
#[utoipa::path(operation_id = "get_shipping_option", tag = "Shipping", params(IdPath), responses((status = 200, body = ShippingOption), ReadProblems))]
#[get("/shipping-options/{id}")]
pub async fn option(call: Call, PathId(id): PathId<ShippingOptionId>) -> Answered<ShippingOption> {
    let found = call.read(move |tx, by| shipping::get_option(tx, by, id)).await?;
    Ok(Reply::ok(found).version(|it| it.version))
}

/// Create a shipping option
///
/// A flat amount, plus an amount for each started step of weight, free over an amount. Needs `settings:write`.
#[utoipa::path(operation_id = "create_shipping_option", tag = "Shipping", params(Idempotency, DryRun), request_body = ShippingOptionCreate,
    responses((status = 201, body = ShippingOption), WriteProblems))]
#[post("/shipping-options")]
pub async fn create_option(call: Call, Body(input): Body<ShippingOptionCreate>) -> Answered<ShippingOption> {
    let written = call.write("create_shipping_option", input, shipping::create_option).await?;
    Ok(Reply::created(written).version(|it| it.version))
}

/// Change a shipping option
///
/// JSON Merge Patch: what is absent stays, null clears. Needs `settings:write`.
#[utoipa::path(operation_id = "update_shipping_option", tag = "Shipping", params(IdPath, Idempotency, IfMatch, DryRun), request_body = ShippingOptionUpdate,
    responses((status = 200, body = ShippingOption), WriteProblems))]
#[patch("/shipping-options/{id}")]
pub async fn update_option(
    call: Call,
    PathId(id): PathId<ShippingOptionId>,
    Body(input): Body<ShippingOptionUpdate>,
) -> Answered<ShippingOption> {
    let version = call.expected_version;
    let written = call
        .write("update_shipping_option", (id, input), move |tx, by, (id, input)| shipping::update_option(tx, by, id, version, input))
        .await?;
    Ok(Reply::written(written).version(|it| it.version))
}

/// Delete a shipping option
///
/// Answers it as it was. Carts that chose it are told; orders keep what they were made with. Needs `settings:write`.
#[utoipa::path(operation_id = "delete_shipping_option", tag = "Shipping", params(IdPath, Idempotency, IfMatch, DryRun),
    responses((status = 200, body = ShippingOption), WriteProblems))]
#[delete("/shipping-options/{id}")]
pub async fn delete_option(call: Call, PathId(id): PathId<ShippingOptionId>) -> Answered<ShippingOption> {
    let version = call.expected_version;
    let written = call.write("delete_shipping_option", id, move |tx, by, id| shipping::delete_option(tx, by, id, version)).await?;
    Ok(Reply::written(written))
}
