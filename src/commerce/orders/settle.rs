//! What a provider's answer does to an order and its payment. Whoever comes first (the client's request, a
//! retry, the reconciling job) does it; the others find it done.

use serde_json::{Value, json};

use super::refund::{Back, promise};
use super::shapes::Attention;
use super::state::transition;
use super::whole::{About, Whole};
use super::{OrderPaymentStatus, OrderStatus};
use crate::commerce::auth::Caller;
use crate::commerce::payments::{self, AttemptKind, AttemptStatus, EntryKind, PaymentStatus};
use crate::commerce::{channels, inventory, promotions};
use crate::db::Tx;
use crate::error::{Code, Error, Result};
use crate::providers::payment::{DepositInstructions, Failure, PaymentOutcome, ProviderError};
use crate::types::{Json, Money, PaymentId, PromotionId, RefundId};

/// A provider's answer about a payment.
pub type Said = Result<PaymentOutcome, ProviderError>;

/// Settles what the provider said. Answers the refunds that follow from it: money that must not stay here.
pub fn settle(tx: &mut Tx, by: &Caller, whole: &mut Whole, id: PaymentId, said: &Said) -> Result<Vec<RefundId>> {
    let before = whole.payment(id)?.clone();
    if before.status == PaymentStatus::Captured {
        return Ok(Vec::new());
    }
    let (confirmed, due) = apply(tx, by, whole, id, said)?;
    if whole.payment(id)?.looks_like(&before) {
        // Nothing that a client sees: no new version.
        payments::save_checks(tx, whole.payment(id)?)?;
        whole.forget_changes();
    } else {
        whole.commit(tx)?;
    }
    let (status, response) = record_of(said);
    payments::finish_attempts(tx, id, status, response)?;
    if confirmed {
        inventory::allocate(tx, whole.id())?;
    }
    Ok(due)
}

/// The same for a new order that is not written yet, where nobody outside needed to be asked. Answers whether the
/// order is confirmed: what it holds is to be allocated.
pub fn settle_at_once(tx: &mut Tx, by: &Caller, whole: &mut Whole, id: PaymentId, outcome: PaymentOutcome) -> Result<bool> {
    let said = Ok(outcome);
    // Refunds that follow from it are promised: the job carries them out.
    let (confirmed, _) = apply(tx, by, whole, id, &said)?;
    let (status, response) = record_of(&said);
    // Who knows nothing that is not known here need not be asked before the time is over.
    let payment = whole.payment_mut(id)?;
    payment.next_check_at = payment.next_check_at.and(payment.due_at);
    let payment = whole.payment(id)?;
    let attempt = payments::closed_attempt(tx, payments::first_attempt(id), payment, AttemptKind::Create, status, response);
    whole.attempt(attempt);
    Ok(confirmed)
}

/// Changes the order and its payment in memory. Answers whether the order is confirmed now, and the refunds due.
fn apply(tx: &mut Tx, by: &Caller, whole: &mut Whole, id: PaymentId, said: &Said) -> Result<(bool, Vec<RefundId>)> {
    let before = whole.payment(id)?.clone();
    let mut due = Vec::new();
    let mut confirmed = false;
    match said {
        Ok(PaymentOutcome::Captured { reference, amount }) => {
            whole.payment_mut(id)?.provider_reference = Some(reference.clone());
            if *amount == Money::new(before.amount, before.currency) {
                (confirmed, due) = take(tx, by, whole, id)?;
            } else {
                due = mismatch(tx, by, whole, id, *amount)?;
            }
        }
        Ok(PaymentOutcome::RequiresAction { reference, next_action }) if before.status.is_open() => {
            let payment = whole.payment_mut(id)?;
            payment.provider_reference = Some(reference.clone());
            payment.next_action = Some(Json(next_action.clone()));
            moves(tx, by, whole, id, PaymentStatus::RequiresAction, Value::Null)?;
        }
        Ok(PaymentOutcome::AwaitingDeposit { reference, instructions }) if before.status.is_open() => {
            whole.payment_mut(id)?.provider_reference = Some(reference.clone());
            awaits(tx, by, whole, id, instructions)?;
        }
        Ok(PaymentOutcome::Failed(failure)) | Err(ProviderError::Refused(failure)) => fails(tx, by, whole, id, failure)?,
        Err(ProviderError::Unknown(_)) | Ok(PaymentOutcome::Pending) if before.status.may_become(PaymentStatus::Unknown) => {
            let lost = said.is_err() || before.status == PaymentStatus::Created;
            if lost {
                moves(tx, by, whole, id, PaymentStatus::Unknown, Value::Null)?;
            }
        }
        _ => {}
    }
    let now = tx.now();
    let payment = whole.payment_mut(id)?;
    let is_over = matches!(said, Ok(PaymentOutcome::Captured { .. } | PaymentOutcome::Failed(_)) | Err(ProviderError::Refused(_)));
    if is_over {
        payment.next_check_at = None;
    } else {
        payment.ask_again(now);
    }
    Ok((confirmed, due))
}

