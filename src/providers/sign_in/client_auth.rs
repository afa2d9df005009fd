//! Proving to a token endpoint to be the shop (RFC 6749, 2.3.1): by a secret, or by one signed for the occasion.

use chrono::Duration;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject;
use secrecy::ExposeSecret;
use serde_json::json;

use super::SignInError;
use crate::config::sign_in::{ClientSecret, SignInProviderConfig, TokenAuth};
use crate::types::Clock;

/// How long a secret that is signed for the occasion is good.
const LIFE_MINUTES: i64 = 5;

/// What proves to be the shop.
pub(super) struct ClientAuth {
    client_id: String,
    how: TokenAuth,
    proof: Proof,
    clock: Clock,
}

enum Proof {
    None,
    Text(secrecy::SecretString),
    Signed { team_id: String, key_id: String, audience: String, key: EncodingKey },
}

/// What goes with one request: form fields, or a name and a password.
pub(super) enum Credentials {
    Form(Vec<(&'static str, String)>),
    Basic(String, String),
}

impl ClientAuth {
    pub fn of(config: &SignInProviderConfig, clock: Clock) -> Result<Self, String> {
        let proof = match &config.client_secret {
            ClientSecret::None => Proof::None,
            ClientSecret::Text(text) => Proof::Text(text.clone()),
            ClientSecret::SigningKey { team_id, key_id, pem } => {
                let broken = |e: &dyn std::fmt::Display| format!("sign_in.{}.private_key: {e}", config.id);
                let der = PrivatePkcs8KeyDer::from_pem_slice(pem.expose_secret().as_bytes()).map_err(|e| broken(&e))?;
                let key = EncodingKey::from_ec_der(der.secret_pkcs8_der());
                Proof::Signed { team_id: team_id.clone(), key_id: key_id.clone(), audience: config.issuer.clone(), key }
            }
        };
        let auth = Self { client_id: config.client_id.clone(), how: config.token_auth, proof, clock };
        // A key that cannot sign is told at start, not at the first log-in.
        auth.secret().map_err(|e| format!("sign_in.{}.private_key: {e}", config.id))?;
        Ok(auth)
    }

    pub fn credentials(&self) -> Result<Credentials, SignInError> {
        let id = self.client_id.clone();
        Ok(match (self.secret()?, self.how) {
            (None, _) => Credentials::Form(vec![("client_id", id)]),
            (Some(secret), TokenAuth::Post) => Credentials::Form(vec![("client_id", id), ("client_secret", secret)]),
            (Some(secret), TokenAuth::Basic) => Credentials::Basic(form_encoded(&id), form_encoded(&secret)),
        })
    }

    fn secret(&self) -> Result<Option<String>, SignInError> {
        match &self.proof {
            Proof::None => Ok(None),
            Proof::Text(text) => Ok(Some(text.expose_secret().to_owned())),
            Proof::Signed { team_id, key_id, audience, key } => {
                let now = self.clock.now();
                let seconds = |at: crate::types::Timestamp| at.micros().div_euclid(1_000_000);
                let claims = json!({
                    "iss": team_id, "sub": self.client_id, "aud": audience,
                    "iat": seconds(now), "exp": seconds(now.plus(Duration::minutes(LIFE_MINUTES))),
                });
                let header = Header { kid: Some(key_id.clone()), ..Header::new(Algorithm::ES256) };
                jsonwebtoken::encode(&header, &claims, key).map(Some).map_err(SignInError::unavailable)
            }
        }
    }
}

/// Both halves of HTTP Basic are form-encoded first (RFC 6749, 2.3.1).
fn form_encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_signed_as_apple_wants_it() {
        let pair = rcgen::KeyPair::generate().unwrap();
        let settings = json!({"client_id": "com.example.web", "team_id": "TEAM", "key_id": "KEY", "private_key": pair.serialize_pem()});
        let config = SignInProviderConfig::of("apple", settings.as_object().unwrap().clone(), 1_000).unwrap();
        let auth = ClientAuth::of(&config, Clock::System).unwrap();
        let Credentials::Form(form) = auth.credentials().unwrap() else { panic!("posted") };
        let secret = &form.iter().find(|(name, _)| *name == "client_secret").unwrap().1;
        let header = jsonwebtoken::decode_header(secret).unwrap();
        assert_eq!((header.alg, header.kid.as_deref()), (Algorithm::ES256, Some("KEY")));
        let mut validation = jsonwebtoken::Validation::new(Algorithm::ES256);
        validation.set_audience(&["https://appleid.apple.com"]);
        validation.set_issuer(&["TEAM"]);
        // The public point stands behind the first byte.
        let key = jsonwebtoken::DecodingKey::from_ec_der(pair.public_key_raw());
        let claims = jsonwebtoken::decode::<serde_json::Value>(secret, &key, &validation).unwrap().claims;
        assert_eq!(claims["sub"], "com.example.web");
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 300);
    }
}
