//! Passkeys as clients see them.

use serde::{Deserialize, Serialize};
use validator::Validate;

use crate::commerce::idempotency::Answer;
use crate::types::{PasskeyId, Timestamp};

/// A passkey of an account.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct Passkey {
    /// Id. It opens nothing.
    pub id: PasskeyId,
    /// What its owner calls it.
    #[schema(example = "Mina's iPhone")]
    pub name: String,
    /// Whether it was kept elsewhere, too, when it was last used: a lost device does not lose it.
    pub backed_up: bool,
    /// When it was added.
    pub created_at: Timestamp,
    /// When somebody last logged in with it.
    pub last_used_at: Option<Timestamp>,
}

impl Answer for Passkey {}

/// Passkeys of one account.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Passkeys {
    /// Oldest first; 20 at most.
    pub data: Vec<Passkey>,
}

/// A passkey that was deleted.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct PasskeyDeleted {
    /// Its id.
    pub id: PasskeyId,
}

impl Answer for PasskeyDeleted {}

/// What to ask the device for a passkey with.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct PasskeyOptions {
    /// Send it back with the device's answer: once, within five minutes.
    pub challenge_token: String,
    /// `publicKey` of `navigator.credentials.create()` or `.get()` as JSON: browsers take it by
    /// `PublicKeyCredential.parseCreationOptionsFromJSON()` or `parseRequestOptionsFromJSON()`, Android's Credential
    /// Manager as it is, iOS field by field.
    #[schema(value_type = Object)]
    pub public_key: serde_json::Value,
    /// Until when the answer is taken.
    pub expires_at: Timestamp,
}

/// A passkey that the device made.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct PasskeyAdd {
    /// As it came with the options.
    pub challenge_token: String,
    /// What the device answered, as `PublicKeyCredential.toJSON()` writes it: bytes are base64url.
    #[schema(value_type = Object)]
    pub credential: serde_json::Value,
    /// What to call it; the device's own description if absent.
    #[serde(default)]
    #[schema(example = "Mina's iPhone")]
    #[validate(length(min = 1, max = 100))]
    pub name: Option<String>,
}

/// Another name for a passkey.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct PasskeyRename {
    /// What to call it.
    #[schema(example = "Mina's iPhone")]
    #[validate(length(min = 1, max = 100))]
    pub name: String,
}
