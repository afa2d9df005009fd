//! The lane's entrance: before every other middleware, because each costs more than the answer does.

use std::sync::Arc;
use std::time::Instant;

use actix_web::HttpMessage;
use actix_web::HttpResponse;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{
    ACCEPT, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap,
    HeaderName, HeaderValue, ORIGIN, VARY,
};
use actix_web::middleware::Next;
use actix_web::web::BytesMut;
use futures_util::StreamExt;

use super::{Form, LONGEST, Lane};
use crate::api::middleware::given_id;
use crate::config::Config;

/// Which browsers' pages may read answers of the lane.
pub struct Cors {
    any: bool,
    origins: Vec<String>,
    exposed: HeaderValue,
}

impl Cors {
    /// As configured.
    pub fn of(config: &Config, exposed: &[&str]) -> Self {
        Self {
            any: config.cors_origins.iter().any(|o| o == "*"),
            origins: config.cors_origins.clone(),
            exposed: HeaderValue::from_str(&exposed.join(", ")).unwrap_or_else(|_| HeaderValue::from_static("")),
        }
    }

    fn allow(&self, request: &ServiceRequest, response: &mut HttpResponse) {
        let headers = response.headers_mut();
        if !self.any {
            headers.append(VARY, HeaderValue::from_static("Origin"));
        }
        let Some(origin) = request.headers().get(ORIGIN) else { return };
        let allowed = match origin.to_str() {
            _ if self.any => HeaderValue::from_static("*"),
            Ok(text) if self.origins.iter().any(|o| o == text) => origin.clone(),
            _ => return,
        };
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, allowed);
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, self.exposed.clone());
    }
}

/// Answers from the lane, or lets the request through.
pub async fn pass<B: MessageBody>(
    lane: Arc<Lane>,
    cors: Arc<Cors>,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let started = Instant::now();
    if request.method() == Method::HEAD {
        // A HEAD is a GET whose body the connection leaves out (RFC 9110, 9.3.2).
        request.head_mut().method = Method::GET;
    }
    let Some(mut response) = ready(&lane, &mut request).await else {
        let mut answered = next.call(request).await?;
        without_identity(answered.headers_mut());
        return Ok(answered.map_into_left_body());
    };
    cors.allow(&request, &mut response);
    let id = given_id(&request).unwrap_or_else(|| uuid::Uuid::new_v4().simple().to_string());
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), id);
    }
    lane.answered.increment(1);
    lane.took.record(started.elapsed().as_secs_f64());
    Ok(request.into_response(response).map_into_right_body())
}

/// `identity` tells our own compression to keep away; it is no content coding (RFC 9110, 8.4.1).
fn without_identity(headers: &mut HeaderMap) {
    if headers.get(CONTENT_ENCODING).is_some_and(|coding| coding == "identity") {
        headers.remove(CONTENT_ENCODING);
    }
}

async fn ready(lane: &Lane, request: &mut ServiceRequest) -> Option<HttpResponse> {
    let path = request.path();
    if path.starts_with("/store/v1/") && request.method() == Method::GET {
        let kept = lane.find(request.request()).await?;
        return Some(kept.respond(request.request(), Form::Json));
    }
    if path != "/store/graphql" {
        return None;
    }
    let by_get = request.method() == Method::GET;
    let kept = if by_get {
        lane.find_meaning(request.request(), request.query_string()).await?
    } else {
        let text = sent(request).await?;
        lane.find_meaning(request.request(), &text).await?
    };
    Some(kept.respond(request.request(), Form::GraphQl { modern: is_modern(request), by_get }))
}

fn is_modern(request: &ServiceRequest) -> bool {
    request.headers().get(ACCEPT).and_then(|a| a.to_str().ok()).is_some_and(|a| a.contains("application/graphql-response+json"))
}

/// A short JSON body, which stays there for whoever comes next.
async fn sent(request: &mut ServiceRequest) -> Option<String> {
    let headers = request.headers();
    let is_json = headers.get(CONTENT_TYPE).is_some_and(|t| t.as_bytes().starts_with(b"application/json"));
    let length: usize = headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()?;
    if !is_json || length > LONGEST || headers.contains_key("authorization") {
        return None;
    }
    let mut payload = request.take_payload();
    let mut body = BytesMut::with_capacity(length);
    while let Some(chunk) = payload.next().await {
        match chunk {
            Ok(chunk) => body.extend_from_slice(&chunk),
            // The door finds a body that ended early, and says so.
            Err(_) => break,
        }
    }
    let body = body.freeze();
    request.set_payload(Payload::from(body.clone()));
    String::from_utf8(body.into()).ok()
}
