//! Writing payments, their attempts and their ledger: each function is one statement.

use diesel::prelude::*;

use super::rows::{AttemptKind, AttemptRow, AttemptStatus, EntryKind, EntryRow, PaymentRow, RefundRow};
use crate::db::tables::{payment_attempts, payment_entries, payments, refunds};
use crate::db::{Tx, add_later, change_later, on_each, thing};
use crate::error::{Code, Error, Result};
use crate::types::{AttemptId, Json, PaymentId};

/// Adds a payment; `payment_in_progress` while another one of its order lives.
pub fn insert(tx: &mut Tx, row: &PaymentRow) -> Result<()> {
    let in_progress = |_: &str| Error::new(Code::PaymentInProgress, "This order has a payment already that is not over.");
    add_later!(tx, payments, vec![row.clone()], Some(in_progress))
}

/// Writes a payment that nobody else wrote meanwhile.
pub fn save(tx: &mut Tx, row: &mut PaymentRow) -> Result<()> {
    let seen = row.version;
    row.version = seen.saturating_add(1);
    row.updated_at = tx.now();
    change_later!(
        tx,
        payments,
        thing(row.id),
        {id: row.id, version: seen} => {
            status: row.status,
            captured: row.captured,
            refunded: row.refunded,
            received: row.received,
            provider_reference: row.provider_reference.clone(),
            instructions: row.instructions.clone(),
            next_action: row.next_action.clone(),
            failure: row.failure.clone(),
            due_at: row.due_at,
            next_check_at: row.next_check_at,
            checks: row.checks,
            version: row.version,
            updated_at: row.updated_at,
        },
        Some(|| Error::new(Code::VersionMismatch, "The payment changed meanwhile."))
    )
}

/// Writes when the provider is to be asked next, unless the payment moved on meanwhile.
pub fn save_checks(tx: &mut Tx, row: &PaymentRow) -> Result<()> {
    on_each!(tx, |c| {
        diesel::update(payments::table.find(row.id).filter(payments::version.eq(row.version)))
            .set((payments::next_check_at.eq(row.next_check_at), payments::checks.eq(row.checks)))
            .execute(c)
    })?;
    Ok(())
}

/// An attempt about to be made.
pub fn open_attempt(tx: &Tx, id: AttemptId, payment: PaymentId, kind: AttemptKind, amount: i64) -> AttemptRow {
    AttemptRow {
        id,
        payment_id: payment,
        kind,
        status: AttemptStatus::Open,
        amount,
        response: None,
        created_at: tx.now(),
        finished_at: None,
    }
}

/// An attempt whose outcome is known already: nobody outside was asked.
pub fn closed_attempt(
    tx: &Tx,
    id: AttemptId,
    payment: &PaymentRow,
    kind: AttemptKind,
    status: AttemptStatus,
    response: serde_json::Value,
) -> AttemptRow {
    let open = open_attempt(tx, id, payment.id, kind, payment.amount);
    AttemptRow { status, response: Some(Json(response)), finished_at: Some(tx.now()), ..open }
}

/// Records attempts before they are made.
pub fn insert_attempts(tx: &mut Tx, rows: Vec<AttemptRow>) -> Result<()> {
    add_later!(tx, payment_attempts, rows)
}

/// Records what became of the attempts to begin or go on with a payment: they share one outcome.
pub fn finish_attempts(tx: &mut Tx, payment: PaymentId, status: AttemptStatus, response: serde_json::Value) -> Result<()> {
    let is_begun = payment_attempts::kind.eq_any([AttemptKind::Create, AttemptKind::Confirm]);
    let is_open = payment_attempts::status.eq_any([AttemptStatus::Open, AttemptStatus::Unknown]);
    change_later!(
        tx,
        payment_attempts,
        thing(payment),
        {payment_id: payment} and is_open.and(is_begun) => {status: status, response: Json(response), finished_at: tx.now()},
        None
    )
}

/// Records what became of one attempt.
pub fn finish_attempt(tx: &mut Tx, id: AttemptId, status: AttemptStatus, response: serde_json::Value) -> Result<()> {
    let change =
        (payment_attempts::status.eq(status), payment_attempts::response.eq(Json(response)), payment_attempts::finished_at.eq(tx.now()));
    on_each!(tx, |c| diesel::update(payment_attempts::table.find(id)).set(change).execute(c))?;
    Ok(())
}

/// Writes entries of the money ledger.
pub fn insert_entries(tx: &mut Tx, rows: Vec<EntryRow>) -> Result<()> {
    add_later!(tx, payment_entries, rows)
}

/// Whether a deposit with this reference is in the ledger already.
pub fn knows_deposit(tx: &mut Tx, payment: PaymentId, reference: &str) -> Result<bool> {
    let known: i64 = on_each!(tx, |c| {
        payment_entries::table
            .filter(payment_entries::payment_id.eq(payment))
            .filter(payment_entries::kind.eq(EntryKind::Deposit))
            .filter(payment_entries::reference.eq(reference))
            .count()
            .get_result(c)
    })?;
    Ok(known > 0)
}

/// Adds refunds.
pub fn insert_refunds(tx: &mut Tx, rows: &[RefundRow]) -> Result<()> {
    if !rows.is_empty() {
        on_each!(tx, |c| diesel::insert_into(refunds::table).values(rows).execute(c))?;
    }
    Ok(())
}

/// Writes a refund.
pub fn save_refund(tx: &mut Tx, row: &mut RefundRow) -> Result<()> {
    row.updated_at = tx.now();
    on_each!(tx, |c| diesel::update(refunds::table.find(row.id)).set(&*row).execute(c))?;
    Ok(())
}
