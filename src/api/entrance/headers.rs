//! Headers that tell browsers what not to do with an answer (OWASP REST Security Cheat Sheet).

use actix_web::http::header::{
    CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderValue, REFERRER_POLICY, STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};

/// Data is no page: nothing in it runs, nothing frames it.
const DATA: &str = "default-src 'none'; frame-ancestors 'none'";
/// The reference pages and GraphiQL run what this server serves. Both style elements by attributes.
const PAGE: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; \
                    connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The headers of every answer.
pub(super) struct SecurityHeaders {
    hsts: Option<HeaderValue>,
}

impl SecurityHeaders {
    /// Browsers come by HTTPS only for so many seconds (RFC 6797); 0 does not say so.
    pub(super) fn of(hsts_seconds: u64) -> Self {
        let value = HeaderValue::try_from(format!("max-age={hsts_seconds}; includeSubDomains")).ok();
        Self { hsts: value.filter(|_| hsts_seconds > 0) }
    }

    pub(super) fn mark(&self, out: &mut HeaderMap) {
        let is_page = out.get(CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"text/html"));
        out.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        out.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        out.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
        out.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(if is_page { PAGE } else { DATA }));
        if let Some(hsts) = &self.hsts {
            out.insert(STRICT_TRANSPORT_SECURITY, hsts.clone());
        }
    }
}
