//! An order with everything that belongs to it, in memory: loaded in a fixed number of statements, changed
//! by rules, saved by one guarded update, told on the timeline and in the outbox in one statement each, and
//! shaped for clients without reading again what was just written.

use diesel::prelude::*;
use serde_json::Value;

use super::rows::{LineRow, OrderRow, ShipmentRow, TimelineRow};
use super::shapes::Attention;
use super::view::{View, shipment};
use super::{number, state};
use crate::commerce::auth::{Caller, Permission};
use crate::commerce::events;
use crate::commerce::inventory::Want;
use crate::commerce::payments::{self, AttemptRow, EntryKind, EntryRow, Payment, PaymentRow, Refund, RefundRow, RefundStatus};
use crate::db::tables::{order_lines, order_timeline, orders};
use crate::db::{Again, Tx, add_later, change_later, on_each, thing};
use crate::error::{Code, Error, Result};
use crate::types::ids::{Id, IdError};
use crate::types::{Json, OrderId, PaymentId, RefundId, ShipmentId};

/// How an order is named in a path: by its id or its number.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub enum OrderKey {
    /// `ord_...`
    Id(OrderId),
    /// `260712-7K3F9QXB`
    Number(String),
}

impl OrderKey {
    /// Reads either; anything else is no order's name.
    pub fn parse(text: &str) -> Result<Self> {
        if text.contains('_') {
            return OrderId::parse(text).map(Self::Id).map_err(|e| match e {
                IdError::OtherKind => Error::not_found("order"),
                IdError::Malformed => Error::malformed(format!("{text:?} is not an order's id (ord_...) or number.")),
            });
        }
        number::read(text).map(Self::Number).ok_or_else(|| Error::not_found("order"))
    }
}

/// An order and all its rows.
#[derive(Debug, Clone)]
pub struct Whole {
    pub(in crate::commerce) order: OrderRow,
    pub(in crate::commerce) lines: Vec<LineRow>,
    pub(in crate::commerce) payments: Vec<PaymentRow>,
    pub(in crate::commerce) refunds: Vec<RefundRow>,
    pub(in crate::commerce) shipments: Vec<ShipmentRow>,
    pub(in crate::commerce) timeline: Vec<TimelineRow>,
    unsaved: Unsaved,
}

/// What rules changed and [`Whole::commit`] is to write.
#[derive(Debug, Clone, Default)]
struct Unsaved {
    payments: Vec<PaymentId>,
    refunds: Vec<RefundId>,
    new_refunds: Vec<RefundRow>,
    attempts: Vec<AttemptRow>,
    entries: Vec<EntryRow>,
    lines: bool,
    told: Vec<TimelineRow>,
    events: Vec<(String, About)>,
}

/// What an event is about.
#[derive(Debug, Clone, Copy)]
pub(in crate::commerce) enum About {
    Order,
    Payment(PaymentId),
    Refund(RefundId),
    Shipment(ShipmentId),
}

impl Whole {
    /// A new order, in memory only.
    pub(in crate::commerce) fn new(order: OrderRow, lines: Vec<LineRow>, payments: Vec<PaymentRow>) -> Self {
        Self { order, lines, payments, refunds: Vec::new(), shipments: Vec::new(), timeline: Vec::new(), unsaved: Unsaved::default() }
    }

    /// Refuses to go on from a version that the caller had not seen (412).
    pub fn at_version(self, expected: Option<i32>) -> Result<Self> {
        match expected {
            Some(version) if version != self.order.version => {
                Err(Error::new(Code::VersionMismatch, format!("The order is at version {} now.", self.order.version)))
            }
            _ => Ok(self),
        }
    }

    /// What its lines want of the stock: those that are counted.
    pub(in crate::commerce) fn wants(&self) -> Vec<Want> {
        let want =
            |l: &LineRow| Want { order_line_id: l.id, variant_id: l.variant_id, quantity: l.quantity, backorder: l.backorder, first: None };
        self.lines.iter().filter(|l| l.track_inventory).map(want).collect()
    }

    /// Drops what is not written yet: nothing came of it.
    pub(in crate::commerce) fn forget_changes(&mut self) {
        self.unsaved = Unsaved::default();
    }

    /// Refuses whoever does not hold the order's secret, is not its customer, and is no staff that may read orders.
    pub fn seen_by(self, by: &Caller) -> Result<Self> {
        if self.is_of(by) {
            Ok(self)
        } else if by.may(Permission::OrdersRead) {
            self.reached_by(by)
        } else {
            Err(Error::not_found("order"))
        }
    }

