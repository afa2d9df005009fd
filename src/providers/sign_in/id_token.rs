//! ID tokens: signed by whom and with what they must be, for the shop, in time, and for this very log-in (OpenID Connect
//! Core 1.0, 3.1.3.7; RFC 8725).

use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, Validation};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256, Sha384, Sha512};

use super::SignInError;
use super::discovery::Key;
use crate::types::Timestamp;

/// The longest token that is looked at.
const MOST_BYTES: usize = 16 * 1024;
/// What clocks may differ by, in seconds.
const SKEW: i64 = 60;
/// The longest subject (OpenID Connect Core, 2).
const SUBJECT: usize = 255;

/// What a token says before it is believed.
#[derive(Debug)]
pub(super) struct Head {
    pub algorithm: Algorithm,
    pub name: String,
    pub kid: Option<String>,
}

/// What a token must say.
pub(super) struct Expected<'a> {
    /// The texts that name the issuer.
    pub issuers: &'a [String],
    /// For whom it may be.
    pub audiences: &'a [String],
    /// How it must be bound to this log-in.
    pub nonce: Nonce<'a>,
    /// The access token that came with it.
    pub access_token: Option<&'a str>,
    pub now: Timestamp,
}

/// How a token must be bound to a log-in.
pub(super) enum Nonce<'a> {
    /// It holds this one.
    Is(&'a str),
    /// It was got by an app: one that it holds must be the app's, in clear (unless only its hash will do) or hashed; it
    /// must hold one if that is required.
    OfApp { presented: Option<&'a str>, required: bool, hashed: bool },
}

/// What a token proved to say.
pub(super) struct Claims {
    pub subject: String,
    pub expires_at: Timestamp,
    pub all: Map<String, Value>,
}

impl Head {
    /// Reads it; the algorithm must be one that the operator allows, whatever the token wants.
    pub fn read(token: &str, allowed: &[Algorithm]) -> Result<Self, SignInError> {
        if token.len() > MOST_BYTES {
            return Err(SignInError::refused("The ID token is too long."));
        }
        let no_token = || SignInError::refused("This is no ID token.");
        let first = token.split('.').next().unwrap_or_default();
        let head: Map<String, Value> =
            URL_SAFE_NO_PAD.decode(first).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or_else(no_token)?;
        // What must be understood is not; what is typed as something else is something else (RFC 8725, 3.11).
        let typed = head.get("typ").is_none_or(|typ| typ.as_str().is_some_and(|t| t.eq_ignore_ascii_case("jwt")));
        if head.contains_key("crit") || !typed {
            return Err(no_token());
        }
        let name = head.get("alg").and_then(Value::as_str).ok_or_else(no_token)?;
        let algorithm = Algorithm::from_str(name).ok().filter(|algorithm| allowed.contains(algorithm));
        let algorithm = algorithm.ok_or_else(|| SignInError::refused("The ID token is signed with an algorithm that is not allowed."))?;
        Ok(Self { algorithm, name: name.to_owned(), kid: head.get("kid").and_then(Value::as_str).map(str::to_owned) })
    }
}

/// Checks a token by the issuer's key.
pub(super) fn check(token: &str, head: &Head, key: &Key, expected: &Expected) -> Result<Claims, SignInError> {
    let mut validation = Validation::new(head.algorithm);
    // The library asks the machine's clock and one audience; both are looked at below.
    (validation.validate_exp, validation.validate_aud) = (false, false);
    validation.required_spec_claims.clear();
    let all = jsonwebtoken::decode::<Map<String, Value>>(token, &key.decoding, &validation)
        .map_err(|_| SignInError::refused("The ID token's signature is not right."))?
        .claims;
    let text = |name: &str| all.get(name).and_then(Value::as_str);
    if !text("iss").is_some_and(|issuer| expected.issuers.iter().any(|known| known == issuer)) {
        return Err(SignInError::refused("The ID token is of another issuer."));
    }
    audience(&all, expected.audiences)?;
    let expires_at = times(&all, expected.now)?;
    expected.nonce.check(text("nonce"))?;
    if let (Some(hash), Some(access_token)) = (text("at_hash"), expected.access_token)
        && hash != left_half(head.algorithm, access_token)
    {
        return Err(SignInError::refused("The ID token is of another access token."));
    }
    let subject = super::said(all.get("sub"), SUBJECT).ok_or_else(|| SignInError::refused("The ID token names nobody."))?;
    Ok(Claims { subject, expires_at, all })
}

/// It must be for the shop, for nobody else besides, and asked for by one of its own clients.
fn audience(all: &Map<String, Value>, accepted: &[String]) -> Result<(), SignInError> {
    let ours = |client: &str| accepted.iter().any(|known| known == client);
    let named: Vec<&str> = match all.get("aud") {
        Some(Value::String(one)) => vec![one.as_str()],
        Some(Value::Array(several)) => several.iter().map(|one| one.as_str().unwrap_or_default()).collect(),
        _ => Vec::new(),
    };
    let for_us = !named.is_empty() && named.iter().all(|client| ours(client));
    let asked_by_us = match all.get("azp") {
        Some(azp) => azp.as_str().is_some_and(ours),
        None => named.len() == 1,
    };
    if for_us && asked_by_us { Ok(()) } else { Err(SignInError::refused("The ID token is for another client.")) }
}

fn times(all: &Map<String, Value>, now: Timestamp) -> Result<Timestamp, SignInError> {
    let now = now.micros().div_euclid(1_000_000);
    let at = |name: &str| all.get(name).and_then(Value::as_i64);
    let (Some(expires), Some(issued)) = (at("exp"), at("iat")) else {
        return Err(SignInError::refused("The ID token does not say when it was issued and expires."));
    };
    if expires <= now.saturating_sub(SKEW) {
        return Err(SignInError::refused("The ID token has expired."));
    }
    if issued > now.saturating_add(SKEW) || at("nbf").is_some_and(|from| from > now.saturating_add(SKEW)) {
        return Err(SignInError::refused("The ID token is not good yet."));
    }
    let until = expires.saturating_add(SKEW).checked_mul(1_000_000).and_then(Timestamp::from_micros);
    until.ok_or_else(|| SignInError::refused("The ID token expires at no time."))
}

impl Nonce<'_> {
    fn check(&self, held: Option<&str>) -> Result<(), SignInError> {
        let holds = match (self, held) {
            (Self::Is(expected), Some(held)) => held == *expected,
            (Self::Is(_), None) => false,
            (Self::OfApp { presented: Some(presented), hashed, .. }, Some(held)) => {
                // An app that hands the provider the hash of what it keeps: who reads the token cannot present it.
                let digest = Sha256::digest(presented.as_bytes());
                (!hashed && held == *presented) || held == hex::encode(digest) || held == URL_SAFE_NO_PAD.encode(digest)
            }
            (Self::OfApp { presented: None, .. }, Some(_)) | (Self::OfApp { presented: Some(_), .. }, None) => false,
            (Self::OfApp { presented: None, required, .. }, None) => !required,
        };
        if holds { Ok(()) } else { Err(SignInError::refused("The ID token's nonce is not the one of this log-in.")) }
    }
}

