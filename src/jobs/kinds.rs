//! The kinds of jobs, how often each runs, and what it does.

use std::sync::Arc;

use crate::app::App;
use crate::commerce::auth::{self, Caller};
use crate::commerce::{cart, checkout, customers, idempotency, identity, notifications, operations, orders, staff};
use crate::error::Result;
use crate::types::text::text_enum;

text_enum! {
    /// A kind of job.
    pub enum JobKind {
        /// Sends mail that is queued.
        SendMail = "send_mail",
        /// Sends text messages that are queued.
        SendTexts = "send_texts",
        /// Asks providers about payments whose outcome is open.
        ReconcilePayments = "reconcile_payments",
        /// Tries refunds again whose answer was lost.
        ReconcileRefunds = "reconcile_refunds",
        /// Lets orders go that were not paid in time.
        ExpireOrders = "expire_orders",
        /// Lets carts go that nobody touched for long.
        ExpireCarts = "expire_carts",
        /// Takes up operations that wait, such as imports.
        TakeUpOperations = "take_up_operations",
        /// Forgets idempotency keys past their life.
        PurgeIdempotencyKeys = "purge_idempotency_keys",
        /// Lets the next signing key take over when the present one has signed for long.
        RotateSigningKeys = "rotate_signing_keys",
        /// Erases what was kept of erased customers' orders for the law, when its time is over.
        EraseRetainedOrders = "erase_retained_orders",
        /// Forgets sessions, proofs, failed log-ins, attempts to sign in, mail and signing keys past their time.
        PurgeAccounts = "purge_accounts",
        /// Tells those whose accounts nobody uses, and puts them away or erases them, if the shop wants so.
        SweepInactive = "sweep_inactive",
        /// Forgets jobs that ended.
        PurgeJobs = "purge_jobs",
    }
}

/// How many orders one round erases at most.
const ORDERS_AT_ONCE: i64 = 1_000;
/// How many carts one round lets go at most.
const CARTS_AT_ONCE: i64 = 5_000;

impl JobKind {
    /// How long a slot of its schedule is, in seconds.
    pub fn period_seconds(self) -> i64 {
        match self {
            Self::SendMail | Self::SendTexts => 2,
            Self::ReconcilePayments | Self::TakeUpOperations => 5,
            Self::ReconcileRefunds | Self::ExpireOrders => 15,
            Self::ExpireCarts => 300,
            Self::PurgeIdempotencyKeys
            | Self::PurgeJobs
            | Self::RotateSigningKeys
            | Self::EraseRetainedOrders
            | Self::PurgeAccounts
            | Self::SweepInactive => 3600,
        }
    }

    /// Does it; answers how many things it did something about. What can be settled is settled before what
    /// is overdue is let go: kinds run in the order above.
    pub(super) async fn run(self, app: &App, by: &Arc<Caller>) -> Result<usize> {
        match self {
            Self::SendMail => notifications::send_due(app).await,
            Self::SendTexts => notifications::send_texts_due(app).await,
            Self::ReconcilePayments => checkout::reconcile_payments(app, by).await,
            Self::ReconcileRefunds => checkout::reconcile_refunds(app, by).await,
            Self::ExpireOrders => checkout::expire_orders(app, by).await,
            Self::ExpireCarts => app.write(|tx| cart::expire_stale(tx, CARTS_AT_ONCE)).await,
            // Long work must not keep orders from expiring: it has a thread of its own.
            Self::TakeUpOperations => {
                operations::take_up(app);
                Ok(0)
            }
            Self::PurgeIdempotencyKeys => app.write(idempotency::purge).await,
            Self::RotateSigningKeys => auth::tokens::rotate_when_due(app).await,
            Self::EraseRetainedOrders => app.write(|tx| orders::erase_retained(tx, ORDERS_AT_ONCE)).await,
            Self::PurgeAccounts => {
                let purge = |tx: &mut crate::db::Tx| {
                    let forgotten = [
                        auth::purge(tx)?,
                        notifications::purge(tx)?,
                        staff::purge(tx)?,
                        customers::forget_sign_ins(tx)?,
                        identity::purge(tx)?,
                    ];
                    Ok(forgotten.iter().sum())
                };
                app.write(purge).await
            }
            Self::SweepInactive => customers::sweep_inactive(app).await.map(|swept| swept.noticed.saturating_add(swept.ended)),
            Self::PurgeJobs => app.write(super::run::purge).await,
        }
    }
}
