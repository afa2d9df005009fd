//! Payments as the database keeps them, and what may be done to one in memory.

use chrono::Duration;
use diesel::prelude::*;

use super::shapes::{RefundStatus, RefundedLine};
use super::{Payment, PaymentStatus, Refund, transition};
use crate::db::tables::{payment_attempts, payment_entries, payments, refunds};
use crate::error::{Code, Error, Result};
use crate::providers::payment::{DepositInstructions, Failure, NextAction};
use crate::types::text::text_enum;
use crate::types::{AttemptId, Currency, Json, Money, OrderId, PaymentEntryId, PaymentId, RefundId, Timestamp};

#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = payments, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct PaymentRow {
    pub id: PaymentId,
    pub order_id: OrderId,
    pub provider: String,
    pub method: String,
    pub status: PaymentStatus,
    pub currency: Currency,
    pub amount: i64,
    pub captured: i64,
    pub refunded: i64,
    pub received: i64,
    pub provider_reference: Option<String>,
    pub instructions: Option<Json<DepositInstructions>>,
    pub next_action: Option<Json<NextAction>>,
    pub failure: Option<Json<Failure>>,
    pub due_at: Option<Timestamp>,
    pub next_check_at: Option<Timestamp>,
    pub checks: i32,
    pub version: i32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// The first time a provider is asked about an open payment, and the longest pause between questions.
const FIRST_CHECK_SECONDS: i64 = 5;
const LONGEST_PAUSE_SECONDS: i64 = 3600;
/// How often a provider is asked about a payment that was given up here: about three days.
const CHECKS_OF_A_CLOSED_PAYMENT: i32 = 80;

impl PaymentRow {
    /// The money is ours, for good.
    pub fn capture(&mut self, amount: i64) -> Result<()> {
        transition(self, PaymentStatus::Captured)?;
        self.captured = amount;
        self.failure = None;
        self.next_action = None;
        self.next_check_at = None;
        Ok(())
    }

    /// Promises money back: no more than was taken and not promised yet.
    pub fn promise_back(&mut self, amount: i64) -> Result<()> {
        let left = self.captured.saturating_sub(self.refunded);
        if amount <= 0 || amount > left {
            let left = Money::new(left, self.currency);
            return Err(Error::new(Code::RefundExceedsPayment, format!("At most {left} can be given back.")));
        }
        self.refunded = self.refunded.saturating_add(amount);
        Ok(())
    }

    /// A promise that the provider refused.
    pub fn keep_after_all(&mut self, amount: i64) {
        self.refunded = self.refunded.saturating_sub(amount).max(0);
    }

    /// Whether clients see the same in both.
    pub fn looks_like(&self, other: &Self) -> bool {
        Payment::from(self.clone()) == Payment::from(other.clone())
    }

    /// When to ask the provider again: later each time.
    pub fn ask_again(&mut self, now: Timestamp) {
        let exponent = u32::try_from(self.checks).unwrap_or(0).min(20);
        let pause = FIRST_CHECK_SECONDS.saturating_mul(1i64.checked_shl(exponent).unwrap_or(i64::MAX)).min(LONGEST_PAUSE_SECONDS);
        self.checks = self.checks.saturating_add(1);
        let gave_up = !self.status.is_live() && self.checks > CHECKS_OF_A_CLOSED_PAYMENT;
        self.next_check_at = if gave_up { None } else { Some(now.plus(Duration::seconds(pause))) };
    }

    #[cfg(test)]
    pub fn sample(amount: i64) -> Self {
        let now = Timestamp::from_micros(0).unwrap();
        Self {
            id: PaymentId::from(uuid::Uuid::nil()),
            order_id: OrderId::from(uuid::Uuid::nil()),
            provider: "test".into(),
            method: "approve".into(),
            status: PaymentStatus::Created,
            currency: Currency::KRW,
            amount,
            captured: 0,
            refunded: 0,
            received: 0,
            provider_reference: None,
            instructions: None,
            next_action: None,
            failure: None,
            due_at: None,
            next_check_at: None,
            checks: 0,
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }
}

impl From<PaymentRow> for Payment {
    fn from(row: PaymentRow) -> Self {
        let money = |amount| Money::new(amount, row.currency);
        Self {
            id: row.id,
            order_id: row.order_id,
            provider: row.provider,
            method: row.method,
            status: row.status,
            amount: money(row.amount),
            captured: money(row.captured),
            refunded: money(row.refunded),
            received: money(row.received),
            instructions: row.instructions.map(|j| j.0),
            next_action: row.next_action.map(|j| j.0),
            failure: row.failure.map(|j| j.0),
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

text_enum! {
    /// What a call to a provider was for.
    pub enum AttemptKind {
        /// Begin a payment.
        Create = "create",
        /// Go on with what the client brought back.
        Confirm = "confirm",
        /// Give a payment up.
        Cancel = "cancel",
        /// Give money back.
        Refund = "refund",
    }
}

text_enum! {
    /// What became of a call to a provider.
    pub enum AttemptStatus {
        /// Not answered yet.
        Open = "open",
        /// Done.
        Succeeded = "succeeded",
        /// Refused.
        Failed = "failed",
        /// The answer was lost.
        Unknown = "unknown",
    }
}

#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = payment_attempts, treat_none_as_default_value = false)]
pub struct AttemptRow {
    pub id: AttemptId,
    pub payment_id: PaymentId,
    pub kind: AttemptKind,
    pub status: AttemptStatus,
    pub amount: i64,
    pub response: Option<Json<serde_json::Value>>,
    pub created_at: Timestamp,
    pub finished_at: Option<Timestamp>,
}

text_enum! {
    /// A kind of the money ledger's entries.
    pub enum EntryKind {
        /// Money seen in the account.
        Deposit = "deposit",
        /// Money taken.
        Capture = "capture",
        /// Money given back.
        Refund = "refund",
    }
}

#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = payment_entries, treat_none_as_default_value = false)]
pub struct EntryRow {
    pub id: PaymentEntryId,
    pub payment_id: PaymentId,
    pub kind: EntryKind,
    pub amount: i64,
    pub reference: Option<String>,
    pub created_at: Timestamp,
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = refunds, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct RefundRow {
    pub id: RefundId,
    pub order_id: OrderId,
    pub payment_id: PaymentId,
    pub attempt_id: Option<AttemptId>,
    pub status: RefundStatus,
    pub currency: Currency,
    pub amount: i64,
    pub reason: Option<String>,
    pub lines: Json<Vec<RefundedLine>>,
    pub next_check_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

impl From<RefundRow> for Refund {
    fn from(row: RefundRow) -> Self {
        Self {
            id: row.id,
            order_id: row.order_id,
            payment_id: row.payment_id,
            status: row.status,
            amount: Money::new(row.amount, row.currency),
            reason: row.reason,
            lines: row.lines.0,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}
