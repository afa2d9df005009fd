//! An OpenID Connect issuer: authorization code with PKCE, and ID tokens that apps got by themselves.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use serde_json::Value;
use url::Url;

use super::client_auth::{ClientAuth, Credentials};
use super::discovery::{self, Endpoints, Key};
use super::http::Outbound;
use super::id_token::{self, Claims, Expected, Head, Nonce};
use super::kept::Kept;
use super::{Authorization, ExternalIdentity, PresentedToken, Redemption, SignInError, SignInProvider, said, says_yes};
use crate::config::sign_in::{SignInProtocol, SignInProviderConfig};
use crate::types::{Clock, Timestamp};

/// An issuer.
pub struct Oidc {
    config: SignInProviderConfig,
    /// The texts that its tokens may name it by.
    issuers: Vec<String>,
    /// For whom a token may be that was got by a code: the web's client.
    web: Vec<String>,
    algorithms: Vec<jsonwebtoken::Algorithm>,
    nonce_of_apps: (bool, bool),
    auth: ClientAuth,
    http: Outbound,
    clock: Clock,
    endpoints: Kept<Endpoints>,
    keys: Kept<Vec<Key>>,
}

impl Oidc {
    /// As configured; nothing is asked before somebody signs in.
    pub fn new(config: SignInProviderConfig, clock: Clock) -> Result<Self, String> {
        let SignInProtocol::Oidc { also_issued_as, algorithms, require_nonce, nonce_is_hashed } = config.protocol.clone() else {
            return Err(format!("sign_in.{} is no OpenID Connect issuer", config.id));
        };
        Ok(Self {
            issuers: std::iter::once(config.issuer.clone()).chain(also_issued_as).collect(),
            web: vec![config.client_id.clone()],
            algorithms,
            nonce_of_apps: (require_nonce, nonce_is_hashed),
            auth: ClientAuth::of(&config, clock.clone())?,
            http: Outbound::new(Duration::from_millis(config.timeout_ms))?,
            clock,
            endpoints: Kept::default(),
            keys: Kept::default(),
            config,
        })
    }

    async fn endpoints(&self) -> Result<Arc<Endpoints>, SignInError> {
        self.endpoints.get(|| discovery::endpoints(&self.http, &self.config.issuer)).await
    }

    /// Checks a token by the key that it names. One that is not known may be new: the keys are asked for once more,
    /// but however many tokens name unknown ones, no more often than every half minute.
    async fn check(&self, endpoints: &Endpoints, token: &str, expected: &Expected<'_>) -> Result<Claims, SignInError> {
        let head = Head::read(token, &self.algorithms)?;
        let ask = || discovery::keys(&self.http, &endpoints.keys);
        let find = |keys: &Arc<Vec<Key>>| discovery::key(keys, head.kid.as_deref(), head.algorithm, &head.name).is_some();
        let mut keys = self.keys.get(ask).await?;
        if !find(&keys) {
            keys = self.keys.beyond(&keys, ask).await?;
        }
        let key = discovery::key(&keys, head.kid.as_deref(), head.algorithm, &head.name)
            .ok_or_else(|| SignInError::refused("The ID token is signed with a key that the provider does not publish."))?;
        id_token::check(token, &head, key, expected)
    }

    /// Who a token is of. Some say only at their userinfo endpoint whether an address was verified; it must speak of
    /// the same subject (OpenID Connect Core, 5.3.2).
    async fn identity(&self, endpoints: &Endpoints, claims: &Claims, access_token: Option<&str>) -> Result<ExternalIdentity, SignInError> {
        let mut all = claims.all.clone();
        if let (Some(userinfo), Some(token), None) = (&endpoints.userinfo, access_token, all.get("email_verified")) {
            let more = self.http.get(userinfo, Some(token)).await?;
            if more.status == 401 || more.status == 403 {
                return Err(SignInError::refused("The provider does not take the access token."));
            }
            let more = more.found("userinfo")?;
            if said(more.get("sub"), 255).as_deref() != Some(claims.subject.as_str()) {
                return Err(SignInError::refused("The access token is of somebody else."));
            }
            if let Value::Object(more) = more {
                all.remove("email");
                let wanted = ["email", "email_verified", "name", "nickname"];
                all.extend(more.into_iter().filter(|(name, _)| wanted.contains(&name.as_str())));
            }
        }
        Ok(ExternalIdentity {
            issuer: self.config.issuer.clone(),
            subject: claims.subject.clone(),
            email: said(all.get("email"), 254),
            email_verified: says_yes(all.get("email_verified")),
            name: said(all.get("name"), 200).or_else(|| said(all.get("nickname"), 200)),
        })
    }

