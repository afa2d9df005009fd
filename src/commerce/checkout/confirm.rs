//! What the client brought back from the provider. It is handed to the provider, whose word alone counts.

use std::sync::Arc;

use super::afterwards::settle_and_answer;
use super::{Waiting, pay};
use crate::app::App;
use crate::commerce::auth::{Caller, Permission};
use crate::commerce::flow::{Begun, Run, Step, begin, detached};
use crate::commerce::idempotency::Written;
use crate::commerce::orders::{self, PaymentAnswer, Whole};
use crate::commerce::payments::{self, AttemptKind, PaymentConfirm, Question};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::types::{AttemptId, PaymentId};

/// The most fields and bytes of what a provider's SDK hands to an app.
const MAX_FIELDS: usize = 50;
const MAX_BYTES: usize = 16 * 1024;

/// Goes on with a payment. One that is over answers as it stands.
pub async fn confirm_payment(
    app: &App,
    by: &Arc<Caller>,
    run: Run,
    id: PaymentId,
    input: PaymentConfirm,
) -> Result<Written<PaymentAnswer>> {
    if input.0.len() > MAX_FIELDS || serde_json::to_vec(&input.0)?.len() > MAX_BYTES {
        return Err(Error::invalid_field("", "length", format!("At most {MAX_FIELDS} fields and {MAX_BYTES} bytes.")));
    }
    let (app, by) = (app.clone(), by.clone());
    detached(async move {
        let shape = {
            let by = by.clone();
            move |whole: &Whole, payment: PaymentId| whole.answer(&by, payment)
        };
        let preview = |waiting: Waiting| shape(&waiting.whole, waiting.payment);
        let start = {
            let by = by.clone();
            move |tx: &mut Tx, _: uuid::Uuid| start(tx, &by, id, &input)
        };
        match begin(&app, &run, Some(id.into()), preview, start).await? {
            Begun::Finished(written) => Ok(written),
            Begun::GoOn(waiting) => {
                let said = payments::ask(&app, &waiting.provider, Question::Confirm, &waiting.request).await;
                settle_and_answer(&app, &by, &run, waiting.whole, id, said, shape).await
            }
            Begun::Resumed(_) => {
                let order = app.read(move |tx| orders::order_of(tx, id)).await?;
                pay::resume(&app, &by, &run, order, Some(id), shape).await
            }
        }
    })
    .await
}

fn start(tx: &mut Tx, by: &Caller, id: PaymentId, input: &PaymentConfirm) -> Result<Step<PaymentAnswer, Waiting>> {
    let order = orders::order_of(tx, id)?;
    let mut whole = Whole::lock(tx, order)?.seen_by(by).map_err(|_| Error::not_found("payment"))?;
    if !whole.is_of(by) {
        by.require(Permission::PaymentsWrite)?;
    }
    let payment = whole.payment(id)?.clone();
    if !payment.status.is_open() {
        return Ok(Step::Done(whole.answer(by, id)?));
    }
    let mut request = payments::request(&payment, whole.number());
    let attempt: AttemptId = tx.new_id();
    request.attempt_id = attempt;
    request.client_data = input.0.clone();
    payments::insert_attempts(tx, vec![payments::open_attempt(tx, attempt, id, AttemptKind::Confirm, payment.amount)])?;
    // The order stays as it is until the provider has spoken.
    whole.forget_changes();
    Ok(Step::GoOn(Waiting { whole, payment: id, provider: payment.provider, request }))
}