/// The left half of a token's hash (OpenID Connect Core, 3.1.3.6).
fn left_half(algorithm: Algorithm, token: &str) -> String {
    let bytes = token.as_bytes();
    let hash = match algorithm {
        Algorithm::RS384 | Algorithm::PS384 | Algorithm::ES384 => Sha384::digest(bytes).to_vec(),
        Algorithm::RS512 | Algorithm::PS512 | Algorithm::EdDSA => Sha512::digest(bytes).to_vec(),
        _ => Sha256::digest(bytes).to_vec(),
    };
    let (left, _) = hash.split_at(hash.len() / 2);
    URL_SAFE_NO_PAD.encode(left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn claims(value: Value) -> Map<String, Value> {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn a_token_is_for_us_alone() {
        let ours = ["web".to_owned(), "ios".to_owned()];
        for (said, good) in [
            (json!({"aud": "web"}), true),
            (json!({"aud": ["web"]}), true),
            (json!({"aud": "web", "azp": "ios"}), true),
            (json!({"aud": ["web", "ios"], "azp": "ios"}), true),
            (json!({"aud": ["web", "ios"]}), false),
            (json!({"aud": ["web", "other"], "azp": "web"}), false),
            (json!({"aud": "web", "azp": "other"}), false),
            (json!({"aud": "web", "azp": 5}), false),
            (json!({"aud": "other"}), false),
            (json!({"aud": []}), false),
            (json!({}), false),
        ] {
            assert_eq!(audience(&claims(said.clone()), &ours).is_ok(), good, "{said}");
        }
    }

    #[test]
    fn a_nonce_binds() {
        let hashed = hex::encode(Sha256::digest(b"n"));
        let app = |presented, required, held| Nonce::OfApp { presented, required, hashed: false }.check(held).is_ok();
        assert!(app(Some("n"), false, Some("n")) && app(Some("n"), false, Some(hashed.as_str())) && app(None, false, None));
        assert!(!app(None, true, None) && !app(None, false, Some("n")) && !app(Some("n"), false, None));
        // Who has read a token knows the hash, which is not what was hashed.
        let strict = |presented, held| Nonce::OfApp { presented: Some(presented), required: false, hashed: true }.check(held).is_ok();
        assert!(strict("n", Some(hashed.as_str())) && !strict(hashed.as_str(), Some(hashed.as_str())));
        assert!(Nonce::Is("n").check(Some("n")).is_ok() && Nonce::Is("n").check(None).is_err());
    }

    #[test]
    fn the_half_of_a_hash_is_the_specifications() {
        // OpenID Connect Core 1.0, appendix A.3.
        assert_eq!(left_half(Algorithm::RS256, "jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"), "77QmUPtjPfzWtF2AnpK9RQ");
    }

    #[test]
    fn what_is_no_id_token_is_told_from_its_head() {
        let head = |value: Value| Head::read(&format!("{}.e30.x", URL_SAFE_NO_PAD.encode(value.to_string())), &[Algorithm::RS256]);
        assert_eq!(head(json!({"alg": "RS256", "kid": "k"})).unwrap().kid.as_deref(), Some("k"));
        for wrong in [
            json!({"alg": "none"}),
            json!({"alg": "HS256"}),
            json!({"alg": "ES256"}),
            json!({"alg": "RS256", "typ": "at+jwt"}),
            json!({"alg": "RS256", "crit": ["b64"]}),
            json!({}),
        ] {
            assert!(head(wrong.clone()).is_err(), "{wrong}");
        }
        assert!(Head::read(&"x".repeat(MOST_BYTES + 1), &[Algorithm::RS256]).is_err());
    }
}
