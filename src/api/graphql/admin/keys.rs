//! API keys, for staff.

use async_graphql::connection::Connection;
use async_graphql::{Context, Object};

use crate::api::call::Call;
use crate::api::graphql::connection::{connection, cost, page};
use crate::api::graphql::errors::given;
use crate::api::graphql::payload::payload;
use crate::commerce::auth::{self, ApiKey, ApiKeyCreate, ApiKeyFilter, IssuedKey, KeyRotate};
use crate::commerce::staff;
use crate::types::KeyId;

payload! {
    /// The key made, with its secret, shown this once.
    KeyCreatePayload of key: IssuedKey
}
payload! {
    /// The key revoked.
    KeyRevokePayload of key: ApiKey
}

payload! {
    /// The key in the old one's place, with its secret, shown this once.
    KeyRotatePayload of key: IssuedKey
}

/// Queries of API keys.
#[derive(Default)]
pub struct KeyQuery;

#[Object]
impl KeyQuery {
    /// API keys, newest first. Needs `keys:manage`.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn keys(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        #[graphql(default)] filter: ApiKeyFilter,
    ) -> async_graphql::Result<Connection<String, ApiKey>> {
        let page = page(first, after, last, before)?;
        given(ctx.data::<Call>()?.read(move |tx, by| auth::list_keys(tx, by, &page, &filter)).await).map(connection)
    }
}

/// Mutations of API keys.
#[derive(Default)]
pub struct KeyMutation;

#[Object]
impl KeyMutation {
    /// Creates an API key. Nobody grants what they do not have; a key grants no other addresses than its own and no more
    /// time than it has. Needs `keys:manage`.
    async fn key_create(&self, ctx: &Context<'_>, input: ApiKeyCreate) -> async_graphql::Result<KeyCreatePayload> {
        KeyCreatePayload::of(Call::of_field(ctx)?.write("create_key", input, staff::create_key).await)
    }

    /// Makes a key in the place of one; the old one works on for `overlapSeconds`. Needs `keys:manage` and every
    /// permission of the key; a key that rotates gives no other addresses than its own and no more time than it has.
    async fn key_rotate(&self, ctx: &Context<'_>, id: KeyId, input: KeyRotate) -> async_graphql::Result<KeyRotatePayload> {
        let call = Call::of_field(ctx)?;
        KeyRotatePayload::of(call.write("rotate_key", (id, input), |tx, by, (id, input)| staff::rotate_key(tx, by, id, input)).await)
    }

    /// Revokes an API key: it stops working within a second. Needs `keys:manage`, and neither the key's own permissions
    /// nor a recent password: in an emergency it must be quick.
    async fn key_revoke(&self, ctx: &Context<'_>, id: KeyId) -> async_graphql::Result<KeyRevokePayload> {
        KeyRevokePayload::of(Call::of_field(ctx)?.write("revoke_key", id, auth::revoke_key).await)
    }
}
