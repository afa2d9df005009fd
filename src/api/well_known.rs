//! What other servers look for at a well-known place (RFC 8615).

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpResponse, get, web};

use crate::app::App;
use crate::error::Result;

/// The public keys that access tokens are signed with (RFC 7517). The next one is published ten minutes before it
/// signs, longer than this answer may be kept.
#[get("/.well-known/jwks.json")]
pub async fn jwks(app: web::Data<App>) -> Result<HttpResponse> {
    let keys = app.tokens().jwks(&app).await?;
    let kind = (CONTENT_TYPE, "application/jwk-set+json");
    Ok(HttpResponse::Ok().insert_header((CACHE_CONTROL, "public, max-age=300")).insert_header(kind).body(serde_json::to_vec(&keys)?))
}
