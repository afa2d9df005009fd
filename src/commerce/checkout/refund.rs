//! Giving money back: promised in one transaction, asked of the provider, settled in another.

use std::sync::Arc;

use super::afterwards::carry_out;
use crate::app::App;
use crate::commerce::auth::{Caller, Permission};
use crate::commerce::flow::{Begun, Run, Step, begin, detached};
use crate::commerce::idempotency::Written;
use crate::commerce::orders::{self, Order, RefundInput, View, Whole};
use crate::db::Tx;
use crate::error::{Result, check};
use crate::types::{OrderId, RefundId};

/// Refunds an order: all that is left, an amount, or lines. However many do it at once, never more goes back
/// than was taken. Without an answer from the provider the refund stays `pending`, and is tried again.
pub async fn refund_order(app: &App, by: &Arc<Caller>, run: Run, order: OrderId, input: RefundInput) -> Result<Written<Order>> {
    by.require(Permission::OrdersRefund)?;
    check(&input)?;
    let (app, by) = (app.clone(), by.clone());
    detached(async move {
        let view = View::of(&by);
        let start = {
            let by = by.clone();
            move |tx: &mut Tx, id: uuid::Uuid| {
                let mut whole = Whole::lock(tx, order)?.seen_by(&by)?;
                let refund = orders::promise_input(tx, &by, &mut whole, RefundId::from(id), &input)?;
                Ok(Step::<Order, _>::GoOn((whole, refund)))
            }
        };
        let preview = |(whole, _): (Whole, RefundId)| Ok(whole.shape(view));
        let refund = match begin(&app, &run, None, preview, start).await? {
            Begun::Finished(written) => return Ok(written),
            Begun::GoOn((_, refund)) => refund,
            Begun::Resumed(refund) => RefundId::from(refund),
        };
        let whole = carry_out(&app, &by, order, refund).await?;
        let answer = whole.shape(view);
        if let Some(claim) = run.claim().cloned() {
            let stored = answer.clone();
            app.write(move |tx| claim.finish(tx, &stored)).await?;
        }
        Ok(Written { value: answer, replayed: false })
    })
    .await
}
