//! Whether payments agree with their ledger.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::commerce::audit::Difference;
use crate::db::{Tx, on_each};
use crate::error::Result;
use crate::types::PaymentId;

#[derive(QueryableByName)]
struct Wrong {
    #[diesel(sql_type = Text)]
    what: String,
    #[diesel(sql_type = crate::types::sql::Uuid)]
    id: PaymentId,
    #[diesel(sql_type = BigInt)]
    expected: i64,
    #[diesel(sql_type = BigInt)]
    found: i64,
}

/// Each balance beside the sum of its ledger; what pending refunds promise counts as given back.
const SUMS: &str = "
    SELECT 'payment_captured' AS what, p.id, CAST(COALESCE(e.total, 0) AS bigint) AS expected, p.captured AS found
    FROM payments p LEFT JOIN (SELECT payment_id, SUM(amount) AS total FROM payment_entries WHERE kind = 'capture' GROUP BY payment_id) e
      ON e.payment_id = p.id
    WHERE COALESCE(e.total, 0) <> p.captured
    UNION ALL
    SELECT 'payment_received', p.id, CAST(COALESCE(e.total, 0) AS bigint), p.received
    FROM payments p LEFT JOIN (SELECT payment_id, SUM(amount) AS total FROM payment_entries WHERE kind = 'deposit' GROUP BY payment_id) e
      ON e.payment_id = p.id
    WHERE COALESCE(e.total, 0) <> p.received
    UNION ALL
    SELECT 'payment_refunded', p.id, CAST(COALESCE(e.total, 0) + COALESCE(r.total, 0) AS bigint), p.refunded
    FROM payments p
    LEFT JOIN (SELECT payment_id, SUM(amount) AS total FROM payment_entries WHERE kind = 'refund' GROUP BY payment_id) e ON e.payment_id = p.id
    LEFT JOIN (SELECT f.payment_id, SUM(f.amount) AS total FROM refunds f JOIN payments q ON q.id = f.payment_id AND q.currency = f.currency
               WHERE f.status = 'pending' GROUP BY f.payment_id) r ON r.payment_id = p.id
    WHERE COALESCE(e.total, 0) + COALESCE(r.total, 0) <> p.refunded
    UNION ALL
    SELECT 'payment_without_order', p.id, 1, 0
    FROM payments p WHERE NOT EXISTS (SELECT 1 FROM orders o WHERE o.id = p.order_id)";

/// Balances of payments that their ledgers do not explain, and payments without an order.
pub fn audit(tx: &mut Tx) -> Result<Vec<Difference>> {
    let wrong: Vec<Wrong> = on_each!(tx, |c| diesel::sql_query(SUMS).load(c))?;
    Ok(wrong
        .into_iter()
        .map(|w| Difference { what: w.what, subject: w.id.to_string(), expected: w.expected.to_string(), found: w.found.to_string() })
        .collect())
}
