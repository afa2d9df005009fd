//! Checkout, orders and payments, for the guest who holds them and the customer whose they are.

use actix_web::{get, post};

use super::carts::Show;
use crate::api::call::Call;
use crate::api::extract::{Body, PathId, PathText, Query};
use crate::api::openapi::{DryRun, IdPath, Idempotency, IfMatch, ReadProblems, RequiredIdempotency, WriteProblems};
use crate::api::reply::{Answered, Reply};
use crate::commerce::checkout::{self, BuyNowInput, CheckoutAnswer, CheckoutInput};
use crate::commerce::orders::{self, CancelBy, CancelInput, Order, OrderKey, PaymentAnswer};
use crate::commerce::payments::{PaymentChoice, PaymentConfirm};
use crate::error::Result;
use crate::types::{CartId, OrderId, PaymentId};

/// Check a cart out
///
/// The cart becomes an order: prices, stock and promotions are read again and held, or nothing happens. The answer
/// holds the order with its `token`, this once (send it as `Maru-Order-Token`), and the payment with what the client
/// needs next: nothing when it is `captured`, `next_action` when it `requires_action`, `instructions` when it is
/// `awaiting_deposit`. A payment that `failed` leaves the order pending: pay it again. A payment that is `unknown` is
/// settled by the server later. The key is required: the same key and body give the same order, never a second one.
#[utoipa::path(operation_id = "checkout_cart", tag = "Checkout", params(IdPath, RequiredIdempotency, DryRun), request_body = CheckoutInput,
    responses((status = 201, body = CheckoutAnswer), WriteProblems), security(("cart_token" = []), ("access_token" = [])))]
#[post("/carts/{id}/checkout")]
pub async fn checkout_cart(call: Call, PathId(id): PathId<CartId>, Body(input): Body<CheckoutInput>) -> Answered<CheckoutAnswer> {
    let run = call.flow("checkout_cart", &(id, &input))?;
    Ok(Reply::created(checkout::checkout(&call.app, &call.caller, run, id, input).await?))
}

/// Buy now
///
/// An order in one call, without a cart, by the same rules as cart and checkout: for links in chats, apps and live
/// sales. The answer is that of a checkout. The key is required: the same key and body give the same order, never a
/// second one.
#[utoipa::path(operation_id = "buy_now", tag = "Checkout", params(RequiredIdempotency, DryRun), request_body = BuyNowInput,
    responses((status = 201, body = CheckoutAnswer), WriteProblems))]
#[post("/buy-now")]
pub async fn buy_now(call: Call, Body(input): Body<BuyNowInput>) -> Answered<CheckoutAnswer> {
    let run = call.flow("buy_now", &input)?;
    Ok(Reply::created(checkout::buy_now(&call.app, &call.caller, run, input).await?))
}

/// Read an order
///
/// By id or number, with the order's secret.
#[utoipa::path(operation_id = "get_order", tag = "Orders", params(IdPath, Show), responses((status = 200, body = Order), ReadProblems),
    security(("order_token" = []), ("access_token" = [])))]
#[get("/orders/{id}")]
pub async fn get(call: Call, PathText(id): PathText, Query(show): Query<Show>) -> Answered<Order> {
    let key = OrderKey::parse(&id)?;
    let order = call.read(move |tx, by| orders::get(tx, by, &key, show.explains())).await?;
    Ok(Reply::ok(order).version(|o| o.version))
}

/// Cancel an order
///
/// While nothing of it has shipped. Its stock and promotions are free again; what was paid goes back.
#[utoipa::path(operation_id = "cancel_order", tag = "Orders", params(IdPath, Idempotency, IfMatch, DryRun), request_body = CancelInput,
    responses((status = 200, body = Order), WriteProblems), security(("order_token" = []), ("access_token" = [])))]
#[post("/orders/{id}/cancel")]
pub async fn cancel(call: Call, PathText(id): PathText, Body(input): Body<CancelInput>) -> Answered<Order> {
    let id = order_id(&call, &id).await?;
    let run = call.repeatable_flow("cancel_order", &(id, &input))?;
    let written = checkout::cancel_order(&call.app, &call.caller, run, CancelBy::Customer, id, call.expected_version, input).await?;
    Ok(Reply::written(written).version(|o| o.version))
}

/// Pay an order again
///
/// When its last payment failed and it still waits. An order has one live payment at a time.
#[utoipa::path(operation_id = "create_order_payment", tag = "Payments", params(IdPath, RequiredIdempotency, DryRun),
    request_body = PaymentChoice, responses((status = 201, body = PaymentAnswer), WriteProblems), security(("order_token" = []), ("access_token" = [])))]
#[post("/orders/{id}/payments")]
pub async fn pay(call: Call, PathText(id): PathText, Body(input): Body<PaymentChoice>) -> Answered<PaymentAnswer> {
    let id = order_id(&call, &id).await?;
    let run = call.flow("create_order_payment", &(id, &input))?;
    Ok(Reply::created(checkout::pay_order(&call.app, &call.caller, run, id, input).await?))
}

/// Confirm a payment
///
/// Hands what the client got from the provider to the provider; what counts is the provider's word, its amount and
/// currency included. A payment that is over answers as it stands.
#[utoipa::path(operation_id = "confirm_payment", tag = "Payments", params(IdPath, RequiredIdempotency, DryRun),
    request_body = PaymentConfirm, responses((status = 200, body = PaymentAnswer), WriteProblems), security(("order_token" = []), ("access_token" = [])))]
#[post("/payments/{id}/confirm")]
pub async fn confirm_payment(call: Call, PathId(id): PathId<PaymentId>, Body(input): Body<PaymentConfirm>) -> Answered<PaymentAnswer> {
    let run = call.flow("confirm_payment", &(id, &input))?;
    Ok(Reply::written(checkout::confirm_payment(&call.app, &call.caller, run, id, input).await?))
}

/// The id of an order that a path names by id or number.
pub async fn order_id(call: &Call, name: &str) -> Result<OrderId> {
    match OrderKey::parse(name)? {
        OrderKey::Id(id) => Ok(id),
        key => call.read(move |tx, _| orders::id_of(tx, &key)).await,
    }
}
