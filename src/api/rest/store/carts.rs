//! Carts, for the guest who holds one and the customer whose it is.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, delete, get, patch, post, put, web};
use serde::{Deserialize, Serialize};

use crate::api::call::Call;
use crate::api::extract::{Body, PathId, Query, path_id};
use crate::api::openapi::{DryRun, IdPath, Idempotency, IfMatch, ReadProblems, WriteProblems};
use crate::api::reply::{Answered, Reply};
use crate::commerce::auth::Caller;
use crate::commerce::cart::{
    self, Cart, CartAddresses, CartClaim, CartClaimInput, CartCodesAdd, CartCreate, CartDeleted, CartEmail, CartLineUpdate, CartLinesAdd,
    CartLinesUpdate, CartShippingMethod, CartTerms, CartUpdate, PaymentMethods, ShippingOptions,
};
use crate::commerce::idempotency::Written;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::types::{CartId, CartLineId, Country};

/// Create a cart
///
/// With as much as the client knows already: lines, e-mail, addresses, shipping option and codes may all come at
/// once; everything that is wrong is told at once. The answer holds the cart's `token`, this once: send it as
/// `Maru-Cart-Token` with everything about this cart.
#[utoipa::path(operation_id = "create_cart", tag = "Carts", params(Show, Idempotency, DryRun), request_body = CartCreate,
    responses((status = 201, body = Cart), WriteProblems), security((), ("publishable_key" = []), ("access_token" = [])))]
#[post("/carts")]
pub async fn create(call: Call, Query(show): Query<Show>, Body(input): Body<CartCreate>) -> Answered<Cart> {
    let (secret, terms) = (call.app.secret().clone(), terms(&call));
    let written = call.write("create_cart", input, move |tx, by, input| cart::create(tx, by, &secret, terms, input)).await?;
    Ok(Reply::created(show.of_written(written)).guard(|c| c.version).in_locale_of(&call))
}

/// Read a cart
///
/// Prices, stock and discounts are told anew: `warnings` say what changed under the customer. A cart that became
/// an order tells its `order_id`; an expired one is 404: begin a new one.
#[utoipa::path(operation_id = "get_cart", tag = "Carts", params(IdPath, Show), responses((status = 200, body = Cart), ReadProblems),
    security(("cart_token" = []), ("access_token" = [])))]
#[get("/carts/{id}")]
pub async fn get(call: Call, PathId(id): PathId<CartId>, Query(show): Query<Show>) -> Answered<Cart> {
    let cart = call.read(move |tx, by| cart::get(tx, by, id)).await?;
    Ok(Reply::ok(show.of(cart)).guard(|c| c.version).in_locale_of(&call))
}

/// Change a cart
///
/// JSON Merge Patch: what is absent stays, null clears; an address is replaced whole.
#[utoipa::path(operation_id = "update_cart", tag = "Carts", params(IdPath, Show, Idempotency, IfMatch, DryRun), request_body = CartUpdate,
    responses((status = 200, body = Cart), WriteProblems), security(("cart_token" = []), ("access_token" = [])))]
#[patch("/carts/{id}")]
pub async fn update(call: Call, PathId(id): PathId<CartId>, Query(show): Query<Show>, Body(input): Body<CartUpdate>) -> Answered<Cart> {
    write(&call, show, "update_cart", (id, input), |tx, by, terms, (id, input)| cart::update(tx, by, terms, id, input)).await
}

/// Delete a cart
///
/// With everything in it. One that became an order stays: 409 `cart_closed`.
#[utoipa::path(operation_id = "delete_cart", tag = "Carts", params(IdPath, Idempotency, IfMatch, DryRun),
    responses((status = 200, body = CartDeleted), WriteProblems), security(("cart_token" = []), ("access_token" = [])))]
#[delete("/carts/{id}")]
pub async fn delete(call: Call, PathId(id): PathId<CartId>) -> Answered<CartDeleted> {
    let terms = terms(&call);
    Ok(Reply::written(call.write("delete_cart", id, move |tx, by, id| cart::delete(tx, by, terms, id)).await?))
}

