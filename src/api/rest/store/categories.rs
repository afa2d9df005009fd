//! Categories and collections, for shoppers.

use actix_web::{HttpResponse, get};

use crate::api::extract::{ListQuery, NoFilter, PathText};
use crate::api::openapi::{InLocale, Paging, ReadProblems};
use crate::api::public::PublicCall;
use crate::commerce::catalog::{self, Category, CategoryTree, Collection};
use crate::error::Result;
use crate::types::Page;

/// The category tree
///
/// All categories, each with those below it, in the shop's order.
#[utoipa::path(operation_id = "get_category_tree", tag = "Categories", params(InLocale), responses((status = 200, body = CategoryTree), ReadProblems))]
#[get("/categories")]
pub async fn tree(call: PublicCall) -> Result<HttpResponse> {
    call.answer(|tx, scope| Ok(CategoryTree { data: catalog::category_tree(tx, scope)? })).await
}

/// Read a category
///
/// By id or slug, with breadcrumbs and the categories right below. Its products: `GET /store/v1/products?category=`.
#[utoipa::path(operation_id = "get_category", tag = "Categories", params(("id" = String, Path, description = "Id or slug."), InLocale),
    responses((status = 200, body = Category), ReadProblems))]
#[get("/categories/{id}")]
pub async fn get(call: PublicCall, PathText(handle): PathText) -> Result<HttpResponse> {
    call.answer(move |tx, scope| catalog::get_category(tx, scope, &handle)).await
}

/// List collections
///
/// The published ones, newest first.
#[utoipa::path(operation_id = "list_collections", tag = "Collections", params(Paging, InLocale),
    responses((status = 200, body = Page<Collection>), ReadProblems))]
#[get("/collections")]
pub async fn collections(call: PublicCall, query: ListQuery<NoFilter>) -> Result<HttpResponse> {
    call.answer(move |tx, scope| catalog::list_collections(tx, scope, &query.page).map(Page::from)).await
}

/// Read a collection
///
/// By id or slug. Its products in the shop's order: `GET /store/v1/products?collection=...&sort=manual`.
#[utoipa::path(operation_id = "get_collection", tag = "Collections", params(("id" = String, Path, description = "Id or slug."), InLocale),
    responses((status = 200, body = Collection), ReadProblems))]
#[get("/collections/{id}")]
pub async fn collection(call: PublicCall, PathText(handle): PathText) -> Result<HttpResponse> {
    call.answer(move |tx, scope| catalog::get_collection(tx, scope, &handle)).await
}
