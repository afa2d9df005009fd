//! Sealing: what must be read again later, such as a private key, lies in the database under AES-256-GCM. The key is
//! made of the shop's secret for one purpose alone, and kept nowhere.

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::commerce::secrets::ShopSecret;
use crate::error::{Error, Result};

/// A sealed text's nonce.
const NONCE_BYTES: usize = 12;

/// Seals and opens what is for one purpose.
#[derive(Clone)]
pub struct Sealing([u8; 32]);

impl Sealing {
    /// For one purpose alone.
    pub fn of(secret: &ShopSecret, purpose: &str) -> Result<Self> {
        Ok(Self(secret.derive(purpose)?))
    }

    fn cipher(&self) -> Result<RandomizedNonceKey> {
        RandomizedNonceKey::new(&AES_256_GCM, &self.0).map_err(|_| Error::internal("no cipher"))
    }

    /// The nonce, then what is sealed; bound to the name of what it belongs to.
    pub fn seal(&self, name: &str, open: &[u8]) -> Result<String> {
        let mut sealed = open.to_vec();
        let nonce = self.cipher()?.seal_in_place_append_tag(Aad::from(name), &mut sealed).map_err(|_| Error::internal("cannot seal"))?;
        let mut whole = nonce.as_ref().to_vec();
        whole.extend_from_slice(&sealed);
        Ok(URL_SAFE_NO_PAD.encode(whole))
    }

    /// What was sealed under this name.
    pub fn open(&self, name: &str, sealed: &str) -> Result<Vec<u8>> {
        let whole = URL_SAFE_NO_PAD.decode(sealed).map_err(Error::internal)?;
        let (nonce, sealed) = whole.split_at_checked(NONCE_BYTES).ok_or_else(|| Error::internal("something sealed without its nonce"))?;
        let cannot = |_| Error::internal("something sealed that does not open");
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(cannot)?;
        let mut sealed = sealed.to_vec();
        Ok(self.cipher()?.open_in_place(nonce, Aad::from(name), &mut sealed).map_err(cannot)?.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_opens_under_its_own_name_purpose_and_secret_alone() {
        let sealing = |text: &str, purpose: &str| Sealing::of(&ShopSecret::from_config(text), purpose).unwrap();
        let own = sealing("one", "keys");
        let sealed = own.seal("kid", b"private").unwrap();
        assert_eq!(own.open("kid", &sealed).unwrap(), b"private");
        assert!(sealing("two", "keys").open("kid", &sealed).is_err());
        assert!(sealing("one", "others").open("kid", &sealed).is_err());
        assert!(own.open("other", &sealed).is_err());
        assert!(own.open("kid", "AAAA").is_err());
        assert_ne!(sealed, own.seal("kid", b"private").unwrap(), "a nonce is used once");
    }
}
