//! The passkeys of the customer who is logged in.

use actix_web::{delete, get, patch, post};

use crate::api::call::Call;
use crate::api::extract::{Body, PathId};
use crate::api::openapi::{CredentialProblems, DryRun, IdPath, Idempotency, ReadProblems, WriteProblems};
use crate::api::reply::{Answered, Reply};
use crate::commerce::auth::passkeys::{Passkey, PasskeyAdd, PasskeyDeleted, PasskeyList, PasskeyOptions, PasskeyRename};
use crate::commerce::customers::{self, PasswordConfirm};
use crate::commerce::idempotency::Written;
use crate::types::PasskeyId;

/// Ask for a new passkey
///
/// What the app asks the device with, for `add_my_passkey`. It needs a log-in of the last ten minutes, or the password.
#[utoipa::path(operation_id = "get_my_passkey_options", tag = "Me", request_body = PasswordConfirm,
    responses((status = 200, body = PasskeyOptions), CredentialProblems), security(("access_token" = [])))]
#[post("/me/passkeys/options")]
pub async fn options(call: Call, Body(input): Body<PasswordConfirm>) -> Answered<PasskeyOptions> {
    call.for_real()?;
    Ok(Reply::ok(customers::passkey_options(&call.app, &call.caller, input).await?))
}

/// List the own passkeys
#[utoipa::path(operation_id = "list_my_passkeys", tag = "Me", responses((status = 200, body = PasskeyList), ReadProblems),
    security(("access_token" = [])))]
#[get("/me/passkeys")]
pub async fn list(call: Call) -> Answered<PasskeyList> {
    Ok(Reply::ok(call.read(customers::list_passkeys).await?))
}

/// Add a passkey
///
/// The one that the device made. A challenge is answered once, within five minutes, by the session that asked. A mail
/// tells the customer.
#[utoipa::path(operation_id = "add_my_passkey", tag = "Me", request_body = PasskeyAdd,
    responses((status = 201, body = Passkey), WriteProblems), security(("access_token" = [])))]
#[post("/me/passkeys")]
pub async fn add(call: Call, Body(input): Body<PasskeyAdd>) -> Answered<Passkey> {
    call.for_real()?;
    let value = customers::add_passkey(&call.app, &call.caller, input).await?;
    Ok(Reply::created(Written { value, replayed: false }))
}

/// Rename a passkey
#[utoipa::path(operation_id = "rename_my_passkey", tag = "Me", params(IdPath, Idempotency, DryRun), request_body = PasskeyRename,
    responses((status = 200, body = Passkey), WriteProblems), security(("access_token" = [])))]
#[patch("/me/passkeys/{id}")]
pub async fn rename(call: Call, PathId(id): PathId<PasskeyId>, Body(input): Body<PasskeyRename>) -> Answered<Passkey> {
    let written = call.write("rename_my_passkey", (id, input), |tx, by, (id, input)| customers::rename_passkey(tx, by, id, input)).await?;
    Ok(Reply::written(written))
}

/// Delete a passkey
///
/// It needs a log-in of the last ten minutes. The last way to log in cannot be deleted (409 `last_sign_in`). A mail tells
/// the customer.
#[utoipa::path(operation_id = "delete_my_passkey", tag = "Me", params(IdPath, Idempotency, DryRun),
    responses((status = 200, body = PasskeyDeleted), WriteProblems), security(("access_token" = [])))]
#[delete("/me/passkeys/{id}")]
pub async fn delete(call: Call, PathId(id): PathId<PasskeyId>) -> Answered<PasskeyDeleted> {
    Ok(Reply::written(call.write("delete_my_passkey", id, customers::delete_passkey).await?))
}
