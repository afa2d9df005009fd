//! CSRF tokens: what a page sends in a header to show that it may read what the shop answers it. Each is signed for
//! one session and good for as long as that lives (OWASP, "Signed Double-Submit Cookie"). It opens nothing without the
//! session's cookies, which no page can read.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use crate::commerce::secrets::{self, ShopSecret};
use crate::error::{Error, Result};
use crate::types::SessionId;

const PREFIX: &str = "csrf_";

/// A token for a session; another one each time, so that compressed answers do not give it away (BREACH).
pub fn issue(shop: &ShopSecret, session: SessionId) -> Result<String> {
    let nonce = secrets::random::<16>()?;
    Ok(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode([nonce.as_slice(), &mac(shop, session, &nonce)?].concat())))
}

/// Whether a token is one of this session's.
pub fn proves(shop: &ShopSecret, session: SessionId, token: &str) -> Result<bool> {
    let Some(bytes) = token.strip_prefix(PREFIX).and_then(|text| URL_SAFE_NO_PAD.decode(text).ok()) else { return Ok(false) };
    let Some((nonce, presented)) = bytes.split_first_chunk::<16>() else { return Ok(false) };
    Ok(mac(shop, session, nonce)?.as_slice().ct_eq(presented).into())
}

fn mac(shop: &ShopSecret, session: SessionId, nonce: &[u8; 16]) -> Result<[u8; 32]> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&shop.derive("csrf tokens")?).map_err(|e| Error::internal(e.to_string()))?;
    mac.update(uuid::Uuid::from(session).as_bytes());
    mac.update(nonce);
    Ok(mac.finalize().into_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_one_sessions() {
        let shop = ShopSecret::from_config("a shop's secret of some length, 32");
        let (one, other) = (SessionId::from(uuid::Uuid::from_u128(1)), SessionId::from(uuid::Uuid::from_u128(2)));
        let token = issue(&shop, one).unwrap();
        assert!(proves(&shop, one, &token).unwrap());
        assert!(!proves(&shop, other, &token).unwrap());
        assert!(!proves(&ShopSecret::from_config("another"), one, &token).unwrap());
        assert_ne!(token, issue(&shop, one).unwrap());
        for nonsense in ["", "csrf_", "csrf_AAAA", "rt_AAAA", &token[..token.len() - 2]] {
            assert!(!proves(&shop, one, nonsense).unwrap(), "{nonsense}");
        }
    }
}
