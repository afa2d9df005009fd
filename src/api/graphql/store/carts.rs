//! Carts, for the guest who holds one: by `Maru-Cart-Token`, or by the `token` argument where one document
//! touches several carts.

use async_graphql::{Context, Object};
use serde::Serialize;

use crate::api::call::Call;
use crate::api::graphql::errors::found;
use crate::api::graphql::payload::payload;
use crate::commerce::address::Address;
use crate::commerce::auth::Caller;
use crate::commerce::cart::{
    self, Cart, CartAddresses, CartCodesAdd, CartCreate, CartDeleted, CartEmail, CartLineAdd, CartLineChange, CartLinesAdd,
    CartLinesUpdate, CartShippingMethod, CartTerms, CartUpdate, PaymentMethod,
};
use crate::commerce::shipping::ShippingQuote;
use crate::db::Tx;
use crate::error::Result;
use crate::types::{CartId, CartLineId, Country, ShippingOptionId};

payload! {
    /// The cart as it is after the change.
    CartPayload of cart: Cart
}
payload! {
    /// The cart that was deleted.
    CartDeletePayload of deleted: CartDeleted
}

/// Queries of carts.
#[derive(Default)]
pub struct CartQuery;

#[Object]
impl CartQuery {
    /// A cart, priced now: `warnings` say what changed under the customer. Null without its token, and when it expired.
    async fn cart(&self, ctx: &Context<'_>, id: CartId, token: Option<String>) -> async_graphql::Result<Option<Cart>> {
        let call = ctx.data::<Call>()?.clone().holding_cart(token);
        found(call.read(move |tx, by| cart::get(tx, by, id)).await)
    }

    /// The ways to send a cart, to its shipping address or to a country asked for. Empty when nothing in it is sent.
    async fn cart_shipping_options(
        &self,
        ctx: &Context<'_>,
        id: CartId,
        token: Option<String>,
        country: Option<Country>,
    ) -> async_graphql::Result<Option<Vec<ShippingQuote>>> {
        let call = ctx.data::<Call>()?.clone().holding_cart(token);
        found(call.read(move |tx, by| cart::shipping_options(tx, by, id, country)).await.map(|options| options.data))
    }

    /// The ways to pay a cart: the payment providers of its channel, with their methods.
    async fn cart_payment_methods(
        &self,
        ctx: &Context<'_>,
        id: CartId,
        token: Option<String>,
    ) -> async_graphql::Result<Option<Vec<PaymentMethod>>> {
        let call = ctx.data::<Call>()?.clone().holding_cart(token);
        let providers = call.app.payments().clone();
        found(call.read(move |tx, by| cart::payment_methods(tx, by, &providers, id)).await.map(|methods| methods.data))
    }
}

/// Mutations of carts.
#[derive(Default)]
pub struct CartMutation;

/// A cart to be written: which, its secret, and the version the client insists on.
struct Target {
    id: CartId,
    token: Option<String>,
    expected_version: Option<i32>,
}

impl Target {
    async fn write<I: Serialize + Clone + Send + 'static>(
        self,
        ctx: &Context<'_>,
        operation: &'static str,
        input: I,
        rule: impl Fn(&mut Tx, &Caller, CartTerms, CartId, I) -> Result<Cart> + Send + 'static,
    ) -> async_graphql::Result<CartPayload> {
        let call = Call::of_field(ctx)?.holding_cart(self.token);
        let terms = CartTerms::of(call.app.config(), self.expected_version);
        let rule = move |tx: &mut Tx, by: &Caller, (id, input): (CartId, I)| rule(tx, by, terms, id, input);
        CartPayload::of(call.write(operation, (self.id, input), rule).await)
    }
}

#[Object]
impl CartMutation {
    /// Creates a cart with as much as the client knows already. The answer holds its token, this once.
    async fn cart_create(&self, ctx: &Context<'_>, input: Option<CartCreate>) -> async_graphql::Result<CartPayload> {
        let call = Call::of_field(ctx)?;
        let (secret, terms) = (call.app.secret().clone(), CartTerms::of(call.app.config(), None));
        CartPayload::of(
            call.write("create_cart", input.unwrap_or_default(), move |tx, by, input| cart::create(tx, by, &secret, terms, input)).await,
        )
    }

    /// Changes a cart: what is absent stays, null clears.
    async fn cart_update(
        &self,
        ctx: &Context<'_>,
        id: CartId,
        token: Option<String>,
        expected_version: Option<i32>,
        input: CartUpdate,
    ) -> async_graphql::Result<CartPayload> {
        Target { id, token, expected_version }.write(ctx, "update_cart", input, cart::update).await
    }

