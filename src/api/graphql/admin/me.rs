//! Staff logging in, and whoever is logged in. None of the answers before the log-in tells who works for the shop.

use async_graphql::{Context, Object};

use crate::api::call::Call;
use crate::api::graphql::errors::given;
use crate::api::graphql::payload::payload;
use crate::commerce::auth::Caller;
use crate::commerce::auth::sessions::{self, Session, SessionsEnded};
use crate::commerce::customers::{Accepted, AuthTokens, EmailOnly, Logout, PasswordIsSet, PasswordReset};
use crate::commerce::idempotency::Written;
use crate::commerce::staff::{
    self, InvitationAccept, RecoveryCodes, SecondFactor, StaffLogin, StaffLoginAnswer, StaffMe, StaffMeUpdate, StaffPasswordChange,
    StaffSignedIn, StepUp, TotpConfirm, TotpDisabled, TotpEnrolment,
};
use crate::db::Tx;
use crate::error::Result;
use crate::types::{Secret, SessionId};

payload! {
    /// That the request was taken.
    AcceptedPayload of accepted: Accepted
}
payload! {
    /// What the log-in came to: logged in, or a second factor awaited.
    StaffLoginPayload of login: StaffLoginAnswer
}
payload! {
    /// Who is logged in now, with what to call with.
    StaffSignedInPayload of signed_in: StaffSignedIn
}
payload! {
    /// The session's tokens.
    StaffTokensPayload of tokens: AuthTokens
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
    /// The own account after the change.
    StaffMePayload of me: StaffMe
}
payload! {
    /// The second factor to set up, shown this once.
    TotpEnrolPayload of enrolment: TotpEnrolment
}
payload! {
    /// The recovery codes, shown this once.
    RecoveryCodesPayload of recovery: RecoveryCodes
}
payload! {
    /// The second factor that is off.
    TotpDisablePayload of totp: TotpDisabled
}

/// A flow's answer, which is nobody's earlier one.
pub(super) fn fresh<T>(result: Result<T>) -> Result<Written<T>> {
    result.map(|value| Written { value, replayed: false })
}

/// The call behind a field that cannot be rehearsed.
pub(super) fn real(ctx: &Context<'_>) -> async_graphql::Result<Call> {
    let call = Call::of_field(ctx)?;
    given(call.for_real()).map(|()| call)
}

/// Queries of whoever is logged in.
#[derive(Default)]
pub struct StaffMeQuery;

#[Object]
impl StaffMeQuery {
    /// Who of the staff is logged in, and what they may do. Needs a staff access token.
    async fn me(&self, ctx: &Context<'_>) -> async_graphql::Result<StaffMe> {
        let call = ctx.data::<Call>()?;
        let config = call.app.config().clone();
        given(call.read(move |tx, by| staff::me(tx, by, &config)).await)
    }

    /// The own sessions, one for each device, last used first. Needs a staff access token.
    async fn my_staff_sessions(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Session>> {
        given(ctx.data::<Call>()?.read(staff::sessions).await.map(|list| list.data))
    }
}

/// Mutations of logging in, and of whoever is logged in.
#[derive(Default)]
pub struct StaffMeMutation;

#[Object]
impl StaffMeMutation {
    /// Logs somebody of the staff in; of an account with a second factor the answer is a challenge.
    async fn staff_login(&self, ctx: &Context<'_>, input: StaffLogin) -> async_graphql::Result<StaffLoginPayload> {
        let call = real(ctx)?;
        StaffLoginPayload::of(fresh(staff::log_in(&call.app, &call.caller, input).await))
    }

    /// Finishes a log-in with a code or a recovery code, each good once.
    async fn staff_second_factor(&self, ctx: &Context<'_>, input: SecondFactor) -> async_graphql::Result<StaffSignedInPayload> {
        let call = real(ctx)?;
        StaffSignedInPayload::of(fresh(staff::second_factor(&call.app, &call.caller, input).await))
    }

    /// Makes the account of an invitation with its token, and logs it in.
    async fn staff_invitation_accept(&self, ctx: &Context<'_>, input: InvitationAccept) -> async_graphql::Result<StaffSignedInPayload> {
        let call = real(ctx)?;
        StaffSignedInPayload::of(fresh(staff::accept(&call.app, &call.caller, input).await))
    }

    /// Gives the next tokens of a session, once; the same ones to a retry within ten seconds.
    async fn staff_refresh(&self, ctx: &Context<'_>, refresh_token: Secret) -> async_graphql::Result<StaffTokensPayload> {
        let call = real(ctx)?;
        StaffTokensPayload::of(fresh(staff::refresh(&call.app, &call.caller, refresh_token).await))
    }

