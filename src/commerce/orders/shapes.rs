//! Orders as clients send and see them.

use serde::{Deserialize, Serialize};
use validator::Validate;

use super::{FulfilmentStatus, OrderPaymentStatus, OrderStatus};
use crate::commerce::address::Address;
use crate::commerce::idempotency::Answer;
use crate::commerce::payments::{Payment, Refund};
use crate::commerce::pricing::Explanation;
use crate::types::json::MetadataPatch;
use crate::types::text::text_enum;
use crate::types::{
    ChannelId, Currency, CustomerId, Locale, Metadata, MinorUnits, Money, OrderId, OrderLineId, Patch, PaymentId, ProductId, PromotionId,
    ShipmentId, ShippingOptionId, TimelineId, Timestamp, VariantId,
};

/// An order. Prices, taxes, addresses and names are as they were when it was placed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct Order {
    /// Id.
    pub id: OrderId,
    /// For people: the day, random digits and a check character.
    #[schema(example = "260712-7K3F9QXB")]
    pub number: String,
    /// The secret that opens the order to a guest (`Maru-Order-Token`): given at checkout only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub token: Option<String>,
    /// Where it stands.
    pub status: OrderStatus,
    /// How far it is paid.
    pub payment_status: OrderPaymentStatus,
    /// How far it is fulfilled.
    pub fulfilment_status: FulfilmentStatus,
    /// The channel it was placed in.
    pub channel_id: ChannelId,
    /// Whose it is, if a customer placed it logged in or claimed it; null: a guest's.
    pub customer_id: Option<CustomerId>,
    /// Its currency.
    pub currency: Currency,
    /// The customer's language.
    pub locale: Locale,
    /// Who ordered.
    pub email: String,
    /// Where it goes; null when nothing is sent.
    pub shipping_address: Option<Address>,
    /// Who pays.
    pub billing_address: Option<Address>,
    /// How it is sent.
    pub shipping_option: Option<OrderShippingOption>,
    /// What was ordered.
    pub lines: Vec<OrderLine>,
    /// What the promotion codes took off.
    pub discounts: Vec<OrderDiscount>,
    /// What it costs.
    pub totals: OrderTotals,
    /// How it is paid, oldest first.
    pub payments: Vec<Payment>,
    /// What was sent, oldest first.
    pub shipments: Vec<Shipment>,
    /// What was given back, oldest first.
    pub refunds: Vec<Refund>,
    /// What happened, oldest first.
    pub timeline: Vec<TimelineEntry>,
    /// What staff should look at; empty for guests.
    pub attention: Vec<Attention>,
    /// What the app keeps with it.
    pub metadata: Metadata,
    /// What staff tools keep with it; null for guests.
    pub private_metadata: Option<Metadata>,
    /// Why it was cancelled.
    pub cancel_reason: Option<String>,
    /// When it was placed.
    pub placed_at: Timestamp,
    /// Until when it waits for payment, while pending.
    pub expires_at: Option<Timestamp>,
    /// For staff: its customer was erased, and what the law asks to keep of it is kept until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub retain_until: Option<Timestamp>,
    /// Changes with every write.
    pub version: i32,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Answer for Order {}

/// What an order costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct OrderTotals {
    /// The lines before discounts.
    pub subtotal: Money,
    /// What discounts took off, off shipping included.
    pub discount: Money,
    /// Shipping before discounts.
    pub shipping: Money,
    /// Tax: inside `total` where prices include it, beside the rest where not.
    pub tax: Money,
    /// What the customer pays.
    pub total: Money,
    /// Whether prices include tax.
    pub prices_include_tax: bool,
    /// Every rule, rate and rounding that made them; over REST only with `?include=explain`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub explain: Option<Vec<Explanation>>,
}

/// A line of an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct OrderLine {
    /// Id.
    pub id: OrderLineId,
    /// The variant.
    pub variant_id: VariantId,
    /// Its product.
    pub product: OrderLineProduct,
    /// SKU.
    pub sku: Option<String>,
    /// The variant's title.
    pub title: String,
    /// A picture.
    pub image_url: Option<String>,
    /// How many.
    pub quantity: i32,
    /// How many have shipped.
    pub fulfilled_quantity: i32,
    /// How many were refunded.
    pub refunded_quantity: i32,
    /// How many are not sent any more, because they were refunded before they shipped.
    pub cancelled_quantity: i32,
    /// Price of one.
    pub unit_price: Money,
    /// Unit price times quantity.
    pub subtotal: Money,
    /// Its share of the discounts.
    pub discount: Money,
    /// Its tax.
    pub tax: Money,
    /// What the customer pays for it.
    pub total: Money,
    /// The tax rate in parts per million: 100000 is 10 %.
    pub tax_rate_ppm: i32,
    /// Whether it is sent.
    pub requires_shipping: bool,
    /// What the app kept with the cart's line.
    pub metadata: Metadata,
}

/// The product of an order's line, as it was.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct OrderLineProduct {
    /// Id.
    pub id: ProductId,
    /// Slug.
    pub slug: String,
    /// Title.
    pub title: String,
}

/// What a promotion code took off an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct OrderDiscount {
    /// The code.
    pub code: String,
    /// The promotion.
    pub promotion_id: PromotionId,
    /// What it took off.
    pub amount: Money,
}

