//! The outbox: what happened, written in the transaction that made it happen. Mail, webhooks and
//! cache invalidation of later capabilities start here, never in a door.

use diesel::prelude::*;
use serde::Serialize;

use crate::commerce::auth::{Caller, Permission};
use crate::db::tables::events;
use crate::db::{Tx, add_later, on_each};
use crate::error::Result;
use crate::types::page::Direction;
use crate::types::{EventId, Json, Listing, PageRequest, Timestamp};

/// Something that happened.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct Event {
    /// Id, in the order of happening.
    pub id: EventId,
    /// What happened: `order.paid`.
    #[serde(rename = "type")]
    #[graphql(name = "type")]
    pub kind: String,
    /// The thing it happened to, as it was then.
    #[schema(value_type = Object)]
    pub data: serde_json::Value,
    /// When.
    pub created_at: Timestamp,
}

/// Events of one statement: SQLite takes 32,766 values at most.
const ROWS_A_STATEMENT: usize = 1000;

#[derive(Insertable)]
#[diesel(table_name = events, treat_none_as_default_value = false)]
struct Row {
    id: EventId,
    kind: String,
    subject: Option<EventId>,
    data: Json<serde_json::Value>,
    created_at: Timestamp,
}

/// Records that something happened to a thing.
pub fn emit(tx: &mut Tx, kind: &str, subject: Option<uuid::Uuid>, data: &impl Serialize) -> Result<()> {
    emit_all(tx, kind, vec![(subject, serde_json::to_value(data)?)])
}

/// Records that the same happened to several things, in one statement.
pub fn emit_all(tx: &mut Tx, kind: &str, things: Vec<(Option<uuid::Uuid>, serde_json::Value)>) -> Result<()> {
    emit_each(tx, things.into_iter().map(|(subject, data)| (kind.to_owned(), subject, data)).collect())
}

/// Records several things that happened, each (what, to what, how it is now), in one statement.
pub fn emit_each(tx: &mut Tx, happened: Vec<(String, Option<uuid::Uuid>, serde_json::Value)>) -> Result<()> {
    if happened.iter().any(|(kind, ..)| shoppers_see(kind)) {
        tx.touch_catalog();
    }
    let row = |(kind, subject, data): (String, Option<uuid::Uuid>, serde_json::Value)| Row {
        id: tx.new_id(),
        kind,
        subject: subject.map(EventId::from),
        data: Json(data),
        created_at: tx.now(),
    };
    let mut rows: Vec<Row> = happened.into_iter().map(row).collect();
    for row in &rows {
        tx.note(&row.kind, row.subject.map(Into::into), Some(row.id), &row.data.0);
    }
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(ROWS_A_STATEMENT));
        add_later!(tx, events, std::mem::replace(&mut rows, rest))?;
    }
    Ok(())
}

/// Whether what happened changes what any shopper is shown of the catalog. What changes for one location's
/// stock alone the shelf says itself.
fn shoppers_see(kind: &str) -> bool {
    ["product.", "category.", "categories.", "collection.", "channel.", "stock_location."].iter().any(|room| kind.starts_with(room))
}

/// The event log, newest first, for staff.
pub fn list(tx: &mut Tx, by: &Caller, page: &PageRequest) -> Result<Listing<Event>> {
    const LIST: &str = "events";
    by.require_everywhere(Permission::EventsRead)?;
    let key: Option<EventId> = page.key(LIST)?;
    let rows: Vec<(EventId, String, Json<serde_json::Value>, Timestamp)> = on_each!(tx, |c| {
        let query = events::table.select((events::id, events::kind, events::data, events::created_at)).limit(page.fetch()).into_boxed();
        match (page.direction, key) {
            (Direction::Forward, None) => query.order(events::id.desc()),
            (Direction::Forward, Some(id)) => query.filter(events::id.lt(id)).order(events::id.desc()),
            (Direction::Backward, None) => query.order(events::id.asc()),
            (Direction::Backward, Some(id)) => query.filter(events::id.gt(id)).order(events::id.asc()),
        }
        .load(c)
    })?;
    Ok(page.listing(LIST, rows, |row| row.0).map(|(id, kind, data, created_at)| Event { id, kind, data: data.0, created_at }))
}
