//! Orders, for staff.

use actix_web::{get, patch, post};

use crate::api::call::Call;
use crate::api::extract::{Body, ListQuery, PathId, PathText, Query};
use crate::api::openapi::{DryRun, IdPath, Idempotency, IfMatch, Paging, ReadProblems, RequiredIdempotency, WriteProblems};
use crate::api::reply::{Answered, Reply};
use crate::api::rest::store::carts::Show;
use crate::api::rest::store::orders::order_id;
use crate::commerce::checkout;
use crate::commerce::orders::{
    self, CancelBy, CancelInput, FulfilInput, NoteInput, Order, OrderFilter, OrderKey, OrderUpdate, RefundInput,
};
use crate::types::{Page, ShipmentId};

/// List orders
///
/// Newest first. Needs `orders:read`.
#[utoipa::path(operation_id = "list_orders", tag = "Orders", params(Paging, OrderFilter),
    responses((status = 200, body = Page<Order>), ReadProblems))]
#[get("/orders")]
pub async fn list(call: Call, query: ListQuery<OrderFilter>) -> Answered<Page<Order>> {
    let listing = call.read(move |tx, by| orders::list(tx, by, &query.page, &query.filter)).await?;
    Ok(Reply::ok(listing.into()))
}

/// Read an order
///
/// By id or number. Needs `orders:read`.
#[utoipa::path(operation_id = "get_order", tag = "Orders", params(IdPath, Show), responses((status = 200, body = Order), ReadProblems))]
#[get("/orders/{id}")]
pub async fn get(call: Call, PathText(id): PathText, Query(show): Query<Show>) -> Answered<Order> {
    let key = OrderKey::parse(&id)?;
    let order = call.read(move |tx, by| orders::get_any(tx, by, &key, show.explains())).await?;
    Ok(Reply::ok(order).version(|o| o.version))
}

/// Change an order
///
/// Metadata (JSON Merge Patch), and whether what asked for attention was looked at. Needs `orders:write`.
#[utoipa::path(operation_id = "update_order", tag = "Orders", params(IdPath, Idempotency, IfMatch, DryRun), request_body = OrderUpdate,
    responses((status = 200, body = Order), WriteProblems))]
#[patch("/orders/{id}")]
pub async fn update(call: Call, PathText(id): PathText, Body(input): Body<OrderUpdate>) -> Answered<Order> {
    let (key, version) = (OrderKey::parse(&id)?, call.expected_version);
    let written =
        call.write("update_order", (key, input), move |tx, by, (key, input)| orders::update(tx, by, &key, version, input)).await?;
    Ok(Reply::written(written).version(|o| o.version))
}

/// Note something on an order
///
/// For colleagues, on the timeline; guests do not see it. Needs `orders:write`.
#[utoipa::path(operation_id = "add_order_note", tag = "Orders", params(IdPath, Idempotency, DryRun), request_body = NoteInput,
    responses((status = 201, body = Order), WriteProblems))]
#[post("/orders/{id}/notes")]
pub async fn note(call: Call, PathText(id): PathText, Body(input): Body<NoteInput>) -> Answered<Order> {
    let key = OrderKey::parse(&id)?;
    let written = call.write("add_order_note", (key, input), |tx, by, (key, input)| orders::note(tx, by, &key, input)).await?;
    Ok(Reply::created(written).version(|o| o.version))
}

/// Ship an order
///
/// All that has not shipped, or lines and quantities, with carrier and tracking number. Needs `orders:write`.
#[utoipa::path(operation_id = "fulfil_order", tag = "Orders", params(IdPath, Idempotency, IfMatch, DryRun), request_body = FulfilInput,
    responses((status = 201, body = Order), WriteProblems))]
#[post("/orders/{id}/fulfil")]
pub async fn fulfil(call: Call, PathText(id): PathText, Body(input): Body<FulfilInput>) -> Answered<Order> {
    let (key, version) = (OrderKey::parse(&id)?, call.expected_version);
    let written =
        call.write("fulfil_order", (key, input), move |tx, by, (key, input)| orders::fulfil(tx, by, &key, version, input)).await?;
    Ok(Reply::created(written).version(|o| o.version))
}

/// Mark a shipment as delivered
///
/// When everything of an order has arrived it is completed. Doing it again changes nothing. Needs `orders:write`.
#[utoipa::path(operation_id = "deliver_shipment", tag = "Orders", params(IdPath, Idempotency, DryRun),
    responses((status = 200, body = Order), WriteProblems))]
#[post("/shipments/{id}/deliver")]
pub async fn deliver(call: Call, PathId(id): PathId<ShipmentId>) -> Answered<Order> {
    Ok(Reply::written(call.write("deliver_shipment", id, orders::deliver).await?).version(|o| o.version))
}

/// Cancel an order
///
/// While nothing of it has shipped. Its stock and promotions are free again; what was paid goes back. Needs
/// `orders:write`, and `orders:refund` when it is paid.
#[utoipa::path(operation_id = "cancel_order", tag = "Orders", params(IdPath, Idempotency, IfMatch, DryRun), request_body = CancelInput,
    responses((status = 200, body = Order), WriteProblems))]
#[post("/orders/{id}/cancel")]
pub async fn cancel(call: Call, PathText(id): PathText, Body(input): Body<CancelInput>) -> Answered<Order> {
    call.caller.require(crate::commerce::auth::Permission::OrdersWrite)?;
    let id = order_id(&call, &id).await?;
    let run = call.repeatable_flow("cancel_order", &(id, &input))?;
    let written = checkout::cancel_order(&call.app, &call.caller, run, CancelBy::Staff, id, call.expected_version, input).await?;
    Ok(Reply::written(written).version(|o| o.version))
}

/// Refund an order
///
/// Everything that is left, an amount, or lines (those not shipped yet are not sent any more). However many refund at
/// once, never more goes back than was paid. A refund without the provider's answer stays `pending` and is tried again
/// by the server. Needs `orders:refund`.
#[utoipa::path(operation_id = "refund_order", tag = "Orders", params(IdPath, RequiredIdempotency, DryRun), request_body = RefundInput,
    responses((status = 201, body = Order), WriteProblems))]
#[post("/orders/{id}/refund")]
pub async fn refund(call: Call, PathText(id): PathText, Body(input): Body<RefundInput>) -> Answered<Order> {
    call.caller.require(crate::commerce::auth::Permission::OrdersRefund)?;
    let id = order_id(&call, &id).await?;
    let run = call.flow("refund_order", &(id, &input))?;
    let written = checkout::refund_order(&call.app, &call.caller, run, id, input).await?;
    Ok(Reply::created(written).version(|o| o.version))
}
