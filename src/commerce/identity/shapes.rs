//! Verifications as clients send and see them.

use serde::{Deserialize, Serialize};
use validator::Validate;

use crate::types::{IdentityVerificationId, Timestamp};

/// How to verify who one is.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct IdentityVerificationStart {
    /// For the sandbox `test` alone: `adult` (if absent), `minor`, `fail`, `unfinished`, or a date of birth.
    #[schema(example = "adult")]
    #[validate(length(min = 1, max = 40))]
    pub method: Option<String>,
}

/// A verification that was begun: the app goes on with the provider's SDK.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct IdentityVerificationStarted {
    /// For the SDK, and for finishing here.
    pub identity_verification_id: IdentityVerificationId,
    /// Whose SDK: `portone`, or `test` in a sandbox.
    #[schema(example = "portone")]
    pub provider: String,
    /// The shop's id with the provider, for the SDK.
    pub store_id: Option<String>,
    /// The channel to verify oneself by, for the SDK.
    pub channel_key: Option<String>,
    /// Until when it may be finished.
    pub expires_at: Timestamp,
}

/// A verification that the customer has done with the provider's SDK.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject)]
#[serde(deny_unknown_fields)]
pub struct IdentityVerificationFinish {
    /// From beginning it.
    pub identity_verification_id: IdentityVerificationId,
}

/// What is known of who a customer is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct Identity {
    /// Whether it is verified, and still holds.
    pub verified: bool,
    /// Who told.
    pub provider: Option<String>,
    /// How old they count as today, by the shop's rule.
    pub age: Option<i32>,
    /// When it was verified.
    pub verified_at: Option<Timestamp>,
    /// Until when it holds.
    pub expires_at: Option<Timestamp>,
}
