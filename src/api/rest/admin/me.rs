//! Whoever of the staff is logged in: profile, password, sessions, second factor.

use actix_web::{delete, get, patch, post};

use crate::api::call::Call;
use crate::api::extract::{Body, PathId};
use crate::api::openapi::{CredentialProblems, DryRun, IdPath, Idempotency, IfMatch, ReadProblems, WriteProblems};
use crate::api::reply::{Answered, Reply};
use crate::commerce::auth::sessions::{Sessions, SessionsEnded};
use crate::commerce::customers::PasswordIsSet;
use crate::commerce::staff::{self, RecoveryCodes, StaffMe, StaffMeUpdate, StaffPasswordChange, TotpConfirm, TotpDisabled, TotpEnrolment};
use crate::types::SessionId;

/// Read the own account
///
/// With its roles and what they allow. Needs a staff access token, as all of `/me` does; API keys are no accounts.
#[utoipa::path(operation_id = "get_staff_me", tag = "Staff me", responses((status = 200, body = StaffMe), ReadProblems),
    security(("staff_token" = [])))]
#[get("/me")]
pub async fn get(call: Call) -> Answered<StaffMe> {
    let config = call.app.config().clone();
    Ok(Reply::ok(call.read(move |tx, by| staff::me(tx, by, &config)).await?).version(|me| me.staff.version))
}

/// Change the own account
///
/// Name and language; what is absent stays.
#[utoipa::path(operation_id = "update_staff_me", tag = "Staff me", params(Idempotency, IfMatch, DryRun), request_body = StaffMeUpdate,
    responses((status = 200, body = StaffMe), WriteProblems), security(("staff_token" = [])))]
#[patch("/me")]
pub async fn update(call: Call, Body(input): Body<StaffMeUpdate>) -> Answered<StaffMe> {
    let (version, config) = (call.expected_version, call.app.config().clone());
    let written = call.write("update_staff_me", input, move |tx, by, input| staff::update_me(tx, by, &config, version, input)).await?;
    Ok(Reply::written(written).version(|me| me.staff.version))
}

/// Change the own password
///
/// Every other session ends. Asks for a recent password or code, as `step_up` gives.
#[utoipa::path(operation_id = "change_staff_password", tag = "Staff me", request_body = StaffPasswordChange,
    responses((status = 200, body = PasswordIsSet), CredentialProblems), security(("staff_token" = [])))]
#[post("/me/password")]
pub async fn change_password(call: Call, Body(input): Body<StaffPasswordChange>) -> Answered<PasswordIsSet> {
    call.for_real()?;
    Ok(Reply::ok(staff::change_password(&call.app, &call.caller, input).await?))
}

/// List the own sessions
///
/// One for each device, last used first.
#[utoipa::path(operation_id = "list_staff_sessions", tag = "Staff me", responses((status = 200, body = Sessions), ReadProblems),
    security(("staff_token" = [])))]
#[get("/me/sessions")]
pub async fn list_sessions(call: Call) -> Answered<Sessions> {
    Ok(Reply::ok(call.read(staff::sessions).await?))
}

/// End one of the own sessions
///
/// Its tokens stop working: at once here, within half a second on other instances.
#[utoipa::path(operation_id = "revoke_staff_session", tag = "Staff me", params(IdPath, Idempotency, DryRun),
    responses((status = 200, body = SessionsEnded), WriteProblems), security(("staff_token" = [])))]
#[delete("/me/sessions/{id}")]
pub async fn revoke_session(call: Call, PathId(id): PathId<SessionId>) -> Answered<SessionsEnded> {
    Ok(Reply::written(call.write("revoke_staff_session", id, staff::revoke_session).await?))
}

/// Begin setting up a second factor
///
/// The answer holds the secret of an authenticator (TOTP), this once; `/me/totp/confirm` makes it count. Asks for a
/// recent password or code.
#[utoipa::path(operation_id = "enrol_totp", tag = "Staff me", responses((status = 200, body = TotpEnrolment), CredentialProblems),
    security(("staff_token" = [])))]
#[post("/me/totp")]
pub async fn enrol_totp(call: Call) -> Answered<TotpEnrolment> {
    call.for_real()?;
    Ok(Reply::ok(staff::enrol_totp(&call.app, &call.caller).await?))
}

/// Confirm a second factor
///
/// With the authenticator's first code. From now on logging in needs one; the answer holds ten recovery codes, this once.
#[utoipa::path(operation_id = "confirm_totp", tag = "Staff me", request_body = TotpConfirm,
    responses((status = 200, body = RecoveryCodes), CredentialProblems), security(("staff_token" = [])))]
#[post("/me/totp/confirm")]
pub async fn confirm_totp(call: Call, Body(input): Body<TotpConfirm>) -> Answered<RecoveryCodes> {
    call.for_real()?;
    Ok(Reply::ok(staff::confirm_totp(&call.app, &call.caller, input).await?))
}

/// Take the second factor off
///
/// Recovery codes are worth nothing then. Asks for a recent code.
#[utoipa::path(operation_id = "disable_totp", tag = "Staff me", responses((status = 200, body = TotpDisabled), CredentialProblems),
    security(("staff_token" = [])))]
#[post("/me/totp/disable")]
pub async fn disable_totp(call: Call) -> Answered<TotpDisabled> {
    call.for_real()?;
    Ok(Reply::ok(staff::disable_totp(&call.app, &call.caller).await?))
}

/// Renew the recovery codes
///
/// The answer holds ten, this once; those before are worth nothing. Asks for a recent code.
#[utoipa::path(operation_id = "renew_recovery_codes", tag = "Staff me",
    responses((status = 200, body = RecoveryCodes), CredentialProblems), security(("staff_token" = [])))]
#[post("/me/recovery-codes")]
pub async fn renew_recovery_codes(call: Call) -> Answered<RecoveryCodes> {
    call.for_real()?;
    Ok(Reply::ok(staff::renew_recovery_codes(&call.app, &call.caller).await?))
}
