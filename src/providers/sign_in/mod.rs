//! Providers that say who somebody is: OpenID Connect issuers, and OAuth 2.0 servers with a profile. What they answer is
//! read with bounds on time and size and believed only as far as it is proved; nothing here knows a customer.

mod client_auth;
mod discovery;
mod http;
mod id_token;
mod kept;
mod oauth2;
mod oidc;

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use crate::config::Config;
use crate::config::sign_in::{SignInProtocol, SignInProviderConfig};
use crate::types::{Clock, Timestamp, text};

pub use oauth2::OAuth2;
pub use oidc::Oidc;

/// Why nobody is signed in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// The provider does not answer, or not as it should, or takes the shop for somebody else: later, perhaps.
    #[error("the provider cannot be used: {0}")]
    Unavailable(String),
    /// The provider says no, or what was presented does not hold.
    #[error("refused: {0}")]
    Refused(String),
}

impl SignInError {
    fn unavailable(why: impl std::fmt::Display) -> Self {
        Self::Unavailable(why.to_string())
    }

    fn refused(why: impl Into<String>) -> Self {
        Self::Refused(why.into())
    }
}

/// Where a customer is to be sent.
#[derive(Clone)]
pub struct Authorization<'a> {
    /// Where they come back to.
    pub redirect_uri: &'a str,
    /// What comes back with them.
    pub state: &'a str,
    /// What the ID token must hold.
    pub nonce: &'a str,
    /// What the code is redeemed with; its SHA-256 is sent (RFC 7636).
    pub verifier: &'a str,
    /// Who they probably are, so that they need not type it.
    pub login_hint: Option<&'a str>,
    /// The language to speak to them.
    pub locale: &'a str,
}

/// A code that a customer came back with.
#[derive(Clone)]
pub struct Redemption {
    /// Where they came back to.
    pub redirect_uri: String,
    /// The code.
    pub code: String,
    /// What came back with it.
    pub state: String,
    /// What its SHA-256 was sent of.
    pub verifier: String,
    /// What the ID token must hold.
    pub nonce: String,
    /// Who says to have issued the code (RFC 9207).
    pub issuer: Option<String>,
}

/// An ID token that an app got by itself.
#[derive(Clone)]
pub struct PresentedToken {
    /// The token.
    pub id_token: String,
    /// The nonce that the app chose, or what it hashed for it.
    pub nonce: Option<String>,
    /// The access token that came with it.
    pub access_token: Option<String>,
}

/// Somebody, as a provider knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalIdentity {
    /// The provider's issuer.
    pub issuer: String,
    /// Who, for good.
    pub subject: String,
    /// Their address, as the provider has it.
    pub email: Option<String>,
    /// Whether the provider says that it is theirs.
    pub email_verified: bool,
    /// Their name.
    pub name: Option<String>,
}

/// Says who somebody is.
#[async_trait]
pub trait SignInProvider: Send + Sync {
    /// How it is configured.
    fn config(&self) -> &SignInProviderConfig;

    /// The page that a customer is to be sent to.
    async fn authorization_url(&self, request: &Authorization<'_>) -> Result<String, SignInError>;

    /// Redeems a code: who the customer is.
    async fn redeem(&self, redemption: &Redemption) -> Result<ExternalIdentity, SignInError>;

    /// Whether it can check ID tokens that apps present.
    fn checks_id_tokens(&self) -> bool;

    /// Checks an ID token that an app presents: who the customer is, and until when the token could be presented.
    async fn check_id_token(&self, token: &PresentedToken) -> Result<(ExternalIdentity, Timestamp), SignInError>;
}

/// The providers that are configured.
#[derive(Clone, Default)]
pub struct SignInProviders(Vec<Arc<dyn SignInProvider>>);

impl SignInProviders {
    /// As configured.
    pub fn from_config(config: &Config, clock: &Clock) -> Result<Self, String> {
        let made: Result<Vec<Arc<dyn SignInProvider>>, String> = config
            .sign_in
            .iter()
            .map(|provider| -> Result<Arc<dyn SignInProvider>, String> {
                Ok(match &provider.protocol {
                    SignInProtocol::Oidc { .. } => Arc::new(Oidc::new(provider.clone(), clock.clone())?),
                    SignInProtocol::OAuth2(_) => Arc::new(OAuth2::new(provider.clone(), clock.clone())?),
                })
            })
            .collect();
        made.map(Self)
    }

    /// The one of this name.
    pub fn get(&self, id: &str) -> Option<&Arc<dyn SignInProvider>> {
        self.0.iter().find(|provider| provider.config().id == id)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn SignInProvider>> {
        self.0.iter()
    }
}

/// Text that a provider says of somebody: cleaned, not empty, and no longer than this.
fn said(value: Option<&Value>, longest: usize) -> Option<String> {
    let text = match value? {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    text::clean(&text).map(|clean| clean.into_owned()).filter(|t| !t.is_empty() && t.chars().count() <= longest)
}

/// Whether a provider says yes: Apple says it as text.
fn says_yes(value: Option<&Value>) -> bool {
    match value {
        Some(Value::Bool(yes)) => *yes,
        Some(Value::String(text)) => text == "true",
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_said_is_bounded_and_clean() {
        assert_eq!(said(Some(&json!(" Mina ")), 10), Some("Mina".to_owned()));
        assert_eq!(said(Some(&json!(1234567890123u64)), 20), Some("1234567890123".to_owned()));
        for nothing in [json!(""), json!("a\u{0}b"), json!("far too long"), json!(null), json!(["x"])] {
            assert_eq!(said(Some(&nothing), 10), None, "{nothing}");
        }
        assert!(says_yes(Some(&json!("true"))) && says_yes(Some(&json!(true))));
        assert!(!says_yes(Some(&json!("TRUE"))) && !says_yes(Some(&json!(1))) && !says_yes(None));
    }
}
