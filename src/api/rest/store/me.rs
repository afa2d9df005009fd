//! The customer who is logged in: profile, sessions, addresses, consents, orders, data.

use actix_web::{delete, get, patch, post};

use super::carts::Show;
use crate::api::call::Call;
use crate::api::extract::{Body, ListQuery, NoFilter, PathId, Query};
use crate::api::openapi::{CredentialProblems, DryRun, IdPath, Idempotency, IfMatch, Paging, ReadProblems, WriteProblems};
use crate::api::reply::{Answered, Reply};
use crate::commerce::auth::sessions::{self, Sessions, SessionsEnded};
use crate::commerce::cart::{self, Cart};
use crate::commerce::customers::{
    self, Accepted, AddressCreate, AddressUpdate, ConsentsUpdate, Customer, CustomerAddress, CustomerAddresses, CustomerDeleted,
    CustomerErased, CustomerExport, CustomerUpdate, EmailChange, PasswordChange, PasswordConfirm, PasswordIsSet, PhoneChallenge,
    PhoneChangeFinish, PhoneChangeStart,
};
use crate::commerce::identity::{self, Identity, IdentityVerificationFinish, IdentityVerificationStart, IdentityVerificationStarted};
use crate::commerce::orders::{self, Order};
use crate::types::{CustomerAddressId, Page, SessionId};

/// Read the own profile
#[utoipa::path(operation_id = "get_me", tag = "Me", responses((status = 200, body = Customer), ReadProblems), security(("access_token" = [])))]
#[get("/me")]
pub async fn get(call: Call) -> Answered<Customer> {
    Ok(Reply::ok(call.read(customers::me).await?).version(|c| c.version))
}

/// Change the own profile
///
/// JSON Merge Patch: what is absent stays, null clears.
#[utoipa::path(operation_id = "update_me", tag = "Me", params(Idempotency, IfMatch, DryRun), request_body = CustomerUpdate,
    responses((status = 200, body = Customer), WriteProblems), security(("access_token" = [])))]
#[patch("/me")]
pub async fn update(call: Call, Body(input): Body<CustomerUpdate>) -> Answered<Customer> {
    let version = call.expected_version;
    let written = call.write("update_me", input, move |tx, by, input| customers::update_me(tx, by, version, input)).await?;
    Ok(Reply::written(written).version(|c| c.version))
}

/// Change the own password
///
/// Every other session ends.
#[utoipa::path(operation_id = "change_my_password", tag = "Me", request_body = PasswordChange,
    responses((status = 200, body = PasswordIsSet), CredentialProblems), security(("access_token" = [])))]
#[post("/me/password")]
pub async fn change_password(call: Call, Body(input): Body<PasswordChange>) -> Answered<PasswordIsSet> {
    call.for_real()?;
    Ok(Reply::ok(customers::change_password(&call.app, &call.caller, input).await?))
}

/// Change the own e-mail address
///
/// Both addresses are mailed a token; when both are confirmed, it is changed.
#[utoipa::path(operation_id = "change_my_email", tag = "Me", request_body = EmailChange,
    responses((status = 202, body = Accepted), CredentialProblems), security(("access_token" = [])))]
#[post("/me/email")]
pub async fn change_email(call: Call, Body(input): Body<EmailChange>) -> Answered<Accepted> {
    call.for_real()?;
    Ok(Reply::taken(customers::change_email(&call.app, &call.caller, input).await?))
}

/// Change the number to log in with: ask for a code
///
/// The new number is sent six digits. The password confirms who asks, or where there is none a log-in of the last ten
/// minutes.
#[utoipa::path(operation_id = "start_my_phone_change", tag = "Me", request_body = PhoneChangeStart,
    responses((status = 202, body = PhoneChallenge), CredentialProblems), security(("access_token" = [])))]
#[post("/me/phone/start")]
pub async fn start_phone_change(call: Call, Body(input): Body<PhoneChangeStart>) -> Answered<PhoneChallenge> {
    call.for_real()?;
    Ok(Reply::taken(customers::start_phone_change(&call.app, &call.caller, input).await?))
}

/// Change the number to log in with: give the code
///
/// 409 `already_exists` when another account logs in with the number. The old number and the account's address are told.
#[utoipa::path(operation_id = "finish_my_phone_change", tag = "Me", request_body = PhoneChangeFinish,
    responses((status = 200, body = Customer), CredentialProblems), security(("access_token" = [])))]
