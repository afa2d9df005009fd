//! Products, for staff.

use actix_web::{delete, get, patch, post};
use serde::{Deserialize, Serialize};

use crate::api::call::Call;
use crate::api::extract::{Body, ListQuery, PathId, PathText, Query};
use crate::api::openapi::{DryRun, IdPath, Idempotency, IfMatch, Paging, ReadProblems, WriteProblems};
use crate::api::reply::{Answered, Reply};
use crate::commerce::catalog::{self, BulkAnswer, BulkInput, ManagedProduct, ManagedProductFilter, ProductUpsert};
use crate::types::{Page, ProductId};

/// List products
///
/// In every state, whole. Needs `catalog:read`.
#[utoipa::path(operation_id = "list_products", tag = "Products", params(Paging, ManagedProductFilter),
    responses((status = 200, body = Page<ManagedProduct>), ReadProblems))]
#[get("/products")]
pub async fn list(call: Call, query: ListQuery<ManagedProductFilter>) -> Answered<Page<ManagedProduct>> {
    let listing = call.read(move |tx, by| catalog::list_managed_products(tx, by, &query.filter, &query.page)).await?;
    Ok(Reply::ok(listing.into()))
}

/// Read a product
///
/// By id or slug, in any state, with every language and currency. Needs `catalog:read`.
#[utoipa::path(operation_id = "get_product", tag = "Products", params(("id" = String, Path, description = "Id or slug.")),
    responses((status = 200, body = ManagedProduct), ReadProblems))]
#[get("/products/{id}")]
pub async fn get(call: Call, PathText(handle): PathText) -> Answered<ManagedProduct> {
    let product = call.read(move |tx, by| catalog::get_managed_product(tx, by, &handle)).await?;
    Ok(Reply::ok(product).guard(|p| p.version))
}

/// Create a product
///
/// With everything in one call: options, variants, prices, media, translations. A repeated SKU is taken and
/// told in `warnings`. Needs `catalog:write`.
#[utoipa::path(operation_id = "create_product", tag = "Products", params(Idempotency, DryRun), request_body = ProductUpsert,
    responses((status = 201, body = ManagedProduct), WriteProblems))]
#[post("/products")]
pub async fn create(call: Call, Body(input): Body<ProductUpsert>) -> Answered<ManagedProduct> {
    let written = call.write("create_product", input, catalog::create_product).await?;
    Ok(Reply::created(written).guard(|p| p.version))
}

/// Change a product
///
/// JSON Merge Patch: what is absent stays, null clears. Variants listed are matched, not replaced. Needs `catalog:write`.
#[utoipa::path(operation_id = "update_product", tag = "Products", params(IdPath, Idempotency, IfMatch, DryRun), request_body = ProductUpsert,
    responses((status = 200, body = ManagedProduct), WriteProblems))]
#[patch("/products/{id}")]
pub async fn update(call: Call, PathId(id): PathId<ProductId>, Body(input): Body<ProductUpsert>) -> Answered<ManagedProduct> {
    let version = call.expected_version;
    let written =
        call.write("update_product", (id, input), move |tx, by, (id, input)| catalog::update_product(tx, by, id, version, input)).await?;
    Ok(Reply::written(written).guard(|p| p.version))
}

/// Archive a product
///
/// Shoppers do not see it any more; old orders still name it. Needs `catalog:write`.
#[utoipa::path(operation_id = "archive_product", tag = "Products", params(IdPath, IfMatch, DryRun),
    responses((status = 200, body = ManagedProduct), WriteProblems))]
#[delete("/products/{id}")]
pub async fn archive(call: Call, PathId(id): PathId<ProductId>) -> Answered<ManagedProduct> {
    let version = call.expected_version;
    let written = call.write("archive_product", id, move |tx, by, id| catalog::archive_product(tx, by, id, version)).await?;
    Ok(Reply::written(written).guard(|p| p.version))
}

/// How a bulk call treats a refused item.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Bulk {
    /// `true`: one refused item refuses all. If absent each item answers for itself.
    #[serde(default)]
    atomic: Option<bool>,
}

/// Create and change products in bulk
///
/// Up to 1,000 items, each matched by `id`, else `external_key`, else `slug`, else the SKU of its variants; what
/// matches nothing is created. What is so already is not written again. Needs `catalog:write`.
#[utoipa::path(operation_id = "bulk_upsert_products", tag = "Products", params(Bulk, Idempotency, DryRun), request_body = BulkInput,
    responses((status = 200, body = BulkAnswer), WriteProblems))]
#[post("/products/bulk")]
pub async fn bulk(call: Call, Query(how): Query<Bulk>, Body(input): Body<BulkInput>) -> Answered<BulkAnswer> {
    let written = call
        .write("bulk_upsert_products", (how, input), |tx, by, (how, input)| {
            catalog::bulk_upsert_products(tx, by, input, how.atomic.unwrap_or(false))
        })
        .await?;
    Ok(Reply::written(written))
}
