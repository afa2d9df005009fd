//! Device tokens: a device that an account was logged in on proves so, and is then not slowed down by strangers'
//! failed log-ins (OWASP, device cookies). It opens nothing, and is worth nothing after the password changes.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::subject::Subject;
use crate::commerce::secrets::{self, ShopSecret};
use crate::error::{Error, Result};
use crate::types::Timestamp;

const PREFIX: &str = "dev_";

/// A token for a device that an account just logged in on.
pub fn issue(shop: &ShopSecret, subject: Subject, password_changed_at: Timestamp) -> Result<String> {
    let nonce = secrets::random::<16>()?;
    let mac = mac(shop, subject, password_changed_at, &nonce)?;
    Ok(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode([nonce.as_slice(), &mac].concat())))
}

/// The name of the device whose token this is, if it is one of this account's.
pub fn known(shop: &ShopSecret, subject: Subject, password_changed_at: Timestamp, token: &str) -> Result<Option<String>> {
    let Some(bytes) = token.strip_prefix(PREFIX).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()) else { return Ok(None) };
    let Some((nonce, presented)) = bytes.split_first_chunk::<16>() else { return Ok(None) };
    let expected = mac(shop, subject, password_changed_at, nonce)?;
    Ok(bool::from(expected.as_slice().ct_eq(presented)).then(|| hex::encode(nonce)))
}

fn mac(shop: &ShopSecret, subject: Subject, password_changed_at: Timestamp, nonce: &[u8; 16]) -> Result<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&shop.derive("device tokens")?).map_err(|e| Error::internal(e.to_string()))?;
    mac.update(subject.kind.as_str().as_bytes());
    mac.update(subject.id.as_bytes());
    mac.update(&password_changed_at.micros().to_be_bytes());
    mac.update(nonce);
    Ok(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Clock, CustomerId};

    #[test]
    fn a_device_is_known_to_its_own_account_until_the_password_changes() {
        let shop = ShopSecret::from_config("a shop's secret of some length, 32");
        let (mina, jun) = (uuid::Uuid::from_u128(1), uuid::Uuid::from_u128(2));
        let of = |id: uuid::Uuid| Subject::customer(CustomerId::from(id));
        let now = Clock::System.now();
        let token = issue(&shop, of(mina), now).unwrap();
        assert!(known(&shop, of(mina), now, &token).unwrap().is_some());
        assert!(known(&shop, of(jun), now, &token).unwrap().is_none());
        assert!(known(&shop, of(mina), now.plus(chrono::Duration::seconds(1)), &token).unwrap().is_none());
        for nonsense in ["", "dev_", "dev_AAAA", "rt_AAAA"] {
            assert!(known(&shop, of(mina), now, nonsense).unwrap().is_none());
        }
    }
}
