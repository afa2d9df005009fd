//! The HTTP server: middleware, limits and routes, on a listener it is given.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_cors::Cors;
use actix_web::dev::Server;
use actix_web::http::header::ALLOW;
use actix_web::{App as ActixApp, HttpRequest, HttpResponse, HttpServer, ResponseError, middleware as actix_middleware, web};
use metrics_exporter_prometheus::PrometheusHandle;
use utoipa::openapi::OpenApi;
use utoipa_actix_web::AppExt;
use utoipa_actix_web::service_config::ServiceConfig as Described;

use super::known_paths::KnownPaths;
use super::lane::Lane;
use super::openapi::{Surface, head, tidied};
use super::{docs, graphql, lane, middleware, ops, rest, well_known};
use crate::app::App;
use crate::config::Config;
use crate::error::{Code, Error, Result};

/// The headers that browsers let a page read.
const EXPOSED: [&str; 6] = ["ETag", "Idempotency-Replayed", "Retry-After", "X-Request-Id", "Content-Language", "Location"];

/// Starts serving; the returned server runs until it is stopped.
pub fn start(app: App, listener: TcpListener, metrics: Option<PrometheusHandle>) -> Result<Server> {
    let config = app.config().clone();
    let workers = config.workers.unwrap_or_else(|| std::thread::available_parallelism().map_or(2, std::num::NonZero::get));
    let shutdown = config.shutdown_seconds;
    let header_timeout = Duration::from_millis(config.header_timeout_ms);
    // Workers share the connections: more threads than those would only wait, and each keeps memory of its own.
    let blocking_threads = usize::try_from(config.pool_size()).unwrap_or(16).div_ceil(workers).saturating_add(4);
    let schemas = graphql::Schemas::build(&app)?;
    let known = web::Data::new(KnownPaths::of(&[docs::STORE_DOCUMENT, docs::ADMIN_DOCUMENT])?);
    let lane = web::Data::new(Lane::new(app.clone(), config.lane_bytes));
    if config.lane_bytes > 0 {
        tokio::spawn(lane::watch(Arc::downgrade(&lane)));
    }
    let lane_cors = Arc::new(lane::Cors::of(&config, &EXPOSED));
    let server = HttpServer::new(move || {
        let (entrance, lane_cors) = (lane.clone().into_inner(), lane_cors.clone());
        let mut actix = ActixApp::new()
            .app_data(web::Data::new(app.clone()))
            .app_data(known.clone())
            .app_data(lane.clone())
            .wrap(actix_middleware::Compress::default())
            .wrap(cors(&config))
            .wrap(actix_middleware::NormalizePath::trim())
            .wrap(actix_middleware::from_fn(middleware::observe))
            .wrap(actix_middleware::from_fn(move |request, next| lane::pass(entrance.clone(), lane_cors.clone(), request, next)))
            .service(ops::livez)
            .service(ops::readyz)
            .service(ops::metrics)
            .service(well_known::jwks)
            .configure(graphql::routes(schemas.clone()))
            .service(web::scope("/store/v1").configure(rest::routes::store))
            .service(web::scope("/admin/v1").configure(rest::routes::admin));
        if let Some(handle) = &metrics {
            actix = actix.app_data(web::Data::new(handle.clone()));
        }
        if config.docs {
            actix = actix.configure(docs::serve);
        }
        actix.default_service(web::to(unknown_path))
    });
    Ok(server
        .workers(workers)
        .worker_max_blocking_threads(blocking_threads)
        .client_request_timeout(header_timeout)
        // A compressed answer leaves in several writes: Nagle would hold the last for the client's delayed ACK.
        .tcp_nodelay(true)
        .shutdown_timeout(shutdown)
        .disable_signals()
        .listen(listener)
        .map_err(Error::internal)?
        .run())
}

/// The two OpenAPI documents, made from the doors: what is committed in `openapi/` and served from there
/// (describing every door takes tens of megabytes and a noticeable part of a start).
pub fn documents() -> (OpenApi, OpenApi) {
    let store = ActixApp::new()
        .into_utoipa_app()
        .openapi(head(Surface::Store))
        .service(utoipa_actix_web::scope("/store/v1").configure(|doors: &mut Described| rest::routes::store(doors)))
        .split_for_parts()
        .1;
    let admin = ActixApp::new()
        .into_utoipa_app()
        .openapi(head(Surface::Admin))
        .service(utoipa_actix_web::scope("/admin/v1").configure(|doors: &mut Described| rest::routes::admin(doors)))
        .split_for_parts()
        .1;
    (tidied(store), tidied(admin))
}

async fn unknown_path(request: HttpRequest, known: web::Data<KnownPaths>) -> HttpResponse {
    let (method, path) = (request.method(), request.path());
    match known.methods(path) {
        Some(methods) => {
            let mut response = Error::new(Code::MethodNotAllowed, format!("{path} takes {methods}, not {method}.")).error_response();
            if let Ok(value) = methods.parse() {
                response.headers_mut().insert(ALLOW, value);
            }
            response
        }
        None => Error::new(Code::NotFound, format!("There is no {method} {path}.")).error_response(),
    }
}

fn cors(config: &Config) -> Cors {
    let base = Cors::default().allow_any_method().allow_any_header().expose_headers(EXPOSED).max_age(3600);
    if config.cors_origins.iter().any(|o| o == "*") {
        base.allow_any_origin().send_wildcard()
    } else {
        config.cors_origins.iter().fold(base, |cors, origin| cors.allowed_origin(origin))
    }
}
