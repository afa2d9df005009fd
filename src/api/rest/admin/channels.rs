//! Channels, for staff.

use actix_web::{get, patch, post};

use crate::api::call::Call;
use crate::api::extract::{Body, ListQuery, NoFilter, PathId};
use crate::api::openapi::{DryRun, IdPath, Idempotency, IfMatch, Paging, ReadProblems, WriteProblems};
use crate::api::reply::{Answered, Reply};
use crate::commerce::channels::{self, Channel, ChannelCreate, ChannelUpdate};
use crate::commerce::setup;
use crate::types::{ChannelId, Page};

/// List channels
///
/// Oldest first. Needs `settings:read`.
#[utoipa::path(operation_id = "list_channels", tag = "Channels", params(Paging), responses((status = 200, body = Page<Channel>), ReadProblems))]
#[get("/channels")]
pub async fn list(call: Call, query: ListQuery<NoFilter>) -> Answered<Page<Channel>> {
    let listing = call.read(move |tx, by| channels::list(tx, by, &query.page)).await?;
    Ok(Reply::ok(listing.into()))
}

/// Read a channel
///
/// Needs `settings:read`.
#[utoipa::path(operation_id = "get_channel", tag = "Channels", params(IdPath), responses((status = 200, body = Channel), ReadProblems))]
#[get("/channels/{id}")]
pub async fn get(call: Call, PathId(id): PathId<ChannelId>) -> Answered<Channel> {
    let channel = call.read(move |tx, by| channels::get(tx, by, id)).await?;
    Ok(Reply::ok(channel).version(|c| c.version))
}

/// Create a channel
///
/// The shop's first channel becomes its default. Every active stock location serves it. Needs `settings:write`.
#[utoipa::path(operation_id = "create_channel", tag = "Channels", params(Idempotency, DryRun), request_body = ChannelCreate,
    responses((status = 201, body = Channel), WriteProblems))]
#[post("/channels")]
pub async fn create(call: Call, Body(input): Body<ChannelCreate>) -> Answered<Channel> {
    let written = call.write("create_channel", input, setup::open_channel).await?;
    Ok(Reply::created(written).version(|c| c.version))
}

/// Change a channel
///
/// JSON Merge Patch: what is absent stays. Needs `settings:write`.
#[utoipa::path(operation_id = "update_channel", tag = "Channels", params(IdPath, Idempotency, IfMatch, DryRun), request_body = ChannelUpdate,
    responses((status = 200, body = Channel), WriteProblems))]
#[patch("/channels/{id}")]
pub async fn update(call: Call, PathId(id): PathId<ChannelId>, Body(input): Body<ChannelUpdate>) -> Answered<Channel> {
    let version = call.expected_version;
    let written =
        call.write("update_channel", (id, input), move |tx, by, (id, input)| channels::update(tx, by, id, version, input)).await?;
    Ok(Reply::written(written).version(|c| c.version))
}
