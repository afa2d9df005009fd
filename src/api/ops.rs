//! For the operator: liveness, readiness, metrics.

use actix_web::{HttpResponse, get, web};
use metrics_exporter_prometheus::PrometheusHandle;
use serde::Serialize;

use crate::app::App;
use crate::error::{Code, Error, Result};

/// How the server is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Health {
    /// `ok`.
    #[schema(example = "ok")]
    pub status: &'static str,
}

/// The process runs.
#[get("/livez")]
pub async fn livez() -> web::Json<Health> {
    web::Json(Health { status: "ok" })
}

/// The process can serve: the database answers and its migrations fit.
#[get("/readyz")]
pub async fn readyz(app: web::Data<App>) -> Result<web::Json<Health>> {
    let app = app.get_ref().clone();
    let pending =
        tokio::task::spawn_blocking(move || app.db().pending_migrations()).await.map_err(Error::internal)?.map_err(Error::unavailable)?;
    if pending > 0 {
        return Err(Error::new(Code::Unavailable, format!("{pending} migrations are pending: run `maru migrate`.")));
    }
    Ok(web::Json(Health { status: "ok" }))
}

/// Measurements in Prometheus' text format.
#[get("/metrics")]
pub async fn metrics(app: web::Data<App>, handle: Option<web::Data<PrometheusHandle>>) -> HttpResponse {
    let (used, idle, most) = app.db().pool_state();
    ::metrics::gauge!("maru_db_pool_connections", "state" => "used").set(f64::from(used));
    ::metrics::gauge!("maru_db_pool_connections", "state" => "idle").set(f64::from(idle));
    ::metrics::gauge!("maru_db_pool_connections_max").set(f64::from(most));
    ::metrics::counter!("maru_db_statements_total").absolute(app.db().statements());
    let text = handle.map(|h| h.render()).unwrap_or_default();
    HttpResponse::Ok().content_type("text/plain; version=0.0.4; charset=utf-8").body(text)
}
