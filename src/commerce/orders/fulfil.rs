//! Sending an order, all of it or a part, and hearing that it arrived.

use std::collections::HashMap;

use diesel::prelude::*;
use serde_json::json;

use super::rows::ShipmentRow;
use super::shapes::{FulfilInput, Order, ShipmentStatus, ShippedLine};
use super::state::transition;
use super::view::View;
use super::whole::{About, OrderKey, Whole};
use super::{FulfilmentStatus, OrderStatus};
use crate::commerce::auth::{Caller, Permission};
use crate::commerce::inventory;
use crate::db::tables::shipments;
use crate::db::{Tx, on_each};
use crate::error::{Code, Error, FieldError, Result, check};
use crate::types::{Json, OrderId, OrderLineId, ShipmentId};

/// Records a shipment: of everything that has not shipped, or of these lines and quantities.
pub fn fulfil(tx: &mut Tx, by: &Caller, key: &OrderKey, expected_version: Option<i32>, input: FulfilInput) -> Result<Order> {
    by.require(Permission::OrdersWrite)?;
    check(&input)?;
    let mut whole = Whole::lock_by(tx, key)?.reached_by(by)?.at_version(expected_version)?;
    if whole.order.status != OrderStatus::Confirmed {
        let state = whole.order.status;
        return Err(Error::new(Code::IllegalTransition, format!("An order that is {state} cannot be sent: it must be confirmed.")));
    }
    let items = what_to_send(&mut whole, &input)?;
    let row = ShipmentRow {
        id: tx.new_id(),
        order_id: whole.id(),
        status: ShipmentStatus::Shipped,
        carrier: input.carrier,
        tracking_number: input.tracking_number,
        tracking_url: input.tracking_url,
        lines: Json(items.clone()),
        created_at: tx.now(),
        delivered_at: None,
    };
    on_each!(tx, |c| diesel::insert_into(shipments::table).values(&row).execute(c))?;
    let data = json!({"shipment_id": row.id, "lines": items, "carrier": row.carrier, "tracking_number": row.tracking_number});
    whole.emit("order.shipped", About::Shipment(row.id));
    whole.shipments.push(row);
    whole.tell(tx, by, "shipped", data);
    whole.commit(tx)?;
    let counted: HashMap<OrderLineId, bool> = whole.lines.iter().map(|l| (l.id, l.track_inventory)).collect();
    let taken: Vec<(OrderLineId, i32)> =
        items.iter().filter(|l| counted.get(&l.line_id) == Some(&true)).map(|l| (l.line_id, l.quantity)).collect();
    if !taken.is_empty() {
        inventory::fulfil(tx, by, whole.id(), &taken)?;
    }
    Ok(whole.shape(View::of(by)))
}

/// Marks what is sent and answers it.
fn what_to_send(whole: &mut Whole, input: &FulfilInput) -> Result<Vec<ShippedLine>> {
    let mut wanted: Vec<(String, OrderLineId, i32)> = Vec::new();
    match &input.lines {
        Some(lines) => {
            for (index, line) in lines.iter().enumerate() {
                wanted.push((format!("/lines/{index}"), line.line_id, line.quantity));
            }
        }
        None => wanted.extend(whole.lines.iter().filter(|l| l.unshipped() > 0).map(|l| (String::new(), l.id, l.unshipped()))),
    }
    if wanted.is_empty() {
        return Err(Error::new(Code::IllegalTransition, "Everything of this order has shipped."));
    }
    let (mut sent, mut wrong) = (Vec::new(), Vec::new());
    let mut by_id: HashMap<_, _> = whole.lines_mut().iter_mut().map(|l| (l.id, l)).collect();
    for (pointer, id, quantity) in wanted {
        match by_id.get_mut(&id) {
            None => wrong.push(FieldError::new(format!("{pointer}/line_id"), "not_found", "This order has no such line.")),
            Some(line) if quantity > line.unshipped() => {
                let detail = format!("{} of this line are still to be sent.", line.unshipped());
                wrong.push(FieldError::new(format!("{pointer}/quantity"), "range", detail));
            }
            Some(line) => {
                line.fulfilled_quantity = line.fulfilled_quantity.saturating_add(quantity);
                sent.push(ShippedLine { line_id: id, quantity });
            }
        }
    }
    if wrong.is_empty() { Ok(sent) } else { Err(Error::invalid(wrong)) }
}

/// Records that a shipment arrived; when all have, the order is completed. Doing it again changes nothing.
pub fn deliver(tx: &mut Tx, by: &Caller, id: ShipmentId) -> Result<Order> {
    by.require(Permission::OrdersWrite)?;
    let order: Option<OrderId> = on_each!(tx, |c| shipments::table.find(id).select(shipments::order_id).first(c).optional())?;
    let order = order.ok_or_else(|| Error::not_found("shipment"))?;
    let mut whole = Whole::lock(tx, order)?.reached_by(by).map_err(|_| Error::not_found("shipment"))?;
    let now = tx.now();
    let row = whole.shipments.iter_mut().find(|s| s.id == id).ok_or_else(|| Error::not_found("shipment"))?;
    if row.delivered_at.is_some() {
        return Ok(whole.shape(View::of(by)));
    }
    row.status = ShipmentStatus::Delivered;
    row.delivered_at = Some(now);
    let row = row.clone();
    on_each!(tx, |c| diesel::update(shipments::table.find(id)).set(&row).execute(c))?;
    whole.tell(tx, by, "delivered", json!({"shipment_id": id}));
    whole.emit("order.delivered", About::Shipment(id));
    let all = super::state::fulfilment_status(&whole) == FulfilmentStatus::Delivered;
    if all && whole.order.status == OrderStatus::Confirmed {
        transition(tx, by, &mut whole, OrderStatus::Completed, json!({}))?;
    }
    whole.commit(tx)?;
    Ok(whole.shape(View::of(by)))
}
