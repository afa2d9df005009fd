//! Following the chain: every number there, every hash what its content makes it, the end where the head says.

use diesel::prelude::*;

use super::Difference;
use crate::db::tables::{audit_head, audit_log};
use crate::db::{AuditRow, Tx, on_each};
use crate::error::Result;

/// How many rows are looked at in one statement.
const AT_ONCE: i64 = 1_000;
/// After so many differences the rest says nothing new.
const ENOUGH: usize = 20;

/// What is wrong with the log; nothing may be.
pub fn verify(tx: &mut Tx) -> Result<Vec<Difference>> {
    let (mut last, mut hash) = (0i64, String::new());
    let mut wrong = Vec::new();
    loop {
        let rows: Vec<AuditRow> = on_each!(tx, |c| {
            audit_log::table
                .filter(audit_log::seq.gt(last))
                .order(audit_log::seq.asc())
                .limit(AT_ONCE)
                .select(AuditRow::as_select())
                .load(c)
        })?;
        if rows.is_empty() || wrong.len() >= ENOUGH {
            break;
        }
        for row in rows {
            let next = last.saturating_add(1);
            if row.seq != next {
                wrong.push(difference("audit_log has every number", row.seq, next.to_string(), row.seq.to_string()));
            }
            let expected = row.hash_after(&hash);
            if row.hash != expected {
                wrong.push(difference("audit_log.hash = its content after the row before", row.seq, expected, row.hash.clone()));
            }
            (last, hash) = (row.seq, row.hash);
        }
    }
    let (seq, head): (i64, String) = on_each!(tx, |c| audit_head::table.find("head").select((audit_head::seq, audit_head::hash)).first(c))?;
    if wrong.len() < ENOUGH && (seq, &head) != (last, &hash) {
        wrong.push(difference("audit_log ends at its head", seq, format!("{seq} {head}"), format!("{last} {hash}")));
    }
    Ok(wrong)
}

fn difference(what: &str, seq: i64, expected: String, found: String) -> Difference {
    Difference { what: what.to_owned(), subject: format!("entry {seq}"), expected, found }
}
