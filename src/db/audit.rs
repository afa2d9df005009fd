//! The audit log's own end: what a transaction notes of its changes becomes rows of one hash chain, in that
//! transaction. The chain's head is one row that every audited transaction locks, so it is locked last but for the
//! revisions: shoppers' transactions note nothing and never wait for it.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use diesel::prelude::*;
use diesel::sql_types::Text;
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::tables::{audit_head, audit_log};
use super::{Backend, Tx, insert_all, on_each};
use crate::error::Result;
use crate::types::{AuditId, EventId, Json, Timestamp};

/// How many changes of one transaction are told with what was before; the changes of larger ones tell what came.
const WITH_BEFORE: usize = 100;
/// A larger document is noted by its digest.
const LONGEST: usize = 16 * 1024;
/// Fields that are never noted: secrets, and what must be able to be forgotten about people.
const MASKED: [&str; 17] = [
    "token",
    "key",
    "secret",
    "password",
    "hash",
    "code_verifier",
    "email",
    "phone",
    "login_phone",
    "shipping_address",
    "billing_address",
    "address",
    "birth_date",
    "note",
    "customer_note",
    "depositor",
    "recipient",
];
/// Kinds whose events do not tell the whole state of a thing, so that an earlier one is not what was before.
const WITHOUT_STATE: [&str; 3] = ["stock", "operation", "categories"];

/// On whose behalf a transaction writes, when that is to be kept.
#[derive(Debug)]
pub struct Acting {
    /// The actor's name: `key_...`, `system:jobs`.
    pub actor: String,
    /// Where from.
    pub address: Option<IpAddr>,
    /// The request's id, which finds it in the log; empty for the server itself.
    pub request_id: String,
    /// What was called, until it says its name.
    pub door: String,
    /// The name of the operation, once it is known.
    pub operation: OnceLock<&'static str>,
}

/// A change that a transaction notes.
#[derive(Debug)]
pub(super) struct Note {
    pub kind: String,
    pub subject: Option<uuid::Uuid>,
    /// The event that tells of it.
    pub event: Option<EventId>,
    pub after: Value,
}

/// A row of the log.
#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = audit_log, treat_none_as_default_value = false)]
pub struct AuditRow {
    /// Its number: no number is missing.
    pub seq: i64,
    /// Its id.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// Where from.
    pub address: Option<String>,
    /// What was called.
    pub operation: String,
    /// What happened.
    pub kind: String,
    /// To what.
    pub subject: Option<String>,
    /// JSON: how it was.
    pub before: Option<String>,
    /// JSON: how it is, or what happened to it.
    pub after: String,
    /// The request's id.
    pub request_id: String,
    /// What the chain has come to with this row.
    pub hash: String,
}

impl AuditRow {
    /// What its hash must be after the row before it: SHA-256 over that row's hash and every field, each with its
    /// length before it, so that no two contents are the same bytes.
    pub fn hash_after(&self, previous: &str) -> String {
        let mut hasher = Sha256::new();
        let (seq, id, at) = (self.seq.to_string(), self.id.to_string(), self.at.micros().to_string());
        let fields: [Option<&str>; 12] = [
            Some(previous),
            Some(&seq),
            Some(&id),
            Some(&at),
            Some(&self.actor),
            self.address.as_deref(),
            Some(&self.operation),
            Some(&self.kind),
            self.subject.as_deref(),
            self.before.as_deref(),
            Some(&self.after),
            Some(&self.request_id),
        ];
        for field in fields {
            match field {
                None => hasher.update(b"-;"),
                Some(text) => {
                    hasher.update(text.len().to_string().as_bytes());
                    hasher.update(b":");
                    hasher.update(text.as_bytes());
                }
            }
        }
        hex::encode(hasher.finalize())
    }
}

/// Appends what a transaction noted: four statements, however much it is.
pub(super) fn append(tx: &mut Tx, acting: &Arc<Acting>, notes: Vec<Note>) -> Result<()> {
    if notes.is_empty() {
        return Ok(());
    }
    let mut before = earlier_states(tx, &notes)?;
    let count = i64::try_from(notes.len()).unwrap_or(i64::MAX);
    // Locks the head; what comes back is its new number with the hash as it still is.
    let (last, mut hash): (i64, String) = on_each!(tx, |c| {
        diesel::update(audit_head::table.find("head"))
            .set(audit_head::seq.eq(audit_head::seq + count))
            .returning((audit_head::seq, audit_head::hash))
            .get_result(c)
    })?;
    let operation = acting.operation.get().map_or_else(|| acting.door.clone(), |name| (*name).to_owned());
    let mut rows = Vec::with_capacity(notes.len());
    for (note, seq) in notes.into_iter().zip(last.saturating_sub(count).saturating_add(1)..) {
        let before = note.subject.and_then(|subject| before.remove(&(subject, family(&note.kind).to_owned())));
        let mut row = AuditRow {
            seq,
            id: tx.new_id(),
            at: tx.now(),
            actor: acting.actor.clone(),
            address: acting.address.map(|a| a.to_string()),
            operation: operation.clone(),
            subject: subject(&note),
            before: before.map(text),
            after: text(note.after),
            kind: note.kind,
            request_id: acting.request_id.clone(),
            hash: String::new(),
        };
        row.hash = row.hash_after(&hash);
        hash.clone_from(&row.hash);
        rows.push(row);
    }
    for chunk in rows.chunks(500) {
        insert_all!(tx, audit_log::table, chunk)?;
    }
    on_each!(tx, |c| diesel::update(audit_head::table.find("head")).set(audit_head::hash.eq(&hash)).execute(c))?;
    Ok(())
}

