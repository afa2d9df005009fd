//! Calling an order off: its stock and promotions are free again, its money goes back.

use serde_json::json;

use super::refund::{Back, promise};
use super::shapes::Attention;
use super::state::transition;
use super::whole::Whole;
use super::{FulfilmentStatus, OrderStatus};
use crate::commerce::auth::{Caller, Permission};
use crate::commerce::payments::{self, AttemptKind, PaymentStatus};
use crate::commerce::{inventory, promotions};
use crate::db::Tx;
use crate::error::{Code, Error, Result};
use crate::types::{AttemptId, Money, PaymentId, RefundId};

/// Through which door an order is cancelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelBy {
    /// The customer, who holds the order's secret.
    Customer,
    /// Staff.
    Staff,
}

/// What is to be done with providers once the transaction is over.
#[derive(Debug, Clone, Default)]
pub struct Afterwards {
    /// Payments to give up, each with its recorded attempt.
    pub give_up: Vec<(PaymentId, AttemptId)>,
    /// Refunds to carry out.
    pub refunds: Vec<RefundId>,
}

/// Whether the order may be cancelled now: while nothing of it has shipped.
pub fn may_cancel(whole: &Whole) -> Result<()> {
    let open = matches!(whole.order.status, OrderStatus::Pending | OrderStatus::Confirmed);
    if open && whole.order.fulfilment_status == FulfilmentStatus::Unfulfilled {
        return Ok(());
    }
    let state = format!("{} and {}", whole.order.status, whole.order.fulfilment_status);
    Err(Error::new(Code::IllegalTransition, format!("An order that is {state} cannot be cancelled.")))
}

/// Cancels an order that the caller has locked.
pub fn cancel(tx: &mut Tx, by: &Caller, whole: &mut Whole, door: CancelBy, reason: Option<String>) -> Result<Afterwards> {
    let is_paid = whole.payments.iter().any(|p| p.captured > p.refunded);
    // Whoever may only read orders comes through the customer's door too.
    if door == CancelBy::Staff || !whole.is_of(by) {
        by.require(Permission::OrdersWrite)?;
        if is_paid {
            by.require_fresh(tx, Permission::OrdersRefund)?;
        }
    }
    may_cancel(whole)?;
    let mut afterwards = close_payments(tx, by, whole)?;
    let paid: Vec<(PaymentId, Money)> =
        whole.payments.iter().map(|p| (p.id, Money::new(p.captured.saturating_sub(p.refunded), p.currency))).collect();
    for (payment, amount) in paid.into_iter().filter(|(_, left)| left.amount.0 > 0) {
        let why = reason.as_deref().unwrap_or("The order was cancelled.");
        afterwards.refunds.push(promise(tx, by, whole, tx.new_id(), Back::of(payment, amount, why))?);
    }
    whole.order.cancel_reason = reason.clone();
    transition(tx, by, whole, OrderStatus::Cancelled, json!({"reason": reason}))?;
    whole.commit(tx)?;
    let_go(tx, by, whole)?;
    Ok(afterwards)
}

/// Gives up the payment that is still open, in memory. If the provider may have taken money all the same, it
/// is asked on: what comes late goes back.
pub(super) fn close_payments(tx: &Tx, by: &Caller, whole: &mut Whole) -> Result<Afterwards> {
    let mut afterwards = Afterwards::default();
    let open: Vec<PaymentId> = whole.payments.iter().filter(|p| p.status.is_open()).map(|p| p.id).collect();
    for id in open {
        let payment = whole.payment_mut(id)?;
        let may_still_come = payment.status.is_in_doubt() || payment.status == PaymentStatus::RequiresAction;
        payments::transition(payment, PaymentStatus::Cancelled)?;
        payment.next_action = None;
        payment.checks = 0;
        payment.next_check_at = None;
        if may_still_come {
            payment.ask_again(tx.now());
        }
        let received = Money::new(payment.received, payment.currency);
        let amount = payment.amount;
        let attempt: AttemptId = tx.new_id();
        whole.attempt(payments::open_attempt(tx, attempt, id, AttemptKind::Cancel, amount));
        whole.tell(tx, by, "payment_cancelled", json!({"payment_id": id}));
        if received.amount.0 > 0 {
            whole.ask_attention(tx, by, Attention::DepositRefundDue, json!({"payment_id": id, "amount": received}));
        }
        afterwards.give_up.push((id, attempt));
    }
    Ok(afterwards)
}

/// Gives back what the order used up: promotions, then stock.
pub(super) fn let_go(tx: &mut Tx, by: &Caller, whole: &Whole) -> Result<()> {
    if !whole.order.discounts.0.is_empty() {
        promotions::release(tx, whole.id())?;
    }
    if whole.lines.iter().any(|l| l.track_inventory) { inventory::release(tx, by, whole.id()) } else { Ok(()) }
}
