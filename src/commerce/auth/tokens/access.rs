//! Access tokens themselves: what they say, how they are signed and checked.

use chrono::Duration;
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};

use super::{ACCESS_MINUTES, Tokens, Verifying};
use crate::app::App;
use crate::commerce::auth::{Subject, SubjectKind};
use crate::error::{Error, Result};
use crate::types::ids::Id;
use crate::types::{SessionId, Timestamp};

/// The type of our tokens (RFC 9068, 2.1): a JWT made for something else is none of them.
const TYPE: &str = "at+jwt";

/// What a token says.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: String,
    sid: String,
    iat: i64,
    exp: i64,
    /// When the session last gave a password or another factor (OpenID Connect Core, 2).
    auth_time: i64,
}

/// What a good token proves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// Whose it is.
    pub subject: Subject,
    /// The session that it was issued to.
    pub session: SessionId,
    /// When that session last gave a password or another factor.
    pub authenticated_at: Timestamp,
}

/// A token, just issued.
#[derive(Debug, Clone)]
pub struct AccessToken {
    /// The token.
    pub text: String,
    /// When it stops being good.
    pub expires_at: Timestamp,
}

impl Tokens {
    /// Issues a token to a session.
    pub async fn issue(&self, app: &App, identity: &Identity) -> Result<AccessToken> {
        let held = self.held(app).await?;
        // After the keys: the first of all is made by whoever needs it first, and signs from then on.
        let now = app.clock().now();
        let signing = held.signing.iter().find(|(from, ..)| *from <= now);
        let (_, kid, key) = signing.ok_or_else(|| Error::internal("no signing key signs yet"))?;
        let expires_at = now.plus(Duration::minutes(ACCESS_MINUTES));
        let claims = Claims {
            iss: self.issuer.clone(),
            aud: identity.subject.kind.audience().to_owned(),
            sub: identity.subject.to_string(),
            sid: identity.session.to_string(),
            iat: seconds(now),
            exp: seconds(expires_at),
            auth_time: seconds(identity.authenticated_at),
        };
        let header = Header { typ: Some(TYPE.to_owned()), kid: Some(kid.clone()), ..Header::new(Algorithm::EdDSA) };
        let text = jsonwebtoken::encode(&header, &claims, key).map_err(Error::internal)?;
        Ok(AccessToken { text, expires_at })
    }

    /// What a token proves to this kind of surface, or none: forged, expired, for another and of nobody are alike.
    pub async fn verify(&self, app: &App, kind: SubjectKind, token: &str) -> Result<Option<Identity>> {
        let Ok(header) = jsonwebtoken::decode_header(token) else { return Ok(None) };
        // The algorithm is the key's and never the token's choice (RFC 8725, 3.1).
        let (Some(kid), Algorithm::EdDSA, Some(TYPE)) = (header.kid, header.alg, header.typ.as_deref()) else { return Ok(None) };
        let mut held = self.held(app).await?;
        if !held.verifying.contains_key(&kid) {
            held = self.held_anew(app).await?;
        }
        let now = app.clock().now();
        Ok(held
            .verifying
            .get(&kid)
            .filter(|key| key.until.is_none_or(|until| now < until))
            .and_then(|key| self.read_by(key, kind, token, now)))
    }

    fn read_by(&self, by: &Verifying, kind: SubjectKind, token: &str, now: Timestamp) -> Option<Identity> {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[kind.audience()]);
        validation.set_issuer(&[&self.issuer]);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        // The library asks the machine's clock; ours is asked below.
        validation.validate_exp = false;
        let claims = jsonwebtoken::decode::<Claims>(token, &by.key, &validation).ok()?.claims;
        if claims.exp <= seconds(now) {
            return None;
        }
        Some(Identity {
            subject: Subject::parse(kind, &claims.sub)?,
            session: SessionId::parse(&claims.sid).ok()?,
            authenticated_at: Timestamp::from_micros(claims.auth_time.checked_mul(1_000_000)?)?,
        })
    }
}

fn seconds(at: Timestamp) -> i64 {
    at.micros().div_euclid(1_000_000)
}