    fn is_mixed_up(&self, endpoints: &Endpoints, issuer: Option<&str>) -> bool {
        match issuer {
            Some(issuer) => !self.issuers.iter().any(|known| known == issuer),
            None => endpoints.names_itself,
        }
    }
}

#[async_trait]
impl SignInProvider for Oidc {
    fn config(&self) -> &SignInProviderConfig {
        &self.config
    }

    async fn authorization_url(&self, request: &Authorization<'_>) -> Result<String, SignInError> {
        let endpoints = self.endpoints().await?;
        Ok(page(&endpoints.authorization, &self.config, request, Some(request.nonce)))
    }

    async fn redeem(&self, redemption: &Redemption) -> Result<ExternalIdentity, SignInError> {
        let endpoints = self.endpoints().await?;
        if self.is_mixed_up(&endpoints, redemption.issuer.as_deref()) {
            return Err(SignInError::refused("The code is of another issuer."));
        }
        let tokens = redeem_code(&self.http, &endpoints.token, &self.auth, redemption).await?;
        let text = |name: &str| tokens.get(name).and_then(Value::as_str);
        let id_token = text("id_token").ok_or_else(|| SignInError::unavailable("the token endpoint gave no ID token"))?;
        let expected = Expected {
            issuers: &self.issuers,
            audiences: &self.web,
            nonce: Nonce::Is(&redemption.nonce),
            access_token: text("access_token"),
            now: self.clock.now(),
        };
        let claims = self.check(&endpoints, id_token, &expected).await?;
        self.identity(&endpoints, &claims, text("access_token")).await
    }

    fn checks_id_tokens(&self) -> bool {
        true
    }

    async fn check_id_token(&self, token: &PresentedToken) -> Result<(ExternalIdentity, Timestamp), SignInError> {
        let endpoints = self.endpoints().await?;
        let (required, hashed) = self.nonce_of_apps;
        let expected = Expected {
            issuers: &self.issuers,
            audiences: &self.config.audiences,
            nonce: Nonce::OfApp { presented: token.nonce.as_deref(), required, hashed },
            access_token: token.access_token.as_deref(),
            now: self.clock.now(),
        };
        let claims = self.check(&endpoints, &token.id_token, &expected).await?;
        let identity = self.identity(&endpoints, &claims, token.access_token.as_deref()).await?;
        Ok((identity, claims.expires_at))
    }
}

/// The page that a customer is sent to (RFC 6749, 4.1.1; RFC 7636, 4.3).
pub(super) fn page(base: &Url, config: &SignInProviderConfig, request: &Authorization, nonce: Option<&str>) -> String {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use sha2::{Digest, Sha256};
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(request.verifier.as_bytes()));
    let scope = config.scopes.join(" ");
    let mut url = base.clone();
    let mut query = url.query_pairs_mut();
    query.append_pair("response_type", "code").append_pair("client_id", &config.client_id);
    query.append_pair("redirect_uri", request.redirect_uri).append_pair("state", request.state);
    query.append_pair("code_challenge", &challenge).append_pair("code_challenge_method", "S256");
    let optional = [
        ("scope", Some(scope.as_str()).filter(|s| !s.is_empty())),
        ("nonce", nonce),
        ("response_mode", config.response_mode.as_deref()),
        ("login_hint", request.login_hint),
        ("ui_locales", nonce.map(|_| request.locale)),
    ];
    for (name, value) in optional.into_iter().filter_map(|(name, value)| value.map(|v| (name, v))) {
        query.append_pair(name, value);
    }
    drop(query);
    url.into()
}

/// Redeems a code at a token endpoint (RFC 6749, 4.1.3; RFC 7636, 4.5).
pub(super) async fn redeem_code(http: &Outbound, url: &Url, auth: &ClientAuth, redemption: &Redemption) -> Result<Value, SignInError> {
    let credentials = auth.credentials()?;
    let mut form: Vec<(&str, &str)> = vec![
        ("grant_type", "authorization_code"),
        ("code", &redemption.code),
        ("redirect_uri", &redemption.redirect_uri),
        ("code_verifier", &redemption.verifier),
        ("state", &redemption.state),
    ];
    let basic = match &credentials {
        Credentials::Form(fields) => {
            form.extend(fields.iter().map(|(name, value)| (*name, value.as_str())));
            None
        }
        Credentials::Basic(name, password) => Some((name.as_str(), password.as_str())),
    };
    http.post(url, &form, basic).await?.tokens()
}