#[post("/me/phone/finish")]
pub async fn finish_phone_change(call: Call, Body(input): Body<PhoneChangeFinish>) -> Answered<Customer> {
    call.for_real()?;
    Ok(Reply::ok(customers::finish_phone_change(&call.app, &call.caller, input).await?).version(|c| c.version))
}

/// Take the number to log in with away
///
/// 409 `last_sign_in` when there is no other way to log in.
#[utoipa::path(operation_id = "remove_my_phone", tag = "Me", request_body = PasswordConfirm,
    responses((status = 200, body = Customer), CredentialProblems), security(("access_token" = [])))]
#[post("/me/phone/removal")]
pub async fn remove_phone(call: Call, Body(input): Body<PasswordConfirm>) -> Answered<Customer> {
    call.for_real()?;
    Ok(Reply::ok(customers::remove_phone(&call.app, &call.caller, input).await?).version(|c| c.version))
}

/// Read what is known of who one is
///
/// Whether it is verified, and how old one counts as. No name, number or birth date is kept.
#[utoipa::path(operation_id = "get_my_identity", tag = "Me", responses((status = 200, body = Identity), ReadProblems),
    security(("access_token" = [])))]
#[get("/me/identity-verification")]
pub async fn get_identity(call: Call) -> Answered<Identity> {
    Ok(Reply::ok(call.read(identity::current).await?))
}

/// Verify who one is: begin
///
/// The app goes on with the provider's SDK, under the id that is answered.
#[utoipa::path(operation_id = "start_my_identity_verification", tag = "Me", request_body = IdentityVerificationStart,
    responses((status = 200, body = IdentityVerificationStarted), WriteProblems), security(("access_token" = [])))]
#[post("/me/identity-verification/start")]
pub async fn start_identity(call: Call, Body(input): Body<IdentityVerificationStart>) -> Answered<IdentityVerificationStarted> {
    call.for_real()?;
    Ok(Reply::ok(identity::start(&call.app, &call.caller, input).await?))
}

/// Verify who one is: finish
///
/// When the SDK is done. What came of it is asked of the provider's server: 422 `identity_not_verified` while it does
/// not say who it is, 409 `person_in_use` when the same person has verified another account.
#[utoipa::path(operation_id = "finish_my_identity_verification", tag = "Me", request_body = IdentityVerificationFinish,
    responses((status = 200, body = Identity), WriteProblems), security(("access_token" = [])))]
#[post("/me/identity-verification")]
pub async fn finish_identity(call: Call, Body(input): Body<IdentityVerificationFinish>) -> Answered<Identity> {
    call.for_real()?;
    Ok(Reply::ok(identity::finish(&call.app, &call.caller, input).await?))
}

/// List the own sessions
///
/// One for each device, last used first.
#[utoipa::path(operation_id = "list_my_sessions", tag = "Me", responses((status = 200, body = Sessions), ReadProblems),
    security(("access_token" = [])))]
#[get("/me/sessions")]
pub async fn list_sessions(call: Call) -> Answered<Sessions> {
    Ok(Reply::ok(call.read(sessions::list).await?))
}

/// End one of the own sessions
///
/// Its refresh token stops working at once, its access token when it expires, after 15 minutes at most.
#[utoipa::path(operation_id = "revoke_my_session", tag = "Me", params(IdPath, Idempotency, DryRun),
    responses((status = 200, body = SessionsEnded), WriteProblems), security(("access_token" = [])))]
#[delete("/me/sessions/{id}")]
pub async fn revoke_session(call: Call, PathId(id): PathId<SessionId>) -> Answered<SessionsEnded> {
    Ok(Reply::written(call.write("revoke_my_session", id, sessions::revoke).await?))
}

/// List the own addresses
#[utoipa::path(operation_id = "list_my_addresses", tag = "Me", responses((status = 200, body = CustomerAddresses), ReadProblems),
    security(("access_token" = [])))]
#[get("/me/addresses")]
pub async fn list_addresses(call: Call) -> Answered<CustomerAddresses> {
    Ok(Reply::ok(call.read(customers::list_addresses).await?))
}

/// Add an address
///
/// One that is made a default takes the place of the one that was.
#[utoipa::path(operation_id = "create_my_address", tag = "Me", params(Idempotency, DryRun), request_body = AddressCreate,
    responses((status = 201, body = CustomerAddress), WriteProblems), security(("access_token" = [])))]
#[post("/me/addresses")]
pub async fn create_address(call: Call, Body(input): Body<AddressCreate>) -> Answered<CustomerAddress> {
    Ok(Reply::created(call.write("create_my_address", input, customers::create_address).await?))
}

