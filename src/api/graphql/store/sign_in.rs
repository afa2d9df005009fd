//! Signing in with others, and the accounts elsewhere that open one's own.

use async_graphql::{Context, Object};

use super::customers::{CustomerLoginPayload, fresh, real};
use crate::api::call::Call;
use crate::api::graphql::payload::payload;
use crate::commerce::customers::{
    self, CustomerIdentity, IdTokenSignIn, IdentityLink, IdentityLinkIdToken, IdentityLinkStart, IdentityUnlinked, SignInFinish,
    SignInProviderInfo, SignInStart, SignInStarted,
};
use crate::types::IdentityId;

payload! {
    /// Where to send the customer.
    SignInStartPayload of started: SignInStarted
}
payload! {
    /// The account elsewhere that was linked.
    CustomerIdentityPayload of identity: CustomerIdentity
}
payload! {
    /// The account elsewhere that was unlinked.
    CustomerIdentityUnlinkPayload of unlinked: IdentityUnlinked
}

/// Queries of signing in with others.
#[derive(Default)]
pub struct SignInQuery;

#[Object]
impl SignInQuery {
    /// The providers to sign in with that this channel offers.
    async fn sign_in_providers(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<SignInProviderInfo>> {
        let call = ctx.data::<Call>()?;
        Ok(customers::list_sign_in_providers(&call.app, &call.caller).data)
    }
}

/// Mutations of signing in with others.
#[derive(Default)]
pub struct SignInMutation;

#[Object]
impl SignInMutation {
    /// Starts signing in with a provider: answers the address to send the customer to.
    async fn customer_sign_in_start(
        &self,
        ctx: &Context<'_>,
        provider: String,
        input: SignInStart,
    ) -> async_graphql::Result<SignInStartPayload> {
        let call = real(ctx)?;
        SignInStartPayload::of(fresh(customers::start_sign_in(&call.app, &call.caller, &provider, input).await))
    }

    /// Finishes signing in with what the customer came back with; with `cart` a guest's cart is claimed.
    async fn customer_sign_in_finish(
        &self,
        ctx: &Context<'_>,
        provider: String,
        input: SignInFinish,
    ) -> async_graphql::Result<CustomerLoginPayload> {
        let call = real(ctx)?;
        let logged_in = customers::finish_sign_in(&call.app, &call.caller, &provider, input).await;
        CustomerLoginPayload::of(fresh(call.browser.hand_over(logged_in)))
    }

    /// Signs in with an ID token that an app got from the provider; it is taken once.
    async fn customer_sign_in_with_id_token(&self, ctx: &Context<'_>, input: IdTokenSignIn) -> async_graphql::Result<CustomerLoginPayload> {
        let call = real(ctx)?;
        let logged_in = customers::sign_in_with_id_token(&call.app, &call.caller, input).await;
        CustomerLoginPayload::of(fresh(call.browser.hand_over(logged_in)))
    }

    /// Starts linking an account elsewhere to the own one.
    async fn customer_identity_link_start(&self, ctx: &Context<'_>, input: IdentityLinkStart) -> async_graphql::Result<SignInStartPayload> {
        let call = real(ctx)?;
        SignInStartPayload::of(fresh(customers::start_link(&call.app, &call.caller, input).await))
    }

    /// Links an account elsewhere with what the customer came back with.
    async fn customer_identity_link(&self, ctx: &Context<'_>, input: IdentityLink) -> async_graphql::Result<CustomerIdentityPayload> {
        let call = real(ctx)?;
        CustomerIdentityPayload::of(fresh(customers::link_identity(&call.app, &call.caller, input).await))
    }

    /// Links an account elsewhere with an ID token that an app got.
    async fn customer_identity_link_with_id_token(
        &self,
        ctx: &Context<'_>,
        input: IdentityLinkIdToken,
    ) -> async_graphql::Result<CustomerIdentityPayload> {
        let call = real(ctx)?;
        CustomerIdentityPayload::of(fresh(customers::link_id_token(&call.app, &call.caller, input).await))
    }

    /// Unlinks an account elsewhere, after a log-in of the last ten minutes; the last way to log in stays. A mail tells.
    async fn customer_identity_unlink(&self, ctx: &Context<'_>, id: IdentityId) -> async_graphql::Result<CustomerIdentityUnlinkPayload> {
        CustomerIdentityUnlinkPayload::of(Call::of_field(ctx)?.write("unlink_my_identity", id, customers::unlink_identity).await)
    }
}
