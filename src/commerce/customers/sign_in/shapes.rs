//! What clients see of signing in with others.

use serde::{Deserialize, Serialize};

use crate::commerce::idempotency::Answer;
use crate::types::text::text_enum;
use crate::types::{IdentityId, Timestamp};

text_enum! {
    /// How a provider is spoken to.
    pub enum SignInProtocolKind {
        /// OpenID Connect.
        Oidc = "oidc",
        /// OAuth 2.0 with a profile.
        OAuth2 = "oauth2",
    }
}

/// A provider that customers may sign in with.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
#[graphql(name = "SignInProvider")]
#[schema(as = SignInProvider)]
pub struct SignInProviderInfo {
    /// What paths and inputs name it by.
    #[schema(example = "google")]
    pub id: String,
    /// What to write on its button.
    #[schema(example = "Google")]
    pub name: String,
    /// How it is spoken to.
    pub protocol: SignInProtocolKind,
    /// The shop's client id at the provider, for its SDKs. No secret.
    pub client_id: String,
    /// Whether customers can be sent to its page.
    pub redirects: bool,
    /// Whether ID tokens that apps got by themselves are taken.
    pub takes_id_tokens: bool,
}

/// The providers that this channel offers.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SignInProviderList {
    /// By their id.
    pub data: Vec<SignInProviderInfo>,
}

/// An attempt to sign in that was started.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct SignInStarted {
    /// Send the customer there.
    pub authorization_url: String,
    /// What they come back with: one that comes back with another did not start here.
    pub state: String,
    /// Keep it where the page that started keeps secrets (`sessionStorage`, the Keychain), and out of addresses:
    /// finishing asks for it, so that nobody can be made to finish what somebody else started.
    pub flow_secret: String,
    /// Until when it can be finished.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for SignInStarted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SignInStarted(***)")
    }
}

/// An account elsewhere that opens a customer's account here.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct CustomerIdentity {
    /// Id.
    pub id: IdentityId,
    /// The provider.
    #[schema(example = "google")]
    pub provider: String,
    /// The address that the provider told last.
    pub email: Option<String>,
    /// When it was linked.
    pub created_at: Timestamp,
    /// When it was last signed in with.
    pub last_used_at: Timestamp,
}

/// The accounts elsewhere that open a customer's account.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CustomerIdentities {
    /// In the order they were linked; 20 at most.
    pub data: Vec<CustomerIdentity>,
}

/// An account elsewhere that was unlinked.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct IdentityUnlinked {
    /// Its id.
    pub id: IdentityId,
}

impl Answer for IdentityUnlinked {}
