//! Tax rates, for staff.

use actix_web::{delete, get, patch, post};

use crate::api::call::Call;
use crate::api::extract::{Body, ListQuery, NoFilter, PathId};
use crate::api::openapi::{DryRun, IdPath, Idempotency, IfMatch, Paging, ReadProblems, WriteProblems};
use crate::api::reply::{Answered, Reply};
use crate::commerce::tax::{self, TaxRate, TaxRateCreate, TaxRateUpdate};
use crate::types::{Page, TaxRateId};

/// List tax rates
///
/// Oldest first. Needs `settings:read`.
#[utoipa::path(operation_id = "list_tax_rates", tag = "Tax", params(Paging), responses((status = 200, body = Page<TaxRate>), ReadProblems))]
#[get("/tax-rates")]
pub async fn list(call: Call, query: ListQuery<NoFilter>) -> Answered<Page<TaxRate>> {
    let listing = call.read(move |tx, by| tax::list(tx, by, &query.page)).await?;
    Ok(Reply::ok(listing.into()))
}

/// Read a tax rate
///
/// Needs `settings:read`.
#[utoipa::path(operation_id = "get_tax_rate", tag = "Tax", params(IdPath), responses((status = 200, body = TaxRate), ReadProblems))]
#[get("/tax-rates/{id}")]
pub async fn get(call: Call, PathId(id): PathId<TaxRateId>) -> Answered<TaxRate> {
    let found = call.read(move |tx, by| tax::get(tx, by, id)).await?;
    Ok(Reply::ok(found).version(|it| it.version))
}

/// Create a tax rate
///
/// One for each country and tax class. Needs `settings:write`.
#[utoipa::path(operation_id = "create_tax_rate", tag = "Tax", params(Idempotency, DryRun), request_body = TaxRateCreate,
    responses((status = 201, body = TaxRate), WriteProblems))]
#[post("/tax-rates")]
pub async fn create(call: Call, Body(input): Body<TaxRateCreate>) -> Answered<TaxRate> {
    let written = call.write("create_tax_rate", input, tax::create).await?;
    Ok(Reply::created(written).version(|it| it.version))
}

/// Change a tax rate
///
/// JSON Merge Patch: what is absent stays. Orders keep the rate they were made with. Needs `settings:write`.
#[utoipa::path(operation_id = "update_tax_rate", tag = "Tax", params(IdPath, Idempotency, IfMatch, DryRun), request_body = TaxRateUpdate,
    responses((status = 200, body = TaxRate), WriteProblems))]
#[patch("/tax-rates/{id}")]
pub async fn update(call: Call, PathId(id): PathId<TaxRateId>, Body(input): Body<TaxRateUpdate>) -> Answered<TaxRate> {
    let version = call.expected_version;
    let written = call.write("update_tax_rate", (id, input), move |tx, by, (id, input)| tax::update(tx, by, id, version, input)).await?;
    Ok(Reply::written(written).version(|it| it.version))
}

/// Delete a tax rate
///
/// Answers it as it was. Needs `settings:write`.
#[utoipa::path(operation_id = "delete_tax_rate", tag = "Tax", params(IdPath, Idempotency, IfMatch, DryRun),
    responses((status = 200, body = TaxRate), WriteProblems))]
#[delete("/tax-rates/{id}")]
pub async fn delete(call: Call, PathId(id): PathId<TaxRateId>) -> Answered<TaxRate> {
    let version = call.expected_version;
    let written = call.write("delete_tax_rate", id, move |tx, by, id| tax::delete(tx, by, id, version)).await?;
    Ok(Reply::written(written))
}
