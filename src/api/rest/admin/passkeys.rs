//! Staff's passkeys: logging in with one, confirming who one is, and the own ones.

use actix_web::{delete, get, patch, post};

use crate::api::call::Call;
use crate::api::extract::{Body, PathId};
use crate::api::openapi::{CredentialProblems, DryRun, IdPath, Idempotency, ReadProblems, WriteProblems};
use crate::api::reply::{Answered, Reply};
use crate::commerce::auth::passkeys::{Passkey, PasskeyAdd, PasskeyDeleted, PasskeyList, PasskeyOptions, PasskeyRename};
use crate::commerce::customers::AuthTokens;
use crate::commerce::idempotency::Written;
use crate::commerce::staff::{self, StaffPasskeyLogin, StaffSignedIn};
use crate::types::PasskeyId;

/// Ask for a passkey of staff
///
/// What the sign-in page asks the device with, for `log_in_staff_with_passkey`. Nobody types a name.
#[utoipa::path(operation_id = "get_staff_passkey_login_options", tag = "Staff sign-in",
    responses((status = 200, body = PasskeyOptions), WriteProblems), security(()))]
#[post("/auth/passkey/options")]
pub async fn login_options(call: Call) -> Answered<PasskeyOptions> {
    call.for_real()?;
    Ok(Reply::ok(staff::passkey_login_options(&call.app)?))
}

/// Log in as staff with a passkey
///
/// No code is asked for: a passkey verifies its user, and stands for both factors. A challenge is answered once, within
/// five minutes (422 `passkey_not_valid`); a passkey that is unknown or does not verify is 401 `invalid_credentials`.
#[utoipa::path(operation_id = "log_in_staff_with_passkey", tag = "Staff sign-in", request_body = StaffPasskeyLogin,
    responses((status = 200, body = StaffSignedIn), CredentialProblems), security(()))]
#[post("/auth/passkey/login")]
pub async fn log_in(call: Call, Body(input): Body<StaffPasskeyLogin>) -> Answered<StaffSignedIn> {
    call.for_real()?;
    Ok(Reply::ok(staff::log_in_with_passkey(&call.app, &call.caller, input).await?))
}

/// Ask for a passkey to confirm who you are
#[utoipa::path(operation_id = "get_step_up_passkey_options", tag = "Staff sign-in",
    responses((status = 200, body = PasskeyOptions), WriteProblems), security(("staff_token" = [])))]
#[post("/auth/step-up/passkey/options")]
pub async fn step_up_options(call: Call) -> Answered<PasskeyOptions> {
    call.for_real()?;
    Ok(Reply::ok(staff::passkey_step_up_options(&call.app, &call.caller)?))
}

/// Confirm who you are with a passkey
///
/// One of the own; the tokens that come back may do what was refused with `reauthentication_required`.
#[utoipa::path(operation_id = "step_up_with_passkey", tag = "Staff sign-in", request_body = StaffPasskeyLogin,
    responses((status = 200, body = AuthTokens), CredentialProblems), security(("staff_token" = [])))]
#[post("/auth/step-up/passkey")]
pub async fn step_up(call: Call, Body(input): Body<StaffPasskeyLogin>) -> Answered<AuthTokens> {
    call.for_real()?;
    Ok(Reply::ok(staff::passkey_step_up(&call.app, &call.caller, input).await?))
}

/// Ask for a new passkey
///
/// What the tool asks the device with, for `add_staff_passkey`. Asks for a recent password, code or passkey.
#[utoipa::path(operation_id = "get_staff_passkey_options", tag = "Staff me",
    responses((status = 200, body = PasskeyOptions), CredentialProblems), security(("staff_token" = [])))]
#[post("/me/passkeys/options")]
pub async fn options(call: Call) -> Answered<PasskeyOptions> {
    call.for_real()?;
    Ok(Reply::ok(staff::passkey_options(&call.app, &call.caller).await?))
}

/// List the own passkeys
#[utoipa::path(operation_id = "list_staff_passkeys", tag = "Staff me", responses((status = 200, body = PasskeyList), ReadProblems),
    security(("staff_token" = [])))]
#[get("/me/passkeys")]
pub async fn list(call: Call) -> Answered<PasskeyList> {
    Ok(Reply::ok(call.read(staff::list_passkeys).await?))
}

/// Add a passkey
///
/// The one that the device made. A challenge is answered once, within five minutes, by the session that asked. A mail tells.
#[utoipa::path(operation_id = "add_staff_passkey", tag = "Staff me", request_body = PasskeyAdd,
    responses((status = 201, body = Passkey), WriteProblems), security(("staff_token" = [])))]
#[post("/me/passkeys")]
pub async fn add(call: Call, Body(input): Body<PasskeyAdd>) -> Answered<Passkey> {
    call.for_real()?;
    let value = staff::add_passkey(&call.app, &call.caller, input).await?;
    Ok(Reply::created(Written { value, replayed: false }))
}

/// Rename a passkey
#[utoipa::path(operation_id = "rename_staff_passkey", tag = "Staff me", params(IdPath, Idempotency, DryRun), request_body = PasskeyRename,
    responses((status = 200, body = Passkey), WriteProblems), security(("staff_token" = [])))]
#[patch("/me/passkeys/{id}")]
pub async fn rename(call: Call, PathId(id): PathId<PasskeyId>, Body(input): Body<PasskeyRename>) -> Answered<Passkey> {
    let written = call.write("rename_staff_passkey", (id, input), |tx, by, (id, input)| staff::rename_passkey(tx, by, id, input)).await?;
    Ok(Reply::written(written))
}

/// Delete a passkey
///
/// Asks for a recent password, code or passkey. A mail tells.
#[utoipa::path(operation_id = "delete_staff_passkey", tag = "Staff me", params(IdPath, Idempotency, DryRun),
    responses((status = 200, body = PasskeyDeleted), WriteProblems), security(("staff_token" = [])))]
#[delete("/me/passkeys/{id}")]
pub async fn delete(call: Call, PathId(id): PathId<PasskeyId>) -> Answered<PasskeyDeleted> {
    Ok(Reply::written(call.write("delete_staff_passkey", id, staff::delete_passkey).await?))
}
