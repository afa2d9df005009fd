//! Orders of customers: their history, a guest's past orders claimed by proving the address, and what stays of an
//! erased customer's orders for as long as the law asks.

use diesel::prelude::*;

use super::Order;
use super::rows::OrderRow;
use super::view::View;
use super::whole::Whole;
use crate::commerce::auth::Caller;
use crate::commerce::events;
use crate::db::tables::orders;
use crate::db::{Backend, Tx, any_of, on_each};
use crate::error::Result;
use crate::types::page::Direction;
use crate::types::sql::Instant;
use crate::types::{CustomerId, Json, Listing, Metadata, OrderId, PageRequest, Timestamp};

/// How long records of a contract, its payment and its supply are kept: Act on Consumer Protection in Electronic
/// Commerce (전자상거래법), Enforcement Decree, article 6: five years, with their leap days.
const RETAINED_DAYS: i64 = 5 * 365 + 2;

/// What an order's events hold of a person.
const PERSONAL: [&str; 6] = ["email", "shipping_address", "billing_address", "metadata", "private_metadata", "customer_id"];

/// The customer's own orders, newest first.
pub fn list_own(tx: &mut Tx, by: &Caller, page: &PageRequest) -> Result<Listing<Order>> {
    const LIST: &str = "own orders";
    let customer = by.customer()?;
    let key: Option<(Timestamp, OrderId)> = page.key(LIST)?;
    let total = if page.with_total { Some(count(tx, customer)?) } else { None };
    let rows: Vec<OrderRow> = on_each!(tx, |c| {
        let own = orders::table.filter(orders::customer_id.eq(customer)).select(OrderRow::as_select()).limit(page.fetch()).into_boxed();
        match (page.direction, key) {
            (Direction::Forward, None) => own.order((orders::placed_at.desc(), orders::id.desc())),
            (Direction::Forward, Some((at, id))) => own
                .filter(orders::placed_at.lt(at).or(orders::placed_at.eq(at).and(orders::id.lt(id))))
                .order((orders::placed_at.desc(), orders::id.desc())),
            (Direction::Backward, None) => own.order((orders::placed_at.asc(), orders::id.asc())),
            (Direction::Backward, Some((at, id))) => own
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

fn count(tx: &mut Tx, customer: CustomerId) -> Result<i64> {
    Ok(on_each!(tx, |c| orders::table.filter(orders::customer_id.eq(customer)).count().get_result(c))?)
}

/// Makes the orders that a guest placed with an address the customer's, who proved to read it; answers how many.
pub fn claim_by_email(tx: &mut Tx, customer: CustomerId, email: &str) -> Result<usize> {
    if email.is_empty() {
        // Those of erased customers have none: nobody's to claim.
        return Ok(0);
    }
    let now = tx.now();
    Ok(on_each!(tx, |c| {
        diesel::update(orders::table.filter(orders::email.eq(email.to_lowercase())).filter(orders::customer_id.is_null()))
            .set((orders::customer_id.eq(customer), orders::version.eq(orders::version + 1), orders::updated_at.eq(now)))
            .execute(c)
    })?)
}

/// Marks an erased customer's orders: what the law asks to keep of them is kept for its time, and no longer.
pub fn retain(tx: &mut Tx, customer: CustomerId) -> Result<usize> {
    let now = tx.now();
    // The one arithmetic of time that has to be done where the rows are.
    let until = match tx.backend() {
        Backend::Sqlite => format!("placed_at + {}", RETAINED_DAYS.saturating_mul(24 * 60 * 60 * 1_000_000)),
        Backend::Postgres => format!("placed_at + interval '{RETAINED_DAYS} days'"),
    };
    Ok(on_each!(tx, |c| {
        diesel::update(orders::table.filter(orders::customer_id.eq(customer)))
            .set((
                orders::retain_until.eq(diesel::dsl::sql::<diesel::sql_types::Nullable<Instant>>(&until)),
                orders::version.eq(orders::version + 1),
                orders::updated_at.eq(now),
            ))
            .execute(c)
    })?)
}

/// Erases what tells a person from orders whose time of keeping is over, at most `limit`; answers how many.
pub fn erase_retained(tx: &mut Tx, limit: i64) -> Result<usize> {
    let now = tx.now();
    let ids: Vec<OrderId> = on_each!(tx, |c| {
        orders::table.filter(orders::retain_until.le(now)).order(orders::retain_until.asc()).limit(limit).select(orders::id).load(c)
    })?;
    let (none, no_address) = (Json(Metadata::new()), None::<Json<crate::commerce::address::Address>>);
    let mut erased = 0usize;
    for some in ids.chunks(1000) {
        let change = (
            orders::email.eq(""),
            orders::shipping_address.eq(&no_address),
            orders::billing_address.eq(&no_address),
            orders::metadata.eq(&none),
            orders::private_metadata.eq(&none),
            orders::customer_id.eq(None::<CustomerId>),
            orders::retain_until.eq(None::<Timestamp>),
            orders::version.eq(orders::version + 1),
            orders::updated_at.eq(now),
        );
        let done = on_each!(tx, |c| diesel::update(orders::table.filter(orders::id.eq_any(any_of(some)))).set(change).execute(c))?;
        erased = erased.saturating_add(done);
        let subjects: Vec<uuid::Uuid> = some.iter().map(|id| (*id).into()).collect();
        events::erase(tx, &subjects, &PERSONAL)?;
    }
    Ok(erased)
}
