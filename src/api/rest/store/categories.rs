//! Categories and collections, for shoppers.

use actix_web::get;

use crate::api::call::Call;
use crate::api::extract::{ListQuery, NoFilter, PathText};
use crate::api::openapi::{InLocale, Paging, ReadProblems};
use crate::api::reply::{Answered, Reply};
use crate::commerce::catalog::{self, Category, CategoryTree, Collection};
use crate::types::Page;

/// The category tree
///
/// All categories, each with those below it, in the shop's order.
#[utoipa::path(operation_id = "get_category_tree", tag = "Categories", params(InLocale), responses((status = 200, body = CategoryTree), ReadProblems))]
#[get("/categories")]
pub async fn tree(call: Call) -> Answered<CategoryTree> {
    let data = call.read(catalog::category_tree).await?;
    Ok(Reply::public(&call, CategoryTree { data }))
}

/// Read a category
///
/// By id or slug, with breadcrumbs and the categories right below. Its products: `GET /store/v1/products?category=`.
#[utoipa::path(operation_id = "get_category", tag = "Categories", params(("id" = String, Path, description = "Id or slug."), InLocale),
    responses((status = 200, body = Category), ReadProblems))]
#[get("/categories/{id}")]
pub async fn get(call: Call, PathText(handle): PathText) -> Answered<Category> {
    let category = call.read(move |tx, by| catalog::get_category(tx, by, &handle)).await?;
    Ok(Reply::public(&call, category))
}

/// List collections
///
/// The published ones, newest first.
#[utoipa::path(operation_id = "list_collections", tag = "Collections", params(Paging, InLocale),
    responses((status = 200, body = Page<Collection>), ReadProblems))]
#[get("/collections")]
pub async fn collections(call: Call, query: ListQuery<NoFilter>) -> Answered<Page<Collection>> {
    let listing = call.read(move |tx, by| catalog::list_collections(tx, by, &query.page)).await?;
    Ok(Reply::public(&call, listing.into()))
}

/// Read a collection
///
/// By id or slug. Its products in the shop's order: `GET /store/v1/products?collection=...&sort=manual`.
#[utoipa::path(operation_id = "get_collection", tag = "Collections", params(("id" = String, Path, description = "Id or slug."), InLocale),
    responses((status = 200, body = Collection), ReadProblems))]
#[get("/collections/{id}")]
pub async fn collection(call: Call, PathText(handle): PathText) -> Answered<Collection> {
    let collection = call.read(move |tx, by| catalog::get_collection(tx, by, &handle)).await?;
    Ok(Reply::public(&call, collection))
}
