//! The served documents and reference pages: everything they need is in the binary.

use actix_web::{HttpResponse, web};
use utoipa_swagger_ui::SwaggerUi;

/// The Store surface's OpenAPI document: the committed file, which a test holds equal to the doors.
pub const STORE_DOCUMENT: &str = include_str!("../../openapi/store.json");
/// The Admin surface's.
pub const ADMIN_DOCUMENT: &str = include_str!("../../openapi/admin.json");

/// Name, media type, gzipped bytes.
const ASSETS: [(&str, &str, &[u8]); 4] = [
    ("graphiql.min.js", "text/javascript", include_bytes!("assets/graphiql/graphiql.min.js.gz")),
    ("graphiql.min.css", "text/css", include_bytes!("assets/graphiql/graphiql.min.css.gz")),
    ("react.production.min.js", "text/javascript", include_bytes!("assets/graphiql/react.production.min.js.gz")),
    ("react-dom.production.min.js", "text/javascript", include_bytes!("assets/graphiql/react-dom.production.min.js.gz")),
];

/// Adds the documents and their pages.
pub fn serve(config: &mut web::ServiceConfig) {
    for (path, document) in [("/openapi/store.json", STORE_DOCUMENT), ("/openapi/admin.json", ADMIN_DOCUMENT)] {
        config.route(path, web::get().to(move || std::future::ready(HttpResponse::Ok().content_type("application/json").body(document))));
    }
    for (name, media_type, gzipped) in ASSETS {
        config.route(&format!("/docs/assets/{name}"), web::get().to(move || std::future::ready(asset(media_type, gzipped))));
    }
    config
        .route("/docs/assets/start.js", web::get().to(|| std::future::ready(start_script())))
        .route("/docs/store", web::get().to(|| std::future::ready(see_other("/docs/store/index.html"))))
        .route("/docs/admin", web::get().to(|| std::future::ready(see_other("/docs/admin/index.html"))))
        .service(SwaggerUi::new("/docs/store/{_:.*}").config(utoipa_swagger_ui::Config::from("/openapi/store.json")))
        .service(SwaggerUi::new("/docs/admin/{_:.*}").config(utoipa_swagger_ui::Config::from("/openapi/admin.json")));
}

/// GraphiQL, for a browser that opens a GraphQL endpoint.
pub fn graphiql() -> HttpResponse {
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(include_str!("assets/graphiql/index.html"))
}

fn start_script() -> HttpResponse {
    HttpResponse::Ok().content_type("text/javascript").body(include_str!("assets/graphiql/start.js"))
}

fn asset(media_type: &str, gzipped: &'static [u8]) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(media_type)
        .insert_header(("Content-Encoding", "gzip"))
        .insert_header(("Cache-Control", "public, max-age=86400"))
        .body(web::Bytes::from_static(gzipped))
}

fn see_other(to: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header(("Location", to)).finish()
}
