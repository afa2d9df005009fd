//! Reading payments.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::rows::{PaymentRow, RefundRow};
use super::{Payment, PaymentStatus, RefundStatus};
use crate::commerce::auth::{Caller, Permission};
use crate::db::tables::{orders, payments, refunds};
use crate::db::{Tx, any_of, on_each};
use crate::error::{Error, Result};
use crate::types::page::Direction;
use crate::types::{Listing, OrderId, PageRequest, PaymentId, RefundId};

/// Which payments.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::IntoParams, async_graphql::InputObject)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct PaymentFilter {
    /// Of this order.
    pub order_id: Option<OrderId>,
    /// In this state.
    pub status: Option<PaymentStatus>,
    /// Of this provider.
    pub provider: Option<String>,
}

/// A payment, for staff.
pub fn get(tx: &mut Tx, by: &Caller, id: PaymentId) -> Result<Payment> {
    by.require(Permission::OrdersRead)?;
    let row: Option<PaymentRow> = on_each!(tx, |c| payments::table.find(id).select(PaymentRow::as_select()).first(c).optional())?;
    let row = match (row, by.only_channel()) {
        (Some(row), Some(only)) => {
            let order = orders::table.find(row.order_id).filter(orders::channel_id.eq(only)).count();
            let in_reach: i64 = on_each!(tx, |c| order.get_result(c))?;
            (in_reach > 0).then_some(row)
        }
        (row, _) => row,
    };
    row.map(Payment::from).ok_or_else(|| Error::not_found("payment"))
}

/// Payments, newest first, for staff.
pub fn list(tx: &mut Tx, by: &Caller, page: &PageRequest, filter: &PaymentFilter) -> Result<Listing<Payment>> {
    const LIST: &str = "payments";
    by.require(Permission::OrdersRead)?;
    let key: Option<PaymentId> = page.key(LIST)?;
    let rows: Vec<PaymentRow> = on_each!(tx, |c| {
        let mut query = payments::table.select(PaymentRow::as_select()).limit(page.fetch()).into_boxed();
        if let Some(only) = by.only_channel() {
            let of_channel = orders::table.filter(orders::channel_id.eq(only)).select(orders::id);
            query = query.filter(payments::order_id.eq_any(of_channel));
        }
        if let Some(order) = filter.order_id {
            query = query.filter(payments::order_id.eq(order));
        }
        if let Some(status) = filter.status {
            query = query.filter(payments::status.eq(status));
        }
        if let Some(provider) = &filter.provider {
            query = query.filter(payments::provider.eq(provider));
        }
        match (page.direction, key) {
            (Direction::Forward, None) => query.order(payments::id.desc()),
            (Direction::Forward, Some(id)) => query.filter(payments::id.lt(id)).order(payments::id.desc()),
            (Direction::Backward, None) => query.order(payments::id.asc()),
            (Direction::Backward, Some(id)) => query.filter(payments::id.gt(id)).order(payments::id.asc()),
        }
        .load(c)
    })?;
    Ok(page.listing(LIST, rows, |row| row.id).map(Payment::from))
}

/// All payments of orders, oldest first.
pub fn of_orders(tx: &mut Tx, orders: &[OrderId]) -> Result<Vec<PaymentRow>> {
    Ok(on_each!(tx, |c| {
        payments::table
            .filter(payments::order_id.eq_any(any_of(orders)))
            .order((payments::created_at, payments::id))
            .select(PaymentRow::as_select())
            .load(c)
    })?)
}

/// All refunds of orders, oldest first.
pub fn refunds_of_orders(tx: &mut Tx, orders: &[OrderId]) -> Result<Vec<RefundRow>> {
    Ok(on_each!(tx, |c| {
        refunds::table
            .filter(refunds::order_id.eq_any(any_of(orders)))
            .order((refunds::created_at, refunds::id))
            .select(RefundRow::as_select())
            .load(c)
    })?)
}

/// Payments whose provider is to be asked now, most overdue first: (payment, its order).
pub fn due_payments(tx: &mut Tx, most: i64) -> Result<Vec<(PaymentId, OrderId)>> {
    let now = tx.now();
    Ok(on_each!(tx, |c| {
        payments::table
            .filter(payments::next_check_at.le(now))
            .order(payments::next_check_at)
            .limit(most)
            .select((payments::id, payments::order_id))
            .load(c)
    })?)
}

/// Refunds whose provider is to be asked again now: (refund, its order).
pub fn due_refunds(tx: &mut Tx, most: i64) -> Result<Vec<(RefundId, OrderId)>> {
    let now = tx.now();
    Ok(on_each!(tx, |c| {
        refunds::table
            .filter(refunds::next_check_at.le(now))
            .filter(refunds::status.eq(RefundStatus::Pending))
            .order(refunds::next_check_at)
            .limit(most)
            .select((refunds::id, refunds::order_id))
            .load(c)
    })?)
}
