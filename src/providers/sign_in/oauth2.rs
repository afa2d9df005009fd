//! An OAuth 2.0 server with a profile: no ID token says who somebody is, the profile does that the code's own access
//! token opens. That token was given to the shop for its code, so it is not another client's.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use super::client_auth::ClientAuth;
use super::http::Outbound;
use super::oidc::{page, redeem_code};
use super::{Authorization, ExternalIdentity, PresentedToken, Redemption, SignInError, SignInProvider, said, says_yes};
use crate::config::sign_in::{ProfileMap, SignInProtocol, SignInProviderConfig};
use crate::types::{Clock, Timestamp};

/// A server.
pub struct OAuth2 {
    config: SignInProviderConfig,
    authorization_url: url::Url,
    token_url: url::Url,
    profile_url: url::Url,
    profile: ProfileMap,
    auth: ClientAuth,
    http: Outbound,
}

impl OAuth2 {
    /// As configured.
    pub fn new(config: SignInProviderConfig, clock: Clock) -> Result<Self, String> {
        let SignInProtocol::OAuth2 { authorization_url, token_url, profile_url, profile } = config.protocol.clone() else {
            return Err(format!("sign_in.{} is no OAuth 2.0 server", config.id));
        };
        let (auth, http) = (ClientAuth::of(&config, clock)?, Outbound::new(Duration::from_millis(config.timeout_ms))?);
        Ok(Self { authorization_url, token_url, profile_url, profile, auth, http, config })
    }

    fn read(&self, profile: &Value) -> Result<ExternalIdentity, SignInError> {
        let at = |pointer: &Option<String>| pointer.as_ref().and_then(|p| profile.pointer(p));
        let subject = said(profile.pointer(&self.profile.id), 255);
        Ok(ExternalIdentity {
            issuer: self.config.issuer.clone(),
            subject: subject.ok_or_else(|| SignInError::unavailable("the profile names nobody"))?,
            email: said(at(&self.profile.email), 254),
            email_verified: says_yes(at(&self.profile.email_verified)),
            name: said(at(&self.profile.name), 200),
        })
    }
}

#[async_trait]
impl SignInProvider for OAuth2 {
    fn config(&self) -> &SignInProviderConfig {
        &self.config
    }

    async fn authorization_url(&self, request: &Authorization<'_>) -> Result<String, SignInError> {
        Ok(page(&self.authorization_url, &self.config, request, None))
    }

    async fn redeem(&self, redemption: &Redemption) -> Result<ExternalIdentity, SignInError> {
        if redemption.issuer.as_ref().is_some_and(|issuer| *issuer != self.config.issuer) {
            return Err(SignInError::refused("The code is of another issuer."));
        }
        let tokens = redeem_code(&self.http, &self.token_url, &self.auth, redemption).await?;
        let token = tokens.get("access_token").and_then(Value::as_str);
        let token = token.ok_or_else(|| SignInError::unavailable("the token endpoint gave no access token"))?;
        self.read(&self.http.get(&self.profile_url, Some(token)).await?.found("the profile")?)
    }

    fn checks_id_tokens(&self) -> bool {
        false
    }

    async fn check_id_token(&self, _: &PresentedToken) -> Result<(ExternalIdentity, Timestamp), SignInError> {
        Err(SignInError::refused("This provider gives no ID tokens."))
    }
}
