//! Loading orders with everything that belongs to them: a fixed number of statements, however many.

use std::collections::HashMap;

use diesel::dsl::exists;
use diesel::prelude::*;

use super::rows::{LineRow, OrderRow, ShipmentRow, TimelineRow};
use super::whole::{OrderKey, Whole};
use crate::commerce::payments;
use crate::db::tables::{order_lines, order_timeline, orders, refunds, shipments};
use crate::db::{Conn, Tx, any_of, on_each};
use crate::error::{Error, Result};
use crate::types::OrderId;

/// Which parts are asked for that orders may have none of.
#[derive(Clone, Copy)]
struct Parts {
    shipments: bool,
    refunds: bool,
}

impl Whole {
    /// Loads an order without locking it. What most orders have none of is not asked for where there is none.
    pub fn load(tx: &mut Tx, key: &OrderKey) -> Result<Self> {
        let row: Option<(OrderRow, bool, bool)> = on_each!(tx, |c| {
            let is_sent = exists(shipments::table.filter(shipments::order_id.eq(orders::id)));
            let is_refunded = exists(refunds::table.filter(refunds::order_id.eq(orders::id)));
            let query = orders::table.select((OrderRow::as_select(), is_sent, is_refunded)).into_boxed();
            match key {
                OrderKey::Id(id) => query.filter(orders::id.eq(id)),
                OrderKey::Number(number) => query.filter(orders::number.eq(number)),
            }
            .first(c)
            .optional()
        })?;
        let (row, shipments, refunds) = row.ok_or_else(|| Error::not_found("order"))?;
        Self::load_parts(tx, vec![row], Parts { shipments, refunds })?.pop().ok_or_else(|| Error::not_found("order"))
    }

    /// Loads an order and holds it against every other writer until this transaction ends: whatever moves
    /// an order or its money does this first.
    pub fn lock(tx: &mut Tx, id: OrderId) -> Result<Self> {
        let row: Option<OrderRow> = match tx.conn()? {
            // A writing transaction on SQLite is alone from its begin.
            Conn::Sqlite(c) => orders::table.find(id).select(OrderRow::as_select()).first(&mut **c).optional(),
            Conn::Postgres(c) => orders::table.find(id).select(OrderRow::as_select()).for_update().first(&mut **c).optional(),
        }?;
        let row = row.ok_or_else(|| Error::not_found("order"))?;
        Self::load_all(tx, vec![row])?.pop().ok_or_else(|| Error::not_found("order"))
    }

    /// The same, by id or number.
    pub fn lock_by(tx: &mut Tx, key: &OrderKey) -> Result<Self> {
        let id = id_of(tx, key)?;
        Self::lock(tx, id)
    }

    /// Everything of these orders, in their order: five statements however many.
    pub(super) fn load_all(tx: &mut Tx, rows: Vec<OrderRow>) -> Result<Vec<Self>> {
        Self::load_parts(tx, rows, Parts { shipments: true, refunds: true })
    }

    fn load_parts(tx: &mut Tx, rows: Vec<OrderRow>, have: Parts) -> Result<Vec<Self>> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<OrderId> = rows.iter().map(|r| r.id).collect();
        let lines: Vec<LineRow> = on_each!(tx, |c| {
            order_lines::table
                .filter(order_lines::order_id.eq_any(any_of(&ids)))
                .order((order_lines::order_id, order_lines::position))
                .select(LineRow::as_select())
                .load(c)
        })?;
        let timeline: Vec<TimelineRow> = on_each!(tx, |c| {
            order_timeline::table
                .filter(order_timeline::order_id.eq_any(any_of(&ids)))
                .order((order_timeline::order_id, order_timeline::position))
                .select(TimelineRow::as_select())
                .load(c)
        })?;
        let sent = if have.shipments { sent(tx, &ids)? } else { Vec::new() };
        let payments = payments::of_orders(tx, &ids)?;
        let refunds = if have.refunds { payments::refunds_of_orders(tx, &ids)? } else { Vec::new() };
        let mut all: Vec<Self> = rows.into_iter().map(|row| Self::new(row, Vec::new(), Vec::new())).collect();
        let mut of: HashMap<OrderId, &mut Self> = all.iter_mut().map(|w| (w.order.id, w)).collect();
        for line in lines {
            of.entry(line.order_id).and_modify(|w| w.lines.push(line));
        }
        for entry in timeline {
            of.entry(entry.order_id).and_modify(|w| w.timeline.push(entry));
        }
        for shipment in sent {
            of.entry(shipment.order_id).and_modify(|w| w.shipments.push(shipment));
        }
        for payment in payments {
            of.entry(payment.order_id).and_modify(|w| w.payments.push(payment));
        }
        for refund in refunds {
            of.entry(refund.order_id).and_modify(|w| w.refunds.push(refund));
        }
        Ok(all)
    }
}

fn sent(tx: &mut Tx, orders: &[OrderId]) -> Result<Vec<ShipmentRow>> {
    Ok(on_each!(tx, |c| {
        shipments::table
            .filter(shipments::order_id.eq_any(any_of(orders)))
            .order((shipments::created_at, shipments::id))
            .select(ShipmentRow::as_select())
            .load(c)
    })?)
}

/// The id of an order that is named by either.
pub fn id_of(tx: &mut Tx, key: &OrderKey) -> Result<OrderId> {
    match key {
        OrderKey::Id(id) => Ok(*id),
        OrderKey::Number(number) => {
            let id: Option<OrderId> =
                on_each!(tx, |c| orders::table.filter(orders::number.eq(number)).select(orders::id).first(c).optional())?;
            id.ok_or_else(|| Error::not_found("order"))
        }
    }
}
