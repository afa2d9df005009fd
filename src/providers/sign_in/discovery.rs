//! What an issuer says of itself (OpenID Connect Discovery 1.0), and its keys (RFC 7517).

use jsonwebtoken::jwk::{AlgorithmParameters, Jwk};
use jsonwebtoken::{Algorithm, DecodingKey};
use serde_json::Value;
use url::Url;

use super::SignInError;
use super::http::Outbound;
use crate::config::sign_in::is_safe;

/// How many keys of an issuer are looked at.
const MOST_KEYS: usize = 100;

/// Where an issuer is spoken to.
#[derive(Debug)]
pub(super) struct Endpoints {
    pub authorization: Url,
    pub token: Url,
    pub keys: Url,
    pub userinfo: Option<Url>,
    /// Whether it says with each code who issued it (RFC 9207).
    pub names_itself: bool,
}

/// Asks an issuer where it is spoken to. What it says must be of itself.
pub(super) async fn endpoints(http: &Outbound, issuer: &str) -> Result<Endpoints, SignInError> {
    let url = format!("{}/.well-known/openid-configuration", issuer.trim_end_matches('/'));
    let url = Url::parse(&url).map_err(SignInError::unavailable)?;
    let said = http.get(&url, None).await?.found("discovery")?;
    if said.get("issuer").and_then(Value::as_str) != Some(issuer) {
        return Err(SignInError::unavailable("discovery is of another issuer"));
    }
    let url = |name: &str| said.get(name).and_then(Value::as_str).and_then(|text| Url::parse(text).ok()).filter(is_safe);
    let needed = |name: &str| url(name).ok_or_else(|| SignInError::unavailable(format!("discovery holds no good {name}")));
    Ok(Endpoints {
        authorization: needed("authorization_endpoint")?,
        token: needed("token_endpoint")?,
        keys: needed("jwks_uri")?,
        userinfo: url("userinfo_endpoint"),
        names_itself: said.get("authorization_response_iss_parameter_supported") == Some(&Value::Bool(true)),
    })
}

/// A key that an issuer signs with.
pub(super) struct Key {
    kid: Option<String>,
    algorithm: Option<String>,
    family: Family,
    /// What signatures are checked with.
    pub decoding: DecodingKey,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Rsa,
    Ec,
    Ed,
}

impl Family {
    fn of(algorithm: Algorithm) -> Option<Self> {
        match algorithm {
            Algorithm::RS256 | Algorithm::RS384 | Algorithm::RS512 | Algorithm::PS256 | Algorithm::PS384 | Algorithm::PS512 => {
                Some(Self::Rsa)
            }
            Algorithm::ES256 | Algorithm::ES384 => Some(Self::Ec),
            Algorithm::EdDSA => Some(Self::Ed),
            _ => None,
        }
    }
}

/// Asks for an issuer's keys. What is no key for signatures is passed over.
pub(super) async fn keys(http: &Outbound, url: &Url) -> Result<Vec<Key>, SignInError> {
    let said = http.get(url, None).await?.found("the key set")?;
    let listed = said.get("keys").and_then(Value::as_array).ok_or_else(|| SignInError::unavailable("the key set holds no keys"))?;
    Ok(listed.iter().take(MOST_KEYS).filter_map(Key::read).collect())
}

impl Key {
    fn read(said: &Value) -> Option<Self> {
        if said.get("use").is_some_and(|usage| usage != "sig") {
            return None;
        }
        let jwk: Jwk = serde_json::from_value(said.clone()).ok()?;
        let family = match &jwk.algorithm {
            AlgorithmParameters::RSA(_) => Family::Rsa,
            AlgorithmParameters::EllipticCurve(_) => Family::Ec,
            AlgorithmParameters::OctetKeyPair(_) => Family::Ed,
            // A secret that both know is no proof; others are not known.
            _ => return None,
        };
        Some(Self {
            kid: jwk.common.key_id.clone(),
            algorithm: said.get("alg").and_then(Value::as_str).map(str::to_owned),
            family,
            decoding: DecodingKey::from_jwk(&jwk).ok()?,
        })
    }

    fn fits(&self, algorithm: Algorithm, name: &str) -> bool {
        Family::of(algorithm) == Some(self.family) && self.algorithm.as_ref().is_none_or(|only| only == name)
    }
}

/// The key that a token names; where it names none, the only one that fits.
pub(super) fn key<'k>(keys: &'k [Key], kid: Option<&str>, algorithm: Algorithm, name: &str) -> Option<&'k Key> {
    let mut fitting = keys.iter().filter(|key| key.fits(algorithm, name));
    match kid {
        Some(kid) => fitting.find(|key| key.kid.as_deref() == Some(kid)),
        None => fitting.next().filter(|_| fitting.next().is_none()),
    }
}
