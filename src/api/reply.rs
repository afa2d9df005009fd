//! Shaping private answers: `no-store`, with the resource's version as ETag. Public ones are the lane's.

use actix_web::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_LANGUAGE, ETAG, IF_NONE_MATCH, LOCATION};
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;

use super::call::Call;
use crate::commerce::idempotency::Written;
use crate::error::Error;

/// What a REST door answers.
pub type Answered<T> = Result<Reply<T>, Error>;

/// An answer with its body, status and headers.
pub struct Reply<T> {
    body: T,
    status: StatusCode,
    version: Option<i32>,
    is_derived: bool,
    replayed: bool,
    locale: Option<String>,
    location: Option<String>,
}

impl<T> Reply<T> {
    /// 200, private.
    pub fn ok(body: T) -> Self {
        Self { body, status: StatusCode::OK, version: None, is_derived: false, replayed: false, locale: None, location: None }
    }

    /// 200 of a write.
    pub fn written(written: Written<T>) -> Self {
        Self { replayed: written.replayed, ..Self::ok(written.value) }
    }

    /// 201 of a write.
    pub fn created(written: Written<T>) -> Self {
        Self { status: StatusCode::CREATED, ..Self::written(written) }
    }

    /// 202: taken; what comes of it is not told here.
    pub fn taken(body: T) -> Self {
        Self { status: StatusCode::ACCEPTED, ..Self::ok(body) }
    }

    /// 202: work that goes on; `location` is where to ask about it.
    pub fn accepted(written: Written<T>, location: String) -> Self {
        Self { status: StatusCode::ACCEPTED, location: Some(location), ..Self::written(written) }
    }

    /// With the resource's version as ETag, for `If-Match`.
    pub fn version(mut self, version: impl FnOnce(&T) -> i32) -> Self {
        self.version = Some(version(&self.body));
        self
    }

    /// With the resource's version as ETag for `If-Match`, but never a 304: the answer also holds what changes
    /// without a write to the resource, such as a cart's prices.
    pub fn guard(self, version: impl FnOnce(&T) -> i32) -> Self {
        Self { is_derived: true, ..self.version(version) }
    }

    /// With the language it is in.
    pub fn in_locale_of(mut self, call: &Call) -> Self {
        self.locale = Some(call.caller.locale.to_string());
        self
    }
}

impl<T: Serialize> Responder for Reply<T> {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let body = match serde_json::to_vec(&self.body) {
            Ok(body) => body,
            Err(e) => return actix_web::ResponseError::error_response(&Error::internal(e)),
        };
        let mut response = HttpResponse::build(self.status);
        if let Some(locale) = &self.locale {
            response.insert_header((CONTENT_LANGUAGE, locale.as_str()));
        }
        if self.replayed {
            response.insert_header(("Idempotency-Replayed", "true"));
        }
        if let Some(location) = self.location {
            response.insert_header((LOCATION, location));
        }
        response.insert_header((CACHE_CONTROL, "no-store"));
        if let Some(version) = self.version {
            let etag = format!("\"{version}\"");
            response.insert_header((ETAG, etag.as_str()));
            if !self.is_derived
                && self.status == StatusCode::OK
                && request.method() == actix_web::http::Method::GET
                && none_match(request, &etag)
            {
                return response.status(StatusCode::NOT_MODIFIED).finish();
            }
        }
        response.content_type("application/json").body(body)
    }
}

fn none_match(request: &HttpRequest, etag: &str) -> bool {
    let Some(header) = request.headers().get(IF_NONE_MATCH).and_then(|v| v.to_str().ok()) else { return false };
    header.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
}
