//! Giving money back. A refund is promised first, in a transaction that takes its amount out of what may
//! still be given back; then the provider is asked; then it is settled, or the promise is taken back.

use std::collections::HashMap;

use chrono::Duration;
use serde_json::json;

use super::shapes::{Attention, RefundInput};
use super::whole::{About, Whole};
use super::{OrderStatus, rows::LineRow};
use crate::commerce::auth::{Caller, Permission};
use crate::commerce::inventory;
use crate::commerce::payments::{self, AttemptKind, AttemptStatus, EntryKind, PaymentStatus, RefundRow, RefundStatus, RefundedLine};
use crate::db::Tx;
use crate::error::{Code, Error, FieldError, Result, check};
use crate::providers::payment::ProviderError;
use crate::types::money::mul_div;
use crate::types::{AttemptId, Json, Money, OrderLineId, PaymentId, RefundId};

/// How long after its promise the job looks after a refund: the request that promised it settles it first.
const FIRST_CHECK_SECONDS: i64 = 60;
/// The longest pause between two tries.
const LONGEST_PAUSE_SECONDS: i64 = 3600;

/// Money to give back.
#[derive(Debug, Clone)]
pub struct Back {
    /// From this payment.
    pub payment: PaymentId,
    /// How much.
    pub amount: Money,
    /// Why.
    pub reason: Option<String>,
    /// For these lines.
    pub lines: Vec<RefundedLine>,
}

impl Back {
    /// Money that is not for lines.
    pub fn of(payment: PaymentId, amount: Money, reason: impl Into<String>) -> Self {
        Self { payment, amount, reason: Some(reason.into()), lines: Vec::new() }
    }
}

