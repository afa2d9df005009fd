//! The outbox: what happened, written in the transaction that made it happen. Mail, webhooks and
//! cache invalidation of later capabilities start here, never in a door.

use diesel::prelude::*;
use serde::Serialize;

use crate::commerce::auth::{Caller, Permission};
use crate::db::tables::events;
use crate::db::{Tx, add_later, any_of, on_each};
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
/// Things whose events are erased at once: a thing has a handful.
const SUBJECTS_A_STATEMENT: usize = 100;

#[derive(Insertable)]
#[diesel(table_name = events, treat_none_as_default_value = false)]
struct Row {
    id: EventId,
    kind: String,
    subject: Option<EventId>,
    data: String,
    created_at: Timestamp,
}

/// Records that something happened to a thing.
pub fn emit(tx: &mut Tx, kind: &str, subject: Option<uuid::Uuid>, data: &impl Serialize) -> Result<()> {
    emit_each(tx, vec![(kind.to_owned(), subject, serde_json::to_string(data)?)])
}

/// Records that the same happened to several things, in one statement.
pub fn emit_all(tx: &mut Tx, kind: &str, things: Vec<(Option<uuid::Uuid>, serde_json::Value)>) -> Result<()> {
    emit_each(tx, things.into_iter().map(|(subject, data)| (kind.to_owned(), subject, data.to_string())).collect())
}

/// Records several things that happened, each (what, to what, how it is now as JSON), in one statement.
pub fn emit_each(tx: &mut Tx, happened: Vec<(String, Option<uuid::Uuid>, String)>) -> Result<()> {
    if happened.iter().any(|(kind, ..)| shoppers_see(kind)) {
        tx.touch_catalog();
    }
    let row = |(kind, subject, data): (String, Option<uuid::Uuid>, String)| Row {
        id: tx.new_id(),
        kind,
        subject: subject.map(EventId::from),
        data,
        created_at: tx.now(),
    };
    let mut rows: Vec<Row> = happened.into_iter().map(row).collect();
    if tx.keeps_notes() {
        for row in &rows {
            tx.note(&row.kind, row.subject.map(Into::into), Some(row.id), &serde_json::from_str(&row.data)?);
        }
    }
    while !rows.is_empty() {
        let rest = rows.split_off(rows.len().min(ROWS_A_STATEMENT));
        add_later!(tx, events, std::mem::replace(&mut rows, rest))?;
    }
    Ok(())
}

/// Takes what tells a person out of what was told of things: the members of these names, at any depth.
pub(crate) fn erase(tx: &mut Tx, subjects: &[uuid::Uuid], members: &[&str]) -> Result<()> {
    for some in subjects.chunks(SUBJECTS_A_STATEMENT) {
        let ids: Vec<EventId> = some.iter().copied().map(EventId::from).collect();
        let ids = any_of(&ids);
        let rows: Vec<(EventId, Json<serde_json::Value>)> =
            on_each!(tx, |c| events::table.filter(events::subject.eq_any(&ids)).select((events::id, events::data)).load(c))?;
        for (id, Json(mut data)) in rows {
            if blank(&mut data, members) {
                on_each!(tx, |c| diesel::update(events::table.find(id)).set(events::data.eq(Json(data))).execute(c))?;
            }
        }
    }
    Ok(())
}

/// Blanks members of these names; whether there were any.
fn blank(value: &mut serde_json::Value, members: &[&str]) -> bool {
    use serde_json::Value;
    let mut changed = false;
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                changed |= if members.contains(&name.as_str()) { !value.take().is_null() } else { blank(value, members) };
            }
        }
        Value::Array(items) => {
            for item in items {
                changed |= blank(item, members);
            }
        }
        _ => {}
    }
    changed
}

/// Whether what happened changes what any shopper is shown of the catalog, or what carts are priced by
/// ([`Tx::remembered`]). What changes for one location's stock alone the shelf says itself.
fn shoppers_see(kind: &str) -> bool {
    let rooms = ["product.", "category.", "categories.", "collection.", "channel.", "stock_location.", "tax_rate.", "shipping_"];
    rooms.iter().any(|room| kind.starts_with(room))
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
