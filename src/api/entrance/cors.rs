//! Which browsers' pages may call (Fetch standard, "CORS protocol"): a channel's own origins, or the configured
//! ones. A preflight names no channel, so it is allowed whatever any channel allows; the answer itself is readable
//! for its own channel's origins alone.

use std::sync::Arc;

use actix_web::http::Method;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS, ACCESS_CONTROL_REQUEST_METHOD, HeaderMap,
    HeaderValue, ORIGIN, VARY,
};
use actix_web::{HttpMessage, HttpRequest, HttpResponse};

use crate::app::App;
use crate::commerce::channels::Channel;

/// What pages may read beside what the standard lets them.
const EXPOSED: &str = "ETag, Idempotency-Replayed, Retry-After, X-Request-Id, Content-Language, Location, RateLimit, RateLimit-Policy";
/// What pages may ask for.
const METHODS: &str = "GET, HEAD, POST, PUT, PATCH, DELETE";

/// Left on a request whose channel has origins of its own.
#[derive(Clone)]
pub struct OwnOrigins(pub Arc<Channel>);

impl OwnOrigins {
    /// Leaves it, if the request's channel has any.
    pub fn leave(request: &HttpRequest, channel: &Arc<Channel>) {
        if !channel.allowed_origins.is_empty() {
            request.extensions_mut().insert(Self(channel.clone()));
        }
    }
}

/// The configured origins.
pub(super) struct Cors {
    any: bool,
    origins: Vec<String>,
}

/// What an answer's reader is compared with.
enum Allowed<'a> {
    Anybody,
    These(&'a [String]),
}

impl Cors {
    pub(super) fn of(origins: &[String]) -> Self {
        Self { any: origins.iter().any(|o| o == "*"), origins: origins.to_vec() }
    }

    /// The answer to a preflight; none for any other request.
    pub(super) async fn preflight(&self, app: &App, request: &HttpRequest) -> Option<HttpResponse> {
        let headers = request.headers();
        let origin = headers.get(ORIGIN)?;
        if request.method() != Method::OPTIONS || !headers.contains_key(ACCESS_CONTROL_REQUEST_METHOD) {
            return None;
        }
        let mut response = HttpResponse::Ok().finish();
        let out = response.headers_mut();
        out.append(VARY, HeaderValue::from_static("Origin, Access-Control-Request-Headers"));
        let listed = lists(&self.origins, origin) || app.channels_allow(origin.as_bytes()).await;
        if listed || self.any {
            grant(if listed { origin.clone() } else { HeaderValue::from_static("*") }, listed, out);
            out.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static(METHODS));
            if let Some(wanted) = headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
                out.insert(ACCESS_CONTROL_ALLOW_HEADERS, wanted.clone());
            }
            out.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("3600"));
        }
        Some(response)
    }

    /// Says who may read an answer.
    pub(super) fn mark(&self, origin: Option<&HeaderValue>, own: Option<&OwnOrigins>, out: &mut HeaderMap) {
        let allowed = match own {
            Some(own) => Allowed::These(&own.0.allowed_origins),
            None if self.any => Allowed::Anybody,
            None => Allowed::These(&self.origins),
        };
        match (allowed, origin) {
            (Allowed::Anybody, None) => {}
            (Allowed::Anybody, Some(_)) => grant(HeaderValue::from_static("*"), false, out),
            (Allowed::These(origins), origin) => {
                out.append(VARY, HeaderValue::from_static("Origin"));
                if let Some(origin) = origin.filter(|origin| lists(origins, origin)) {
                    grant(origin.clone(), true, out);
                }
            }
        }
    }
}

fn lists(origins: &[String], origin: &HeaderValue) -> bool {
    origins.iter().any(|o| o.as_bytes() == origin.as_bytes())
}

/// Lets a page read an answer. Cookies go with origins that are listed by name only.
fn grant(origin: HeaderValue, listed: bool, out: &mut HeaderMap) {
    if listed {
        out.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
    }
    out.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    out.insert(ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static(EXPOSED));
}
