//! What nobody waits for any more: payments and refunds whose answer was lost, orders not paid in time. The
//! jobs run these; each thing is a transaction of its own, and one that fails does not stop the others.

use std::collections::HashSet;
use std::sync::Arc;

use futures_util::{StreamExt, stream};

use super::afterwards::{carry_out, follow, settle_quietly};
use crate::app::App;
use crate::commerce::auth::Caller;
use crate::commerce::orders::{self, OrderKey, Whole};
use crate::commerce::payments::{self, Question};
use crate::error::Result;
use crate::types::{OrderId, PaymentId};

/// How many are read at once.
const BATCH: i64 = 100;
/// How many providers are spoken to at once: one that is slow does not hold up the others.
const AT_ONCE: usize = 8;

/// Asks the providers about open payments; answers how many were asked.
pub async fn reconcile_payments(app: &App, by: &Arc<Caller>) -> Result<usize> {
    let mut seen = HashSet::new();
    loop {
        let due = app.read(|tx| payments::due_payments(tx, BATCH)).await?;
        let fresh: Vec<(PaymentId, OrderId)> = due.into_iter().filter(|(id, _)| seen.insert(*id)).collect();
        if fresh.is_empty() {
            return Ok(seen.len());
        }
        let asking = fresh.into_iter().map(|(payment, order)| async move {
            if let Err(error) = reconcile_payment(app, by, order, payment).await {
                tracing::warn!(%payment, %error, "a payment could not be reconciled now");
            }
        });
        stream::iter(asking).buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
    }
}

async fn reconcile_payment(app: &App, by: &Arc<Caller>, order: OrderId, id: PaymentId) -> Result<()> {
    let whole = app.read(move |tx| Whole::load(tx, &OrderKey::Id(order))).await?;
    let row = whole.payment(id)?;
    let request = payments::request(row, whole.number());
    let said = payments::ask(app, &row.provider, Question::Inquire, &request).await;
    settle_quietly(app, by, order, id, said).await
}

/// Tries promised refunds again; answers how many were tried.
pub async fn reconcile_refunds(app: &App, by: &Arc<Caller>) -> Result<usize> {
    let mut seen = HashSet::new();
    loop {
        let due = app.read(|tx| payments::due_refunds(tx, BATCH)).await?;
        let fresh: Vec<_> = due.into_iter().filter(|(id, _)| seen.insert(*id)).collect();
        if fresh.is_empty() {
            return Ok(seen.len());
        }
        let trying = fresh.into_iter().map(|(refund, order)| async move {
            if let Err(error) = carry_out(app, by, order, refund).await {
                tracing::warn!(%refund, %error, "a refund could not be settled now");
            }
        });
        stream::iter(trying).buffer_unordered(AT_ONCE).collect::<Vec<()>>().await;
    }
}

/// Lets orders go that were not paid in time; answers how many.
pub async fn expire_orders(app: &App, by: &Arc<Caller>) -> Result<usize> {
    let (mut seen, mut expired) = (HashSet::new(), 0usize);
    loop {
        let due = app.read(|tx| orders::overdue(tx, BATCH)).await?;
        let fresh: Vec<OrderId> = due.into_iter().filter(|id| seen.insert(*id)).collect();
        if fresh.is_empty() {
            return Ok(expired);
        }
        for order in fresh {
            let caller = by.clone();
            match app.write(move |tx| orders::expire(tx, &caller, order)).await {
                Ok(Some((_, afterwards))) => {
                    expired = expired.saturating_add(1);
                    follow(app, by, order, afterwards).await;
                }
                Ok(None) => {}
                Err(error) => tracing::warn!(%order, %error, "an order could not be let go now"),
            }
        }
    }
}
