//! Asking a provider: over HTTPS (or of the machine itself while developing), without following it elsewhere, within a
//! time, and reading no more than a bound of what it says.

use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use reqwest::{Client, RequestBuilder, redirect};
use serde_json::Value;
use url::Url;

use super::SignInError;
use crate::config::sign_in::is_safe;

/// The longest answer that is read.
const MOST_BYTES: usize = 256 * 1024;
/// How long a connection may take.
const CONNECT: Duration = Duration::from_secs(3);

/// Asks one provider.
#[derive(Clone)]
pub(super) struct Outbound(Client);

/// What a provider said.
pub(super) struct Said {
    /// The HTTP status.
    pub status: u16,
    /// The body; null if it is no JSON.
    pub json: Value,
}

impl Outbound {
    pub fn new(timeout: Duration) -> Result<Self, String> {
        let client = Client::builder()
            .timeout(timeout)
            .connect_timeout(CONNECT.min(timeout))
            .redirect(redirect::Policy::none())
            // What goes to a provider goes to it alone.
            .no_proxy()
            .referer(false)
            .user_agent(concat!("maru/", env!("CARGO_PKG_VERSION")))
            .build();
        client.map(Self).map_err(|e| e.to_string())
    }

    /// Reads something, as the bearer of a token if there is one.
    pub async fn get(&self, url: &Url, bearer: Option<&str>) -> Result<Said, SignInError> {
        let request = self.0.get(safe(url)?);
        ask(match bearer {
            Some(token) => request.header(AUTHORIZATION, format!("Bearer {token}")),
            None => request,
        })
        .await
    }

    /// Posts a form.
    pub async fn post(&self, url: &Url, form: &[(&str, &str)], basic: Option<(&str, &str)>) -> Result<Said, SignInError> {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = self.0.post(safe(url)?).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
        ask(match basic {
            Some((name, password)) => request.basic_auth(name, Some(password)),
            None => request,
        })
        .await
    }
}

fn safe(url: &Url) -> Result<Url, SignInError> {
    if is_safe(url) { Ok(url.clone()) } else { Err(SignInError::unavailable(format!("{url} is not HTTPS"))) }
}

async fn ask(request: RequestBuilder) -> Result<Said, SignInError> {
    // An error of the client names the URL, which holds no secret.
    let mut response = request.header(ACCEPT, "application/json").send().await.map_err(SignInError::unavailable)?;
    let status = response.status().as_u16();
    if response.content_length().is_some_and(|length| usize::try_from(length).is_ok_and(|length| length > MOST_BYTES)) {
        return Err(SignInError::unavailable("its answer is too long"));
    }
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(SignInError::unavailable)? {
        if body.len().saturating_add(chunk.len()) > MOST_BYTES {
            return Err(SignInError::unavailable("its answer is too long"));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Said { status, json: serde_json::from_slice(&body).unwrap_or(Value::Null) })
}

impl Said {
    /// The body of an answer that must be one.
    pub fn found(self, what: &str) -> Result<Value, SignInError> {
        match self.status {
            200 if self.json.is_object() => Ok(self.json),
            status => Err(SignInError::unavailable(format!("{what} answered {status} without what was asked for"))),
        }
    }

    /// The answer of a token endpoint (RFC 6749, 5): some say errors with 200.
    pub fn tokens(self) -> Result<Value, SignInError> {
        match self.json.get("error").and_then(Value::as_str) {
            // It takes the shop for somebody else: that is the operator's to mend.
            Some(error @ ("invalid_client" | "unauthorized_client" | "unsupported_grant_type" | "invalid_scope")) => {
                Err(SignInError::unavailable(format!("the token endpoint says {error}: is client_secret right?")))
            }
            Some("temporarily_unavailable" | "server_error") => Err(SignInError::unavailable("the token endpoint cannot answer now")),
            Some(_) if self.status < 500 && self.status != 429 => Err(SignInError::refused("The provider does not take the code.")),
            _ => self.found("the token endpoint"),
        }
    }
}