/// Add to a cart
///
/// One `variant_id`, or several as `lines`. What the cart holds already adds up: adding needs no version, and any
/// number of adds at once sum up.
#[utoipa::path(operation_id = "add_cart_lines", tag = "Carts", params(IdPath, Show, Idempotency, IfMatch, DryRun), request_body = CartLinesAdd,
    responses((status = 200, body = Cart), WriteProblems), security(("cart_token" = []), ("access_token" = [])))]
#[post("/carts/{id}/lines")]
pub async fn add_lines(
    call: Call,
    PathId(id): PathId<CartId>,
    Query(show): Query<Show>,
    Body(input): Body<CartLinesAdd>,
) -> Answered<Cart> {
    write(&call, show, "add_cart_lines", (id, input), |tx, by, terms, (id, input)| cart::add_lines(tx, by, terms, id, input)).await
}

/// Change several lines
///
/// A quantity of 0 removes the line.
#[utoipa::path(operation_id = "update_cart_lines", tag = "Carts", params(IdPath, Show, Idempotency, IfMatch, DryRun),
    request_body = CartLinesUpdate, responses((status = 200, body = Cart), WriteProblems), security(("cart_token" = []), ("access_token" = [])))]
#[patch("/carts/{id}/lines")]
pub async fn update_lines(
    call: Call,
    PathId(id): PathId<CartId>,
    Query(show): Query<Show>,
    Body(input): Body<CartLinesUpdate>,
) -> Answered<Cart> {
    write(&call, show, "update_cart_lines", (id, input), |tx, by, terms, (id, input)| cart::update_lines(tx, by, terms, id, input)).await
}

/// Change a line
///
/// A quantity of 0 removes it.
#[utoipa::path(operation_id = "update_cart_line", tag = "Carts", params(LinePath, Show, Idempotency, IfMatch, DryRun),
    request_body = CartLineUpdate, responses((status = 200, body = Cart), WriteProblems), security(("cart_token" = []), ("access_token" = [])))]
#[patch("/carts/{id}/lines/{line}")]
pub async fn update_line(call: Call, path: LinePath, Query(show): Query<Show>, Body(input): Body<CartLineUpdate>) -> Answered<Cart> {
    write(&call, show, "update_cart_line", (path.id, path.line, input), |tx, by, terms, (id, line, input)| {
        cart::update_line(tx, by, terms, id, line, input)
    })
    .await
}

/// Remove a line
#[utoipa::path(operation_id = "remove_cart_line", tag = "Carts", params(LinePath, Show, Idempotency, IfMatch, DryRun),
    responses((status = 200, body = Cart), WriteProblems), security(("cart_token" = []), ("access_token" = [])))]
#[delete("/carts/{id}/lines/{line}")]
pub async fn remove_line(call: Call, path: LinePath, Query(show): Query<Show>) -> Answered<Cart> {
    write(&call, show, "remove_cart_line", (path.id, path.line), |tx, by, terms, (id, line)| cart::remove_line(tx, by, terms, id, line))
        .await
}

/// Set the addresses
///
/// Both at once: what is absent or null is cleared.
#[utoipa::path(operation_id = "set_cart_addresses", tag = "Carts", params(IdPath, Show, Idempotency, IfMatch, DryRun),
    request_body = CartAddresses, responses((status = 200, body = Cart), WriteProblems), security(("cart_token" = []), ("access_token" = [])))]
#[put("/carts/{id}/addresses")]
pub async fn set_addresses(
    call: Call,
    PathId(id): PathId<CartId>,
    Query(show): Query<Show>,
    Body(input): Body<CartAddresses>,
) -> Answered<Cart> {
    write(&call, show, "set_cart_addresses", (id, input), |tx, by, terms, (id, input)| cart::set_addresses(tx, by, terms, id, input)).await
}

