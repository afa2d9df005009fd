//! Checkout, orders and payments, for the guest who holds them: by `Maru-Cart-Token` and `Maru-Order-Token`,
//! or by the `token` argument.

use async_graphql::{Context, Object};

use crate::api::call::Call;
use crate::api::graphql::errors::{UserError, found, given};
use crate::api::graphql::payload::payload;
use crate::commerce::checkout::{self, BuyNowInput, CheckoutAnswer, CheckoutInput};
use crate::commerce::idempotency::Written;
use crate::commerce::orders::{self, CancelBy, CancelInput, Order, OrderKey, PaymentAnswer};
use crate::commerce::payments::{Payment, PaymentChoice, PaymentConfirm};
use crate::error::{Error, Result};
use crate::types::{CartId, OrderId, PaymentId};

payload! {
    /// The order that a cart became (with its token, this once), and its payment.
    CheckoutPayload { order: Order, payment: Payment }
}
payload! {
    /// A payment and its order, as they stand now.
    PaymentPayload { order: Order, payment: Payment }
}
payload! {
    /// The order as it is after the change.
    OrderPayload of order: Order
}

impl CheckoutPayload {
    fn of(result: Result<Written<CheckoutAnswer>>) -> async_graphql::Result<Self> {
        match result {
            Ok(Written { value, .. }) => Ok(Self { order: Some(value.order), payment: Some(value.payment), user_errors: Vec::new() }),
            Err(error) if error.kind().is_for_the_user() => Ok(Self { order: None, payment: None, user_errors: UserError::all_of(&error) }),
            Err(error) => given(Err(error)),
        }
    }
}

impl PaymentPayload {
    /// The payload of a flow's answer; faults are top-level errors.
    pub fn of(result: Result<Written<PaymentAnswer>>) -> async_graphql::Result<Self> {
        match result {
            Ok(Written { value, .. }) => Ok(Self { order: Some(value.order), payment: Some(value.payment), user_errors: Vec::new() }),
            Err(error) if error.kind().is_for_the_user() => Ok(Self { order: None, payment: None, user_errors: UserError::all_of(&error) }),
            Err(error) => given(Err(error)),
        }
    }
}

/// An order named by its id or its number.
pub fn key(id: Option<OrderId>, number: Option<String>) -> Result<OrderKey> {
    match (id, number) {
        (Some(id), None) => Ok(OrderKey::Id(id)),
        (None, Some(number)) => OrderKey::parse(&number),
        _ => Err(Error::malformed("Send `id` or `number`.")),
    }
}

/// Queries of orders.
#[derive(Default)]
pub struct OrderQuery;

#[Object]
impl OrderQuery {
    /// An order by id or number. Null without its secret.
    async fn order(
        &self,
        ctx: &Context<'_>,
        id: Option<OrderId>,
        number: Option<String>,
        token: Option<String>,
    ) -> async_graphql::Result<Option<Order>> {
        let call = ctx.data::<Call>()?.clone().holding_order(token);
        let key = match key(id, number) {
            Ok(key) => key,
            Err(error) => return found(Err(error)),
        };
        found(call.read(move |tx, by| orders::get(tx, by, &key, true)).await)
    }
}

/// Mutations of checkout, orders and payments.
#[derive(Default)]
pub struct OrderMutation;

#[Object]
impl OrderMutation {
    /// Makes an order in one call, without a cart, by the same rules. Needs an Idempotency-Key.
    async fn buy_now(&self, ctx: &Context<'_>, input: BuyNowInput) -> async_graphql::Result<CheckoutPayload> {
        let call = Call::of_field(ctx)?;
        let answer = async {
            let run = call.flow("buy_now", &input)?;
            checkout::buy_now(&call.app, &call.caller, run, input).await
        };
        CheckoutPayload::of(answer.await)
    }

    /// Checks a cart out: it becomes an order, with its payment begun. Needs an Idempotency-Key. `token` is the cart's.
    async fn cart_checkout(
        &self,
        ctx: &Context<'_>,
        id: CartId,
        token: Option<String>,
        input: CheckoutInput,
    ) -> async_graphql::Result<CheckoutPayload> {
        let call = Call::of_field(ctx)?.holding_cart(token);
        let answer = async {
            let run = call.flow("checkout_cart", &(id, &input))?;
            checkout::checkout(&call.app, &call.caller, run, id, input).await
        };
        CheckoutPayload::of(answer.await)
    }

    /// Confirms a payment with what the client got from the provider. Needs an Idempotency-Key. `token` is the order's.
    async fn payment_confirm(
        &self,
        ctx: &Context<'_>,
        id: PaymentId,
        token: Option<String>,
        data: Option<async_graphql::Json<PaymentConfirm>>,
    ) -> async_graphql::Result<PaymentPayload> {
        let call = Call::of_field(ctx)?.holding_order(token);
        let input = data.map(|d| d.0).unwrap_or_default();
        let answer = async {
            let run = call.flow("confirm_payment", &(id, &input))?;
            checkout::confirm_payment(&call.app, &call.caller, run, id, input).await
        };
        PaymentPayload::of(answer.await)
    }

    /// Pays an order again whose last payment failed. Needs an Idempotency-Key. `token` is the order's.
    async fn order_payment_create(
        &self,
        ctx: &Context<'_>,
        id: OrderId,
        token: Option<String>,
        input: PaymentChoice,
    ) -> async_graphql::Result<PaymentPayload> {
        let call = Call::of_field(ctx)?.holding_order(token);
        let answer = async {
            let run = call.flow("create_order_payment", &(id, &input))?;
            checkout::pay_order(&call.app, &call.caller, run, id, input).await
        };
        PaymentPayload::of(answer.await)
    }

    /// Cancels an order of which nothing has shipped. `token` is the order's.
    async fn order_cancel(
        &self,
        ctx: &Context<'_>,
        id: OrderId,
        token: Option<String>,
        expected_version: Option<i32>,
        #[graphql(default)] input: CancelInput,
    ) -> async_graphql::Result<OrderPayload> {
        let call = Call::of_field(ctx)?.holding_order(token);
        let answer = async {
            let run = call.repeatable_flow("cancel_order", &(id, &input))?;
            checkout::cancel_order(&call.app, &call.caller, run, CancelBy::Customer, id, expected_version, input).await
        };
        OrderPayload::of(answer.await)
    }
}