    /// Whether it is the caller's own: they hold its secret.
    pub fn is_of(&self, by: &Caller) -> bool {
        let is_customers = by.customer_id().is_some_and(|id| self.order.customer_id == Some(id));
        is_customers || by.holds_order_token(&self.order.token_hash)
    }

    /// Hides it from staff who are limited to another channel.
    pub fn reached_by(self, by: &Caller) -> Result<Self> {
        if by.reaches(self.order.channel_id) { Ok(self) } else { Err(Error::not_found("order")) }
    }

    /// Its id.
    pub fn id(&self) -> OrderId {
        self.order.id
    }

    /// Its number.
    pub fn number(&self) -> &str {
        &self.order.number
    }

    /// One of its payments.
    pub(in crate::commerce) fn payment(&self, id: PaymentId) -> Result<&PaymentRow> {
        self.payments.iter().find(|p| p.id == id).ok_or_else(|| Error::not_found("payment"))
    }

    /// One of its payments, to be changed.
    pub(in crate::commerce) fn payment_mut(&mut self, id: PaymentId) -> Result<&mut PaymentRow> {
        if !self.unsaved.payments.contains(&id) {
            self.unsaved.payments.push(id);
        }
        self.payments.iter_mut().find(|p| p.id == id).ok_or_else(|| Error::not_found("payment"))
    }

    /// One of its refunds.
    pub(in crate::commerce) fn refund(&self, id: RefundId) -> Result<&RefundRow> {
        self.refunds.iter().find(|r| r.id == id).ok_or_else(|| Error::not_found("refund"))
    }

    /// One of its refunds, to be changed.
    pub(in crate::commerce) fn refund_mut(&mut self, id: RefundId) -> Result<&mut RefundRow> {
        self.unsaved.refunds.push(id);
        self.refunds.iter_mut().find(|r| r.id == id).ok_or_else(|| Error::not_found("refund"))
    }

    /// Its lines, to be changed.
    pub(in crate::commerce) fn lines_mut(&mut self) -> &mut [LineRow] {
        self.unsaved.lines = true;
        &mut self.lines
    }

    /// Adds a refund.
    pub(in crate::commerce) fn add_refund(&mut self, row: RefundRow) {
        self.unsaved.new_refunds.push(row.clone());
        self.refunds.push(row);
    }

    /// Records a call to a provider that is about to be made.
    pub(in crate::commerce) fn attempt(&mut self, row: AttemptRow) {
        self.unsaved.attempts.push(row);
    }

    /// Writes an entry of the money ledger.
    pub(in crate::commerce) fn enter(&mut self, tx: &Tx, payment: PaymentId, kind: EntryKind, amount: i64, reference: Option<String>) {
        if amount != 0 {
            let row = EntryRow { id: tx.new_id(), payment_id: payment, kind, amount, reference, created_at: tx.now() };
            self.unsaved.entries.push(row);
        }
    }

    /// Puts something on the timeline.
    pub(in crate::commerce) fn tell(&mut self, tx: &Tx, by: &Caller, kind: &str, data: Value) {
        let row = TimelineRow {
            id: tx.new_id(),
            order_id: self.order.id,
            position: i32::try_from(self.timeline.len()).unwrap_or(i32::MAX).saturating_add(1),
            kind: kind.to_owned(),
            data: Json(data),
            actor: by.name(),
            created_at: tx.now(),
        };
        self.timeline.push(row.clone());
        self.unsaved.told.push(row);
    }

    /// Puts an event into the outbox: the thing as it is when this is committed.
    pub(in crate::commerce) fn emit(&mut self, kind: impl Into<String>, about: About) {
        self.unsaved.events.push((kind.into(), about));
    }

    /// Asks for staff's attention.
    pub(in crate::commerce) fn ask_attention(&mut self, tx: &Tx, by: &Caller, why: Attention, data: Value) {
        if !self.order.attention.0.contains(&why) {
            self.order.attention.0.push(why);
        }
        self.tell(tx, by, "attention", serde_json::json!({"why": why, "about": data}));
    }

    /// Adds a new order with all that belongs to it. A number that is taken makes the transaction run again with another.
    pub(in crate::commerce) fn insert(&mut self, tx: &mut Tx) -> Result<()> {
        self.order.payment_status = state::payment_status(self);
        add_later!(
            tx,
            orders,
            vec![self.order.clone()],
            Some(|constraint| {
                if constraint.contains("number") {
                    Error::unavailable(Again("an order's number is taken"))
                } else {
                    Error::new(Code::CartClosed, "This cart has become an order already.")
                }
            })
        )?;
        for chunk in self.lines.chunks(1000) {
            add_later!(tx, order_lines, chunk.to_vec())?;
        }
        for payment in &self.payments {
            payments::insert(tx, payment)?;
        }
        self.write_rest(tx)
    }