/// Set the e-mail address
#[utoipa::path(operation_id = "set_cart_email", tag = "Carts", params(IdPath, Show, Idempotency, IfMatch, DryRun), request_body = CartEmail,
    responses((status = 200, body = Cart), WriteProblems), security(("cart_token" = []), ("access_token" = [])))]
#[put("/carts/{id}/email")]
pub async fn set_email(call: Call, PathId(id): PathId<CartId>, Query(show): Query<Show>, Body(input): Body<CartEmail>) -> Answered<Cart> {
    write(&call, show, "set_cart_email", (id, input), |tx, by, terms, (id, input)| cart::set_email(tx, by, terms, id, input)).await
}

/// Choose how it is sent
///
/// One of the cart's shipping options; it needs a shipping address.
#[utoipa::path(operation_id = "set_cart_shipping_method", tag = "Carts", params(IdPath, Show, Idempotency, IfMatch, DryRun),
    request_body = CartShippingMethod, responses((status = 200, body = Cart), WriteProblems), security(("cart_token" = []), ("access_token" = [])))]
#[put("/carts/{id}/shipping-method")]
pub async fn set_shipping_method(
    call: Call,
    PathId(id): PathId<CartId>,
    Query(show): Query<Show>,
    Body(input): Body<CartShippingMethod>,
) -> Answered<Cart> {
    write(&call, show, "set_cart_shipping_method", (id, input), |tx, by, terms, (id, input)| {
        cart::set_shipping_method(tx, by, terms, id, input)
    })
    .await
}

/// Add a coupon code
///
/// One `code`, or several as `codes`. One that does not apply to the cart as it is, is refused with
/// `code_not_applicable` and the reason.
#[utoipa::path(operation_id = "add_cart_codes", tag = "Carts", params(IdPath, Show, Idempotency, IfMatch, DryRun),
    request_body = CartCodesAdd, responses((status = 200, body = Cart), WriteProblems), security(("cart_token" = []), ("access_token" = [])))]
#[post("/carts/{id}/codes")]
pub async fn add_codes(
    call: Call,
    PathId(id): PathId<CartId>,
    Query(show): Query<Show>,
    Body(input): Body<CartCodesAdd>,
) -> Answered<Cart> {
    write(&call, show, "add_cart_codes", (id, input), |tx, by, terms, (id, input)| cart::add_codes(tx, by, terms, id, input)).await
}

/// Remove a coupon code
#[utoipa::path(operation_id = "remove_cart_code", tag = "Carts", params(CodePath, Show, Idempotency, IfMatch, DryRun),
    responses((status = 200, body = Cart), WriteProblems), security(("cart_token" = []), ("access_token" = [])))]
#[delete("/carts/{id}/codes/{code}")]
pub async fn remove_code(call: Call, path: CodePath, Query(show): Query<Show>) -> Answered<Cart> {
    write(&call, show, "remove_cart_code", (path.id, path.code), |tx, by, terms, (id, code)| {
        cart::remove_codes(tx, by, terms, id, vec![code])
    })
    .await
}

/// Claim a guest's cart
///
/// Makes the cart, whose token is sent as `Maru-Cart-Token`, the customer's. If the account has a cart in this channel
/// already, both are put together by `strategy`, atomically: the account's cart stays, the guest's is gone, and the answer
/// tells what became of each variant. A claimed cart is opened by its customer's access token and no longer by its own.
#[utoipa::path(operation_id = "claim_cart", tag = "Carts", params(IdPath, Idempotency, IfMatch, DryRun), request_body = CartClaimInput,
    responses((status = 200, body = CartClaim), WriteProblems), security(("access_token" = [])))]
#[post("/carts/{id}/claim")]
pub async fn claim(call: Call, PathId(id): PathId<CartId>, Body(input): Body<CartClaimInput>) -> Answered<CartClaim> {
    let terms = terms(&call);
    let written = call.write("claim_cart", (id, input), move |tx, by, (id, input)| cart::claim(tx, by, terms, id, input.strategy)).await?;
    Ok(Reply::written(written).in_locale_of(&call))
}

