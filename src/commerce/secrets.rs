//! Secrets handed to clients. Guests' tokens are derived from the shop's own secret and the id of what
//! they open, so that a replayed answer can hold them again although the database holds only hashes.

use aws_lc_rs::hkdf;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use diesel::prelude::*;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

use crate::db::tables::settings;
use crate::db::{Db, Tx, on_each};
use crate::error::{Error, Result};

/// The shop's secret, from which guests' tokens are made.
#[derive(Clone)]
pub struct ShopSecret([u8; 32]);

const SETTING: &str = "token_secret";

impl ShopSecret {
    /// From configuration: any text of 32 bytes or more.
    pub fn from_config(text: &str) -> Self {
        Self(Sha256::digest(text.as_bytes()).into())
    }

    /// The one kept in the database, made at first use. A deployment that does not trust its database's
    /// readers sets `MARU_SECRET_KEY` instead.
    pub fn load_or_create(db: &Db) -> Result<Self> {
        let fresh = URL_SAFE_NO_PAD.encode(random::<32>()?);
        let kept: String = db.write(|tx| {
            let row = (settings::name.eq(SETTING), settings::value.eq(&fresh));
            on_each!(tx, |c| diesel::insert_into(settings::table).values(row).on_conflict(settings::name).do_nothing().execute(c))?;
            Ok(on_each!(tx, |c| settings::table.find(SETTING).select(settings::value).first(c))?)
        })?;
        Ok(Self::from_config(&kept))
    }

    /// The token that opens one thing: `purpose` and `id` in, the same token out, always.
    pub fn token(&self, prefix: &str, id: impl std::fmt::Display) -> Result<String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).map_err(|e| Error::internal(e.to_string()))?;
        mac.update(prefix.as_bytes());
        mac.update(b":");
        mac.update(id.to_string().as_bytes());
        Ok(format!("{prefix}_{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())))
    }

    /// A key for one purpose alone (HKDF-SHA256, RFC 5869).
    pub fn derive(&self, purpose: &str) -> Result<[u8; 32]> {
        let broken = |_| Error::internal("HKDF failed");
        let mut key = [0u8; 32];
        let pseudorandom = hkdf::Salt::new(hkdf::HKDF_SHA256, b"maru").extract(&self.0);
        pseudorandom.expand(&[purpose.as_bytes()], hkdf::HKDF_SHA256).map_err(broken)?.fill(&mut key).map_err(broken)?;
        Ok(key)
    }
}

impl std::fmt::Debug for ShopSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ShopSecret(***)")
    }
}

/// How a secret is kept: its SHA-256, hex. Our secrets have 256 random bits, so no slow hash is needed.
pub fn hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}

/// Whether a presented secret is the one with this hash, in constant time.
pub fn matches(presented: &str, kept_hash: &str) -> bool {
    hash(presented).as_bytes().ct_eq(kept_hash.as_bytes()).into()
}

/// A new secret with 256 random bits: `msk_...`.
pub fn generate(prefix: &str) -> Result<String> {
    Ok(format!("{prefix}_{}", URL_SAFE_NO_PAD.encode(random::<32>()?)))
}

/// Random bytes of the operating system.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0u8; N];
    getrandom::fill(&mut bytes).map_err(|e| Error::internal(e.to_string()))?;
    Ok(bytes)
}

/// Reads a named setting of the shop.
pub fn setting(tx: &mut Tx, name: &str) -> Result<Option<String>> {
    Ok(on_each!(tx, |c| settings::table.find(name).select(settings::value).first(c).optional())?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_stable_and_apart() {
        let secret = ShopSecret::from_config("a shop's secret of some length, 32");
        let token = secret.token("ct", "cart_1").unwrap();
        assert_eq!(token, secret.token("ct", "cart_1").unwrap());
        assert_ne!(token, secret.token("ct", "cart_2").unwrap());
        assert_ne!(token.trim_start_matches("ct"), secret.token("ot", "cart_1").unwrap().trim_start_matches("ot"));
        assert_ne!(secret.derive("a").unwrap(), secret.derive("b").unwrap());
        assert!(matches(&token, &hash(&token)));
        assert!(!matches("ct_", &hash(&token)));
    }
}
