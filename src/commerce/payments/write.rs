//! Writing payments, their attempts and their ledger: each function is one statement.

use diesel::prelude::*;

use super::rows::{AttemptKind, AttemptRow, AttemptStatus, EntryKind, EntryRow, PaymentRow, RefundRow};
use crate::db::tables::{payment_attempts, payment_entries, payments, refunds};
use crate::db::{Tx, insert_all, on_each, one, prepared};
use crate::error::{Code, Error, OnUnique, Result};
use crate::types::{AttemptId, Json, PaymentId};

/// Adds a payment; `payment_in_progress` while another one of its order lives.
pub fn insert(tx: &mut Tx, row: &PaymentRow) -> Result<()> {
    on_each!(tx, |c| diesel::insert_into(payments::table).values(row).execute(c))
        .on_unique(|| Error::new(Code::PaymentInProgress, "This order has a payment already that is not over."))?;
    Ok(())
}

/// Writes a payment that nobody else wrote meanwhile.
pub fn save(tx: &mut Tx, row: &mut PaymentRow) -> Result<()> {
    let seen = row.version;
    row.version = seen.saturating_add(1);
    row.updated_at = tx.now();
    let unchanged = payments::table.find(row.id).filter(payments::version.eq(seen));
    let changed = on_each!(tx, |c| prepared(diesel::update(unchanged).set(&*row).returning(one())).run(c))?;
    if changed == 1 { Ok(()) } else { Err(Error::new(Code::VersionMismatch, "The payment changed meanwhile.")) }
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

/// Records attempts before they are made.
pub fn insert_attempts(tx: &mut Tx, rows: &[AttemptRow]) -> Result<()> {
    if !rows.is_empty() {
        insert_all!(tx, payment_attempts::table, rows)?;
    }
    Ok(())
}

/// Records what became of the attempts to begin or go on with a payment: they share one outcome.
pub fn finish_attempts(tx: &mut Tx, payment: PaymentId, status: AttemptStatus, response: serde_json::Value) -> Result<()> {
    let now = tx.now();
    on_each!(tx, |c| {
        let open = payment_attempts::table
            .filter(payment_attempts::payment_id.eq(payment))
            .filter(payment_attempts::status.eq_any([AttemptStatus::Open, AttemptStatus::Unknown]))
            .filter(payment_attempts::kind.eq_any([AttemptKind::Create, AttemptKind::Confirm]));
        let change = (
            payment_attempts::status.eq(status),
            payment_attempts::response.eq(Json(response.clone())),
            payment_attempts::finished_at.eq(now),
        );
        prepared(diesel::update(open).set(change).returning(one())).run(c)
    })?;
    Ok(())
}

/// Records what became of one attempt.
pub fn finish_attempt(tx: &mut Tx, id: AttemptId, status: AttemptStatus, response: serde_json::Value) -> Result<()> {
    let change =
        (payment_attempts::status.eq(status), payment_attempts::response.eq(Json(response)), payment_attempts::finished_at.eq(tx.now()));
    on_each!(tx, |c| diesel::update(payment_attempts::table.find(id)).set(change).execute(c))?;
    Ok(())
}

/// Writes entries of the money ledger.
pub fn insert_entries(tx: &mut Tx, rows: &[EntryRow]) -> Result<()> {
    if !rows.is_empty() {
        insert_all!(tx, payment_entries::table, rows)?;
    }
    Ok(())
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
