//! Every REST route, on one page.

use actix_web::dev::HttpServiceFactory;
use actix_web::web;
use utoipa_actix_web::OpenApiFactory;
use utoipa_actix_web::service_config::ServiceConfig as Described;

use super::{admin, store};

/// Where doors are put: into a server, or into its description.
pub trait Doors {
    /// Adds one.
    fn door(&mut self, door: impl HttpServiceFactory + OpenApiFactory + 'static) -> &mut Self;
}

impl Doors for web::ServiceConfig {
    fn door(&mut self, door: impl HttpServiceFactory + OpenApiFactory + 'static) -> &mut Self {
        self.service(door)
    }
}

impl Doors for Described<'_> {
    fn door(&mut self, door: impl HttpServiceFactory + OpenApiFactory + 'static) -> &mut Self {
        self.service(door)
    }
}

/// `/store/v1`.
pub fn store(doors: &mut impl Doors) {
    doors
        // Channel
        .door(store::channels::get)
        // Products
        .door(store::products::list)
        .door(store::products::get)
        // Categories and collections
        .door(store::categories::tree)
        .door(store::categories::get)
        .door(store::categories::collections)
        .door(store::categories::collection)
        // Carts
        .door(store::carts::create)
        .door(store::carts::get)
        .door(store::carts::update)
        .door(store::carts::delete)
        .door(store::carts::add_lines)
        .door(store::carts::update_lines)
        .door(store::carts::update_line)
        .door(store::carts::remove_line)
        .door(store::carts::set_addresses)
        .door(store::carts::set_email)
        .door(store::carts::set_shipping_method)
        .door(store::carts::add_codes)
        .door(store::carts::remove_code)
        .door(store::carts::shipping_options)
        .door(store::carts::payment_methods)
        .door(store::carts::claim)
        // Customers
        .door(store::auth::register)
        .door(store::auth::verify_email)
        .door(store::auth::log_in)
        .door(store::auth::passkey_options)
        .door(store::auth::log_in_with_passkey)
        .door(store::auth::refresh)
        .door(store::auth::log_out)
        .door(store::auth::log_out_everywhere)
        .door(store::auth::csrf_token)
        .door(store::auth::forgot_password)
        .door(store::auth::reset_password)
        .door(store::auth::confirm_email)
        // Signing in with others
        .door(store::sign_in::providers)
        .door(store::sign_in::start)
        .door(store::sign_in::finish)
        .door(store::sign_in::id_token)
        .door(store::sign_in::list)
        .door(store::sign_in::start_link)
        .door(store::sign_in::link)
        .door(store::sign_in::link_id_token)
        .door(store::sign_in::unlink)
        .door(store::auth::start_phone)
        .door(store::auth::finish_phone)
        // Me
        .door(store::me::get)
        .door(store::me::update)
        .door(store::me::change_password)
        .door(store::me::change_email)
        .door(store::me::start_phone_change)
        .door(store::me::finish_phone_change)
        .door(store::me::remove_phone)
        .door(store::me::get_identity)
        .door(store::me::start_identity)
        .door(store::me::finish_identity)
        .door(store::me::list_sessions)
        .door(store::me::revoke_session)
        .door(store::passkeys::options)
        .door(store::passkeys::list)
        .door(store::passkeys::add)
        .door(store::passkeys::rename)
        .door(store::passkeys::delete)
        .door(store::me::list_addresses)
        .door(store::me::create_address)
        .door(store::me::get_address)
        .door(store::me::update_address)
        .door(store::me::delete_address)
        .door(store::me::set_consents)
        .door(store::me::list_orders)
        .door(store::me::get_cart)
        .door(store::me::export)
        .door(store::me::delete)
        // Checkout, orders, payments
        .door(store::orders::checkout_cart)
        .door(store::orders::buy_now)
        .door(store::orders::get)
        .door(store::orders::cancel)
        .door(store::orders::pay)
        .door(store::orders::confirm_payment);
}

