//! API keys, for staff.

use actix_web::{get, post};

use crate::api::call::Call;
use crate::api::extract::{Body, ListQuery, PathId};
use crate::api::openapi::{DryRun, IdPath, Idempotency, Paging, ReadProblems, WriteProblems};
use crate::api::reply::{Answered, Reply};
use crate::commerce::auth::{self, ApiKey, ApiKeyCreate, ApiKeyFilter, IssuedKey, KeyRotate};
use crate::commerce::staff;
use crate::types::{KeyId, Page};

/// List API keys
///
/// Newest first, revoked ones included. Needs `keys:manage`.
#[utoipa::path(operation_id = "list_keys", tag = "Keys", params(Paging, ApiKeyFilter),
    responses((status = 200, body = Page<ApiKey>), ReadProblems))]
#[get("/keys")]
pub async fn list(call: Call, query: ListQuery<ApiKeyFilter>) -> Answered<Page<ApiKey>> {
    let listing = call.read(move |tx, by| auth::list_keys(tx, by, &query.page, &query.filter)).await?;
    Ok(Reply::ok(listing.into()))
}

/// Create an API key
///
/// The answer holds the key, this once. Nobody grants what they do not have; a key grants no other addresses than its own
/// and no more time than it has. Needs `keys:manage`.
#[utoipa::path(operation_id = "create_key", tag = "Keys", params(Idempotency, DryRun), request_body = ApiKeyCreate,
    responses((status = 201, body = IssuedKey), WriteProblems))]
#[post("/keys")]
pub async fn create(call: Call, Body(input): Body<ApiKeyCreate>) -> Answered<IssuedKey> {
    Ok(Reply::created(call.write("create_key", input, staff::create_key).await?))
}

/// Revoke an API key
///
/// It stops working within a second. Doing it again changes nothing. Needs `keys:manage`, and neither the key's own
/// permissions nor a recent password: in an emergency it must be quick.
#[utoipa::path(operation_id = "revoke_key", tag = "Keys", params(IdPath, Idempotency, DryRun), responses((status = 200, body = ApiKey), WriteProblems))]
#[post("/keys/{id}/revoke")]
pub async fn revoke(call: Call, PathId(id): PathId<KeyId>) -> Answered<ApiKey> {
    Ok(Reply::written(call.write("revoke_key", id, auth::revoke_key).await?))
}

/// Rotate an API key
///
/// Makes a key in its place, with its name, permissions, channel and addresses, shown this once; the old one works on
/// for `overlap_seconds`. Needs `keys:manage` and every permission of the key; a key that rotates gives no other addresses
/// than its own and no more time than it has.
#[utoipa::path(operation_id = "rotate_key", tag = "Keys", params(IdPath, Idempotency, DryRun), request_body = KeyRotate,
    responses((status = 201, body = IssuedKey), WriteProblems))]
#[post("/keys/{id}/rotate")]
pub async fn rotate(call: Call, PathId(id): PathId<KeyId>, Body(input): Body<KeyRotate>) -> Answered<IssuedKey> {
    Ok(Reply::created(call.write("rotate_key", (id, input), |tx, by, (id, input)| staff::rotate_key(tx, by, id, input)).await?))
}