/// `product` of `product.updated`.
fn family(kind: &str) -> &str {
    kind.split('.').next().unwrap_or_default()
}

/// How the thing is called that something happened to.
fn subject(note: &Note) -> Option<String> {
    let named = note.after.get("id").and_then(Value::as_str).map(str::to_owned);
    named.or_else(|| note.subject.map(|id| id.to_string()))
}

#[derive(QueryableByName)]
struct Earlier {
    #[diesel(sql_type = crate::types::sql::Uuid)]
    subject: EventId,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    data: Json<Value>,
}

/// What the last event before this transaction's own told of each thing: how it was.
fn earlier_states(tx: &mut Tx, notes: &[Note]) -> Result<HashMap<(uuid::Uuid, String), Value>> {
    let with_state = |note: &&Note| !WITHOUT_STATE.contains(&family(&note.kind)) && !note.kind.ends_with(".created");
    let subjects: Vec<uuid::Uuid> = notes.iter().filter(with_state).filter_map(|note| note.subject).collect();
    let first = notes.iter().filter_map(|note| note.event).min();
    let (false, true, Some(first)) = (subjects.is_empty(), notes.len() <= WITH_BEFORE, first) else { return Ok(HashMap::new()) };
    // Written out: these are ids, of 16 bytes each, and never text of anybody's.
    let is_sqlite = tx.backend() == Backend::Sqlite;
    let literal = |id: uuid::Uuid| if is_sqlite { format!("x'{}'", id.simple()) } else { format!("'{id}'::uuid") };
    let list = subjects.into_iter().map(literal).collect::<Vec<_>>().join(", ");
    let last_of_each = format!(
        "SELECT e.subject, e.type AS kind, e.data FROM events e WHERE e.id IN (SELECT id FROM (SELECT id, row_number() OVER \
         (PARTITION BY subject ORDER BY id DESC) AS place FROM events WHERE subject IN ({list}) AND id < {}) AS ranked WHERE place = 1)",
        literal(first.into())
    );
    let rows: Vec<Earlier> = on_each!(tx, |c| diesel::sql_query(&last_of_each).load(c))?;
    Ok(rows.into_iter().map(|row| ((row.subject.into(), family(&row.kind).to_owned()), row.data.0)).collect())
}

/// A document as it is noted: masked, and bounded.
fn text(mut document: Value) -> String {
    mask(&mut document);
    let text = document.to_string();
    if text.len() <= LONGEST {
        return text;
    }
    let digest = hex::encode(Sha256::digest(text.as_bytes()));
    serde_json::json!({"id": document.get("id"), "bytes": text.len(), "sha256": digest}).to_string()
}

fn mask(document: &mut Value) {
    match document {
        Value::Array(items) => items.iter_mut().for_each(mask),
        Value::Object(fields) => {
            for (name, value) in fields {
                if MASKED.contains(&name.as_str()) && !value.is_null() {
                    *value = Value::String("***".to_owned());
                } else {
                    mask(value);
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn secrets_and_people_are_masked_wherever_they_stand() {
        let noted = text(json!({"id": "ord_1", "email": "mina@example.com", "lines": [{"title": "Cup", "key": "msk_x"}],
            "shipping_address": {"name": "Mina"}, "token": null}));
        assert_eq!(noted, r#"{"email":"***","id":"ord_1","lines":[{"key":"***","title":"Cup"}],"shipping_address":"***","token":null}"#);
    }

    #[test]
    fn long_documents_are_noted_by_their_digest() {
        let noted = text(json!({"id": "prod_1", "description": "x".repeat(LONGEST)}));
        assert!(noted.len() < 200 && noted.contains("prod_1") && noted.contains("sha256"), "{noted}");
    }

    #[test]
    fn every_field_is_in_the_hash() {
        let row = AuditRow {
            seq: 1,
            id: uuid::Uuid::from_u128(1).into(),
            at: Timestamp::from_micros(1).unwrap(),
            actor: "key_1".into(),
            address: None,
            operation: "update_channel".into(),
            kind: "channel.updated".into(),
            subject: Some("chan_1".into()),
            before: None,
            after: "{}".into(),
            request_id: "r".into(),
            hash: String::new(),
        };
        let changed = [
            AuditRow { seq: 2, ..row.clone() },
            AuditRow { id: uuid::Uuid::from_u128(2).into(), ..row.clone() },
            AuditRow { at: Timestamp::from_micros(2).unwrap(), ..row.clone() },
            AuditRow { actor: "key_2".into(), ..row.clone() },
            AuditRow { address: Some(String::new()), ..row.clone() },
            AuditRow { operation: "x".into(), ..row.clone() },
            AuditRow { kind: "x".into(), ..row.clone() },
            AuditRow { subject: None, ..row.clone() },
            AuditRow { before: Some("{}".into()), ..row.clone() },
            AuditRow { after: "[]".into(), ..row.clone() },
            AuditRow { request_id: "s".into(), ..row.clone() },
        ];
        let mut hashes: Vec<String> = changed.iter().map(|r| r.hash_after("p")).collect();
        hashes.extend([row.hash_after("p"), row.hash_after("q")]);
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), changed.len() + 2);
    }
}
