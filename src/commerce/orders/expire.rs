//! Orders that were not paid in time.

use chrono::Duration;
use diesel::prelude::*;
use serde_json::json;

use super::OrderStatus;
use super::cancel::{Afterwards, close_payments, let_go};
use super::state::transition;
use super::whole::Whole;
use crate::commerce::auth::Caller;
use crate::commerce::payments::PaymentStatus;
use crate::db::tables::{orders, payments};
use crate::db::{Tx, on_each};
use crate::error::Result;
use crate::types::{OrderId, Timestamp};

/// How much longer an order waits while its provider has not said whether the money came.
const GRACE_HOURS: i64 = 24;
/// The states of a payment whose money may be on its way.
const IN_DOUBT: [PaymentStatus; 3] = [PaymentStatus::Created, PaymentStatus::Unknown, PaymentStatus::Authorized];

/// Orders past their time, most overdue first, but for those whose payment is in doubt.
pub fn overdue(tx: &mut Tx, most: i64) -> Result<Vec<OrderId>> {
    let now = tx.now();
    Ok(on_each!(tx, |c| {
        let doubtful = payments::table.filter(payments::order_id.eq(orders::id)).filter(payments::status.eq_any(IN_DOUBT));
        orders::table
            .filter(orders::status.eq(OrderStatus::Pending))
            .filter(orders::expires_at.le(now))
            .filter(diesel::dsl::not(diesel::dsl::exists(doubtful)).or(orders::expires_at.le(given_up(now))))
            .order(orders::expires_at)
            .limit(most)
            .select(orders::id)
            .load(c)
    })?)
}

fn given_up(now: Timestamp) -> Timestamp {
    now.minus(Duration::hours(GRACE_HOURS))
}

/// Lets an order go that was not paid in time: stock and promotions are free again. None when it was paid,
/// cancelled or prolonged meanwhile.
pub fn expire(tx: &mut Tx, by: &Caller, id: OrderId) -> Result<Option<(Whole, Afterwards)>> {
    let mut whole = Whole::lock(tx, id)?;
    let now = tx.now();
    let is_over = whole.order.status == OrderStatus::Pending && whole.order.expires_at.is_some_and(|at| at <= now);
    let in_doubt = whole.payments.iter().any(|p| p.status.is_in_doubt());
    let waits_on = in_doubt && whole.order.expires_at.is_some_and(|at| at > given_up(now));
    if !is_over || waits_on {
        return Ok(None);
    }
    let afterwards = close_payments(tx, by, &mut whole)?;
    transition(tx, by, &mut whole, OrderStatus::Expired, json!({}))?;
    whole.commit(tx)?;
    let_go(tx, by, &whole)?;
    metrics::counter!("maru_orders_total", "state" => "expired").increment(1);
    Ok(Some((whole, afterwards)))
}
