//! Orders as the database keeps them.

use diesel::prelude::*;

use super::shapes::{Attention, ShipmentStatus, ShippedLine};
use super::{FulfilmentStatus, OrderDiscount, OrderPaymentStatus, OrderShippingOption, OrderStatus};
use crate::commerce::address::Address;
use crate::commerce::pricing::Explanation;
use crate::db::tables::{order_lines, order_timeline, orders, shipments};
use crate::types::{
    CartId, ChannelId, Currency, CustomerId, Json, Locale, Metadata, OrderId, OrderLineId, ProductId, ShipmentId, TimelineId, Timestamp,
    VariantId,
};

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = orders, treat_none_as_default_value = false)]
pub struct OrderRow {
    pub id: OrderId,
    pub number: String,
    pub token_hash: String,
    pub channel_id: ChannelId,
    pub cart_id: Option<CartId>,
    pub currency: Currency,
    pub locale: Locale,
    pub email: String,
    pub shipping_address: Option<Json<Address>>,
    pub billing_address: Option<Json<Address>>,
    pub status: OrderStatus,
    pub payment_status: OrderPaymentStatus,
    pub fulfilment_status: FulfilmentStatus,
    pub subtotal: i64,
    pub discount: i64,
    pub shipping: i64,
    pub tax: i64,
    pub total: i64,
    pub prices_include_tax: bool,
    pub shipping_option: Option<Json<OrderShippingOption>>,
    pub discounts: Json<Vec<OrderDiscount>>,
    pub explain: Json<Vec<Explanation>>,
    pub metadata: Json<Metadata>,
    pub private_metadata: Json<Metadata>,
    pub placed_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub cancel_reason: Option<String>,
    pub attention: Json<Vec<Attention>>,
    pub version: i32,
    pub updated_at: Timestamp,
    pub customer_id: Option<CustomerId>,
    pub retain_until: Option<Timestamp>,
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = order_lines, treat_none_as_default_value = false)]
pub struct LineRow {
    pub id: OrderLineId,
    pub order_id: OrderId,
    pub position: i32,
    pub variant_id: VariantId,
    pub product_id: ProductId,
    pub product_slug: String,
    pub sku: Option<String>,
    pub product_title: String,
    pub variant_title: String,
    pub image_url: Option<String>,
    pub quantity: i32,
    pub fulfilled_quantity: i32,
    pub refunded_quantity: i32,
    pub cancelled_quantity: i32,
    pub unit_price: i64,
    pub subtotal: i64,
    pub discount: i64,
    pub tax: i64,
    pub total: i64,
    pub tax_rate_ppm: i32,
    pub weight_grams: i32,
    pub requires_shipping: bool,
    pub track_inventory: bool,
    pub backorder: bool,
    pub metadata: Json<Metadata>,
}

impl LineRow {
    /// How many are still to be sent.
    pub fn unshipped(&self) -> i32 {
        self.quantity.saturating_sub(self.fulfilled_quantity).saturating_sub(self.cancelled_quantity)
    }

    /// How many are not refunded yet.
    pub fn unrefunded(&self) -> i32 {
        self.quantity.saturating_sub(self.refunded_quantity)
    }
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = order_timeline, treat_none_as_default_value = false)]
pub struct TimelineRow {
    pub id: TimelineId,
    pub order_id: OrderId,
    pub position: i32,
    pub kind: String,
    pub data: Json<serde_json::Value>,
    pub actor: String,
    pub created_at: Timestamp,
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = shipments, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct ShipmentRow {
    pub id: ShipmentId,
    pub order_id: OrderId,
    pub status: ShipmentStatus,
    pub carrier: Option<String>,
    pub tracking_number: Option<String>,
    pub tracking_url: Option<String>,
    pub lines: Json<Vec<ShippedLine>>,
    pub created_at: Timestamp,
    pub delivered_at: Option<Timestamp>,
}
