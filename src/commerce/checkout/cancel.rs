//! Cancelling an order, with what has to be said to its provider.

use std::sync::Arc;

use super::afterwards::follow;
use crate::app::App;
use crate::commerce::auth::{Caller, Permission};
use crate::commerce::flow::{Begun, Run, Step, begin, detached};
use crate::commerce::idempotency::Written;
use crate::commerce::orders::{self, Afterwards, CancelBy, CancelInput, Order, OrderKey, View, Whole};
use crate::db::Tx;
use crate::error::{Result, check};
use crate::types::OrderId;

/// Cancels an order while nothing of it has shipped: its stock and promotions are free again, an open payment
/// is given up, a captured one goes back.
pub async fn cancel_order(
    app: &App,
    by: &Arc<Caller>,
    run: Run,
    door: CancelBy,
    order: OrderId,
    expected_version: Option<i32>,
    input: CancelInput,
) -> Result<Written<Order>> {
    if door == CancelBy::Staff {
        by.require(Permission::OrdersWrite)?;
    }
    check(&input)?;
    let (app, by) = (app.clone(), by.clone());
    detached(async move {
        let view = View::of(&by);
        let start = {
            let by = by.clone();
            move |tx: &mut Tx, _: uuid::Uuid| {
                let mut whole = Whole::lock(tx, order)?.seen_by(&by)?.at_version(expected_version)?;
                let afterwards = orders::cancel(tx, &by, &mut whole, door, input.reason.clone())?;
                if afterwards.refunds.is_empty() && afterwards.give_up.is_empty() {
                    return Ok(Step::Done(whole.shape(view)));
                }
                Ok(Step::GoOn((whole, afterwards)))
            }
        };
        let preview = |(whole, _): (Whole, Afterwards)| Ok(whole.shape(view));
        match begin(&app, &run, Some(order.into()), preview, start).await? {
            Begun::Finished(written) => {
                if !written.replayed && run.is_for_real() {
                    count();
                }
                return Ok(written);
            }
            Begun::GoOn((_, afterwards)) => {
                count();
                follow(&app, &by, order, afterwards).await;
            }
            // What an earlier request left to be said, the jobs say.
            Begun::Resumed(_) => {}
        }
        let claim = run.claim().cloned();
        let value = app
            .write(move |tx| {
                let answer = Whole::load(tx, &OrderKey::Id(order))?.shape(view);
                if let Some(claim) = &claim {
                    claim.finish(tx, &answer)?;
                }
                Ok(answer)
            })
            .await?;
        Ok(Written { value, replayed: false })
    })
    .await
}

fn count() {
    metrics::counter!("maru_orders_total", "state" => "cancelled").increment(1);
}
