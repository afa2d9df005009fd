//! Staff's passkeys: logging in with one, confirming who one is, and the own ones.

use async_graphql::{Context, Object};

use super::me::{StaffSignedInPayload, StaffTokensPayload, fresh, real};
use crate::api::call::Call;
use crate::api::graphql::errors::given;
use crate::api::graphql::payload::payload;
use crate::commerce::auth::Caller;
use crate::commerce::auth::passkeys::{Passkey, PasskeyAdd, PasskeyDeleted, PasskeyOptions, PasskeyRename};
use crate::commerce::staff::{self, StaffPasskeyLogin};
use crate::db::Tx;
use crate::types::PasskeyId;

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

/// Queries of staff's passkeys.
#[derive(Default)]
pub struct PasskeyQuery;

#[Object]
impl PasskeyQuery {
    /// The own passkeys, oldest first. Needs a staff access token.
    async fn my_staff_passkeys(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Passkey>> {
        given(ctx.data::<Call>()?.read(staff::list_passkeys).await.map(|list| list.data))
    }
}

/// Mutations of staff's passkeys.
#[derive(Default)]
pub struct PasskeyMutation;

#[Object]
impl PasskeyMutation {
    /// What the sign-in page asks the device with. Nobody types a name.
    async fn staff_passkey_login_options(&self, ctx: &Context<'_>) -> async_graphql::Result<PasskeyOptionsPayload> {
        let call = real(ctx)?;
        PasskeyOptionsPayload::of(fresh(staff::passkey_login_options(&call.app)))
    }

    /// Logs somebody of the staff in with the device's answer, which stands for both factors.
    async fn staff_passkey_login(&self, ctx: &Context<'_>, input: StaffPasskeyLogin) -> async_graphql::Result<StaffSignedInPayload> {
        let call = real(ctx)?;
        StaffSignedInPayload::of(fresh(staff::log_in_with_passkey(&call.app, &call.caller, input).await))
    }

    /// What confirms who calls, with one of the own passkeys.
    async fn staff_passkey_step_up_options(&self, ctx: &Context<'_>) -> async_graphql::Result<PasskeyOptionsPayload> {
        let call = real(ctx)?;
        PasskeyOptionsPayload::of(fresh(staff::passkey_step_up_options(&call.app, &call.caller)))
    }

    /// Confirms who calls, with one of the own passkeys.
    async fn staff_passkey_step_up(&self, ctx: &Context<'_>, input: StaffPasskeyLogin) -> async_graphql::Result<StaffTokensPayload> {
        let call = real(ctx)?;
        StaffTokensPayload::of(fresh(staff::passkey_step_up(&call.app, &call.caller, input).await))
    }

    /// What the tool asks the device for a new passkey with. Asks for a recent password, code or passkey.
    async fn staff_passkey_add_options(&self, ctx: &Context<'_>) -> async_graphql::Result<PasskeyOptionsPayload> {
        let call = real(ctx)?;
        PasskeyOptionsPayload::of(fresh(staff::passkey_options(&call.app, &call.caller).await))
    }

    /// Adds the passkey that the device made. A mail tells.
    async fn staff_passkey_add(&self, ctx: &Context<'_>, input: PasskeyAdd) -> async_graphql::Result<PasskeyPayload> {
        let call = real(ctx)?;
        PasskeyPayload::of(fresh(staff::add_passkey(&call.app, &call.caller, input).await))
    }

    /// Gives a passkey another name.
    async fn staff_passkey_rename(&self, ctx: &Context<'_>, id: PasskeyId, input: PasskeyRename) -> async_graphql::Result<PasskeyPayload> {
        let rule = |tx: &mut Tx, by: &Caller, (id, input): (PasskeyId, PasskeyRename)| staff::rename_passkey(tx, by, id, input);
        PasskeyPayload::of(Call::of_field(ctx)?.write("rename_staff_passkey", (id, input), rule).await)
    }

    /// Deletes a passkey. Asks for a recent password, code or passkey.
    async fn staff_passkey_delete(&self, ctx: &Context<'_>, id: PasskeyId) -> async_graphql::Result<PasskeyDeletePayload> {
        PasskeyDeletePayload::of(Call::of_field(ctx)?.write("delete_staff_passkey", id, staff::delete_passkey).await)
    }
}
