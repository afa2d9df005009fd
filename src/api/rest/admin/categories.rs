//! Categories, for staff.

use actix_web::{delete, get, patch, post};
use serde::{Deserialize, Serialize};

use crate::api::call::Call;
use crate::api::extract::{Body, ListQuery, NoFilter, PathId, PathText, Query};
use crate::api::openapi::{DryRun, IdPath, Idempotency, IfMatch, Paging, ReadProblems, WriteProblems};
use crate::api::reply::{Answered, Reply};
use crate::commerce::catalog::{self, CategoryCreate, CategoryMove, CategoryOrder, CategoryReorder, CategoryUpdate, ManagedCategory};
use crate::types::{CategoryId, Page};

/// List categories
///
/// Oldest first. Needs `catalog:read`.
#[utoipa::path(operation_id = "list_categories", tag = "Categories", params(Paging),
    responses((status = 200, body = Page<ManagedCategory>), ReadProblems))]
#[get("/categories")]
pub async fn list(call: Call, query: ListQuery<NoFilter>) -> Answered<Page<ManagedCategory>> {
    let listing = call.read(move |tx, by| catalog::list_categories(tx, by, &query.page)).await?;
    Ok(Reply::ok(listing.into()))
}

/// Read a category
///
/// By id or slug. Needs `catalog:read`.
#[utoipa::path(operation_id = "get_category", tag = "Categories", params(("id" = String, Path, description = "Id or slug.")),
    responses((status = 200, body = ManagedCategory), ReadProblems))]
#[get("/categories/{id}")]
pub async fn get(call: Call, PathText(handle): PathText) -> Answered<ManagedCategory> {
    let category = call.read(move |tx, by| catalog::get_managed_category(tx, by, &handle)).await?;
    Ok(Reply::ok(category).guard(|c| c.version))
}

/// Create a category
///
/// Under a parent or as a root, at a place among its siblings. Needs `catalog:write`.
#[utoipa::path(operation_id = "create_category", tag = "Categories", params(Idempotency, DryRun), request_body = CategoryCreate,
    responses((status = 201, body = ManagedCategory), WriteProblems))]
#[post("/categories")]
pub async fn create(call: Call, Body(input): Body<CategoryCreate>) -> Answered<ManagedCategory> {
    let written = call.write("create_category", input, catalog::create_category).await?;
    Ok(Reply::created(written).guard(|c| c.version))
}

/// Change a category
///
/// JSON Merge Patch: what is absent stays. Needs `catalog:write`.
#[utoipa::path(operation_id = "update_category", tag = "Categories", params(IdPath, Idempotency, IfMatch, DryRun), request_body = CategoryUpdate,
    responses((status = 200, body = ManagedCategory), WriteProblems))]
#[patch("/categories/{id}")]
pub async fn update(call: Call, PathId(id): PathId<CategoryId>, Body(input): Body<CategoryUpdate>) -> Answered<ManagedCategory> {
    let version = call.expected_version;
    let written =
        call.write("update_category", (id, input), move |tx, by, (id, input)| catalog::update_category(tx, by, id, version, input)).await?;
    Ok(Reply::written(written).guard(|c| c.version))
}

/// Move a category
///
/// With all below it, under another category or to the root, to a place among its siblings. A category cannot
/// go below itself. Needs `catalog:write`.
#[utoipa::path(operation_id = "move_category", tag = "Categories", params(IdPath, Idempotency, IfMatch, DryRun), request_body = CategoryMove,
    responses((status = 200, body = ManagedCategory), WriteProblems))]
#[post("/categories/{id}/move")]
pub async fn relocate(call: Call, PathId(id): PathId<CategoryId>, Body(input): Body<CategoryMove>) -> Answered<ManagedCategory> {
    let version = call.expected_version;
    let written =
        call.write("move_category", (id, input), move |tx, by, (id, input)| catalog::move_category(tx, by, id, version, input)).await?;
    Ok(Reply::written(written).guard(|c| c.version))
}

/// Order categories
///
/// All children of a category, or the roots, in their new order. Needs `catalog:write`.
#[utoipa::path(operation_id = "reorder_categories", tag = "Categories", params(Idempotency, DryRun), request_body = CategoryReorder,
    responses((status = 200, body = CategoryOrder), WriteProblems))]
#[post("/categories/reorder")]
pub async fn reorder(call: Call, Body(input): Body<CategoryReorder>) -> Answered<CategoryOrder> {
    Ok(Reply::written(call.write("reorder_categories", input, catalog::reorder_categories).await?))
}

/// What becomes of what a category holds.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Reassign {
    /// The category that takes its products and the categories below it.
    reassign_to: Option<CategoryId>,
}

/// Delete a category
///
/// One that holds products or categories is `in_use`, unless `reassign_to` names the category that takes them.
/// Answers the category as it was. Needs `catalog:write`.
#[utoipa::path(operation_id = "delete_category", tag = "Categories", params(IdPath, Reassign, IfMatch, DryRun),
    responses((status = 200, body = ManagedCategory), WriteProblems))]
#[delete("/categories/{id}")]
pub async fn remove(call: Call, PathId(id): PathId<CategoryId>, Query(query): Query<Reassign>) -> Answered<ManagedCategory> {
    let version = call.expected_version;
    let written = call
        .write("delete_category", (id, query), move |tx, by, (id, query)| catalog::delete_category(tx, by, id, version, query.reassign_to))
        .await?;
    Ok(Reply::written(written))
}