    /// Deletes a cart with everything in it. One that became an order stays.
    async fn cart_delete(
        &self,
        ctx: &Context<'_>,
        id: CartId,
        token: Option<String>,
        expected_version: Option<i32>,
    ) -> async_graphql::Result<CartDeletePayload> {
        let call = Call::of_field(ctx)?.holding_cart(token);
        let terms = CartTerms::of(call.app.config(), expected_version);
        CartDeletePayload::of(call.write("delete_cart", id, move |tx, by, id| cart::delete(tx, by, terms, id)).await)
    }

    /// Adds to a cart: what it holds already adds up, so it needs no version.
    async fn cart_lines_add(
        &self,
        ctx: &Context<'_>,
        id: CartId,
        token: Option<String>,
        expected_version: Option<i32>,
        lines: Vec<CartLineAdd>,
    ) -> async_graphql::Result<CartPayload> {
        let input = CartLinesAdd { lines: Some(lines), ..CartLinesAdd::default() };
        Target { id, token, expected_version }.write(ctx, "add_cart_lines", input, cart::add_lines).await
    }

    /// Changes lines of a cart; a quantity of 0 removes one.
    async fn cart_lines_update(
        &self,
        ctx: &Context<'_>,
        id: CartId,
        token: Option<String>,
        expected_version: Option<i32>,
        lines: Vec<CartLineChange>,
    ) -> async_graphql::Result<CartPayload> {
        Target { id, token, expected_version }.write(ctx, "update_cart_lines", CartLinesUpdate { lines }, cart::update_lines).await
    }

    /// Takes lines out of a cart.
    async fn cart_lines_remove(
        &self,
        ctx: &Context<'_>,
        id: CartId,
        token: Option<String>,
        expected_version: Option<i32>,
        line_ids: Vec<CartLineId>,
    ) -> async_graphql::Result<CartPayload> {
        Target { id, token, expected_version }.write(ctx, "remove_cart_lines", line_ids, cart::remove_lines).await
    }

    /// Sets both addresses of a cart: what is absent or null is cleared.
    async fn cart_addresses_set(
        &self,
        ctx: &Context<'_>,
        id: CartId,
        token: Option<String>,
        expected_version: Option<i32>,
        shipping_address: Option<Address>,
        billing_address: Option<Address>,
    ) -> async_graphql::Result<CartPayload> {
        let input = CartAddresses { shipping_address, billing_address };
        Target { id, token, expected_version }.write(ctx, "set_cart_addresses", input, cart::set_addresses).await
    }

    /// Sets who buys.
    async fn cart_email_set(
        &self,
        ctx: &Context<'_>,
        id: CartId,
        token: Option<String>,
        expected_version: Option<i32>,
        email: String,
    ) -> async_graphql::Result<CartPayload> {
        Target { id, token, expected_version }.write(ctx, "set_cart_email", CartEmail { email }, cart::set_email).await
    }

    /// Chooses how a cart is sent: one of its shipping options; null for none.
    async fn cart_shipping_method_set(
        &self,
        ctx: &Context<'_>,
        id: CartId,
        token: Option<String>,
        expected_version: Option<i32>,
        shipping_option_id: Option<ShippingOptionId>,
    ) -> async_graphql::Result<CartPayload> {
        let input = CartShippingMethod { shipping_option_id };
        Target { id, token, expected_version }.write(ctx, "set_cart_shipping_method", input, cart::set_shipping_method).await
    }

    /// Adds coupon codes; one that does not apply to the cart as it is, is refused with the reason.
    async fn cart_codes_add(
        &self,
        ctx: &Context<'_>,
        id: CartId,
        token: Option<String>,
        expected_version: Option<i32>,
        codes: Vec<String>,
    ) -> async_graphql::Result<CartPayload> {
        let input = CartCodesAdd { codes: Some(codes), code: None };
        Target { id, token, expected_version }.write(ctx, "add_cart_codes", input, cart::add_codes).await
    }

    /// Takes coupon codes out of a cart.
    async fn cart_codes_remove(
        &self,
        ctx: &Context<'_>,
        id: CartId,
        token: Option<String>,
        expected_version: Option<i32>,
        codes: Vec<String>,
    ) -> async_graphql::Result<CartPayload> {
        Target { id, token, expected_version }.write(ctx, "remove_cart_codes", codes, cart::remove_codes).await
    }
}
