//! Collections, for staff.

use actix_web::{delete, get, patch, post};

use crate::api::call::Call;
use crate::api::extract::{Body, ListQuery, NoFilter, PathId, PathText};
use crate::api::openapi::{DryRun, IdPath, Idempotency, IfMatch, Paging, ReadProblems, WriteProblems};
use crate::api::reply::{Answered, Reply};
use crate::commerce::catalog::{self, CollectionCreate, CollectionProductsInput, CollectionUpdate, ManagedCollection};
use crate::types::{CollectionId, Page};

/// List collections
///
/// Newest first, unpublished ones too. Needs `catalog:read`.
#[utoipa::path(operation_id = "list_collections", tag = "Collections", params(Paging),
    responses((status = 200, body = Page<ManagedCollection>), ReadProblems))]
#[get("/collections")]
pub async fn list(call: Call, query: ListQuery<NoFilter>) -> Answered<Page<ManagedCollection>> {
    let listing = call.read(move |tx, by| catalog::list_managed_collections(tx, by, &query.page)).await?;
    Ok(Reply::ok(listing.into()))
}

/// Read a collection
///
/// By id or slug. Needs `catalog:read`.
#[utoipa::path(operation_id = "get_collection", tag = "Collections", params(("id" = String, Path, description = "Id or slug.")),
    responses((status = 200, body = ManagedCollection), ReadProblems))]
#[get("/collections/{id}")]
pub async fn get(call: Call, PathText(handle): PathText) -> Answered<ManagedCollection> {
    let collection = call.read(move |tx, by| catalog::get_managed_collection(tx, by, &handle)).await?;
    Ok(Reply::ok(collection).guard(|c| c.version))
}

/// Create a collection
///
/// Needs `catalog:write`.
#[utoipa::path(operation_id = "create_collection", tag = "Collections", params(Idempotency, DryRun), request_body = CollectionCreate,
    responses((status = 201, body = ManagedCollection), WriteProblems))]
#[post("/collections")]
pub async fn create(call: Call, Body(input): Body<CollectionCreate>) -> Answered<ManagedCollection> {
    let written = call.write("create_collection", input, catalog::create_collection).await?;
    Ok(Reply::created(written).guard(|c| c.version))
}

/// Change a collection
///
/// JSON Merge Patch: what is absent stays. Needs `catalog:write`.
#[utoipa::path(operation_id = "update_collection", tag = "Collections", params(IdPath, Idempotency, IfMatch, DryRun),
    request_body = CollectionUpdate, responses((status = 200, body = ManagedCollection), WriteProblems))]
#[patch("/collections/{id}")]
pub async fn update(call: Call, PathId(id): PathId<CollectionId>, Body(input): Body<CollectionUpdate>) -> Answered<ManagedCollection> {
    let version = call.expected_version;
    let written = call
        .write("update_collection", (id, input), move |tx, by, (id, input)| catalog::update_collection(tx, by, id, version, input))
        .await?;
    Ok(Reply::written(written).guard(|c| c.version))
}

/// Delete a collection
///
/// Its products stay. Answers the collection as it was. Needs `catalog:write`.
#[utoipa::path(operation_id = "delete_collection", tag = "Collections", params(IdPath, IfMatch, DryRun),
    responses((status = 200, body = ManagedCollection), WriteProblems))]
#[delete("/collections/{id}")]
pub async fn remove(call: Call, PathId(id): PathId<CollectionId>) -> Answered<ManagedCollection> {
    let version = call.expected_version;
    let written = call.write("delete_collection", id, move |tx, by, id| catalog::delete_collection(tx, by, id, version)).await?;
    Ok(Reply::written(written))
}

/// Add products to a collection
///
/// At its end; products that are in it stay where they are. Needs `catalog:write`.
#[utoipa::path(operation_id = "add_collection_products", tag = "Collections", params(IdPath, Idempotency, DryRun),
    request_body = CollectionProductsInput, responses((status = 200, body = ManagedCollection), WriteProblems))]
#[post("/collections/{id}/products/add")]
pub async fn add_products(
    call: Call,
    PathId(id): PathId<CollectionId>,
    Body(input): Body<CollectionProductsInput>,
) -> Answered<ManagedCollection> {
    let written = call
        .write("add_collection_products", (id, input), |tx, by, (id, input)| catalog::add_collection_products(tx, by, id, input))
        .await?;
    Ok(Reply::written(written).guard(|c| c.version))
}

/// Remove products from a collection
///
/// Needs `catalog:write`.
#[utoipa::path(operation_id = "remove_collection_products", tag = "Collections", params(IdPath, Idempotency, DryRun),
    request_body = CollectionProductsInput, responses((status = 200, body = ManagedCollection), WriteProblems))]
#[post("/collections/{id}/products/remove")]
pub async fn remove_products(
    call: Call,
    PathId(id): PathId<CollectionId>,
    Body(input): Body<CollectionProductsInput>,
) -> Answered<ManagedCollection> {
    let written = call
        .write("remove_collection_products", (id, input), |tx, by, (id, input)| catalog::remove_collection_products(tx, by, id, input))
        .await?;
    Ok(Reply::written(written).guard(|c| c.version))
}

/// Order products of a collection
///
/// Those given come first, in the order given; the others follow in theirs. Needs `catalog:write`.
#[utoipa::path(operation_id = "reorder_collection_products", tag = "Collections", params(IdPath, Idempotency, DryRun),
    request_body = CollectionProductsInput, responses((status = 200, body = ManagedCollection), WriteProblems))]
#[post("/collections/{id}/products/reorder")]
pub async fn reorder_products(
    call: Call,
    PathId(id): PathId<CollectionId>,
    Body(input): Body<CollectionProductsInput>,
) -> Answered<ManagedCollection> {
    let written = call
        .write("reorder_collection_products", (id, input), |tx, by, (id, input)| catalog::reorder_collection_products(tx, by, id, input))
        .await?;
    Ok(Reply::written(written).guard(|c| c.version))
}
