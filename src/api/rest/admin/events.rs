//! The event log, for staff.

use actix_web::get;

use crate::api::call::Call;
use crate::api::extract::{ListQuery, NoFilter};
use crate::api::openapi::{Paging, ReadProblems};
use crate::api::reply::{Answered, Reply};
use crate::commerce::events::{self, Event};
use crate::types::Page;

/// List events
///
/// What happened in the shop, newest first. Needs `events:read`.
#[utoipa::path(operation_id = "list_events", tag = "Events", params(Paging), responses((status = 200, body = Page<Event>), ReadProblems))]
#[get("/events")]
pub async fn list(call: Call, query: ListQuery<NoFilter>) -> Answered<Page<Event>> {
    let listing = call.read(move |tx, by| events::list(tx, by, &query.page)).await?;
    Ok(Reply::ok(listing.into()))
}