    /// Writes all that changed: the order first, and only if nobody else wrote it meanwhile
    /// (`version_mismatch`), with what its payments and lines say of it.
    pub(in crate::commerce) fn commit(&mut self, tx: &mut Tx) -> Result<()> {
        self.order.payment_status = state::payment_status(self);
        self.order.fulfilment_status = state::fulfilment_status(self);
        let seen = self.order.version;
        self.order.version = seen.saturating_add(1);
        self.order.updated_at = tx.now();
        let row = &self.order;
        change_later!(
            tx,
            orders,
            thing(row.id),
            {id: row.id, version: seen} => {
                status: row.status,
                payment_status: row.payment_status,
                fulfilment_status: row.fulfilment_status,
                expires_at: row.expires_at,
                cancel_reason: row.cancel_reason.clone(),
                attention: row.attention.clone(),
                metadata: row.metadata.clone(),
                private_metadata: row.private_metadata.clone(),
                version: row.version,
                updated_at: row.updated_at,
            },
            Some(|| Error::new(Code::VersionMismatch, "The order changed meanwhile."))
        )?;
        for id in std::mem::take(&mut self.unsaved.payments) {
            if let Some(payment) = self.payments.iter_mut().find(|p| p.id == id) {
                payments::save(tx, payment)?;
            }
        }
        if std::mem::take(&mut self.unsaved.lines) {
            self.write_lines(tx)?;
        }
        for id in std::mem::take(&mut self.unsaved.refunds) {
            if let Some(refund) = self.refunds.iter_mut().find(|r| r.id == id) {
                payments::save_refund(tx, refund)?;
            }
        }
        self.write_rest(tx)
    }

    /// What is only ever added: one statement a kind.
    fn write_rest(&mut self, tx: &mut Tx) -> Result<()> {
        let unsaved = std::mem::take(&mut self.unsaved);
        payments::insert_attempts(tx, unsaved.attempts)?;
        payments::insert_refunds(tx, &unsaved.new_refunds)?;
        payments::insert_entries(tx, unsaved.entries)?;
        // Two who saw the same order tell its next entry both.
        let meanwhile = |_: &str| Error::new(Code::VersionMismatch, "The order changed meanwhile.");
        add_later!(tx, order_timeline, unsaved.told, Some(meanwhile))?;
        let events = unsaved.events.into_iter().map(|(kind, about)| self.event(kind, about)).collect::<Result<Vec<_>>>()?;
        events::emit_each(tx, events)
    }

    /// An event of what it is about, as JSON: not by way of a [`Value`], which takes longer to make than the rest of an order.
    fn event(&self, kind: String, about: About) -> Result<(String, Option<uuid::Uuid>, String)> {
        let (subject, data) = match about {
            About::Order => {
                let mut order = self.shape(View { staff: true, explain: false });
                order.timeline = Vec::new();
                (self.order.id.into(), serde_json::to_string(&order)?)
            }
            About::Payment(id) => (id.into(), serde_json::to_string(&Payment::from(self.payment(id)?.clone()))?),
            About::Refund(id) => (id.into(), serde_json::to_string(&Refund::from(self.refund(id)?.clone()))?),
            About::Shipment(id) => (id.into(), serde_json::to_string(&self.shipments.iter().find(|s| s.id == id).cloned().map(shipment))?),
        };
        Ok((kind, Some(subject), data))
    }

    /// Writes how far lines are fulfilled and refunded: one statement per thousand lines.
    fn write_lines(&self, tx: &mut Tx) -> Result<()> {
        use diesel::upsert::excluded;
        for chunk in self.lines.chunks(1000) {
            on_each!(tx, |c| {
                diesel::insert_into(order_lines::table)
                    .values(chunk)
                    .on_conflict(order_lines::id)
                    .do_update()
                    .set((
                        order_lines::fulfilled_quantity.eq(excluded(order_lines::fulfilled_quantity)),
                        order_lines::refunded_quantity.eq(excluded(order_lines::refunded_quantity)),
                        order_lines::cancelled_quantity.eq(excluded(order_lines::cancelled_quantity)),
                    ))
                    .execute(c)
            })?;
        }
        Ok(())
    }
}

impl RefundRow {
    /// Whether the provider has not confirmed it yet.
    pub(in crate::commerce) fn is_pending(&self) -> bool {
        self.status == RefundStatus::Pending
    }
}
