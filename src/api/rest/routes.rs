//! Every REST route, on one page.

use utoipa_actix_web::service_config::ServiceConfig;

use super::{admin, store};

/// `/store/v1`.
pub fn store(routes: &mut ServiceConfig) {
    routes
        // Channel
        .service(store::channels::get)
        // Products
        .service(store::products::list)
        .service(store::products::get)
        // Categories and collections
        .service(store::categories::tree)
        .service(store::categories::get)
        .service(store::categories::collections)
        .service(store::categories::collection)
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
        .service(store::carts::payment_methods)
        // Checkout, orders, payments
        .service(store::orders::checkout_cart)
        .service(store::orders::get)
        .service(store::orders::cancel)
        .service(store::orders::pay)
        .service(store::orders::confirm_payment);
}

/// `/admin/v1`.
pub fn admin(routes: &mut ServiceConfig) {
    routes
        // Channels
        .service(admin::channels::list)
        .service(admin::channels::get)
        .service(admin::channels::create)
        .service(admin::channels::update)
        // Products
        .service(admin::products::list)
        .service(admin::products::bulk)
        .service(admin::products::get)
        .service(admin::products::create)
        .service(admin::products::update)
        .service(admin::products::archive)
        // Variants
        .service(admin::variants::list)
        .service(admin::variants::by_sku)
        .service(admin::variants::get)
        .service(admin::variants::create)
        .service(admin::variants::update)
        .service(admin::variants::archive)
        .service(admin::variants::set_prices)
        // Categories
        .service(admin::categories::list)
        .service(admin::categories::reorder)
        .service(admin::categories::get)
        .service(admin::categories::create)
        .service(admin::categories::update)
        .service(admin::categories::relocate)
        .service(admin::categories::remove)
        // Collections
        .service(admin::collections::list)
        .service(admin::collections::get)
        .service(admin::collections::create)
        .service(admin::collections::update)
        .service(admin::collections::remove)
        .service(admin::collections::add_products)
        .service(admin::collections::remove_products)
        .service(admin::collections::reorder_products)
        // Stock
        .service(admin::stock::locations)
        .service(admin::stock::location)
        .service(admin::stock::create_location)
        .service(admin::stock::update_location)
        .service(admin::stock::deactivate_location)
        .service(admin::stock::levels)
        .service(admin::stock::movements)
        .service(admin::stock::adjust)
        .service(admin::stock::adjust_bulk)
        // Shipping
        .service(admin::shipping::zones)
        .service(admin::shipping::zone)
        .service(admin::shipping::create_zone)
        .service(admin::shipping::update_zone)
        .service(admin::shipping::delete_zone)
        .service(admin::shipping::options)
        .service(admin::shipping::option)
        .service(admin::shipping::create_option)
        .service(admin::shipping::update_option)
        .service(admin::shipping::delete_option)
        // Tax
        .service(admin::tax::list)
        .service(admin::tax::get)
        .service(admin::tax::create)
        .service(admin::tax::update)
        .service(admin::tax::delete)
        // Promotions
        .service(admin::promotions::list)
        .service(admin::promotions::get)
        .service(admin::promotions::create)
        .service(admin::promotions::update)
        .service(admin::promotions::deactivate)
        // Carts
        .service(admin::carts::list)
        .service(admin::carts::get)
        // Orders
        .service(admin::orders::list)
        .service(admin::orders::get)
        .service(admin::orders::update)
        .service(admin::orders::note)
        .service(admin::orders::fulfil)
        .service(admin::orders::deliver)
        .service(admin::orders::cancel)
        .service(admin::orders::refund)
        // Payments
        .service(admin::payments::list)
        .service(admin::payments::get)
        .service(admin::payments::confirm_deposit)
        // Keys
        .service(admin::keys::list)
        .service(admin::keys::create)
        .service(admin::keys::revoke)
        // Operations
        .service(admin::operations::list)
        .service(admin::operations::get)
        .service(admin::operations::start_import)
        .service(admin::operations::export)
        // Events
        .service(admin::events::list);
}
