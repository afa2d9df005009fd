//! What every request passes: a request id, a log line, a measurement, and a clear answer when it fails
//! before a door.

use std::time::Instant;

use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::header::{HeaderName, HeaderValue};
use actix_web::middleware::Next;

tokio::task_local! {
    static REQUEST_ID: String;
}

/// The id of the request that runs, or nothing outside of one.
pub fn request_id() -> String {
    REQUEST_ID.try_with(Clone::clone).unwrap_or_default()
}

/// Runs something as part of the request with this id.
pub fn with_id<T>(id: &str, work: impl FnOnce() -> T) -> T {
    REQUEST_ID.sync_scope(id.to_owned(), work)
}

/// Gives the request an id (the client's `X-Request-Id` if it is one), logs and measures it.
pub async fn observe<B: MessageBody>(request: ServiceRequest, next: Next<B>) -> Result<ServiceResponse<B>, actix_web::Error> {
    let id = given_id(&request).unwrap_or_else(|| uuid::Uuid::new_v4().simple().to_string());
    let started = Instant::now();
    let method = request.method().clone();
    let mut response = REQUEST_ID.scope(id.clone(), next.call(request)).await?;
    let status = response.status().as_u16();
    let operation = format!("{method} {}", response.request().match_pattern().unwrap_or_else(|| "(unknown path)".to_owned()));
    let took = started.elapsed();
    metrics::counter!("maru_http_requests_total", "operation" => operation.clone(), "status" => status.to_string()).increment(1);
    metrics::histogram!("maru_http_request_duration_seconds", "operation" => operation.clone()).record(took.as_secs_f64());
    tracing::info!(target: "maru::http", request_id = %id, operation, status, ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX), "answered");
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), value);
    }
    Ok(response)
}

/// The id that the client gave, if it is one.
pub fn given_id(request: &ServiceRequest) -> Option<String> {
    let given = request.headers().get("x-request-id")?.to_str().ok()?;
    let harmless = (8..=128).contains(&given.len()) && given.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    harmless.then(|| given.to_owned())
}
