//! What follows a provider's answer: settling it in one transaction, and the calls that come of that.

use std::sync::Arc;

use crate::app::App;
use crate::commerce::auth::Caller;
use crate::commerce::flow::Run;
use crate::commerce::idempotency::{Answer, Written};
use crate::commerce::orders::{self, Afterwards, Said, Whole};
use crate::commerce::payments::{self, AttemptStatus};
use crate::error::{Code, Result};
use crate::providers::payment::ProviderError;
use crate::types::{AttemptId, OrderId, PaymentId, RefundId};

/// Settles an answer that came for an order as this request knows it, and stores what the client is told. If
/// somebody wrote the order meanwhile, it is locked, read again, and settled as it is.
pub(super) async fn settle_and_answer<T: Answer>(
    app: &App,
    by: &Arc<Caller>,
    run: &Run,
    known: Whole,
    payment: PaymentId,
    said: Said,
    shape: impl Fn(&Whole, PaymentId) -> Result<T> + Clone + Send + 'static,
) -> Result<Written<T>> {
    let order = known.id();
    let settle = |known: Option<Whole>| {
        let (by, claim, said, shape) = (by.clone(), run.claim().cloned(), said.clone(), shape.clone());
        app.write(move |tx| {
            let mut whole = match &known {
                Some(known) => known.clone(),
                None => Whole::lock(tx, order)?,
            };
            let refunds = orders::settle(tx, &by, &mut whole, payment, &said)?;
            let answer = shape(&whole, payment)?;
            if let Some(claim) = &claim {
                claim.finish(tx, &answer.clone().without_secrets())?;
            }
            Ok((answer, refunds))
        })
    };
    let (value, refunds) = match settle(Some(known)).await {
        Err(error) if error.code == Code::VersionMismatch => settle(None).await?,
        done => done?,
    };
    count_outcome(&said);
    follow(app, by, order, Afterwards { refunds, ..Afterwards::default() }).await;
    Ok(Written { value, replayed: false })
}

/// Asks nothing of the client any more: settles an answer on behalf of a job.
pub(super) async fn settle_quietly(app: &App, by: &Arc<Caller>, order: OrderId, payment: PaymentId, said: Said) -> Result<()> {
    count_outcome(&said);
    let caller = by.clone();
    let refunds = app
        .write(move |tx| {
            let mut whole = Whole::lock(tx, order)?;
            orders::settle(tx, &caller, &mut whole, payment, &said)
        })
        .await?;
    follow(app, by, order, Afterwards { refunds, ..Afterwards::default() }).await;
    Ok(())
}

/// Makes the calls that a transaction decided on. What fails here is logged and left to the jobs: it is
/// recorded, so nothing is lost.
pub(super) async fn follow(app: &App, by: &Arc<Caller>, order: OrderId, afterwards: Afterwards) {
    for (payment, attempt) in afterwards.give_up {
        if let Err(error) = give_up(app, order, payment, attempt).await {
            tracing::warn!(%payment, %error, "giving a payment up failed");
        }
    }
    for refund in afterwards.refunds {
        if let Err(error) = carry_out(app, by, order, refund).await {
            tracing::warn!(%refund, %error, "a refund could not be settled now");
        }
    }
}

async fn give_up(app: &App, order: OrderId, payment: PaymentId, attempt: AttemptId) -> Result<()> {
    let whole = app.read(move |tx| Whole::load(tx, &orders::OrderKey::Id(order))).await?;
    let row = whole.payment(payment)?;
    let mut request = payments::request(row, whole.number());
    request.attempt_id = attempt;
    let said = payments::give_up(app, &row.provider, &request).await;
    let (status, response) = match said {
        Ok(()) => (AttemptStatus::Succeeded, serde_json::json!({})),
        Err(ProviderError::Refused(failure)) => (AttemptStatus::Failed, serde_json::json!({"failure": failure})),
        Err(ProviderError::Unknown(why)) => (AttemptStatus::Unknown, serde_json::json!({"why": why})),
    };
    app.write(move |tx| payments::finish_attempt(tx, attempt, status, response.clone())).await
}

/// Carries a promised refund out: asks the provider, and settles what it says. The same attempt each time, so
/// that money goes back once.
pub(super) async fn carry_out(app: &App, by: &Arc<Caller>, order: OrderId, refund: RefundId) -> Result<Whole> {
    let whole = app.read(move |tx| Whole::load(tx, &orders::OrderKey::Id(order))).await?;
    let row = whole.refund(refund)?;
    if !row.is_pending() {
        return Ok(whole);
    }
    let said = payments::give_back(app, whole.payment(row.payment_id)?, row, whole.number()).await;
    let by = by.clone();
    app.write(move |tx| {
        let mut whole = Whole::lock(tx, order)?;
        orders::settle_refund(tx, &by, &mut whole, refund, &said)?;
        Ok(whole)
    })
    .await
}

fn count_outcome(said: &Said) {
    use crate::providers::payment::PaymentOutcome;
    let outcome = match said {
        Ok(PaymentOutcome::Captured { .. }) => "captured",
        Ok(PaymentOutcome::RequiresAction { .. }) => "requires_action",
        Ok(PaymentOutcome::AwaitingDeposit { .. }) => "awaiting_deposit",
        Ok(PaymentOutcome::Pending) => "pending",
        Ok(PaymentOutcome::Failed(_)) | Err(ProviderError::Refused(_)) => "failed",
        Err(ProviderError::Unknown(_)) => "unknown",
    };
    metrics::counter!("maru_payment_answers_total", "outcome" => outcome).increment(1);
}