/// How an order is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct OrderShippingOption {
    /// The option.
    pub id: ShippingOptionId,
    /// Its name, as the customer chose it.
    pub name: String,
}

text_enum! {
    /// Something that staff should look at.
    pub enum Attention {
        /// More money came than was asked: give the rest back.
        Overpaid = "overpaid",
        /// A deposit came for an order that is not going to be: give it back.
        DepositRefundDue = "deposit_refund_due",
        /// The provider took another amount than was asked.
        AmountMismatch = "amount_mismatch",
        /// Money came after the order was over.
        LatePayment = "late_payment",
        /// The provider refused to give money back.
        RefundFailed = "refund_failed",
    }
}

/// Something that happened to an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct TimelineEntry {
    /// Id.
    pub id: TimelineId,
    /// `placed`, `payment_captured`, `paid`, `shipped`, `delivered`, `refund_succeeded`, `cancelled`, `expired`, `note` and others.
    pub kind: String,
    /// What belongs to it.
    #[schema(value_type = Object)]
    pub data: serde_json::Value,
    /// Who did it: `guest`, the id of staff or of an API key, `system:...`; for guests `shop` stands for all but themselves.
    pub actor: String,
    /// When.
    pub created_at: Timestamp,
}

text_enum! {
    /// Where a shipment stands.
    pub enum ShipmentStatus {
        /// On its way.
        Shipped = "shipped",
        /// Arrived.
        Delivered = "delivered",
    }
}

/// Goods sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct Shipment {
    /// Id.
    pub id: ShipmentId,
    /// The order.
    pub order_id: OrderId,
    /// Where it stands.
    pub status: ShipmentStatus,
    /// The carrier.
    pub carrier: Option<String>,
    /// The carrier's number for it.
    pub tracking_number: Option<String>,
    /// Where the customer can follow it.
    pub tracking_url: Option<String>,
    /// What is in it.
    pub lines: Vec<ShippedLine>,
    /// When it was sent.
    pub created_at: Timestamp,
    /// When it arrived.
    pub delivered_at: Option<Timestamp>,
}

/// A line's part of a shipment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct ShippedLine {
    /// The line.
    pub line_id: OrderLineId,
    /// How many.
    pub quantity: i32,
}

/// Lines and quantities to send.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct FulfilLine {
    /// The line.
    pub line_id: OrderLineId,
    /// How many.
    #[validate(range(min = 1, max = 1_000_000))]
    pub quantity: i32,
}

/// A shipment to record.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct FulfilInput {
    /// What is sent; everything not sent yet if absent.
    #[validate(length(min = 1, max = 1000), nested)]
    pub lines: Option<Vec<FulfilLine>>,
    /// The carrier.
    #[validate(length(min = 1, max = 100))]
    #[schema(example = "CJ대한통운")]
    pub carrier: Option<String>,
    /// The carrier's number for it.
    #[validate(length(min = 1, max = 100))]
    pub tracking_number: Option<String>,
    /// Where the customer can follow it.
    #[validate(length(max = 2000), url)]
    pub tracking_url: Option<String>,
}

/// Why an order is cancelled.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct CancelInput {
    /// For the timeline.
    #[validate(length(min = 1, max = 500))]
    pub reason: Option<String>,
}

/// A line to refund.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct RefundLineInput {
    /// The line.
    pub line_id: OrderLineId,
    /// How many. Those that have not shipped are taken first: they are not sent any more.
    #[validate(range(min = 1, max = 1_000_000))]
    pub quantity: i32,
    /// Whether shipped ones go back on the shelf.
    #[serde(default)]
    #[graphql(default)]
    pub restock: bool,
}

/// Money to give back: an amount, or lines at what they cost, or (neither) everything that is left.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct RefundInput {
    /// An amount in the order's currency.
    pub amount: Option<MinorUnits>,
    /// Lines and quantities, at what the customer paid for them (shipping is not part of it).
    #[validate(length(min = 1, max = 1000), nested)]
    pub lines: Option<Vec<RefundLineInput>>,
    /// For a refund of everything: whether shipped goods go back on the shelf.
    #[graphql(default)]
    pub restock: bool,
    /// For the timeline and the customer.
    #[validate(length(min = 1, max = 500))]
    pub reason: Option<String>,
}

/// Changes to an order (RFC 7396: what is absent stays; a metadata key with null goes).
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct OrderUpdate {
    /// What the app keeps with it.
    #[schema(value_type = Option<std::collections::BTreeMap<String, Option<String>>>)]
    pub metadata: Patch<MetadataPatch>,
    /// What staff tools keep with it.
    #[schema(value_type = Option<std::collections::BTreeMap<String, Option<String>>>)]
    pub private_metadata: Patch<MetadataPatch>,
    /// True: staff has looked at what asked for attention.
    pub attention_resolved: Option<bool>,
}

/// A note for colleagues.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct NoteInput {
    /// What to remember. Guests do not see it.
    #[validate(length(min = 1, max = 2000))]
    pub text: String,
}

/// A payment with its order, as they stand now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct PaymentAnswer {
    /// The order.
    pub order: Order,
    /// The payment.
    pub payment: Payment,
}

impl Answer for PaymentAnswer {}

impl PaymentAnswer {
    /// The id of the payment.
    pub fn payment_id(&self) -> PaymentId {
        self.payment.id
    }
}
