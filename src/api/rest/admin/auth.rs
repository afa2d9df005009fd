//! Staff logging in, going on, logging out, forgotten passwords, invitations accepted. None of these answers tells who
//! works for the shop.

use actix_web::post;

use crate::api::call::Call;
use crate::api::extract::Body;
use crate::api::openapi::{CredentialProblems, DryRun, Idempotency, WriteProblems};
use crate::api::reply::{Answered, Reply};
use crate::commerce::auth::sessions::{self, SessionsEnded};
use crate::commerce::customers::{Accepted, AuthTokens, EmailOnly, Logout, PasswordIsSet, PasswordReset, RefreshInput};
use crate::commerce::staff::{self, InvitationAccept, SecondFactor, StaffLogin, StaffLoginAnswer, StaffSignedIn, StepUp};

/// Log in as staff
///
/// Without a second factor the answer holds `signed_in`: an access token (15 minutes), a refresh token (once, 7 days
/// unless configured) and a device token. With one it holds a `challenge`, good for five minutes, and
/// `/auth/second-factor` goes on. A wrong password, an unknown address and a deactivated account are all 401
/// `invalid_credentials`. After five failures one waits (429 with `Retry-After`), a quarter of an hour at most.
#[utoipa::path(operation_id = "log_in_staff", tag = "Staff sign-in", request_body = StaffLogin,
    responses((status = 200, body = StaffLoginAnswer), CredentialProblems), security(()))]
#[post("/auth/login")]
pub async fn log_in(call: Call, Body(input): Body<StaffLogin>) -> Answered<StaffLoginAnswer> {
    call.for_real()?;
    Ok(Reply::ok(staff::log_in(&call.app, &call.caller, input).await?))
}

/// Finish a log-in with a second factor
///
/// With the authenticator's code, or a recovery code; each is good once. A wrong one is 401 `invalid_credentials`; after
/// five of them, or five minutes, the log-in is over (422 `proof_not_valid`) and begins again with the password.
#[utoipa::path(operation_id = "give_second_factor", tag = "Staff sign-in", request_body = SecondFactor,
    responses((status = 200, body = StaffSignedIn), CredentialProblems), security(()))]
#[post("/auth/second-factor")]
pub async fn second_factor(call: Call, Body(input): Body<SecondFactor>) -> Answered<StaffSignedIn> {
    call.for_real()?;
    Ok(Reply::ok(staff::second_factor(&call.app, &call.caller, input).await?))
}

/// Accept an invitation
///
/// With the mail's token, which works once, for three days: name and password are chosen, and the account is logged in.
#[utoipa::path(operation_id = "accept_staff_invitation", tag = "Staff sign-in", request_body = InvitationAccept,
    responses((status = 200, body = StaffSignedIn), CredentialProblems), security(()))]
#[post("/auth/accept-invitation")]
pub async fn accept_invitation(call: Call, Body(input): Body<InvitationAccept>) -> Answered<StaffSignedIn> {
    call.for_real()?;
    Ok(Reply::ok(staff::accept(&call.app, &call.caller, input).await?))
}

/// Go on
///
/// A refresh token gives the next pair of tokens, once; the same ones to a retry within ten seconds. One that comes back
/// later was stolen: its session ends.
#[utoipa::path(operation_id = "refresh_staff_session", tag = "Staff sign-in", request_body = RefreshInput,
    responses((status = 200, body = AuthTokens), CredentialProblems), security(()))]
#[post("/auth/refresh")]
pub async fn refresh(call: Call, Body(input): Body<RefreshInput>) -> Answered<AuthTokens> {
    call.for_real()?;
    Ok(Reply::ok(staff::refresh(&call.app, &call.caller, input.given()?).await?))
}

/// Log out
///
/// Ends the session of the access token, or of the refresh token in the body. Both tokens stop working: at once here,
/// within half a second on other instances.
#[utoipa::path(operation_id = "log_out_staff", tag = "Staff sign-in", request_body = Logout,
    responses((status = 200, body = SessionsEnded), WriteProblems), security((), ("staff_token" = [])))]
#[post("/auth/logout")]
pub async fn log_out(call: Call, Body(input): Body<Logout>) -> Answered<SessionsEnded> {
    call.for_real()?;
    Ok(Reply::ok(staff::log_out(&call.app, &call.caller, input).await?))
}

/// Log out everywhere
///
/// Ends every session of whoever calls, this one too.
#[utoipa::path(operation_id = "log_out_staff_everywhere", tag = "Staff sign-in", params(Idempotency, DryRun),
    responses((status = 200, body = SessionsEnded), WriteProblems), security(("staff_token" = [])))]
#[post("/auth/logout-everywhere")]
pub async fn log_out_everywhere(call: Call) -> Answered<SessionsEnded> {
    Ok(Reply::written(call.write("log_out_staff_everywhere", (), |tx, by, ()| sessions::log_out_everywhere(tx, by)).await?))
}

/// Confirm who you are
///
/// Refunds, API keys, staff and roles ask staff for a password or code of the last ten minutes (unless configured), and
/// answer 403 `reauthentication_required` otherwise. With a second factor send its `code` (or a `recovery_code`),
/// without one the `password`; the tokens that come back may do what was refused.
#[utoipa::path(operation_id = "step_up", tag = "Staff sign-in", request_body = StepUp,
    responses((status = 200, body = AuthTokens), CredentialProblems), security(("staff_token" = [])))]
#[post("/auth/step-up")]
pub async fn step_up(call: Call, Body(input): Body<StepUp>) -> Answered<AuthTokens> {
    call.for_real()?;
    Ok(Reply::ok(staff::step_up(&call.app, &call.caller, input).await?))
}

/// Forget a password
///
/// If somebody of the staff has the address, a mail with a token goes out; the answer is the same if nobody has.
#[utoipa::path(operation_id = "forget_staff_password", tag = "Staff sign-in", request_body = EmailOnly,
    responses((status = 202, body = Accepted), WriteProblems), security(()))]
#[post("/auth/password/forgot")]
pub async fn forgot_password(call: Call, Body(input): Body<EmailOnly>) -> Answered<Accepted> {
    call.for_real()?;
    Ok(Reply::taken(staff::forgot_password(&call.app, &call.caller, input).await?))
}

/// Set another password
///
/// With the mail's token, which works once, for 30 minutes. Every session of the account ends; a second factor stays.
#[utoipa::path(operation_id = "reset_staff_password", tag = "Staff sign-in", request_body = PasswordReset,
    responses((status = 200, body = PasswordIsSet), CredentialProblems), security(()))]
#[post("/auth/password/reset")]
pub async fn reset_password(call: Call, Body(input): Body<PasswordReset>) -> Answered<PasswordIsSet> {
    call.for_real()?;
    Ok(Reply::ok(staff::reset_password(&call.app, &call.caller, input).await?))
}
