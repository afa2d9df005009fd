//! Variants, for staff.

use actix_web::{delete, get, patch, post, put};

use crate::api::call::Call;
use crate::api::extract::{Body, ListQuery, PathId, PathText};
use crate::api::openapi::{DryRun, IdPath, Idempotency, IfMatch, Paging, ReadProblems, WriteProblems};
use crate::api::reply::{Answered, Reply};
use crate::commerce::catalog::{self, ManagedVariant, PricesInput, VariantFilter, VariantUpsert};
use crate::types::{Page, ProductId, VariantId};

/// List variants
///
/// Newest first, archived ones too. Needs `catalog:read`.
#[utoipa::path(operation_id = "list_variants", tag = "Variants", params(Paging, VariantFilter),
    responses((status = 200, body = Page<ManagedVariant>), ReadProblems))]
#[get("/variants")]
pub async fn list(call: Call, query: ListQuery<VariantFilter>) -> Answered<Page<ManagedVariant>> {
    let listing = call.read(move |tx, by| catalog::list_variants(tx, by, &query.filter, &query.page)).await?;
    Ok(Reply::ok(listing.into()))
}

/// Find a variant by SKU
///
/// When several variants have it the answer is `ambiguous_sku`, whose `errors` name the candidates. Needs `catalog:read`.
#[utoipa::path(operation_id = "get_variant_by_sku", tag = "Variants", params(("id" = String, Path, description = "The SKU.")),
    responses((status = 200, body = ManagedVariant), (status = 409, description = "Several variants have the SKU.", body = crate::api::errors::Problem,
        content_type = "application/problem+json"), ReadProblems))]
#[get("/variants/by-sku/{id}")]
pub async fn by_sku(call: Call, PathText(sku): PathText) -> Answered<ManagedVariant> {
    let variant = call.read(move |tx, by| catalog::get_variant_by_sku(tx, by, &sku)).await?;
    Ok(Reply::ok(variant).guard(|v| v.version))
}

/// Read a variant
///
/// Needs `catalog:read`.
#[utoipa::path(operation_id = "get_variant", tag = "Variants", params(IdPath), responses((status = 200, body = ManagedVariant), ReadProblems))]
#[get("/variants/{id}")]
pub async fn get(call: Call, PathId(id): PathId<VariantId>) -> Answered<ManagedVariant> {
    let variant = call.read(move |tx, by| catalog::get_variant(tx, by, id)).await?;
    Ok(Reply::ok(variant).guard(|v| v.version))
}

/// Add a variant to a product
///
/// Its option values must name each of the product's options. A repeated SKU is taken and told in `warnings`. Needs `catalog:write`.
#[utoipa::path(operation_id = "create_variant", tag = "Variants", params(IdPath, Idempotency, DryRun), request_body = VariantUpsert,
    responses((status = 201, body = ManagedVariant), WriteProblems))]
#[post("/products/{id}/variants")]
pub async fn create(call: Call, PathId(id): PathId<ProductId>, Body(input): Body<VariantUpsert>) -> Answered<ManagedVariant> {
    let written = call.write("create_variant", (id, input), |tx, by, (id, input)| catalog::create_variant(tx, by, id, input)).await?;
    Ok(Reply::created(written).guard(|v| v.version))
}

/// Change a variant
///
/// JSON Merge Patch: what is absent stays, null clears. Needs `catalog:write`.
#[utoipa::path(operation_id = "update_variant", tag = "Variants", params(IdPath, Idempotency, IfMatch, DryRun), request_body = VariantUpsert,
    responses((status = 200, body = ManagedVariant), WriteProblems))]
#[patch("/variants/{id}")]
pub async fn update(call: Call, PathId(id): PathId<VariantId>, Body(input): Body<VariantUpsert>) -> Answered<ManagedVariant> {
    let version = call.expected_version;
    let written =
        call.write("update_variant", (id, input), move |tx, by, (id, input)| catalog::update_variant(tx, by, id, version, input)).await?;
    Ok(Reply::written(written).guard(|v| v.version))
}

/// Archive a variant
///
/// It is not sold any more; old orders still name it. Needs `catalog:write`.
#[utoipa::path(operation_id = "archive_variant", tag = "Variants", params(IdPath, IfMatch, DryRun),
    responses((status = 200, body = ManagedVariant), WriteProblems))]
#[delete("/variants/{id}")]
pub async fn archive(call: Call, PathId(id): PathId<VariantId>) -> Answered<ManagedVariant> {
    let version = call.expected_version;
    let written = call.write("archive_variant", id, move |tx, by, id| catalog::archive_variant(tx, by, id, version)).await?;
    Ok(Reply::written(written).guard(|v| v.version))
}

/// Set a variant's prices
///
/// All of them: currencies that are not listed lose theirs. Needs `catalog:write`.
#[utoipa::path(operation_id = "set_prices", tag = "Variants", params(IdPath, IfMatch, DryRun), request_body = PricesInput,
    responses((status = 200, body = ManagedVariant), WriteProblems))]
#[put("/variants/{id}/prices")]
pub async fn set_prices(call: Call, PathId(id): PathId<VariantId>, Body(input): Body<PricesInput>) -> Answered<ManagedVariant> {
    let version = call.expected_version;
    let written = call.write("set_prices", (id, input), move |tx, by, (id, input)| catalog::set_prices(tx, by, id, version, input)).await?;
    Ok(Reply::written(written).guard(|v| v.version))
}
