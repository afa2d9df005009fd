//! Customers: registering, logging in, and `me`. None of the answers before the log-in tells whom the shop knows.

use async_graphql::connection::Connection;
use async_graphql::{ComplexObject, Context, Object, SimpleObject};

use crate::api::call::Call;
use crate::api::graphql::connection::{connection, cost, page};
use crate::api::graphql::errors::{found, given};
use crate::api::graphql::payload::payload;
use crate::commerce::auth::Caller;
use crate::commerce::auth::passkeys::Passkey;
use crate::commerce::auth::sessions::{self, Session, SessionsEnded};
use crate::commerce::cart::{self, Cart, CartClaim, CartTerms, ClaimStrategy};
use crate::commerce::customers::{
    self, Accepted, AddressCreate, AddressUpdate, AuthTokens, ConsentsUpdate, Customer, CustomerAddress, CustomerDeleted, CustomerErased,
    CustomerIdentity, CustomerLogin, CustomerRegister, CustomerUpdate, CustomerVerify, EmailChange, EmailConfirm, EmailConfirmed,
    EmailOnly, LoggedIn, Logout, PasswordChange, PasswordConfirm, PasswordIsSet, PasswordReset, PhoneChallenge, PhoneChangeFinish,
    PhoneChangeStart, PhoneFinish, PhoneStart,
};
use crate::commerce::idempotency::Written;
use crate::commerce::identity::{self, Identity, IdentityVerificationFinish, IdentityVerificationStart, IdentityVerificationStarted};
use crate::commerce::orders::{self, Order};
use crate::db::Tx;
use crate::error::Result;
use crate::types::{CartId, CustomerAddressId, IdentityVerificationId, Secret, SessionId};

payload! {
    /// That the request was taken.
    AcceptedPayload of accepted: Accepted
}
payload! {
    /// The customer who is logged in now, with what to call with.
    CustomerLoginPayload of login: LoggedIn
}
payload! {
    /// The next tokens of the session.
    CustomerRefreshPayload of tokens: AuthTokens
}
payload! {
    /// How many sessions were ended.
    SessionsEndedPayload of sessions: SessionsEnded
}
payload! {
    /// The password that was set.
    PasswordPayload of password: PasswordIsSet
}
payload! {
    /// The half of a change of address that was confirmed.
    EmailConfirmPayload of email: EmailConfirmed
}
payload! {
    /// The customer after the change.
    CustomerPayload of customer: Customer
}
payload! {
    /// The address after the change.
    CustomerAddressPayload of address: CustomerAddress
}
payload! {
    /// The address that was deleted.
    CustomerAddressDeletePayload of deleted: CustomerDeleted
}
payload! {
    /// The account that was erased.
    CustomerErasePayload of erased: CustomerErased
}
payload! {
    /// That a code was sent.
    PhoneStartPayload of challenge: PhoneChallenge
}
payload! {
    /// The verification that was begun.
    IdentityVerificationStartPayload of verification: IdentityVerificationStarted
}
payload! {
    /// What is known of who the customer is.
    IdentityPayload of identity: Identity
}
payload! {
    /// The cart that was claimed.
    CartClaimPayload of claim: CartClaim
}

/// The customer who is logged in.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Me {
    #[graphql(flatten)]
    customer: Customer,
}

