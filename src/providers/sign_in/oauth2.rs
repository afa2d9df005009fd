//! An OAuth 2.0 server with a profile: no ID token says who somebody is, the profile does that the code's own access
//! token opens. That token was given to the shop for its code, so it is not another client's.

use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;

use super::client_auth::ClientAuth;
use super::http::Outbound;
use super::oidc::{page, redeem_code};
use super::{Authorization, ExternalIdentity, PresentedToken, Redemption, SignInError, SignInProvider, said, says_yes};
use crate::config::sign_in::{OAuth2Config, SignInProtocol, SignInProviderConfig};
use crate::types::{Clock, Timestamp};

/// A server.
pub struct OAuth2 {
    config: SignInProviderConfig,
    server: OAuth2Config,
    auth: ClientAuth,
    http: Outbound,
}

impl OAuth2 {
    /// As configured.
    pub fn new(config: SignInProviderConfig, clock: Clock) -> Result<Self, String> {
        let SignInProtocol::OAuth2(server) = config.protocol.clone() else {
            return Err(format!("sign_in.{} is no OAuth 2.0 server", config.id));
        };
        let (auth, http) = (ClientAuth::of(&config, clock)?, Outbound::new(Duration::from_millis(config.timeout_ms))?);
        Ok(Self { server: *server, auth, http, config })
    }

    fn read(&self, profile: &Value) -> Result<ExternalIdentity, SignInError> {
        let at = |pointer: &Option<String>| pointer.as_ref().and_then(|p| profile.pointer(p));
        let map = &self.server.profile;
        let subject = said(profile.pointer(&map.id), 255);
        Ok(ExternalIdentity {
            issuer: self.config.issuer.clone(),
            subject: subject.ok_or_else(|| SignInError::unavailable("the profile names nobody"))?,
            email: said(at(&map.email), 254),
            email_verified: says_yes(at(&map.email_verified)),
            name: said(at(&map.name), 200),
        })
    }
}

#[async_trait]
impl SignInProvider for OAuth2 {
    fn config(&self) -> &SignInProviderConfig {
        &self.config
    }

    async fn authorization_url(&self, request: &Authorization<'_>) -> Result<String, SignInError> {
        Ok(page(&self.server.authorization_url, &self.config, request, None))
    }

    async fn redeem(&self, redemption: &Redemption) -> Result<ExternalIdentity, SignInError> {
        if redemption.issuer.as_ref().is_some_and(|issuer| *issuer != self.config.issuer) {
            return Err(SignInError::refused("The code is of another issuer."));
        }
        let tokens = redeem_code(&self.http, &self.server.token_url, &self.auth, redemption).await?;
        let token = tokens.get("access_token").and_then(Value::as_str);
        let token = token.ok_or_else(|| SignInError::unavailable("the token endpoint gave no access token"))?;
        self.read(&self.http.get(&self.server.profile_url, Some(token)).await?.found("the profile")?)
    }

    fn checks_id_tokens(&self) -> bool {
        false
    }

    async fn check_id_token(&self, _: &PresentedToken) -> Result<(ExternalIdentity, Timestamp), SignInError> {
        Err(SignInError::refused("This provider gives no ID tokens."))
    }
}
