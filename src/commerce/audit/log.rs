//! Reading the log.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::commerce::auth::{Caller, Permission};
use crate::db::tables::audit_log;
use crate::db::{AuditRow, Tx, on_each};
use crate::error::Result;
use crate::types::page::Direction;
use crate::types::{AuditId, Listing, PageRequest, Timestamp};

/// A change, and who made it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct AuditEntry {
    /// Id.
    pub id: AuditId,
    /// Its number in the log, from 1 on; no number is missing.
    pub sequence: i64,
    /// When.
    pub at: Timestamp,
    /// Who: the id of staff or of a key, `system:jobs`, `system:operator`.
    pub actor: String,
    /// The address that the call came from; null for the server itself.
    pub address: Option<String>,
    /// What was called, such as `update_channel`.
    pub operation: String,
    /// What happened: the type of the event, such as `channel.updated`.
    #[serde(rename = "type")]
    #[graphql(name = "type")]
    pub kind: String,
    /// The id of what it happened to.
    pub subject: Option<String>,
    /// How it was, as the event before told it; secrets and personal data are `***`. Null: it was not there before,
    /// or a change of more than 100 things at once.
    #[schema(value_type = Option<Object>)]
    pub before: Option<serde_json::Value>,
    /// How it is, or what happened to it; likewise masked. A very large document is told by its size and SHA-256.
    #[schema(value_type = Object)]
    pub after: serde_json::Value,
    /// Finds the request in the server's log; empty for the server itself.
    pub request_id: String,
    /// SHA-256 over this entry and the hash of the one before it, hex.
    pub hash: String,
}

/// Which entries.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::IntoParams, async_graphql::InputObject)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct AuditFilter {
    /// Of this actor: `usr_...`, `key_...`, `system:jobs`.
    pub actor: Option<String>,
    /// Of this operation: `update_channel`.
    pub operation: Option<String>,
    /// Of this type: `channel.updated`.
    #[serde(rename = "type")]
    #[graphql(name = "type")]
    #[param(rename = "type")]
    pub kind: Option<String>,
    /// About this thing: its id.
    pub subject: Option<String>,
    /// At this time or later.
    pub from: Option<Timestamp>,
    /// Before this time.
    pub to: Option<Timestamp>,
}

impl From<AuditRow> for AuditEntry {
    fn from(row: AuditRow) -> Self {
        let read = |text: &str| serde_json::from_str(text).unwrap_or_else(|_| serde_json::Value::String(text.to_owned()));
        Self {
            id: row.id,
            sequence: row.seq,
            at: row.at,
            actor: row.actor,
            address: row.address,
            operation: row.operation,
            kind: row.kind,
            subject: row.subject,
            before: row.before.as_deref().map(read),
            after: read(&row.after),
            request_id: row.request_id,
            hash: row.hash,
        }
    }
}

/// The log, newest first, for staff.
pub fn list(tx: &mut Tx, by: &Caller, page: &PageRequest, filter: &AuditFilter) -> Result<Listing<AuditEntry>> {
    const LIST: &str = "audit_log";
    by.require_everywhere(Permission::AuditRead)?;
    let key: Option<i64> = page.key(LIST)?;
    let rows: Vec<AuditRow> = on_each!(tx, |c| {
        let mut query = audit_log::table.select(AuditRow::as_select()).limit(page.fetch()).into_boxed();
        if let Some(actor) = &filter.actor {
            query = query.filter(audit_log::actor.eq(actor));
        }
        if let Some(operation) = &filter.operation {
            query = query.filter(audit_log::operation.eq(operation));
        }
        if let Some(kind) = &filter.kind {
            query = query.filter(audit_log::kind.eq(kind));
        }
        if let Some(subject) = &filter.subject {
            query = query.filter(audit_log::subject.eq(subject));
        }
        if let Some(from) = filter.from {
            query = query.filter(audit_log::at.ge(from));
        }
        if let Some(to) = filter.to {
            query = query.filter(audit_log::at.lt(to));
        }
        query = match (page.direction, key) {
            (Direction::Forward, None) => query.order(audit_log::seq.desc()),
            (Direction::Forward, Some(seq)) => query.filter(audit_log::seq.lt(seq)).order(audit_log::seq.desc()),
            (Direction::Backward, None) => query.order(audit_log::seq.asc()),
            (Direction::Backward, Some(seq)) => query.filter(audit_log::seq.gt(seq)).order(audit_log::seq.asc()),
        };
        query.load(c)
    })?;
    Ok(page.listing(LIST, rows, |row| row.seq).map(AuditEntry::from))
}
