//! Orders and payments, for staff.

use async_graphql::connection::Connection;
use async_graphql::{Context, Object};

use crate::api::call::Call;
use crate::api::graphql::connection::{connection, cost, page};
use crate::api::graphql::errors::{found, given};
use crate::api::graphql::payload::payload;
use crate::api::graphql::store::orders::{PaymentPayload, key};
use crate::commerce::checkout;
use crate::commerce::orders::{
    self, CancelBy, CancelInput, FulfilInput, NoteInput, Order, OrderFilter, OrderKey, OrderUpdate, RefundInput,
};
use crate::commerce::payments::{self, DepositInput, Payment, PaymentFilter};
use crate::types::{OrderId, PaymentId, ShipmentId};

payload! {
    /// The order as it is after the change.
    OrderPayload of order: Order
}

/// Queries of orders and payments.
#[derive(Default)]
pub struct OrderQuery;

#[Object]
impl OrderQuery {
    /// An order by id or number. Needs `orders:read`.
    async fn order(&self, ctx: &Context<'_>, id: Option<OrderId>, number: Option<String>) -> async_graphql::Result<Option<Order>> {
        let key = match key(id, number) {
            Ok(key) => key,
            Err(error) => return found(Err(error)),
        };
        found(ctx.data::<Call>()?.read(move |tx, by| orders::get_any(tx, by, &key, true)).await)
    }

    /// Orders, newest first. Needs `orders:read`.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn orders(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        #[graphql(default)] filter: OrderFilter,
    ) -> async_graphql::Result<Connection<String, Order>> {
        let page = page(first, after, last, before)?;
        given(ctx.data::<Call>()?.read(move |tx, by| orders::list(tx, by, &page, &filter)).await).map(connection)
    }

    /// A payment. Needs `orders:read`.
    async fn payment(&self, ctx: &Context<'_>, id: PaymentId) -> async_graphql::Result<Option<Payment>> {
        found(ctx.data::<Call>()?.read(move |tx, by| payments::get(tx, by, id)).await)
    }

    /// Payments, newest first. Needs `orders:read`.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn payments(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        #[graphql(default)] filter: PaymentFilter,
    ) -> async_graphql::Result<Connection<String, Payment>> {
        let page = page(first, after, last, before)?;
        given(ctx.data::<Call>()?.read(move |tx, by| payments::list(tx, by, &page, &filter)).await).map(connection)
    }
}

/// Mutations of orders and payments.
#[derive(Default)]
pub struct OrderMutation;

#[Object]
impl OrderMutation {
    /// Changes metadata, or marks what asked for attention as looked at. Needs `orders:write`.
    async fn order_update(
        &self,
        ctx: &Context<'_>,
        id: OrderId,
        expected_version: Option<i32>,
        input: OrderUpdate,
    ) -> async_graphql::Result<OrderPayload> {
        let (call, input) = (Call::of_field(ctx)?, (OrderKey::Id(id), input));
        OrderPayload::of(
            call.write("update_order", input, move |tx, by, (key, input)| orders::update(tx, by, &key, expected_version, input)).await,
        )
    }

    /// Notes something for colleagues on the timeline. Needs `orders:write`.
    async fn order_note_add(&self, ctx: &Context<'_>, id: OrderId, input: NoteInput) -> async_graphql::Result<OrderPayload> {
        let (call, input) = (Call::of_field(ctx)?, (OrderKey::Id(id), input));
        OrderPayload::of(call.write("add_order_note", input, move |tx, by, (key, input)| orders::note(tx, by, &key, input)).await)
    }

    /// Ships what has not shipped, or lines and quantities. Needs `orders:write`.
    async fn order_fulfil(
        &self,
        ctx: &Context<'_>,
        id: OrderId,
        expected_version: Option<i32>,
        #[graphql(default)] input: FulfilInput,
    ) -> async_graphql::Result<OrderPayload> {
        let (call, input) = (Call::of_field(ctx)?, (OrderKey::Id(id), input));
        OrderPayload::of(
            call.write("fulfil_order", input, move |tx, by, (key, input)| orders::fulfil(tx, by, &key, expected_version, input)).await,
        )
    }

    /// Marks a shipment as delivered; an order that has arrived whole is completed. Needs `orders:write`.
    async fn shipment_deliver(&self, ctx: &Context<'_>, id: ShipmentId) -> async_graphql::Result<OrderPayload> {
        OrderPayload::of(Call::of_field(ctx)?.write("deliver_shipment", id, orders::deliver).await)
    }

    /// Cancels an order of which nothing has shipped. Needs `orders:write`, and `orders:refund` when it is paid.
    async fn order_cancel(
        &self,
        ctx: &Context<'_>,
        id: OrderId,
        expected_version: Option<i32>,
        #[graphql(default)] input: CancelInput,
    ) -> async_graphql::Result<OrderPayload> {
        let call = Call::of_field(ctx)?;
        let answer = async {
            let run = call.repeatable_flow("cancel_order", &(id, &input))?;
            checkout::cancel_order(&call.app, &call.caller, run, CancelBy::Staff, id, expected_version, input).await
        };
        OrderPayload::of(answer.await)
    }

    /// Gives money back: everything that is left, an amount, or lines. Needs an Idempotency-Key and `orders:refund`.
    async fn order_refund(
        &self,
        ctx: &Context<'_>,
        id: OrderId,
        #[graphql(default)] input: RefundInput,
    ) -> async_graphql::Result<OrderPayload> {
        let call = Call::of_field(ctx)?;
        let answer = async {
            let run = call.flow("refund_order", &(id, &input))?;
            checkout::refund_order(&call.app, &call.caller, run, id, input).await
        };
        OrderPayload::of(answer.await)
    }

    /// Records money that came into a payment's account. Needs an Idempotency-Key and `payments:write`.
    async fn payment_deposit_confirm(
        &self,
        ctx: &Context<'_>,
        id: PaymentId,
        input: DepositInput,
    ) -> async_graphql::Result<PaymentPayload> {
        let call = Call::of_field(ctx)?;
        let answer = async {
            if !call.dry_run {
                call.required_claim("confirm_payment_deposit", &(id, &input))?;
            }
            call.write("confirm_payment_deposit", (id, input), |tx, by, (id, input)| orders::confirm_deposit(tx, by, id, input)).await
        };
        PaymentPayload::of(answer.await)
    }
}
