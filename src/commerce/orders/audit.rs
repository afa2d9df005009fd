//! Whether orders agree with their lines, their payments and the stock held for them.

use diesel::prelude::*;
use diesel::sql_types::Text;

use super::rows::OrderRow;
use super::state;
use super::whole::Whole;
use crate::commerce::audit::Difference;
use crate::db::tables::orders;
use crate::db::{Tx, on_each};
use crate::error::Result;
use crate::types::OrderId;

/// Orders looked at together: memory stays bounded however many there are.
const CHUNK: i64 = 500;

#[derive(QueryableByName)]
struct Loose {
    #[diesel(sql_type = crate::types::sql::Uuid)]
    order_id: OrderId,
    #[diesel(sql_type = Text)]
    state: String,
}

/// Stock that is held for no live order.
const LOOSE: &str = "
    SELECT DISTINCT r.order_id, COALESCE(o.status, 'missing') AS state
    FROM stock_reservations r LEFT JOIN orders o ON o.id = r.order_id
    WHERE r.state <> 'closed' AND r.quantity + r.backordered > 0 AND COALESCE(o.status, 'missing') NOT IN ('pending', 'confirmed')";

/// Totals that are not the sum of their parts, states that payments do not bear out, stock held for nobody.
pub fn audit(tx: &mut Tx) -> Result<Vec<Difference>> {
    let mut found = Vec::new();
    let mut last: Option<OrderId> = None;
    loop {
        let rows: Vec<OrderRow> = on_each!(tx, |c| {
            let query = orders::table.select(OrderRow::as_select()).order(orders::id).limit(CHUNK).into_boxed();
            match last {
                Some(id) => query.filter(orders::id.gt(id)),
                None => query,
            }
            .load(c)
        })?;
        let Some(end) = rows.last().map(|r| r.id) else { break };
        for whole in Whole::load_all(tx, rows)? {
            found.extend(differences(&whole));
        }
        last = Some(end);
    }
    let loose: Vec<Loose> = on_each!(tx, |c| diesel::sql_query(LOOSE).load(c))?;
    found.extend(loose.into_iter().map(|l| difference("reservation_of_live_order", l.order_id, "pending or confirmed", &l.state)));
    Ok(found)
}

fn difference(what: &str, order: OrderId, expected: impl ToString, found: impl ToString) -> Difference {
    Difference { what: what.to_owned(), subject: order.to_string(), expected: expected.to_string(), found: found.to_string() }
}

fn differences(whole: &Whole) -> Vec<Difference> {
    let row = &whole.order;
    let sum = |part: fn(&super::LineRow) -> i64| whole.lines.iter().map(part).fold(0i64, i64::saturating_add);
    let mut found = Vec::new();
    let mut same = |what: &str, expected: i64, is: i64| {
        if expected != is {
            found.push(difference(what, row.id, expected, is));
        }
    };
    same("order_subtotal", sum(|l| l.subtotal), row.subtotal);
    same("order_discounts", row.discounts.0.iter().map(|d| d.amount.amount.0).fold(0, i64::saturating_add), row.discount);
    let tax_beside = if row.prices_include_tax { 0 } else { row.tax };
    same("order_total", row.subtotal.saturating_sub(row.discount).saturating_add(row.shipping).saturating_add(tax_beside), row.total);
    for line in &whole.lines {
        let beside = if row.prices_include_tax { 0 } else { line.tax };
        same("order_line_total", line.subtotal.saturating_sub(line.discount).saturating_add(beside), line.total);
    }
    let off_shipping = row.discount.saturating_sub(sum(|l| l.discount));
    if off_shipping < 0 || off_shipping > row.shipping {
        found.push(difference("order_line_discounts", row.id, row.discount, sum(|l| l.discount)));
    }
    let paid = state::payment_status(whole);
    if paid != row.payment_status {
        found.push(difference("order_payment_status", row.id, paid, row.payment_status));
    }
    let fulfilled = state::fulfilment_status(whole);
    if fulfilled != row.fulfilment_status {
        found.push(difference("order_fulfilment_status", row.id, fulfilled, row.fulfilment_status));
    }
    if whole.payments.is_empty() {
        found.push(difference("order_without_payment", row.id, "a payment", "none"));
    }
    found
}