    /// Ends the session that calls, or that the refresh token names.
    async fn staff_logout(&self, ctx: &Context<'_>, refresh_token: Option<Secret>) -> async_graphql::Result<SessionsEndedPayload> {
        let call = real(ctx)?;
        SessionsEndedPayload::of(fresh(staff::log_out(&call.app, &call.caller, Logout { refresh_token }).await))
    }

    /// Ends every session of whoever calls, this one too.
    async fn staff_logout_everywhere(&self, ctx: &Context<'_>) -> async_graphql::Result<SessionsEndedPayload> {
        let call = Call::of_field(ctx)?;
        SessionsEndedPayload::of(call.write("log_out_staff_everywhere", (), |tx, by, ()| sessions::log_out_everywhere(tx, by)).await)
    }

    /// Confirms who calls, with a code, a recovery code, or without a second factor the password: what was refused with
    /// `reauthentication_required` is then done with the tokens that come back.
    async fn staff_step_up(&self, ctx: &Context<'_>, input: StepUp) -> async_graphql::Result<StaffTokensPayload> {
        let call = real(ctx)?;
        StaffTokensPayload::of(fresh(staff::step_up(&call.app, &call.caller, input).await))
    }

    /// Mails what sets another password, if somebody of the staff has the address. The answer does not tell.
    async fn staff_password_forgot(&self, ctx: &Context<'_>, email: String) -> async_graphql::Result<AcceptedPayload> {
        let call = real(ctx)?;
        AcceptedPayload::of(fresh(staff::forgot_password(&call.app, &call.caller, EmailOnly { email }).await))
    }

    /// Sets another password with a mail's token; every session ends.
    async fn staff_password_reset(&self, ctx: &Context<'_>, input: PasswordReset) -> async_graphql::Result<PasswordPayload> {
        let call = real(ctx)?;
        PasswordPayload::of(fresh(staff::reset_password(&call.app, &call.caller, input).await))
    }

    /// Changes the own password; every other session ends.
    async fn staff_password_change(&self, ctx: &Context<'_>, input: StaffPasswordChange) -> async_graphql::Result<PasswordPayload> {
        let call = real(ctx)?;
        PasswordPayload::of(fresh(staff::change_password(&call.app, &call.caller, input).await))
    }

    /// Changes the own name and language; what is absent stays.
    async fn staff_me_update(
        &self,
        ctx: &Context<'_>,
        expected_version: Option<i32>,
        input: StaffMeUpdate,
    ) -> async_graphql::Result<StaffMePayload> {
        let call = Call::of_field(ctx)?;
        let config = call.app.config().clone();
        let rule = move |tx: &mut Tx, by: &Caller, input: StaffMeUpdate| staff::update_me(tx, by, &config, expected_version, input);
        StaffMePayload::of(call.write("update_staff_me", input, rule).await)
    }

    /// Ends one of the own sessions.
    async fn staff_session_revoke(&self, ctx: &Context<'_>, id: SessionId) -> async_graphql::Result<SessionsEndedPayload> {
        SessionsEndedPayload::of(Call::of_field(ctx)?.write("revoke_staff_session", id, staff::revoke_session).await)
    }

    /// Begins setting up a second factor; its secret is shown this once.
    async fn staff_totp_enrol(&self, ctx: &Context<'_>) -> async_graphql::Result<TotpEnrolPayload> {
        let call = real(ctx)?;
        TotpEnrolPayload::of(fresh(staff::enrol_totp(&call.app, &call.caller).await))
    }

    /// Makes the second factor count with its first code; recovery codes are shown this once.
    async fn staff_totp_confirm(&self, ctx: &Context<'_>, code: Secret) -> async_graphql::Result<RecoveryCodesPayload> {
        let call = real(ctx)?;
        RecoveryCodesPayload::of(fresh(staff::confirm_totp(&call.app, &call.caller, TotpConfirm { code }).await))
    }

    /// Takes the own second factor off.
    async fn staff_totp_disable(&self, ctx: &Context<'_>) -> async_graphql::Result<TotpDisablePayload> {
        let call = real(ctx)?;
        TotpDisablePayload::of(fresh(staff::disable_totp(&call.app, &call.caller).await))
    }

    /// Gives new recovery codes, shown this once; those before are worth nothing.
    async fn staff_recovery_codes_renew(&self, ctx: &Context<'_>) -> async_graphql::Result<RecoveryCodesPayload> {
        let call = real(ctx)?;
        RecoveryCodesPayload::of(fresh(staff::renew_recovery_codes(&call.app, &call.caller).await))
    }
}