/// `/admin/v1`.
#[expect(clippy::too_many_lines, reason = "every route, on one page")]
pub fn admin(doors: &mut impl Doors) {
    doors
        // Channels
        .door(admin::channels::list)
        .door(admin::channels::get)
        .door(admin::channels::create)
        .door(admin::channels::update)
        // Products
        .door(admin::products::list)
        .door(admin::products::bulk)
        .door(admin::products::get)
        .door(admin::products::create)
        .door(admin::products::update)
        .door(admin::products::archive)
        // Variants
        .door(admin::variants::list)
        .door(admin::variants::by_sku)
        .door(admin::variants::get)
        .door(admin::variants::create)
        .door(admin::variants::update)
        .door(admin::variants::archive)
        .door(admin::variants::set_prices)
        // Categories
        .door(admin::categories::list)
        .door(admin::categories::reorder)
        .door(admin::categories::get)
        .door(admin::categories::create)
        .door(admin::categories::update)
        .door(admin::categories::relocate)
        .door(admin::categories::remove)
        // Collections
        .door(admin::collections::list)
        .door(admin::collections::get)
        .door(admin::collections::create)
        .door(admin::collections::update)
        .door(admin::collections::remove)
        .door(admin::collections::add_products)
        .door(admin::collections::remove_products)
        .door(admin::collections::reorder_products)
        // Stock
        .door(admin::stock::locations)
        .door(admin::stock::location)
        .door(admin::stock::create_location)
        .door(admin::stock::update_location)
        .door(admin::stock::deactivate_location)
        .door(admin::stock::levels)
        .door(admin::stock::movements)
        .door(admin::stock::adjust)
        .door(admin::stock::adjust_bulk)
        // Shipping
        .door(admin::shipping::zones)
        .door(admin::shipping::zone)
        .door(admin::shipping::create_zone)
        .door(admin::shipping::update_zone)
        .door(admin::shipping::delete_zone)
        .door(admin::shipping::options)
        .door(admin::shipping::option)
        .door(admin::shipping::create_option)
        .door(admin::shipping::update_option)
        .door(admin::shipping::delete_option)
        // Tax
        .door(admin::tax::list)
        .door(admin::tax::get)
        .door(admin::tax::create)
        .door(admin::tax::update)
        .door(admin::tax::delete)
        // Promotions
        .door(admin::promotions::list)
        .door(admin::promotions::get)
        .door(admin::promotions::create)
        .door(admin::promotions::update)
        .door(admin::promotions::deactivate)
        // Carts
        .door(admin::carts::list)
        .door(admin::carts::get)
        // Orders
        .door(admin::orders::list)
        .door(admin::orders::get)
        .door(admin::orders::update)
        .door(admin::orders::note)
        .door(admin::orders::fulfil)
        .door(admin::orders::deliver)
        .door(admin::orders::cancel)
        .door(admin::orders::refund)
        // Payments
        .door(admin::payments::list)
        .door(admin::payments::get)
        .door(admin::payments::confirm_deposit)
        // Customers
        .door(admin::customers::list)
        .door(admin::customers::import)
        .door(admin::customers::get)
        .door(admin::customers::addresses)
        .door(admin::customers::identities)
        .door(admin::customers::update)
        .door(admin::customers::disable)
        .door(admin::customers::enable)
        .door(admin::customers::erase)
        // Keys
        .door(admin::keys::list)
        .door(admin::keys::create)
        .door(admin::keys::revoke)
        .door(admin::keys::rotate)
        // Staff signing in, and me
        .door(admin::auth::log_in)
        .door(admin::auth::second_factor)
        .door(admin::auth::accept_invitation)
        .door(admin::auth::refresh)
        .door(admin::auth::log_out)
        .door(admin::auth::log_out_everywhere)
        .door(admin::auth::step_up)
        .door(admin::auth::forgot_password)
        .door(admin::auth::reset_password)
        .door(admin::passkeys::login_options)
        .door(admin::passkeys::log_in)
        .door(admin::passkeys::step_up_options)
        .door(admin::passkeys::step_up)
        .door(admin::passkeys::options)
        .door(admin::passkeys::list)
        .door(admin::passkeys::add)
        .door(admin::passkeys::rename)
        .door(admin::passkeys::delete)
        .door(admin::me::get)
        .door(admin::me::update)
        .door(admin::me::change_password)
        .door(admin::me::list_sessions)
        .door(admin::me::revoke_session)
        .door(admin::me::enrol_totp)
        .door(admin::me::confirm_totp)
        .door(admin::me::disable_totp)
        .door(admin::me::renew_recovery_codes)
        // Staff, invitations, roles
        .door(admin::staff::list)
        .door(admin::staff::get)
        .door(admin::staff::update)
        .door(admin::staff::deactivate)
        .door(admin::staff::reactivate)
        .door(admin::staff::delete)
        .door(admin::staff::reset_totp)
        .door(admin::staff::list_invitations)
        .door(admin::staff::invite)
        .door(admin::staff::resend_invitation)
        .door(admin::staff::revoke_invitation)
        .door(admin::staff::list_roles)
        .door(admin::staff::get_role)
        .door(admin::staff::create_role)
        .door(admin::staff::update_role)
        .door(admin::staff::delete_role)
        // Audit log
        .door(admin::audit::list)
        // Operations
        .door(admin::operations::list)
        .door(admin::operations::get)
        .door(admin::operations::start_import)
        .door(admin::operations::export)
        // Events
        .door(admin::events::list);
}