/// The whole amount is here: confirms the order, revives it, or (there is no order for this money any more)
/// promises the money back. Answers whether the order is confirmed now, and the refunds due.
pub(super) fn take(tx: &mut Tx, by: &Caller, whole: &mut Whole, id: PaymentId) -> Result<(bool, Vec<RefundId>)> {
    let payment = whole.payment(id)?.clone();
    let money = Money::new(payment.amount, payment.currency);
    let another_lives = whole.payments.iter().any(|p| p.id != id && p.status.is_live());
    let wanted = match whole.order.status {
        OrderStatus::Pending => !another_lives,
        OrderStatus::Expired => !another_lives && revive(tx, by, whole)?,
        OrderStatus::Confirmed | OrderStatus::Completed | OrderStatus::Cancelled => false,
    };
    whole.enter(tx, id, EntryKind::Capture, payment.amount, payment.provider_reference.clone());
    if wanted {
        whole.payment_mut(id)?.capture(payment.amount)?;
        let data = json!({"payment_id": id, "amount": money});
        whole.tell(tx, by, "payment_captured", data.clone());
        whole.emit("payment.captured", About::Payment(id));
        transition(tx, by, whole, OrderStatus::Confirmed, data)?;
        return Ok((true, Vec::new()));
    }
    let row = whole.payment_mut(id)?;
    row.captured = payment.amount;
    whole.tell(tx, by, "late_payment", json!({"payment_id": id, "amount": money, "order_status": whole.order.status}));
    whole.ask_attention(tx, by, Attention::LatePayment, json!({"payment_id": id}));
    let due = promise(tx, by, whole, tx.new_id(), Back::of(id, money, "The money came when the order was over."))?;
    Ok((false, vec![due]))
}

