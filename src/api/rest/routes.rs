//! Every REST route, on one page.

use utoipa_actix_web::service_config::ServiceConfig;

use super::{admin, store};

/// `/store/v1`.
pub fn store(routes: &mut ServiceConfig) {
    routes
        // Channel
        .service(store::channels::get);
}

/// `/admin/v1`.
pub fn admin(routes: &mut ServiceConfig) {
    routes
        // Channels
        .service(admin::channels::list)
        .service(admin::channels::get)
        .service(admin::channels::create)
        .service(admin::channels::update)
        // Keys
        .service(admin::keys::list)
        .service(admin::keys::create)
        .service(admin::keys::revoke)
        // Events
        .service(admin::events::list);
}