#[ComplexObject]
impl Me {
    /// The address book.
    async fn addresses(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<CustomerAddress>> {
        given(ctx.data::<Call>()?.read(customers::list_addresses).await.map(|list| list.data))
    }

    /// What is known of who they are.
    async fn identity(&self, ctx: &Context<'_>) -> async_graphql::Result<Identity> {
        given(ctx.data::<Call>()?.read(identity::current).await)
    }

    /// The sessions, one for each device, last used first.
    async fn sessions(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Session>> {
        given(ctx.data::<Call>()?.read(sessions::list).await.map(|list| list.data))
    }

    /// The passkeys, oldest first.
    async fn passkeys(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Passkey>> {
        given(ctx.data::<Call>()?.read(customers::list_passkeys).await.map(|list| list.data))
    }

    /// The accounts elsewhere that the customer can sign in with.
    async fn identities(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<CustomerIdentity>> {
        given(ctx.data::<Call>()?.read(customers::list_identities).await.map(|list| list.data))
    }

    /// The cart of this channel that was written last; null when there is none.
    async fn cart(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<Cart>> {
        found(ctx.data::<Call>()?.read(cart::own).await)
    }

    /// Orders, newest first.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn orders(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> async_graphql::Result<Connection<String, Order>> {
        let page = page(first, after, last, before)?;
        given(ctx.data::<Call>()?.read(move |tx, by| orders::list_own(tx, by, &page)).await).map(connection)
    }
}

/// Queries of customers.
#[derive(Default)]
pub struct CustomerQuery;

#[Object]
impl CustomerQuery {
    /// The customer who is logged in. Needs a customer's access token.
    async fn me(&self, ctx: &Context<'_>) -> async_graphql::Result<Me> {
        given(ctx.data::<Call>()?.read(customers::me).await.map(|customer| Me { customer }))
    }

    /// A CSRF token for the session in the browser's cookies: after a page was loaded anew.
    async fn csrf_token(&self, ctx: &Context<'_>) -> async_graphql::Result<String> {
        given(ctx.data::<Call>()?.browser.issue_csrf_token().await)
    }
}

/// A flow's answer, which is nobody's earlier one.
pub(super) fn fresh<T>(result: Result<T>) -> Result<Written<T>> {
    result.map(|value| Written { value, replayed: false })
}

/// The call behind a field that cannot be rehearsed.
pub(super) fn real<'c>(ctx: &Context<'c>) -> async_graphql::Result<&'c Call> {
    let call = ctx.data::<Call>()?;
    given(call.for_real()).map(|()| call)
}

/// Mutations of customers.
#[derive(Default)]
pub struct CustomerMutation;

#[Object]
impl CustomerMutation {
    /// Takes a registration: a mail with a token goes out. The answer is the same for every address.
    async fn customer_register(&self, ctx: &Context<'_>, input: CustomerRegister) -> async_graphql::Result<AcceptedPayload> {
        let call = real(ctx)?;
        AcceptedPayload::of(fresh(customers::register(&call.app, &call.caller, input).await))
    }

    /// Makes the account with the mail's token and the password that was chosen, and logs it in.
    async fn customer_verify_email(&self, ctx: &Context<'_>, input: CustomerVerify) -> async_graphql::Result<CustomerLoginPayload> {
        let call = real(ctx)?;
        CustomerLoginPayload::of(fresh(call.browser.hand_over(customers::verify_email(&call.app, &call.caller, input).await)))
    }

    /// Logs a customer in; with `cart` a guest's cart is claimed.
    async fn customer_login(&self, ctx: &Context<'_>, input: CustomerLogin) -> async_graphql::Result<CustomerLoginPayload> {
        let (call, email) = (real(ctx)?, input.email.clone());
        let logged_in = customers::log_in(&call.app, &call.caller, input).await;
        if logged_in.is_ok() {
            call.vouch(&email).await;
        }
        CustomerLoginPayload::of(fresh(call.browser.hand_over(logged_in)))
    }

    /// Gives the next tokens of a session, once; the same ones to a retry within ten seconds. A browser's session goes on
    /// by its cookie, without `refreshToken`.
    async fn customer_refresh(&self, ctx: &Context<'_>, refresh_token: Option<Secret>) -> async_graphql::Result<CustomerRefreshPayload> {
        let call = real(ctx)?;
        let token = given(call.browser.refresh_token(refresh_token))?;
        CustomerRefreshPayload::of(fresh(call.browser.hand_over(customers::refresh(&call.app, &call.caller, token).await)))
    }

    /// Ends the session that calls, that the refresh token names, or that lives in the browser's cookies.
    async fn customer_logout(&self, ctx: &Context<'_>, refresh_token: Option<Secret>) -> async_graphql::Result<SessionsEndedPayload> {
        let call = real(ctx)?;
        let input = Logout { refresh_token: given(call.browser.refresh_token(refresh_token))? };
        let ended = given(customers::log_out(&call.app, &call.caller, input).await)?;
        call.browser.forget();
        SessionsEndedPayload::of(fresh(Ok(ended)))
    }

    /// Ends every session of the customer, this one too.
    async fn customer_logout_everywhere(&self, ctx: &Context<'_>) -> async_graphql::Result<SessionsEndedPayload> {
        let call = Call::of_field(ctx)?;
        let written = given(call.write("log_out_customer_everywhere", (), |tx, by, ()| sessions::log_out_everywhere(tx, by)).await)?;
        if !call.dry_run {
            call.browser.forget();
        }
        SessionsEndedPayload::of(Ok(written))
    }

    /// Mails what sets another password, if the address has an account. The answer does not tell.
    async fn customer_password_forgot(&self, ctx: &Context<'_>, email: String) -> async_graphql::Result<AcceptedPayload> {
        let call = real(ctx)?;
        AcceptedPayload::of(fresh(customers::forgot_password(&call.app, &call.caller, EmailOnly { email }).await))
    }

    /// Sets another password with a mail's token; every session ends.
    async fn customer_password_reset(&self, ctx: &Context<'_>, input: PasswordReset) -> async_graphql::Result<PasswordPayload> {
        let call = real(ctx)?;
        PasswordPayload::of(fresh(customers::reset_password(&call.app, &call.caller, input).await))
    }

    /// Changes the own password; every other session ends.
    async fn customer_password_change(&self, ctx: &Context<'_>, input: PasswordChange) -> async_graphql::Result<PasswordPayload> {
        let call = real(ctx)?;
        PasswordPayload::of(fresh(customers::change_password(&call.app, &call.caller, input).await))
    }

    /// Asks both addresses to agree to a change.
    async fn customer_email_change(&self, ctx: &Context<'_>, input: EmailChange) -> async_graphql::Result<AcceptedPayload> {
        let call = real(ctx)?;
        AcceptedPayload::of(fresh(customers::change_email(&call.app, &call.caller, input).await))
    }

    /// Confirms one half of a change of address, with a mail's token.
    async fn customer_email_confirm(&self, ctx: &Context<'_>, token: Secret) -> async_graphql::Result<EmailConfirmPayload> {
        let call = real(ctx)?;
        let input = EmailConfirm { token };
        EmailConfirmPayload::of(fresh(call.app.write(move |tx| customers::confirm_email(tx, &input)).await))
    }

    /// Sends a mobile number a code to log in, or register, with. The answer is the same for every number.
    async fn customer_phone_start(&self, ctx: &Context<'_>, input: PhoneStart) -> async_graphql::Result<PhoneStartPayload> {
        let call = real(ctx)?;
        PhoneStartPayload::of(fresh(customers::start_phone_login(&call.app, &call.caller, input).await))
    }

    /// Logs in with the code that a number was sent; a number without an account is given one.
    async fn customer_phone_finish(&self, ctx: &Context<'_>, input: PhoneFinish) -> async_graphql::Result<CustomerLoginPayload> {
        let call = real(ctx)?;
        let logged_in = customers::finish_phone_login(&call.app, &call.caller, input).await;
        CustomerLoginPayload::of(fresh(call.browser.hand_over(logged_in)))
    }

    /// Sends a number a code that makes it the one to log in with.
    async fn customer_phone_change_start(&self, ctx: &Context<'_>, input: PhoneChangeStart) -> async_graphql::Result<PhoneStartPayload> {
        let call = real(ctx)?;
        PhoneStartPayload::of(fresh(customers::start_phone_change(&call.app, &call.caller, input).await))
    }

    /// Makes the number that was sent the code the one to log in with.
    async fn customer_phone_change_finish(&self, ctx: &Context<'_>, input: PhoneChangeFinish) -> async_graphql::Result<CustomerPayload> {
        let call = real(ctx)?;
        CustomerPayload::of(fresh(customers::finish_phone_change(&call.app, &call.caller, input).await))
    }

    /// Takes the number to log in with away, if there is another way to log in.
    async fn customer_phone_remove(&self, ctx: &Context<'_>, password: Option<Secret>) -> async_graphql::Result<CustomerPayload> {
        let call = real(ctx)?;
        CustomerPayload::of(fresh(customers::remove_phone(&call.app, &call.caller, PasswordConfirm { password }).await))
    }

    /// Begins to verify who the customer is: the app goes on with the provider's SDK.
    async fn customer_identity_verification_start(
        &self,
        ctx: &Context<'_>,
        #[graphql(default)] input: IdentityVerificationStart,
    ) -> async_graphql::Result<IdentityVerificationStartPayload> {
        let call = real(ctx)?;
        IdentityVerificationStartPayload::of(fresh(identity::start(&call.app, &call.caller, input).await))
    }

    /// Finishes a verification that the customer has done with the provider's SDK.
    async fn customer_identity_verification_finish(
        &self,
        ctx: &Context<'_>,
        id: IdentityVerificationId,
    ) -> async_graphql::Result<IdentityPayload> {
        let call = real(ctx)?;
        let input = IdentityVerificationFinish { identity_verification_id: id };
        IdentityPayload::of(fresh(identity::finish(&call.app, &call.caller, input).await))
    }

    /// Changes the own profile: what is absent stays, null clears.
    async fn customer_update(
        &self,
        ctx: &Context<'_>,
        expected_version: Option<i32>,
        input: CustomerUpdate,
    ) -> async_graphql::Result<CustomerPayload> {
        let rule = move |tx: &mut Tx, by: &Caller, input: CustomerUpdate| customers::update_me(tx, by, expected_version, input);
        CustomerPayload::of(Call::of_field(ctx)?.write("update_me", input, rule).await)
    }

    /// Ends one of the own sessions.
    async fn customer_session_revoke(&self, ctx: &Context<'_>, id: SessionId) -> async_graphql::Result<SessionsEndedPayload> {
        SessionsEndedPayload::of(Call::of_field(ctx)?.write("revoke_my_session", id, sessions::revoke).await)
    }

    /// Adds an address to the address book.
    async fn customer_address_create(&self, ctx: &Context<'_>, input: AddressCreate) -> async_graphql::Result<CustomerAddressPayload> {
        CustomerAddressPayload::of(Call::of_field(ctx)?.write("create_my_address", input, customers::create_address).await)
    }

    /// Changes an address: what is absent stays; the address is replaced whole.
    async fn customer_address_update(
        &self,
        ctx: &Context<'_>,
        id: CustomerAddressId,
        input: AddressUpdate,
    ) -> async_graphql::Result<CustomerAddressPayload> {
        let rule = |tx: &mut Tx, by: &Caller, (id, input): (CustomerAddressId, AddressUpdate)| customers::update_address(tx, by, id, input);
        CustomerAddressPayload::of(Call::of_field(ctx)?.write("update_my_address", (id, input), rule).await)
    }

    /// Deletes an address.
    async fn customer_address_delete(
        &self,
        ctx: &Context<'_>,
        id: CustomerAddressId,
    ) -> async_graphql::Result<CustomerAddressDeletePayload> {
        CustomerAddressDeletePayload::of(Call::of_field(ctx)?.write("delete_my_address", id, customers::delete_address).await)
    }

    /// Gives or takes back consents to marketing; what is absent stays.
    async fn customer_consents_set(&self, ctx: &Context<'_>, input: ConsentsUpdate) -> async_graphql::Result<CustomerPayload> {
        CustomerPayload::of(Call::of_field(ctx)?.write("set_my_consents", input, customers::set_consents).await)
    }

    /// Erases the own account. It cannot be brought back.
    async fn customer_delete(&self, ctx: &Context<'_>, password: Option<Secret>) -> async_graphql::Result<CustomerErasePayload> {
        let call = real(ctx)?;
        let erased = customers::delete_me(&call.app, &call.caller, PasswordConfirm { password }).await;
        if erased.is_ok() {
            call.browser.forget();
        }
        CustomerErasePayload::of(fresh(erased))
    }

    /// Makes a guest's cart the customer's; `token` is the cart's.
    async fn cart_claim(
        &self,
        ctx: &Context<'_>,
        id: CartId,
        token: Option<String>,
        expected_version: Option<i32>,
        strategy: ClaimStrategy,
    ) -> async_graphql::Result<CartClaimPayload> {
        let call = Call::of_field(ctx)?.holding_cart(token);
        let terms = CartTerms::of(call.app.config(), expected_version);
        let rule = move |tx: &mut Tx, by: &Caller, (id, strategy): (CartId, ClaimStrategy)| cart::claim(tx, by, terms, id, strategy);
        CartClaimPayload::of(call.write("claim_cart", (id, strategy), rule).await)
    }
}
