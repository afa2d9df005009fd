//! Another payment for an order whose last one failed.

use std::sync::Arc;

use serde_json::json;

use super::Waiting;
use super::afterwards::settle_and_answer;
use super::place::payment;
use crate::app::App;
use crate::commerce::auth::{Caller, Permission};
use crate::commerce::channels;
use crate::commerce::flow::{Begun, Run, Step, begin, detached};
use crate::commerce::idempotency::{Answer, Written};
use crate::commerce::orders::{OrderKey, OrderStatus, PaymentAnswer, Whole};
use crate::commerce::payments::{self, AttemptKind, PaymentChoice, PaymentRow, Question};
use crate::db::Tx;
use crate::error::{Code, Error, Result, check};
use crate::types::{Money, OrderId, PaymentId};

/// Begins a new payment of a pending order; `payment_in_progress` while another one is not over.
pub async fn pay_order(app: &App, by: &Arc<Caller>, run: Run, order: OrderId, choice: PaymentChoice) -> Result<Written<PaymentAnswer>> {
    check(&choice)?;
    let (app, by) = (app.clone(), by.clone());
    detached(async move {
        let shape = {
            let by = by.clone();
            move |whole: &Whole, payment: PaymentId| whole.answer(&by, payment)
        };
        let preview = |waiting: Waiting| shape(&waiting.whole, waiting.payment);
        let start = {
            let (app, by) = (app.clone(), by.clone());
            move |tx: &mut Tx, id: uuid::Uuid| start(tx, &app, &by, order, PaymentId::from(id), &choice).map(Step::<PaymentAnswer, _>::GoOn)
        };
        match begin(&app, &run, None, preview, start).await? {
            Begun::Finished(written) => Ok(written),
            Begun::GoOn(waiting) => {
                let said = payments::ask(&app, &waiting.provider, Question::Create, &waiting.request).await;
                settle_and_answer(&app, &by, &run, waiting.whole, waiting.payment, said, shape).await
            }
            Begun::Resumed(payment) => resume(&app, &by, &run, order, Some(PaymentId::from(payment)), shape).await,
        }
    })
    .await
}

fn start(tx: &mut Tx, app: &App, by: &Caller, order: OrderId, id: PaymentId, choice: &PaymentChoice) -> Result<Waiting> {
    let mut whole = Whole::lock(tx, order)?.seen_by(by)?;
    if !whole.is_of(by) {
        by.require(Permission::PaymentsWrite)?;
    }
    if whole.order.status != OrderStatus::Pending {
        let state = whole.order.status;
        return Err(Error::new(Code::IllegalTransition, format!("An order that is {state} cannot be paid.")));
    }
    if whole.payments.iter().any(|p| p.status.is_live()) {
        return Err(Error::new(Code::PaymentInProgress, "This order has a payment already that is not over."));
    }
    let channel = channels::by_id(tx, whole.order.channel_id)?.ok_or_else(|| Error::not_found("channel"))?;
    let chosen = payments::choose(app, &channel, choice, "")?;
    let amount = Money::new(whole.order.total, whole.order.currency);
    let row = PaymentRow { id, ..payment(tx, app, order, &chosen, amount) };
    let mut request = payments::request(&row, whole.number());
    request.return_url = chosen.return_url;
    payments::insert(tx, &row)?;
    whole.payments.push(row);
    whole.attempt(payments::open_attempt(tx, payments::first_attempt(id), id, AttemptKind::Create, amount.amount.0));
    whole.tell(tx, by, "payment_created", json!({"payment_id": id, "provider": chosen.provider, "amount": amount}));
    whole.commit(tx)?;
    Ok(Waiting { whole, payment: id, provider: chosen.provider, request })
}

/// Goes on where an earlier request with the same key stopped. It may have reached the provider, so nothing
/// is begun again: the provider is asked where the payment stands.
pub(super) async fn resume<T: Answer>(
    app: &App,
    by: &Arc<Caller>,
    run: &Run,
    order: OrderId,
    payment: Option<PaymentId>,
    shape: impl Fn(&Whole, PaymentId) -> Result<T> + Clone + Send + 'static,
) -> Result<Written<T>> {
    let whole = app.read(move |tx| Whole::load(tx, &OrderKey::Id(order))).await?;
    let row = match payment {
        Some(id) => whole.payment(id)?,
        // A checkout's own payment is its order's first.
        None => whole.payments.first().ok_or_else(|| Error::not_found("payment"))?,
    };
    let id = row.id;
    if row.status.is_open() {
        let request = payments::request(row, whole.number());
        let said = payments::ask(app, &row.provider, Question::Inquire, &request).await;
        return settle_and_answer(app, by, run, whole, id, said, shape).await;
    }
    // The job has settled it meanwhile.
    let claim = run.claim().cloned();
    let value = app
        .write(move |tx| {
            let answer = shape(&whole, id)?;
            if let Some(claim) = &claim {
                claim.finish(tx, &answer.clone().without_secrets())?;
            }
            Ok(answer)
        })
        .await?;
    Ok(Written { value, replayed: false })
}