/// Holds stock and promotions for an expired order again, if they are still to be had.
fn revive(tx: &mut Tx, by: &Caller, whole: &mut Whole) -> Result<bool> {
    let uses: Vec<(PromotionId, i64)> = whole.order.discounts.0.iter().map(|d| (d.promotion_id, d.amount.amount.0)).collect();
    let wants = whole.wants();
    // Stock is held where the order's own channel holds it, whoever calls.
    let channel = channels::by_id(tx, whole.order.channel_id)?.ok_or_else(|| Error::not_found("channel"))?;
    let in_channel = Caller { channel: channel.into(), ..by.clone() };
    let (id, email) = (whole.id(), whole.order.email.clone());
    let held = tx.savepoint(|tx| {
        if !uses.is_empty() {
            promotions::redeem(tx, id, &email, &uses)?;
        }
        if wants.is_empty() { Ok(()) } else { inventory::reserve(tx, &in_channel, id, &wants) }
    });
    match held {
        Ok(()) => {
            whole.tell(tx, by, "revived", json!({}));
            Ok(true)
        }
        Err(error) if matches!(error.code, Code::InsufficientStock | Code::CodeNotApplicable) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The provider took another amount than was asked: that is no payment of this order. All of it goes back.
fn mismatch(tx: &mut Tx, by: &Caller, whole: &mut Whole, id: PaymentId, taken: Money) -> Result<Vec<RefundId>> {
    let payment = whole.payment(id)?.clone();
    let asked = Money::new(payment.amount, payment.currency);
    let detail = format!("The provider took {taken} where {asked} was asked.");
    fails(tx, by, whole, id, &Failure { code: "amount_mismatch".to_owned(), detail })?;
    whole.ask_attention(tx, by, Attention::AmountMismatch, json!({"payment_id": id, "asked": asked, "taken": taken}));
    if taken.amount.0 <= 0 {
        return Ok(Vec::new());
    }
    if taken.currency == payment.currency {
        whole.payment_mut(id)?.captured = taken.amount.0;
        whole.enter(tx, id, EntryKind::Capture, taken.amount.0, payment.provider_reference.clone());
    }
    let back = Back::of(id, taken, "The provider took another amount than was asked.");
    Ok(vec![promise(tx, by, whole, tx.new_id(), back)?])
}

fn fails(tx: &mut Tx, by: &Caller, whole: &mut Whole, id: PaymentId, failure: &Failure) -> Result<()> {
    if !whole.payment(id)?.status.is_open() {
        return Ok(());
    }
    let payment = whole.payment_mut(id)?;
    payment.failure = Some(Json(failure.clone()));
    payment.next_action = None;
    let received = Money::new(payment.received, payment.currency);
    moves(tx, by, whole, id, PaymentStatus::Failed, json!({"code": failure.code}))?;
    whole.emit("payment.failed", About::Payment(id));
    if received.amount.0 > 0 {
        whole.ask_attention(tx, by, Attention::DepositRefundDue, json!({"payment_id": id, "amount": received}));
    }
    Ok(())
}

fn awaits(tx: &Tx, by: &Caller, whole: &mut Whole, id: PaymentId, instructions: &DepositInstructions) -> Result<()> {
    let due = instructions.due_at;
    let payment = whole.payment_mut(id)?;
    payment.instructions = Some(Json(instructions.clone()));
    payment.due_at = Some(due);
    if whole.order.status == OrderStatus::Pending {
        // The order holds its stock as long as the deposit may come.
        whole.order.expires_at = whole.order.expires_at.max(Some(due));
    }
    moves(tx, by, whole, id, PaymentStatus::AwaitingDeposit, json!({"due_at": due}))
}

/// Moves a payment and tells of it; where it stands already there is nothing to tell.
fn moves(tx: &Tx, by: &Caller, whole: &mut Whole, id: PaymentId, to: PaymentStatus, more: Value) -> Result<()> {
    let payment = whole.payment_mut(id)?;
    if payment.status == to {
        return Ok(());
    }
    payments::transition(payment, to)?;
    payment.checks = 0;
    whole.tell(tx, by, &format!("payment_{to}"), json!({"payment_id": id, "about": more}));
    Ok(())
}

/// How an answer is kept with the attempt.
fn record_of(said: &Said) -> (AttemptStatus, Value) {
    match said {
        Ok(PaymentOutcome::Captured { reference, amount }) => {
            (AttemptStatus::Succeeded, json!({"outcome": "captured", "reference": reference, "amount": amount}))
        }
        Ok(PaymentOutcome::RequiresAction { reference, .. }) => {
            (AttemptStatus::Succeeded, json!({"outcome": "requires_action", "reference": reference}))
        }
        Ok(PaymentOutcome::AwaitingDeposit { reference, instructions }) => {
            (AttemptStatus::Succeeded, json!({"outcome": "awaiting_deposit", "reference": reference, "due_at": instructions.due_at}))
        }
        Ok(PaymentOutcome::Pending) => (AttemptStatus::Unknown, json!({"outcome": "pending"})),
        Ok(PaymentOutcome::Failed(failure)) => (AttemptStatus::Failed, json!({"outcome": "failed", "failure": failure})),
        Err(ProviderError::Refused(failure)) => (AttemptStatus::Failed, json!({"outcome": "refused", "failure": failure})),
        Err(ProviderError::Unknown(why)) => (AttemptStatus::Unknown, json!({"outcome": "unknown", "why": why})),
    }
}

/// A new order with nothing to pay is paid.
pub fn take_nothing(tx: &mut Tx, by: &Caller, whole: &mut Whole, id: PaymentId) -> Result<()> {
    let (_, due) = take(tx, by, whole, id)?;
    debug_assert!(due.is_empty());
    whole.order.payment_status = OrderPaymentStatus::Paid;
    Ok(())
}
