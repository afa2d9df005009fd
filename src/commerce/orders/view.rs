//! What of an order each caller sees.

use super::rows::{LineRow, OrderRow, ShipmentRow, TimelineRow};
use super::shapes::{Order, OrderLine, OrderLineProduct, OrderTotals, PaymentAnswer, Shipment, TimelineEntry};
use super::whole::Whole;
use crate::commerce::auth::{Caller, Permission};
use crate::commerce::payments::{Payment, Refund};
use crate::error::Result;
use crate::types::ids::Id;
use crate::types::{CustomerId, Money, PaymentId};

/// Who looks, and how closely.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// Staff sees notes, private metadata and what needs attention.
    pub staff: bool,
    /// Whether totals are explained.
    pub explain: bool,
}

impl View {
    /// What this caller may see.
    pub fn of(by: &Caller) -> Self {
        Self { staff: by.may(Permission::OrdersRead), explain: false }
    }
}

/// What only staff reads on a timeline.
const STAFF_KINDS: [&str; 2] = ["note", "attention"];

impl Whole {
    /// The order with one of its payments, as this caller may see them.
    pub(in crate::commerce) fn answer(&self, by: &Caller, payment: PaymentId) -> Result<PaymentAnswer> {
        Ok(PaymentAnswer { order: self.shape(View::of(by)), payment: self.payment(payment)?.clone().into() })
    }

    /// The order as clients see it.
    pub fn shape(&self, view: View) -> Order {
        let row = &self.order;
        let money = |amount| Money::new(amount, row.currency);
        let totals = OrderTotals {
            subtotal: money(row.subtotal),
            discount: money(row.discount),
            shipping: money(row.shipping),
            tax: money(row.tax),
            total: money(row.total),
            prices_include_tax: row.prices_include_tax,
            explain: view.explain.then(|| row.explain.0.clone()),
        };
        Order {
            id: row.id,
            number: row.number.clone(),
            token: None,
            status: row.status,
            payment_status: row.payment_status,
            fulfilment_status: row.fulfilment_status,
            channel_id: row.channel_id,
            customer_id: row.customer_id,
            currency: row.currency,
            locale: row.locale.clone(),
            email: row.email.clone(),
            shipping_address: row.shipping_address.clone().map(|j| j.0),
            billing_address: row.billing_address.clone().map(|j| j.0),
            shipping_option: row.shipping_option.clone().map(|j| j.0),
            lines: self.lines.iter().map(|l| line(l, row)).collect(),
            discounts: row.discounts.0.clone(),
            totals,
            payments: self.payments.iter().cloned().map(Payment::from).collect(),
            shipments: self.shipments.iter().cloned().map(shipment).collect(),
            refunds: self.refunds.iter().cloned().map(Refund::from).collect(),
            timeline: self
                .timeline
                .iter()
                .filter(|t| view.staff || !STAFF_KINDS.contains(&t.kind.as_str()))
                .map(|t| entry(t, view))
                .collect(),
            attention: if view.staff { row.attention.0.clone() } else { Vec::new() },
            metadata: row.metadata.0.clone(),
            private_metadata: view.staff.then(|| row.private_metadata.0.clone()),
            cancel_reason: row.cancel_reason.clone(),
            placed_at: row.placed_at,
            expires_at: row.expires_at,
            retain_until: if view.staff { row.retain_until } else { None },
            version: row.version,
            updated_at: row.updated_at,
        }
    }
}

fn line(row: &LineRow, order: &OrderRow) -> OrderLine {
    let money = |amount| Money::new(amount, order.currency);
    OrderLine {
        id: row.id,
        variant_id: row.variant_id,
        product: OrderLineProduct { id: row.product_id, slug: row.product_slug.clone(), title: row.product_title.clone() },
        sku: row.sku.clone(),
        title: row.variant_title.clone(),
        image_url: row.image_url.clone(),
        quantity: row.quantity,
        fulfilled_quantity: row.fulfilled_quantity,
        refunded_quantity: row.refunded_quantity,
        cancelled_quantity: row.cancelled_quantity,
        unit_price: money(row.unit_price),
        subtotal: money(row.subtotal),
        discount: money(row.discount),
        tax: money(row.tax),
        total: money(row.total),
        tax_rate_ppm: row.tax_rate_ppm,
        requires_shipping: row.requires_shipping,
        metadata: row.metadata.0.clone(),
    }
}

pub(super) fn shipment(row: ShipmentRow) -> Shipment {
    Shipment {
        id: row.id,
        order_id: row.order_id,
        status: row.status,
        carrier: row.carrier,
        tracking_number: row.tracking_number,
        tracking_url: row.tracking_url,
        lines: row.lines.0,
        created_at: row.created_at,
        delivered_at: row.delivered_at,
    }
}

fn entry(row: &TimelineRow, view: View) -> TimelineEntry {
    let actor = match row.actor.as_str() {
        actor if view.staff || actor == "guest" => actor.to_owned(),
        actor if CustomerId::parse(actor).is_ok() => "customer".to_owned(),
        _ => "shop".to_owned(),
    };
    TimelineEntry { id: row.id, kind: row.kind.clone(), data: row.data.0.clone(), actor, created_at: row.created_at }
}
