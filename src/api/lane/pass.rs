//! The lane's entrance: before every other middleware, because each costs more than the answer does.

use std::sync::Arc;
use std::time::Instant;

use actix_web::HttpMessage;
use actix_web::HttpResponse;
use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{ACCEPT, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use actix_web::middleware::Next;
use actix_web::web::BytesMut;
use futures_util::StreamExt;

use super::{Form, LONGEST, Lane};
use crate::api::entrance::OwnOrigins;
use crate::api::middleware::given_id;

/// Answers from the lane, or lets the request through.
pub async fn pass<B: MessageBody>(
    lane: Arc<Lane>,
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
    if lane.app.has_own_origins()
        && let Some(known) = lane.known(request.request())
    {
        OwnOrigins::leave(request.request(), &known.scope.channel);
    }
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
