//! Access tokens: short JWTs (RFC 7519, profile of RFC 9068) signed with Ed25519, by keys that are kept in the
//! database under a key made of the shop's secret. Checking one costs no statement: the keys are held in the process,
//! read again each minute and when a token names one that is not known. A customer's token is good until it
//! expires, 15 minutes after it was issued, even if its session ended meanwhile: rules that must know better ask the
//! session. Of staff's tokens session, account and roles are asked each time (`staff::authenticate`).

mod access;
mod keys;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jsonwebtoken::{DecodingKey, EncodingKey};
use serde::{Deserialize, Serialize};

pub use access::{AccessToken, Identity};
pub(crate) use keys::purge_signing_keys;
pub use keys::{Rotation, SigningKey, list_signing_keys, rotate_signing_key};

use super::sealing::Sealing;
use crate::app::App;
use crate::commerce::secrets::ShopSecret;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::types::Timestamp;

/// Lets the next signing key take over when the present one has signed as long as is configured; answers how many
/// keys it made.
pub async fn rotate_when_due(app: &App) -> Result<usize> {
    let (sealing, days) = (app.tokens().sealing.clone(), app.config().signing_key_days);
    app.write(move |tx| keys::rotate_if_due(tx, &sealing, days)).await
}

/// How long an access token is good.
pub const ACCESS_MINUTES: i64 = 15;
/// How long keys are believed before they are read again.
const KEYS_LIFE: Duration = Duration::from_secs(60);
/// How often at most a token that names an unknown key makes them be read.
const UNKNOWN_PAUSE: Duration = Duration::from_secs(1);

/// Issues and checks access tokens.
pub struct Tokens {
    issuer: String,
    sealing: Sealing,
    held: RwLock<Option<Arc<Held>>>,
    asked: Mutex<Option<Instant>>,
}

/// The keys as this process knows them.
struct Held {
    /// Newest first: from when it signs, and what with.
    signing: Vec<(Timestamp, String, EncodingKey)>,
    verifying: HashMap<String, Verifying>,
    published: Jwks,
    read_at: Instant,
}

struct Verifying {
    key: DecodingKey,
    until: Option<Timestamp>,
}

/// The public keys that access tokens are signed with (RFC 7517).
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Jwks {
    /// Those that are good now, and the next one before it signs.
    pub keys: Vec<Jwk>,
}

/// A public key (RFC 8037).
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Jwk {
    /// `OKP`.
    pub kty: String,
    /// `Ed25519`.
    pub crv: String,
    /// The key, base64url.
    pub x: String,
    /// What tokens name it by.
    pub kid: String,
    /// `sig`.
    #[serde(rename = "use")]
    pub usage: String,
    /// `EdDSA`.
    pub alg: String,
}

impl Tokens {
    /// As configured; keys are read when the first token comes.
    pub fn new(config: &Config, secret: &ShopSecret) -> Result<Self> {
        Ok(Self {
            issuer: config.token_issuer.clone(),
            sealing: Sealing::of(secret, "signing keys")?,
            held: RwLock::default(),
            asked: Mutex::default(),
        })
    }

    /// The public keys.
    pub async fn jwks(&self, app: &App) -> Result<Jwks> {
        Ok(self.held(app).await?.published.clone())
    }

    /// The keys, fresh enough.
    async fn held(&self, app: &App) -> Result<Arc<Held>> {
        match self.known() {
            Some(held) if held.read_at.elapsed() < KEYS_LIFE => Ok(held),
            // One reads them; the others go on with what is known.
            Some(held) if !self.may_ask() => Ok(held),
            Some(held) => Ok(self.read(app).await.unwrap_or(held)),
            None => self.read(app).await,
        }
    }

    /// The keys with one that is not known, if another process just made it.
    async fn held_anew(&self, app: &App) -> Result<Arc<Held>> {
        let held = self.held(app).await?;
        if self.may_ask() { self.read(app).await } else { Ok(held) }
    }

    fn known(&self) -> Option<Arc<Held>> {
        self.held.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn may_ask(&self) -> bool {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        let may = asked.is_none_or(|at| at.elapsed() >= UNKNOWN_PAUSE);
        if may {
            *asked = Some(Instant::now());
        }
        may
    }

    async fn read(&self, app: &App) -> Result<Arc<Held>> {
        let mut rows = app.read(keys::load).await?;
        if !rows.iter().any(|row| row.open(&self.sealing).is_ok()) {
            // An empty shop, or one whose secret was changed: what signed before goes on being checked.
            let sealing = self.sealing.clone();
            app.write(move |tx| keys::create_first(tx, &sealing)).await?;
            rows = app.read(keys::load).await?;
        }
        let held = Arc::new(self.hold(rows)?);
        *self.held.write().unwrap_or_else(PoisonError::into_inner) = Some(held.clone());
        Ok(held)
    }

    fn hold(&self, rows: Vec<keys::KeyRow>) -> Result<Held> {
        let mut held =
            Held { signing: Vec::new(), verifying: HashMap::new(), published: Jwks { keys: Vec::new() }, read_at: Instant::now() };
        for row in rows {
            match row.open(&self.sealing) {
                Ok(private) => held.signing.push((row.signs_from, row.kid.clone(), EncodingKey::from_ed_der(&private))),
                Err(error) => tracing::warn!(kid = row.kid, ?error, "a signing key cannot be opened: was secret_key changed?"),
            }
            let key = DecodingKey::from_ed_components(&row.public_key).map_err(Error::internal)?;
            held.verifying.insert(row.kid.clone(), Verifying { key, until: row.verifies_until });
            held.published.keys.push(Jwk {
                kty: "OKP".to_owned(),
                crv: "Ed25519".to_owned(),
                x: row.public_key,
                kid: row.kid,
                usage: "sig".to_owned(),
                alg: "EdDSA".to_owned(),
            });
        }
        Ok(held)
    }
}
