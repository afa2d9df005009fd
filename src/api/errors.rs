//! Errors on their way out: `application/problem+json` (RFC 9457) for REST and for everything that fails
//! before a door is reached.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use serde::{Deserialize, Serialize};

use super::middleware::request_id;
use crate::error::{Code, Error, FieldError, Kind};

/// What went wrong (RFC 9457).
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Problem {
    /// Names the kind of problem; ends in `code`.
    #[serde(rename = "type")]
    #[schema(example = "https://maru.example/problems/insufficient_stock")]
    pub kind: String,
    /// The same short text for every occurrence.
    #[schema(example = "Not enough stock")]
    pub title: String,
    /// The HTTP status.
    #[schema(example = 409)]
    pub status: u16,
    /// Stable: branch on it.
    #[schema(example = "insufficient_stock")]
    pub code: String,
    /// For the developer; may change.
    pub detail: String,
    /// Every violation at once.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldError>,
    /// Finds the request in the server's log.
    pub request_id: String,
}

impl Problem {
    /// The problem that an error shows.
    pub fn of(error: &Error) -> Self {
        Self {
            kind: problem_type(error.code),
            title: error.code.title().to_owned(),
            status: error.status(),
            code: error.code.as_str().to_owned(),
            detail: error.detail.clone(),
            errors: error.fields.clone(),
            request_id: request_id(),
        }
    }
}

/// The URI of a code.
pub fn problem_type(code: Code) -> String {
    format!("https://maru.example/problems/{}", code.as_str())
}

/// Logs what a client is not told.
pub fn log_fault(error: &Error) {
    if matches!(error.kind(), Kind::Internal | Kind::Unavailable) {
        tracing::error!(code = error.code.as_str(), cause = ?error.cause, request_id = request_id(), "request failed");
    }
}

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    fn error_response(&self) -> HttpResponse {
        log_fault(self);
        let mut response = HttpResponse::build(self.status_code());
        response.insert_header((CACHE_CONTROL, "no-store"));
        match self.kind() {
            Kind::Unavailable | Kind::TooMany => {
                response.insert_header((RETRY_AFTER, self.retry_after.unwrap_or(1).to_string()));
            }
            Kind::Unauthenticated => {
                response.insert_header(("WWW-Authenticate", "Bearer"));
            }
            _ => {}
        }
        if self.code == Code::IdempotencyInProgress {
            response.insert_header((RETRY_AFTER, "1"));
        }
        response.content_type("application/problem+json").body(serde_json::to_vec(&Problem::of(self)).unwrap_or_default())
    }
}