/// Ways to send a cart
///
/// To its shipping address, or to the `country` asked for; 422 `cart_incomplete` when neither is known. Empty when
/// nothing in the cart is sent.
#[utoipa::path(operation_id = "list_cart_shipping_options", tag = "Carts", params(IdPath, InCountry),
    responses((status = 200, body = ShippingOptions), (status = 422, description = "No country is known, or it is not one of the channel's.",
    body = crate::api::errors::Problem, content_type = "application/problem+json"), ReadProblems), security(("cart_token" = []), ("access_token" = [])))]
#[get("/carts/{id}/shipping-options")]
pub async fn shipping_options(call: Call, PathId(id): PathId<CartId>, Query(to): Query<InCountry>) -> Answered<ShippingOptions> {
    let options = call.read(move |tx, by| cart::shipping_options(tx, by, id, to.country)).await?;
    Ok(Reply::ok(options).in_locale_of(&call))
}

/// Ways to pay a cart
///
/// The payment providers its channel offers, with their methods.
#[utoipa::path(operation_id = "list_cart_payment_methods", tag = "Carts", params(IdPath),
    responses((status = 200, body = PaymentMethods), ReadProblems), security(("cart_token" = []), ("access_token" = [])))]
#[get("/carts/{id}/payment-methods")]
pub async fn payment_methods(call: Call, PathId(id): PathId<CartId>) -> Answered<PaymentMethods> {
    let providers = call.app.payments().clone();
    Ok(Reply::ok(call.read(move |tx, by| cart::payment_methods(tx, by, &providers, id)).await?))
}

/// Runs a write of a cart and shapes its answer.
async fn write<I: Serialize + Clone + Send + 'static>(
    call: &Call,
    show: Show,
    operation: &'static str,
    input: I,
    rule: impl Fn(&mut Tx, &Caller, CartTerms, I) -> Result<Cart> + Send + 'static,
) -> Answered<Cart> {
    let terms = terms(call);
    let written = call.write(operation, input, move |tx, by, input| rule(tx, by, terms, input)).await?;
    Ok(Reply::written(show.of_written(written)).guard(|c| c.version).in_locale_of(call))
}

fn terms(call: &Call) -> CartTerms {
    CartTerms::of(call.app.config(), call.expected_version)
}

/// What else to show.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Show {
    /// `explain` tells every rule, rate and rounding that made the totals.
    #[param(inline, value_type = Option<String>, example = "explain")]
    include: Option<Include>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Include {
    Explain,
}

impl Show {
    /// Whether totals are explained.
    pub fn explains(self) -> bool {
        self.include.is_some()
    }

    /// The cart as it is to be shown.
    pub fn of(self, mut cart: Cart) -> Cart {
        if self.include.is_none() {
            cart.totals.explain = None;
        }
        cart
    }

    fn of_written(self, written: Written<Cart>) -> Written<Cart> {
        Written { value: self.of(written.value), replayed: written.replayed }
    }
}

/// Where a parcel would go.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct InCountry {
    /// One of the channel's countries; the cart's shipping address says it if absent.
    country: Option<Country>,
}

/// A cart and one of its lines.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
pub struct LinePath {
    /// The cart's id.
    #[param(value_type = String)]
    id: CartId,
    /// The line's id.
    #[param(value_type = String)]
    line: CartLineId,
}

impl FromRequest for LinePath {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let info = request.match_info();
        ready(path_id(info.query("id"), "cart").and_then(|id| Ok(Self { id, line: path_id(info.query("line"), "line")? })))
    }
}

/// A cart and one of its codes.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
pub struct CodePath {
    /// The cart's id.
    #[param(value_type = String)]
    id: CartId,
    /// The code, in upper or lower case.
    code: String,
}

impl FromRequest for CodePath {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let decoded = web::Path::<(String, String)>::from_request(request, payload).into_inner();
        ready(decoded.map_err(|_| Error::not_found("code")).and_then(|path| {
            let (id, code) = path.into_inner();
            Ok(Self { id: path_id(&id, "cart")?, code })
        }))
    }
}