/// Read an address
#[utoipa::path(operation_id = "get_my_address", tag = "Me", params(IdPath), responses((status = 200, body = CustomerAddress), ReadProblems),
    security(("access_token" = [])))]
#[get("/me/addresses/{id}")]
pub async fn get_address(call: Call, PathId(id): PathId<CustomerAddressId>) -> Answered<CustomerAddress> {
    Ok(Reply::ok(call.read(move |tx, by| customers::get_address(tx, by, id)).await?))
}

/// Change an address
///
/// JSON Merge Patch; `address` is replaced whole.
#[utoipa::path(operation_id = "update_my_address", tag = "Me", params(IdPath, Idempotency, DryRun), request_body = AddressUpdate,
    responses((status = 200, body = CustomerAddress), WriteProblems), security(("access_token" = [])))]
#[patch("/me/addresses/{id}")]
pub async fn update_address(
    call: Call,
    PathId(id): PathId<CustomerAddressId>,
    Body(input): Body<AddressUpdate>,
) -> Answered<CustomerAddress> {
    let written = call.write("update_my_address", (id, input), |tx, by, (id, input)| customers::update_address(tx, by, id, input)).await?;
    Ok(Reply::written(written))
}

/// Delete an address
#[utoipa::path(operation_id = "delete_my_address", tag = "Me", params(IdPath, Idempotency, DryRun),
    responses((status = 200, body = CustomerDeleted), WriteProblems), security(("access_token" = [])))]
#[delete("/me/addresses/{id}")]
pub async fn delete_address(call: Call, PathId(id): PathId<CustomerAddressId>) -> Answered<CustomerDeleted> {
    Ok(Reply::written(call.write("delete_my_address", id, customers::delete_address).await?))
}

/// Give or take back consents
///
/// To marketing, by the way it reaches the customer; each change is recorded with its time and source.
#[utoipa::path(operation_id = "set_my_consents", tag = "Me", params(Idempotency, DryRun), request_body = ConsentsUpdate,
    responses((status = 200, body = Customer), WriteProblems), security(("access_token" = [])))]
#[patch("/me/consents")]
pub async fn set_consents(call: Call, Body(input): Body<ConsentsUpdate>) -> Answered<Customer> {
    Ok(Reply::written(call.write("set_my_consents", input, customers::set_consents).await?).version(|c| c.version))
}

/// List the own orders
///
/// Newest first: those that were placed logged in, and a guest's that were claimed by proving the address.
#[utoipa::path(operation_id = "list_my_orders", tag = "Me", params(Paging), responses((status = 200, body = Page<Order>), ReadProblems),
    security(("access_token" = [])))]
#[get("/me/orders")]
pub async fn list_orders(call: Call, query: ListQuery<NoFilter>) -> Answered<Page<Order>> {
    let listing = call.read(move |tx, by| orders::list_own(tx, by, &query.page)).await?;
    Ok(Reply::ok(listing.into()))
}

/// Read the own cart
///
/// The one of this channel that was written last; 404 when there is none.
#[utoipa::path(operation_id = "get_my_cart", tag = "Me", params(Show), responses((status = 200, body = Cart), ReadProblems),
    security(("access_token" = [])))]
#[get("/me/cart")]
pub async fn get_cart(call: Call, Query(show): Query<Show>) -> Answered<Cart> {
    let cart = call.read(cart::own).await?;
    Ok(Reply::ok(show.of(cart)).guard(|c| c.version).in_locale_of(&call))
}

/// Export the own data
///
/// What the shop keeps of the customer, as one JSON document.
#[utoipa::path(operation_id = "export_my_data", tag = "Me", responses((status = 200, body = CustomerExport), ReadProblems),
    security(("access_token" = [])))]
#[get("/me/export")]
pub async fn export(call: Call) -> Answered<CustomerExport> {
    let caller = call.caller.clone();
    Ok(Reply::ok(call.app.snapshot(move |tx| customers::export(tx, &caller)).await?))
}

/// Delete the own account
///
/// Personal data is erased at once and cannot be brought back. Orders and payments stay for as long as the law asks.
#[utoipa::path(operation_id = "delete_me", tag = "Me", request_body = PasswordConfirm,
    responses((status = 200, body = CustomerErased), CredentialProblems), security(("access_token" = [])))]
#[post("/me/deletion")]
pub async fn delete(call: Call, Body(input): Body<PasswordConfirm>) -> Answered<CustomerErased> {
    call.for_real()?;
    let erased = customers::delete_me(&call.app, &call.caller, input).await?;
    call.browser.forget();
    Ok(Reply::ok(erased))
}
