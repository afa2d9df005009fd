//! What every request passes first, the fast lane's too: room for it, its limits, its browser. Here is only what
//! costs less than a microsecond.

mod cors;
mod headers;

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::http::Method;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_LENGTH, HeaderName, HeaderValue, ORIGIN};
use actix_web::middleware::Next;
use actix_web::{HttpMessage, HttpResponse, ResponseError};

pub use cors::OwnOrigins;

use super::browser::Browser;
use super::extract::small_body;
use super::limits::{self, Class, Limits, Standing, Standings, account_in, class_of_request};
use super::middleware::{given_id, with_id};
use super::paths::plain;
use crate::app::App;
use crate::config::Config;
use crate::error::{Code, Error};
use cors::Cors;
use headers::SecurityHeaders;

/// The longest body of an operation that guards an account.
const LONGEST: usize = 16 * 1024;

/// The entrance of this process.
pub struct Entrance {
    app: App,
    limits: Arc<Limits>,
    cors: Cors,
    headers: SecurityHeaders,
    /// Requests under way, and how many may be.
    under_way: AtomicUsize,
    most: usize,
}

impl Entrance {
    /// As configured.
    pub fn of(app: App, limits: Arc<Limits>, config: &Config) -> Self {
        Self {
            app,
            limits,
            cors: Cors::of(&config.cors_origins),
            headers: SecurityHeaders::of(config.transport.hsts_seconds),
            under_way: AtomicUsize::new(0),
            most: config.transport.max_in_flight,
        }
    }

    /// Counts what a request does; the error is what its sender is told.
    async fn admit(&self, request: &mut ServiceRequest, standings: &mut Vec<Standing>) -> Result<Option<Attempt>, Error> {
        let peer = request.peer_addr().map(|a| a.ip());
        let Some(address) = self.limits.client(peer, request.headers()) else { return Ok(None) };
        let (class, lets_in) = {
            let path = plain(request.request());
            (class_of_request(request.method(), &path), path.ends_with("/login"))
        };
        let counted = self.limits.count_address(class, address).await;
        note(counted, standings)?;
        if class != Class::Sensitive {
            return Ok(None);
        }
        let body = small_body(request, LONGEST).await?;
        let Some(account) = serde_json::from_slice(&body).ok().and_then(|input| account_in(&input)) else { return Ok(None) };
        note(self.limits.count_account(&account, address).await, standings)?;
        Ok(Some(Attempt { account, address, lets_in }))
    }
}

/// An attempt at an account.
struct Attempt {
    account: String,
    address: IpAddr,
    /// Whether success proves that its owner is there.
    lets_in: bool,
}

/// A request under way; it ends when this is dropped, also when the client goes away.
struct UnderWay(Arc<Entrance>);

impl UnderWay {
    fn begin(entrance: &Arc<Entrance>) -> Result<Self, Error> {
        let place = Self(entrance.clone());
        if entrance.under_way.fetch_add(1, Ordering::Relaxed) >= entrance.most {
            metrics::counter!("maru_shed_total").increment(1);
            return Err(Error::new(Code::Unavailable, "The server is full. Try again shortly."));
        }
        Ok(place)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.under_way.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Lets a request in, or tells why not.
pub async fn pass<B: MessageBody>(
    entrance: Arc<Entrance>,
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, actix_web::Error> {
    let origin = request.headers().get(ORIGIN).cloned();
    let mut standings = Vec::new();
    let mut response = match UnderWay::begin(&entrance) {
        Err(full) => refuse(request, &full).map_into_right_body(),
        Ok(_under_way) => {
            if *request.method() == Method::OPTIONS
                && let Some(answer) = entrance.cors.preflight(&entrance.app, request.request()).await
            {
                return Ok(request.into_response(answer).map_into_right_body());
            }
            match entrance.admit(&mut request, &mut standings).await {
                Err(error) => refuse(request, &error).map_into_right_body(),
                Ok(attempt) => {
                    let answered = next.call(request).await?.map_into_left_body();
                    if let Some(attempt) = attempt.filter(|attempt| attempt.lets_in && answered.status().is_success()) {
                        entrance.limits.vouch(&attempt.account, attempt.address).await;
                    }
                    answered
                }
            }
        }
    };
    let own = response.request().extensions().get::<OwnOrigins>().cloned();
    if let Some(told) = response.request().extensions().get::<Standings>() {
        standings.extend(told.0.iter().copied());
    }
    let browser = response.request().extensions().get::<Arc<Browser>>().cloned();
    let out = response.headers_mut();
    if let Some(browser) = browser {
        browser.mark(out);
    }
    // What others may keep would tell them of this client.
    if !out.get(CACHE_CONTROL).is_some_and(|c| c.as_bytes().starts_with(b"public")) {
        limits::tell(&standings, out);
    }
    entrance.cors.mark(origin.as_ref(), own.as_ref(), out);
    entrance.headers.mark(out);
    Ok(response)
}

fn note(counted: Result<Option<Standing>, Standing>, standings: &mut Vec<Standing>) -> Result<(), Error> {
    match counted {
        Ok(standing) => {
            standings.extend(standing);
            Ok(())
        }
        Err(over) => {
            standings.push(over);
            Err(over.refusal())
        }
    }
}

/// An answer of the entrance itself, with the id that it is logged by.
fn refuse(request: ServiceRequest, error: &Error) -> ServiceResponse {
    let id = given_id(&request).unwrap_or_else(|| uuid::Uuid::new_v4().simple().to_string());
    let mut response: HttpResponse = with_id(&id, || error.error_response());
    let status = error.status();
    metrics::counter!("maru_http_requests_total", "operation" => "(refused)", "status" => status.to_string()).increment(1);
    tracing::info!(target: "maru::http", request_id = %id, path = request.path(), status, "refused");
    if let Ok(id) = HeaderValue::try_from(id) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), id);
    }
    if request.headers().contains_key(CONTENT_LENGTH) && error.code == Code::PayloadTooLarge {
        response.head_mut().set_connection_type(actix_web::http::ConnectionType::Close);
    }
    request.into_response(response)
}
