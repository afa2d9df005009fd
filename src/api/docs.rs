//! The served documents and reference pages: everything they need is in the binary.

use actix_web::{HttpResponse, web};
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::SwaggerUi;

/// Adds the documents and their pages.
pub fn serve(store: OpenApi, admin: OpenApi) -> impl FnOnce(&mut web::ServiceConfig) {
    move |config| {
        for (path, document) in [("/openapi/store.json", &store), ("/openapi/admin.json", &admin)] {
            let body = document.to_pretty_json().unwrap_or_default();
            config.route(
                path,
                web::get().to(move || std::future::ready(HttpResponse::Ok().content_type("application/json").body(body.clone()))),
            );
        }
        config
            .route("/docs/store", web::get().to(|| std::future::ready(see_other("/docs/store/"))))
            .route("/docs/admin", web::get().to(|| std::future::ready(see_other("/docs/admin/"))))
            .service(SwaggerUi::new("/docs/store/{_:.*}").config(utoipa_swagger_ui::Config::from("/openapi/store.json")))
            .service(SwaggerUi::new("/docs/admin/{_:.*}").config(utoipa_swagger_ui::Config::from("/openapi/admin.json")));
    }
}

fn see_other(to: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header(("Location", to)).finish()
}

/// GraphiQL, for a browser that opens a GraphQL endpoint.
pub fn graphiql(request: &actix_web::HttpRequest) -> HttpResponse {
    HttpResponse::Ok().content_type("text/html; charset=utf-8").body(format!("<!doctype html><title>GraphQL {}</title>", request.path()))
}
