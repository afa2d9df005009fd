//! Reading orders.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::rows::OrderRow;
use super::view::View;
use super::whole::{OrderKey, Whole};
use super::{FulfilmentStatus, Order, OrderPaymentStatus, OrderStatus, number};
use crate::commerce::auth::{Caller, Permission};
use crate::db::tables::orders;
use crate::db::{Tx, on_each};
use crate::error::Result;
use crate::types::page::Direction;
use crate::types::{CustomerId, Json, Listing, OrderId, PageRequest, Timestamp};

/// Which orders.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::IntoParams, async_graphql::InputObject)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct OrderFilter {
    /// Standing so.
    pub status: Option<OrderStatus>,
    /// Paid so far.
    pub payment_status: Option<OrderPaymentStatus>,
    /// Fulfilled so far.
    pub fulfilment_status: Option<FulfilmentStatus>,
    /// Of this customer; upper and lower case are the same.
    pub email: Option<String>,
    /// Of this account.
    pub customer_id: Option<CustomerId>,
    /// With this number, in any way people write it.
    pub number: Option<String>,
    /// Placed at this time or later.
    pub placed_from: Option<Timestamp>,
    /// Placed before this time.
    pub placed_to: Option<Timestamp>,
    /// True: those that staff should look at.
    pub attention: Option<bool>,
}

macro_rules! filtered {
    ($query:expr, $filter:expr, $by:expr) => {{
        let mut query = $query;
        if let Some(only) = $by.only_channel() {
            query = query.filter(orders::channel_id.eq(only));
        }
        if let Some(status) = $filter.status {
            query = query.filter(orders::status.eq(status));
        }
        if let Some(status) = $filter.payment_status {
            query = query.filter(orders::payment_status.eq(status));
        }
        if let Some(status) = $filter.fulfilment_status {
            query = query.filter(orders::fulfilment_status.eq(status));
        }
        if let Some(email) = &$filter.email {
            query = query.filter(orders::email.eq(email.trim().to_lowercase()));
        }
        if let Some(customer) = $filter.customer_id {
            query = query.filter(orders::customer_id.eq(customer));
        }
        if let Some(text) = &$filter.number {
            // What is no number is no order's number.
            query = query.filter(orders::number.eq(number::read(text).unwrap_or_default()));
        }
        if let Some(from) = $filter.placed_from {
            query = query.filter(orders::placed_at.ge(from));
        }
        if let Some(to) = $filter.placed_to {
            query = query.filter(orders::placed_at.lt(to));
        }
        if let Some(wanted) = $filter.attention {
            let none = Json(Vec::<super::Attention>::new());
            query = if wanted { query.filter(orders::attention.ne(none)) } else { query.filter(orders::attention.eq(none)) };
        }
        query
    }};
}

/// An order, for whoever holds its secret and for staff.
pub fn get(tx: &mut Tx, by: &Caller, key: &OrderKey, explain: bool) -> Result<Order> {
    let whole = Whole::load(tx, key)?.seen_by(by)?;
    Ok(whole.shape(View { explain, ..View::of(by) }))
}

/// An order, for staff.
pub fn get_any(tx: &mut Tx, by: &Caller, key: &OrderKey, explain: bool) -> Result<Order> {
    by.require(Permission::OrdersRead)?;
    get(tx, by, key, explain)
}

/// Orders, newest first, for staff.
pub fn list(tx: &mut Tx, by: &Caller, page: &PageRequest, filter: &OrderFilter) -> Result<Listing<Order>> {
    const LIST: &str = "orders";
    by.require(Permission::OrdersRead)?;
    let key: Option<(Timestamp, OrderId)> = page.key(LIST)?;
    let total = if page.with_total { Some(count(tx, by, filter)?) } else { None };
    let rows: Vec<OrderRow> = on_each!(tx, |c| {
        let query = filtered!(orders::table.select(OrderRow::as_select()).limit(page.fetch()).into_boxed(), filter, by);
        match (page.direction, key) {
            (Direction::Forward, None) => query.order((orders::placed_at.desc(), orders::id.desc())),
            (Direction::Forward, Some((at, id))) => query
                .filter(orders::placed_at.lt(at).or(orders::placed_at.eq(at).and(orders::id.lt(id))))
                .order((orders::placed_at.desc(), orders::id.desc())),
            (Direction::Backward, None) => query.order((orders::placed_at.asc(), orders::id.asc())),
            (Direction::Backward, Some((at, id))) => query
                .filter(orders::placed_at.gt(at).or(orders::placed_at.eq(at).and(orders::id.gt(id))))
                .order((orders::placed_at.asc(), orders::id.asc())),
        }
        .load(c)
    })?;
    let all = Whole::load_all(tx, rows)?;
    let view = View::of(by);
    let listing = page.listing(LIST, all, |w| (w.order.placed_at, w.order.id)).map(|w| w.shape(view));
    Ok(Listing { total, ..listing })
}

fn count(tx: &mut Tx, by: &Caller, filter: &OrderFilter) -> Result<i64> {
    Ok(on_each!(tx, |c| filtered!(orders::table.count().into_boxed(), filter, by).get_result(c))?)
}
