//! Deposits into a payment's account: staff (or a bank's notice) says what came. Too little is told and
//! waited on, too much is told and kept apart, too late revives the order or goes back.

use diesel::prelude::*;
use serde_json::json;

use super::settle::take;
use super::shapes::{Attention, PaymentAnswer};
use super::whole::Whole;
use crate::commerce::auth::{Caller, Permission};
use crate::commerce::inventory;
use crate::commerce::payments::{self, DepositInput, EntryKind, PaymentStatus};
use crate::db::tables::payments as payments_table;
use crate::db::{Tx, on_each};
use crate::error::{Code, Error, Result, check};
use crate::types::money::MAX_AMOUNT;
use crate::types::{Money, OrderId, PaymentId};

/// The order of a payment.
pub(in crate::commerce) fn order_of(tx: &mut Tx, payment: PaymentId) -> Result<OrderId> {
    let order: Option<OrderId> =
        on_each!(tx, |c| payments_table::table.find(payment).select(payments_table::order_id).first(c).optional())?;
    order.ok_or_else(|| Error::not_found("payment"))
}

/// Records a deposit. Sandbox accounts (`virtual_account` of the provider `test`) are paid into in the same way.
pub fn confirm_deposit(tx: &mut Tx, by: &Caller, id: PaymentId, input: DepositInput) -> Result<PaymentAnswer> {
    by.require(Permission::PaymentsWrite)?;
    check(&input)?;
    let amount = input.amount.0;
    if !(1..=MAX_AMOUNT).contains(&amount) {
        return Err(Error::invalid_field("/amount", "range", format!("Must be between 1 and {MAX_AMOUNT}.")));
    }
    let order = order_of(tx, id)?;
    let mut whole = Whole::lock(tx, order)?.reached_by(by).map_err(|_| Error::not_found("payment"))?;
    if whole.payment(id)?.instructions.is_none() {
        return Err(Error::new(Code::IllegalTransition, "This payment awaits no deposit."));
    }
    if payments::knows_deposit(tx, id, &input.reference)? {
        return Err(Error::new(Code::AlreadyExists, "A deposit with this reference was counted already."));
    }
    let payment = whole.payment_mut(id)?;
    payment.received = payment.received.checked_add(amount).ok_or_else(|| Error::invalid_field("/amount", "range", "Too much."))?;
    let (status, asked, captured) = (payment.status, payment.amount, payment.captured);
    let money = |amount| Money::new(amount, payment.currency);
    let (came, so_far, over) = (money(amount), money(payment.received), money(payment.received.saturating_sub(asked)));
    whole.enter(tx, id, EntryKind::Deposit, amount, Some(input.reference.clone()));
    whole.tell(tx, by, "deposit_received", json!({"payment_id": id, "amount": came, "received": so_far, "reference": input.reference}));
    let is_complete = over.amount.0 >= 0 && captured == 0 && status != PaymentStatus::Captured;
    let mut confirmed = false;
    if is_complete {
        // What follows, if the order is over, is a refund that the job carries out.
        (confirmed, _) = take(tx, by, &mut whole, id)?;
    }
    if over.amount.0 > 0 {
        whole.ask_attention(tx, by, Attention::Overpaid, json!({"payment_id": id, "amount": over}));
    } else if !status.is_live() && !is_complete {
        whole.ask_attention(tx, by, Attention::DepositRefundDue, json!({"payment_id": id, "amount": came}));
    }
    whole.commit(tx)?;
    if confirmed {
        inventory::allocate(tx, whole.id())?;
    }
    whole.answer(by, id)
}
