//! The HTTP server: middleware, limits and routes, on a listener it is given.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Server;
use actix_web::http::header::ALLOW;
use actix_web::{App as ActixApp, HttpRequest, HttpResponse, HttpServer, ResponseError, middleware as actix_middleware, web};
use metrics_exporter_prometheus::PrometheusHandle;
use utoipa::openapi::OpenApi;
use utoipa_actix_web::AppExt;
use utoipa_actix_web::service_config::ServiceConfig as Described;

use super::entrance::{self, Entrance};
use super::known_paths::KnownPaths;
use super::lane::Lane;
use super::limits::Limits;
use super::openapi::{Surface, head, tidied};
use super::tls::{self, Certificate};
use super::{docs, graphql, lane, middleware, ops, rest, well_known};
use crate::app::{App, WeakApp};
use crate::error::{Code, Error, Result};

/// How often the last uses of keys are noted.
const KEY_USES: Duration = Duration::from_secs(60);

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
    tokio::spawn(note_key_uses(app.downgrade()));
    let limits = web::Data::new(Limits::of(&config)?);
    let guard = Arc::new(Entrance::of(app.clone(), limits.clone().into_inner(), &config));
    let docs = config.docs;
    let server = HttpServer::new(move || {
        let (guard, kept) = (guard.clone(), lane.clone().into_inner());
        let mut actix = ActixApp::new()
            .app_data(web::Data::new(app.clone()))
            .app_data(known.clone())
            .app_data(lane.clone())
            .app_data(limits.clone())
            .wrap(actix_middleware::Compress::default())
            .wrap(actix_middleware::NormalizePath::trim())
            .wrap(actix_middleware::from_fn(middleware::observe))
            .wrap(actix_middleware::from_fn(move |request, next| lane::pass(kept.clone(), request, next)))
            .wrap(actix_middleware::from_fn(move |request, next| entrance::pass(guard.clone(), request, next)))
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
        if docs {
            actix = actix.configure(docs::serve);
        }
        actix.default_service(web::to(unknown_path))
    });
    let certificate = Certificate::open(&config.transport)?;
    let server = server
        .workers(workers)
        .worker_max_blocking_threads(blocking_threads)
        .client_request_timeout(header_timeout)
        // A compressed answer leaves in several writes: Nagle would hold the last for the client's delayed ACK.
        .tcp_nodelay(true)
        .shutdown_timeout(shutdown)
        .disable_signals();
    let listening = match certificate {
        Some(certificate) => {
            let tls = certificate.config()?;
            tokio::spawn(tls::watch(Arc::downgrade(&certificate)));
            server.listen_rustls_0_23(listener, tls)
        }
        None => server.listen(listener),
    };
    Ok(listening.map_err(Error::internal)?.run())
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

/// Tells the database every minute which keys were used, as long as the shop is open.
async fn note_key_uses(app: WeakApp) {
    loop {
        tokio::time::sleep(KEY_USES).await;
        let Some(app) = app.upgrade() else { return };
        if let Err(error) = app.note_key_uses().await {
            tracing::warn!(?error, "the last uses of keys could not be noted");
        }
    }
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
