//! Promotions, for staff.

use actix_web::{get, patch, post};

use crate::api::call::Call;
use crate::api::extract::{Body, ListQuery, PathId};
use crate::api::openapi::{DryRun, IdPath, Idempotency, IfMatch, Paging, ReadProblems, WriteProblems};
use crate::api::reply::{Answered, Reply};
use crate::commerce::promotions::{self, Promotion, PromotionCreate, PromotionFilter, PromotionUpdate};
use crate::types::{Page, PromotionId};

/// List promotions
///
/// Newest first, each with how often it was used. Needs `promotions:read`.
#[utoipa::path(operation_id = "list_promotions", tag = "Promotions", params(PromotionFilter, Paging), responses((status = 200, body = Page<Promotion>), ReadProblems))]
#[get("/promotions")]
pub async fn list(call: Call, query: ListQuery<PromotionFilter>) -> Answered<Page<Promotion>> {
    let listing = call.read(move |tx, by| promotions::list(tx, by, &query.filter, &query.page)).await?;
    Ok(Reply::ok(listing.into()))
}

/// Read a promotion
///
/// Needs `promotions:read`.
#[utoipa::path(operation_id = "get_promotion", tag = "Promotions", params(IdPath), responses((status = 200, body = Promotion), ReadProblems))]
#[get("/promotions/{id}")]
pub async fn get(call: Call, PathId(id): PathId<PromotionId>) -> Answered<Promotion> {
    let found = call.read(move |tx, by| promotions::get(tx, by, id)).await?;
    Ok(Reply::ok(found).version(|it| it.version))
}

/// Create a promotion
///
/// A coupon code with a percentage, a fixed amount or free shipping. Needs `promotions:write`.
#[utoipa::path(operation_id = "create_promotion", tag = "Promotions", params(Idempotency, DryRun), request_body = PromotionCreate,
    responses((status = 201, body = Promotion), WriteProblems))]
#[post("/promotions")]
pub async fn create(call: Call, Body(input): Body<PromotionCreate>) -> Answered<Promotion> {
    let written = call.write("create_promotion", input, promotions::create).await?;
    Ok(Reply::created(written).version(|it| it.version))
}

/// Change a promotion
///
/// JSON Merge Patch: what is absent stays, null clears. Orders keep what it gave. Needs `promotions:write`.
#[utoipa::path(operation_id = "update_promotion", tag = "Promotions", params(IdPath, Idempotency, IfMatch, DryRun), request_body = PromotionUpdate,
    responses((status = 200, body = Promotion), WriteProblems))]
#[patch("/promotions/{id}")]
pub async fn update(call: Call, PathId(id): PathId<PromotionId>, Body(input): Body<PromotionUpdate>) -> Answered<Promotion> {
    let version = call.expected_version;
    let written =
        call.write("update_promotion", (id, input), move |tx, by, (id, input)| promotions::update(tx, by, id, version, input)).await?;
    Ok(Reply::written(written).version(|it| it.version))
}

/// Take a promotion out of use
///
/// Doing it again changes nothing. Needs `promotions:write`.
#[utoipa::path(operation_id = "deactivate_promotion", tag = "Promotions", params(IdPath, Idempotency, IfMatch, DryRun),
    responses((status = 200, body = Promotion), WriteProblems))]
#[post("/promotions/{id}/deactivate")]
pub async fn deactivate(call: Call, PathId(id): PathId<PromotionId>) -> Answered<Promotion> {
    let version = call.expected_version;
    let written = call.write("deactivate_promotion", id, move |tx, by, id| promotions::deactivate(tx, by, id, version)).await?;
    Ok(Reply::written(written))
}