/// Promises money back, in memory; the order's commit writes it.
pub fn promise(tx: &Tx, by: &Caller, whole: &mut Whole, id: RefundId, back: Back) -> Result<RefundId> {
    let payment = whole.payment_mut(back.payment)?;
    // Money of another currency was never in this payment's ledger.
    if payment.currency == back.amount.currency {
        payment.promise_back(back.amount.amount.0)?;
    }
    let attempt: AttemptId = tx.new_id();
    let row = RefundRow {
        id,
        order_id: whole.id(),
        payment_id: back.payment,
        attempt_id: Some(attempt),
        status: RefundStatus::Pending,
        currency: back.amount.currency,
        amount: back.amount.amount.0,
        reason: back.reason,
        lines: Json(back.lines),
        next_check_at: Some(tx.now().plus(Duration::seconds(FIRST_CHECK_SECONDS))),
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    whole.attempt(payments::open_attempt(tx, attempt, back.payment, AttemptKind::Refund, back.amount.amount.0));
    whole.tell(tx, by, "refund_promised", json!({"refund_id": id, "amount": back.amount, "reason": row.reason}));
    whole.add_refund(row);
    Ok(id)
}

/// Promises what staff asked for, and writes it.
pub fn promise_input(tx: &mut Tx, by: &Caller, whole: &mut Whole, refund: RefundId, input: &RefundInput) -> Result<RefundId> {
    by.require_fresh(tx, Permission::OrdersRefund)?;
    check(input)?;
    if input.amount.is_some() && input.lines.is_some() {
        return Err(Error::invalid_field("/amount", "exclusive", "Send an amount, or lines, or neither: not both."));
    }
    if input.amount.is_some_and(|a| a.0 <= 0) {
        return Err(Error::invalid_field("/amount", "range", "Must be at least 1."));
    }
    let payment = refundable(whole).ok_or_else(|| Error::new(Code::RefundExceedsPayment, "Nothing was paid that could be given back."))?;
    let left = payment.captured.saturating_sub(payment.refunded);
    let (id, currency) = (payment.id, payment.currency);
    let (amount, lines) = match (&input.amount, &input.lines) {
        (Some(amount), _) => (amount.0, Vec::new()),
        (None, Some(wanted)) => {
            let wanted: Vec<_> = wanted.iter().map(|l| (l.line_id, l.quantity, l.restock)).collect();
            take_lines(whole, &wanted)?
        }
        (None, None) => {
            let all: Vec<_> = whole.lines.iter().filter(|l| l.unrefunded() > 0).map(|l| (l.id, l.unrefunded(), input.restock)).collect();
            (left, take_lines(whole, &all)?.1)
        }
    };
    let back = Back { payment: id, amount: Money::new(amount, currency), reason: input.reason.clone(), lines };
    promise(tx, by, whole, refund, back)?;
    whole.commit(tx)?;
    Ok(refund)
}

/// The payment that money can be given back from.
fn refundable(whole: &Whole) -> Option<&payments::PaymentRow> {
    let has_money = |p: &&payments::PaymentRow| p.captured > p.refunded;
    whole.payments.iter().filter(has_money).max_by_key(|p| p.status == PaymentStatus::Captured)
}

/// Marks lines as refunded and answers what the customer paid for them.
fn take_lines(whole: &mut Whole, wanted: &[(OrderLineId, i32, bool)]) -> Result<(i64, Vec<RefundedLine>)> {
    let mut by_id: HashMap<OrderLineId, &mut LineRow> = whole.lines_mut().iter_mut().map(|l| (l.id, l)).collect();
    let (mut amount, mut taken, mut wrong) = (0i64, Vec::new(), Vec::new());
    for (index, (id, quantity, restock)) in wanted.iter().enumerate() {
        let Some(line) = by_id.get_mut(id) else {
            wrong.push(FieldError::new(format!("/lines/{index}/line_id"), "not_found", "This order has no such line."));
            continue;
        };
        if *quantity > line.unrefunded() {
            let detail = format!("{} of this line can be refunded.", line.unrefunded());
            wrong.push(FieldError::new(format!("/lines/{index}/quantity"), "range", detail));
            continue;
        }
        amount = amount.saturating_add(paid_for(line, *quantity));
        let unshipped = line.unshipped().min(*quantity);
        line.refunded_quantity = line.refunded_quantity.saturating_add(*quantity);
        line.cancelled_quantity = line.cancelled_quantity.saturating_add(unshipped);
        taken.push(RefundedLine { line_id: *id, quantity: *quantity, unshipped, restock: *restock });
    }
    if wrong.is_empty() { Ok((amount, taken)) } else { Err(Error::invalid(wrong)) }
}

/// What the customer paid for the next `quantity` of a line: the parts of all its refunds sum to the whole.
fn paid_for(line: &LineRow, quantity: i32) -> i64 {
    let share = |n: i32| mul_div(line.total, i64::from(n), i64::from(line.quantity)).unwrap_or(0);
    share(line.refunded_quantity.saturating_add(quantity)).saturating_sub(share(line.refunded_quantity))
}

/// Settles a refund with what the provider said: its reference, its refusal, or nothing yet.
pub fn settle_refund(tx: &mut Tx, by: &Caller, whole: &mut Whole, id: RefundId, said: &Result<String, ProviderError>) -> Result<()> {
    let refund = whole.refund(id)?.clone();
    if !refund.is_pending() {
        return Ok(());
    }
    let money = Money::new(refund.amount, refund.currency);
    let own_currency = whole.payment(refund.payment_id)?.currency == refund.currency;
    let (attempt, response) = match said {
        Ok(reference) => {
            let row = whole.refund_mut(id)?;
            row.status = RefundStatus::Succeeded;
            row.next_check_at = None;
            if own_currency {
                whole.enter(tx, refund.payment_id, EntryKind::Refund, refund.amount, Some(reference.clone()));
            }
            whole.tell(tx, by, "refund_succeeded", json!({"refund_id": id, "amount": money}));
            whole.emit("refund.succeeded", About::Refund(id));
            (AttemptStatus::Succeeded, json!({"reference": reference}))
        }
        Err(ProviderError::Refused(failure)) => {
            let row = whole.refund_mut(id)?;
            row.status = RefundStatus::Failed;
            row.next_check_at = None;
            if own_currency {
                whole.payment_mut(refund.payment_id)?.keep_after_all(refund.amount);
            }
            give_lines_back(whole, &refund.lines.0);
            whole.tell(tx, by, "refund_failed", json!({"refund_id": id, "amount": money, "code": failure.code}));
            whole.ask_attention(tx, by, Attention::RefundFailed, json!({"refund_id": id, "amount": money}));
            whole.emit("refund.failed", About::Refund(id));
            (AttemptStatus::Failed, json!({"failure": failure}))
        }
        Err(ProviderError::Unknown(why)) => {
            let age = tx.now().micros().saturating_sub(refund.created_at.micros()) / 1_000_000;
            let pause = age.clamp(FIRST_CHECK_SECONDS, LONGEST_PAUSE_SECONDS);
            whole.refund_mut(id)?.next_check_at = Some(tx.now().plus(Duration::seconds(pause)));
            (AttemptStatus::Unknown, json!({"why": why}))
        }
    };
    whole.commit(tx)?;
    if let Some(attempt_id) = refund.attempt_id {
        payments::finish_attempt(tx, attempt_id, attempt, response)?;
    }
    if said.is_ok() { move_stock(tx, by, whole, &refund.lines.0) } else { Ok(()) }
}

/// A refused refund: its lines are to be sent, and can be refunded, as before. What an order over meanwhile
/// does not send stays unsent.
fn give_lines_back(whole: &mut Whole, lines: &[RefundedLine]) {
    let refused: HashMap<OrderLineId, &RefundedLine> = lines.iter().map(|l| (l.line_id, l)).collect();
    for line in whole.lines_mut() {
        if let Some(part) = refused.get(&line.id) {
            line.refunded_quantity = line.refunded_quantity.saturating_sub(part.quantity).max(0);
            line.cancelled_quantity = line.cancelled_quantity.saturating_sub(part.unshipped).max(0);
        }
    }
}

/// Frees what was held for goods that are not sent any more, and puts returned ones back on the shelf.
fn move_stock(tx: &mut Tx, by: &Caller, whole: &Whole, lines: &[RefundedLine]) -> Result<()> {
    let counted: HashMap<OrderLineId, bool> = whole.lines.iter().map(|l| (l.id, l.track_inventory)).collect();
    let counted = |l: &&RefundedLine| counted.get(&l.line_id).copied().unwrap_or(false);
    let returned: Vec<(OrderLineId, i32)> = lines
        .iter()
        .filter(counted)
        .filter(|l| l.restock && l.quantity > l.unshipped)
        .map(|l| (l.line_id, l.quantity.saturating_sub(l.unshipped)))
        .collect();
    // A cancelled order has given back everything it held.
    let held: Vec<(OrderLineId, i32)> = if whole.order.status == OrderStatus::Cancelled {
        Vec::new()
    } else {
        lines.iter().filter(counted).filter(|l| l.unshipped > 0).map(|l| (l.line_id, l.unshipped)).collect()
    };
    if !held.is_empty() {
        inventory::release_lines(tx, by, whole.id(), &held)?;
    }
    if returned.is_empty() { Ok(()) } else { inventory::restock(tx, by, whole.id(), &returned) }
}
