//! Passkeys: logging in with one, and the customer's own.

use async_graphql::{Context, Object};

use super::customers::{CustomerLoginPayload, fresh, real};
use crate::api::call::Call;
use crate::api::graphql::payload::payload;
use crate::commerce::auth::Caller;
use crate::commerce::auth::passkeys::{Passkey, PasskeyAdd, PasskeyDeleted, PasskeyOptions, PasskeyRename};
use crate::commerce::customers::{self, PasskeyLogin, PasswordConfirm};
use crate::db::Tx;
use crate::types::{PasskeyId, Secret};

payload! {
    /// What to ask the device for a passkey with.
    PasskeyOptionsPayload of options: PasskeyOptions
}
payload! {
    /// The passkey after the change.
    PasskeyPayload of passkey: Passkey
}
payload! {
    /// The passkey that was deleted.
    PasskeyDeletePayload of deleted: PasskeyDeleted
}

/// Mutations of passkeys.
#[derive(Default)]
pub struct PasskeyMutation;

#[Object]
impl PasskeyMutation {
    /// What the sign-in page asks the device with. Nobody types a name.
    async fn customer_passkey_login_options(&self, ctx: &Context<'_>) -> async_graphql::Result<PasskeyOptionsPayload> {
        let call = real(ctx)?;
        PasskeyOptionsPayload::of(fresh(customers::passkey_login_options(&call.app)))
    }

    /// Logs a customer in with the device's answer; with `cart` a guest's cart is claimed.
    async fn customer_passkey_login(&self, ctx: &Context<'_>, input: PasskeyLogin) -> async_graphql::Result<CustomerLoginPayload> {
        let call = real(ctx)?;
        let logged_in = customers::log_in_with_passkey(&call.app, &call.caller, input).await;
        CustomerLoginPayload::of(fresh(call.browser.hand_over(logged_in)))
    }

    /// What the app asks the device for a new passkey with. It needs a log-in of the last ten minutes, or the password.
    async fn customer_passkey_add_options(
        &self,
        ctx: &Context<'_>,
        password: Option<Secret>,
    ) -> async_graphql::Result<PasskeyOptionsPayload> {
        let call = real(ctx)?;
        PasskeyOptionsPayload::of(fresh(customers::passkey_options(&call.app, &call.caller, PasswordConfirm { password }).await))
    }

    /// Adds the passkey that the device made. A mail tells the customer.
    async fn customer_passkey_add(&self, ctx: &Context<'_>, input: PasskeyAdd) -> async_graphql::Result<PasskeyPayload> {
        let call = real(ctx)?;
        PasskeyPayload::of(fresh(customers::add_passkey(&call.app, &call.caller, input).await))
    }

    /// Gives a passkey another name.
    async fn customer_passkey_rename(
        &self,
        ctx: &Context<'_>,
        id: PasskeyId,
        input: PasskeyRename,
    ) -> async_graphql::Result<PasskeyPayload> {
        let rule = |tx: &mut Tx, by: &Caller, (id, input): (PasskeyId, PasskeyRename)| customers::rename_passkey(tx, by, id, input);
        PasskeyPayload::of(Call::of_field(ctx)?.write("rename_my_passkey", (id, input), rule).await)
    }

    /// Deletes a passkey, by who logged in within ten minutes; not the last way to log in. A mail tells the customer.
    async fn customer_passkey_delete(&self, ctx: &Context<'_>, id: PasskeyId) -> async_graphql::Result<PasskeyDeletePayload> {
        PasskeyDeletePayload::of(Call::of_field(ctx)?.write("delete_my_passkey", id, customers::delete_passkey).await)
    }
}
