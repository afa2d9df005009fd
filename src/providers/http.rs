//! Calls to gateways over HTTPS: bounded in time and size, never redirected, told apart by what may have come of them.

use std::time::Duration;

use reqwest::{Client, RequestBuilder, redirect};
use url::Url;

/// How long a gateway may take, unless its adapter says otherwise.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// The longest answer that is read.
const LONGEST_BYTES: usize = 256 * 1024;

/// A gateway, as an adapter calls it.
#[derive(Clone)]
pub struct Gateway {
    client: Client,
    base: Url,
}

/// A gateway's answer, whatever its status.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The body.
    pub body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The gateway was not reached: nothing came of it.
    #[error("not reached: {0}")]
    NotSent(String),
    /// It may have been done.
    #[error("no answer: {0}")]
    Lost(String),
}

impl Gateway {
    /// One at a base URL: `https`, or `http` on this machine.
    pub fn new(base: &str, patience: Duration) -> Result<Self, String> {
        let base = base_url(base)?;
        let builder = Client::builder().timeout(patience).connect_timeout(patience).redirect(redirect::Policy::none());
        Ok(Self { client: builder.build().map_err(|e| e.to_string())?, base })
    }

    /// A call of `method` to a path below the base; `path` may hold a query.
    pub fn call(&self, method: reqwest::Method, path: &str) -> RequestBuilder {
        let base = self.base.as_str().trim_end_matches('/');
        self.client.request(method, format!("{base}{path}"))
    }

    /// Sends a call and reads its answer whole.
    pub async fn send(&self, call: RequestBuilder) -> Result<Answer, CallError> {
        let mut response = call.send().await.map_err(|error| {
            // Without the URL: its query may name somebody.
            let told = told(&error.without_url());
            if told.1 { CallError::NotSent(told.0) } else { CallError::Lost(told.0) }
        })?;
        let (status, mut body) = (response.status().as_u16(), Vec::new());
        while let Some(chunk) = response.chunk().await.map_err(|e| CallError::Lost(told(&e.without_url()).0))? {
            if body.len().saturating_add(chunk.len()) > LONGEST_BYTES {
                return Err(CallError::Lost("the answer is too long".to_owned()));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, body })
    }
}

/// What happened, and whether nothing can have come of it.
fn told(error: &reqwest::Error) -> (String, bool) {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    (text.chars().take(300).collect(), error.is_connect() || error.is_builder())
}

/// A gateway's base URL: `https://...`, or `http://127.0.0.1...` for tests and tunnels.
pub fn base_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|e| e.to_string())?;
    let is_local = match url.host() {
        Some(url::Host::Ipv4(address)) => address.is_loopback(),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        Some(url::Host::Domain(name)) => name == "localhost",
        None => false,
    };
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_local => Ok(url),
        _ => Err("expected https://... (http only on this machine)".to_owned()),
    }
}

/// Text of a gateway for our log: short, and without what could be somebody's number.
pub fn noted(text: &str) -> String {
    let mut noted = String::new();
    let mut digits = 0usize;
    for c in text.chars().take(200) {
        digits = if c.is_ascii_digit() { digits.saturating_add(1) } else { 0 };
        noted.push(if digits > 4 { '*' } else { c });
    }
    noted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_travel_encrypted_or_not_at_all() {
        for good in ["https://api.example.com", "http://127.0.0.1:8080/x", "http://[::1]:1", "http://localhost:1"] {
            assert!(base_url(good).is_ok(), "{good}");
        }
        for bad in ["http://api.example.com", "http://127.0.0.1.example.com", "ftp://127.0.0.1", "api.example.com", ""] {
            assert!(base_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn what_is_noted_holds_no_number() {
        assert_eq!(noted("1062: 01012345678 is blocked"), "1062: 0101******* is blocked");
    }
}
