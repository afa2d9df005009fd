//! Payments as clients send and see them.

use serde::{Deserialize, Serialize};

use super::PaymentStatus;
use crate::providers::payment::{DepositInstructions, Failure, NextAction};
use crate::types::text::text_enum;
use crate::types::{MinorUnits, Money, OrderId, OrderLineId, PaymentId, RefundId, Timestamp};

/// A payment of an order. An order has one live payment at a time; a failed one makes room for the next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct Payment {
    /// Id.
    pub id: PaymentId,
    /// The order it pays.
    pub order_id: OrderId,
    /// The provider: `bank_transfer`, `test`; `none` when there was nothing to pay.
    pub provider: String,
    /// The provider's method.
    pub method: String,
    /// Where it stands.
    pub status: PaymentStatus,
    /// What is asked.
    pub amount: Money,
    /// What was taken.
    pub captured: Money,
    /// What was given back, or is on its way back (see the order's `refunds`).
    pub refunded: Money,
    /// Deposits seen so far; may be less or more than `amount`.
    pub received: Money,
    /// Where the deposit is to be paid, and until when.
    pub instructions: Option<DepositInstructions>,
    /// What the customer must do in the client, for `requires_action`.
    pub next_action: Option<NextAction>,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// Changes with every write.
    pub version: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

text_enum! {
    /// Where a refund stands.
    pub enum RefundStatus {
        /// Promised; the provider has not confirmed it yet.
        Pending = "pending",
        /// The money is on its way to the customer.
        Succeeded = "succeeded",
        /// The provider refused; the money stayed.
        Failed = "failed",
    }
}

/// Money given back.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct Refund {
    /// Id.
    pub id: RefundId,
    /// The order.
    pub order_id: OrderId,
    /// The payment it comes from.
    pub payment_id: PaymentId,
    /// Where it stands.
    pub status: RefundStatus,
    /// How much.
    pub amount: Money,
    /// Why.
    pub reason: Option<String>,
    /// The lines it is for, if it is for lines.
    pub lines: Vec<RefundedLine>,
    /// When it was promised.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A line's part of a refund.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct RefundedLine {
    /// The line.
    pub line_id: OrderLineId,
    /// How many.
    pub quantity: i32,
    /// How many of them had not shipped: they are not sent any more, and what was held for them is free again.
    pub unshipped: i32,
    /// Whether the shipped ones went back on the shelf.
    pub restock: bool,
}

/// How the customer wants to pay.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, validator::Validate)]
#[serde(deny_unknown_fields)]
pub struct PaymentChoice {
    /// One of the channel's `payment_providers`.
    #[validate(length(min = 1, max = 64))]
    #[schema(example = "test")]
    pub provider: String,
    /// One of the provider's methods; its first if absent.
    #[serde(default)]
    #[validate(length(min = 1, max = 64))]
    #[schema(example = "approve")]
    pub method: Option<String>,
    /// Where the customer returns to from a provider's page.
    #[serde(default)]
    #[validate(length(max = 2000), url)]
    #[schema(example = "https://shop.example/return")]
    pub return_url: Option<String>,
}

/// What the client got from the provider: the provider's own fields, as its SDK gave them. At most 50.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PaymentConfirm(pub serde_json::Map<String, serde_json::Value>);

impl utoipa::PartialSchema for PaymentConfirm {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::Object)
            .additional_properties(Some(utoipa::openapi::schema::AdditionalProperties::FreeForm(true)))
            .max_properties(Some(50))
            .description(Some("What the client got from the provider: the provider's own fields, as its SDK gave them."))
            .examples([serde_json::json!({"result": "success"})])
            .into()
    }
}

impl utoipa::ToSchema for PaymentConfirm {
    fn name() -> std::borrow::Cow<'static, str> {
        "PaymentConfirm".into()
    }
}

/// Money that came into a payment's account.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, validator::Validate)]
#[serde(deny_unknown_fields)]
pub struct DepositInput {
    /// How much came, in the payment's currency.
    pub amount: MinorUnits,
    /// The bank's name for it. The same reference is counted once.
    #[validate(length(min = 1, max = 200))]
    #[schema(example = "2026-11-20/0042")]
    pub reference: String,
}
