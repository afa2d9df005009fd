//! Carts, for staff.

use actix_web::get;
use serde::Deserialize;

use crate::api::call::Call;
use crate::api::extract::{ListQuery, PathId};
use crate::api::openapi::{IdPath, Paging, ReadProblems};
use crate::api::reply::{Answered, Reply};
use crate::commerce::cart::{self, Cart, CartStatus, CartSummary};
use crate::types::{CartId, Page};

/// Which carts.
#[derive(Debug, Clone, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CartFilter {
    /// Where they stand.
    status: Option<CartStatus>,
}

/// List carts
///
/// Newest first, as they are kept: not priced. Needs `carts:read`.
#[utoipa::path(operation_id = "list_carts", tag = "Carts", params(Paging, CartFilter),
    responses((status = 200, body = Page<CartSummary>), ReadProblems))]
#[get("/carts")]
pub async fn list(call: Call, query: ListQuery<CartFilter>) -> Answered<Page<CartSummary>> {
    let listing = call.read(move |tx, by| cart::list(tx, by, query.filter.status, &query.page)).await?;
    Ok(Reply::ok(listing.into()))
}

/// Read a cart
///
/// Priced now in its channel, with every rule that made its totals. Needs `carts:read`.
#[utoipa::path(operation_id = "get_cart", tag = "Carts", params(IdPath), responses((status = 200, body = Cart), ReadProblems))]
#[get("/carts/{id}")]
pub async fn get(call: Call, PathId(id): PathId<CartId>) -> Answered<Cart> {
    let cart = call.read(move |tx, by| cart::get_any(tx, by, id)).await?;
    Ok(Reply::ok(cart).guard(|c| c.version).in_locale_of(&call))
}
