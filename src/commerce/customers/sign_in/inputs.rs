//! What clients send to sign in with others.

use serde::{Deserialize, Serialize};
use validator::Validate;

use super::super::inputs::{ClaimAtLogin, ConsentsUpdate};
use crate::error::{Error, Result};
use crate::types::{Locale, Secret};

/// Somebody who wants to sign in with a provider.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct SignInStart {
    /// The page of the storefront that the customer comes back to: one that the operator allows.
    #[schema(example = "https://shop.example.com/sign-in/callback")]
    #[validate(length(min = 1, max = 2000))]
    pub redirect_uri: String,
    /// Their address at the provider, so that they need not type it.
    #[serde(default)]
    #[validate(length(min = 1, max = 320))]
    pub login_hint: Option<String>,
}

/// Somebody who came back from a provider.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct SignInFinish {
    /// `state` of the address that they came back to.
    pub state: Secret,
    /// `code` of it.
    pub code: Secret,
    /// What starting answered beside the address. Whoever has only the address cannot finish.
    pub flow_secret: Secret,
    /// `iss` of the address, if it holds one (RFC 9207).
    #[serde(default)]
    #[validate(length(max = 2000))]
    pub iss: Option<String>,
    /// Their name, where the provider tells it to the page alone (Apple, the first time). For a new account.
    #[serde(default)]
    #[validate(length(min = 1, max = 200))]
    pub name: Option<String>,
    /// The language that mail shall speak to a new account; the call's if absent.
    #[serde(default)]
    pub locale: Option<Locale>,
    /// What marketing a new account agrees to; absent: to none.
    #[serde(default)]
    #[validate(nested)]
    pub consents: Option<ConsentsUpdate>,
    /// What to call this device in the list of sessions.
    #[serde(default)]
    #[validate(length(max = 200))]
    pub device_name: Option<String>,
    /// The guest's cart to claim.
    #[serde(default)]
    pub cart: Option<ClaimAtLogin>,
}

/// Somebody whose app signed them in with a provider by itself.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct IdTokenSignIn {
    /// The provider: `google`, `apple`, `kakao`, ...
    #[schema(example = "google")]
    #[validate(length(max = 40))]
    pub provider: String,
    /// The ID token that the provider gave the app. It can be presented once.
    pub id_token: Secret,
    /// The nonce that the app chose. Needed if the token holds one, as it should. Apple is handed its SHA-256 (hex),
    /// others it or its SHA-256; here it comes in clear.
    #[serde(default)]
    pub nonce: Option<Secret>,
    /// The access token that came with it: held against the ID token, and used where the ID token does not say
    /// whether the address is verified (Kakao).
    #[serde(default)]
    pub access_token: Option<Secret>,
    /// Their name, where the provider tells it to the app alone (Apple, the first time). For a new account.
    #[serde(default)]
    #[validate(length(min = 1, max = 200))]
    pub name: Option<String>,
    /// The language that mail shall speak to a new account; the call's if absent.
    #[serde(default)]
    pub locale: Option<Locale>,
    /// What marketing a new account agrees to; absent: to none.
    #[serde(default)]
    #[validate(nested)]
    pub consents: Option<ConsentsUpdate>,
    /// What to call this device in the list of sessions.
    #[serde(default)]
    #[validate(length(max = 200))]
    pub device_name: Option<String>,
    /// The guest's cart to claim.
    #[serde(default)]
    pub cart: Option<ClaimAtLogin>,
}

/// A customer who wants to link an account that they have elsewhere.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct IdentityLinkStart {
    /// The provider: `google`, `apple`, `kakao`, ...
    #[schema(example = "google")]
    #[validate(length(max = 40))]
    pub provider: String,
    /// The page of the storefront that the customer comes back to: one that the operator allows.
    #[schema(example = "https://shop.example.com/account/linked")]
    #[validate(length(min = 1, max = 2000))]
    pub redirect_uri: String,
    /// The present password; absent where there is none, and the log-in is of the last ten minutes.
    #[serde(default)]
    pub password: Option<Secret>,
}

/// A customer who came back to link.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct IdentityLink {
    /// The provider.
    #[schema(example = "google")]
    #[validate(length(max = 40))]
    pub provider: String,
    /// `state` of the address that they came back to.
    pub state: Secret,
    /// `code` of it.
    pub code: Secret,
    /// What starting answered beside the address.
    pub flow_secret: Secret,
    /// `iss` of the address, if it holds one (RFC 9207).
    #[serde(default)]
    #[validate(length(max = 2000))]
    pub iss: Option<String>,
}

/// A customer who links with an ID token that an app got.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct IdentityLinkIdToken {
    /// The provider.
    #[schema(example = "google")]
    #[validate(length(max = 40))]
    pub provider: String,
    /// The ID token that the provider gave the app. It can be presented once.
    pub id_token: Secret,
    /// The nonce that the app chose, in clear.
    #[serde(default)]
    pub nonce: Option<Secret>,
    /// The access token that came with it.
    #[serde(default)]
    pub access_token: Option<Secret>,
    /// The present password; absent where there is none, and the log-in is of the last ten minutes.
    #[serde(default)]
    pub password: Option<Secret>,
}

/// A secret's text, if it is no longer than this.
pub(super) fn bounded(pointer: &str, secret: &Secret, longest: usize) -> Result<String> {
    let text = secret.expose();
    if (1..=longest).contains(&text.len()) {
        Ok(text.to_owned())
    } else {
        Err(Error::invalid_field(pointer, "length", format!("Must have 1 to {longest} bytes.")))
    }
}
