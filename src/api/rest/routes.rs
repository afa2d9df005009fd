//! Every REST route, on one page.

use utoipa_actix_web::service_config::ServiceConfig;

use super::{admin, store};

/// `/store/v1`.
pub fn store(routes: &mut ServiceConfig) {
    routes
        // Channel
        .service(store::channels::get)
        // Carts
        .service(store::carts::create)
        .service(store::carts::get)
        .service(store::carts::update)
        .service(store::carts::delete)
        .service(store::carts::add_lines)
        .service(store::carts::update_lines)
        .service(store::carts::update_line)
        .service(store::carts::remove_line)
        .service(store::carts::set_addresses)
        .service(store::carts::set_email)
        .service(store::carts::set_shipping_method)
        .service(store::carts::add_codes)
        .service(store::carts::remove_code)
        .service(store::carts::shipping_options)
        .service(store::carts::payment_methods);
}

/// `/admin/v1`.
pub fn admin(routes: &mut ServiceConfig) {
    routes
        // Channels
        .service(admin::channels::list)
        .service(admin::channels::get)
        .service(admin::channels::create)
        .service(admin::channels::update)
        // Carts
        .service(admin::carts::list)
        .service(admin::carts::get)
        // Keys
        .service(admin::keys::list)
        .service(admin::keys::create)
        .service(admin::keys::revoke)
        // Events
        .service(admin::events::list);
}
