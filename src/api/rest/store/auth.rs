//! Registering, logging in, going on, logging out, forgotten passwords. None of these answers tells whom the shop knows.

use actix_web::{get, post};

use crate::api::call::Call;
use crate::api::extract::Body;
use crate::api::openapi::{CredentialProblems, Csrf, DryRun, Idempotency, ReadProblems, TokenTransport, WriteProblems};
use crate::api::reply::{Answered, Reply};
use crate::commerce::auth::passkeys::PasskeyOptions;
use crate::commerce::auth::sessions::{self, SessionsEnded};
use crate::commerce::customers::{
    self, Accepted, AuthTokens, CsrfToken, CustomerLogin, CustomerRegister, CustomerVerify, EmailConfirm, EmailConfirmed, EmailOnly,
    LoggedIn, Logout, PasskeyLogin, PasswordIsSet, PasswordReset, PhoneChallenge, PhoneFinish, PhoneStart, RefreshInput,
};

/// Register
///
/// Answers the same for every address: a mail with a token goes out (`verify_email` goes on from there), and to an
/// address that has an account already a mail that says so. There is no account until the address is proved.
#[utoipa::path(operation_id = "register_customer", tag = "Customers", request_body = CustomerRegister,
    responses((status = 202, body = Accepted), WriteProblems), security(()))]
#[post("/customers")]
pub async fn register(call: Call, Body(input): Body<CustomerRegister>) -> Answered<Accepted> {
    call.for_real()?;
    Ok(Reply::taken(customers::register(&call.app, &call.caller, input).await?))
}

/// Prove the address and log in
///
/// With the mail's token and the password that was chosen: the account is made, what a guest ordered with the address
/// is its own, and it is logged in. The token works once, for 24 hours.
#[utoipa::path(operation_id = "verify_customer_email", tag = "Customers", params(TokenTransport), request_body = CustomerVerify,
    responses((status = 200, body = LoggedIn), CredentialProblems), security(()))]
#[post("/auth/verify-email")]
pub async fn verify_email(call: Call, Body(input): Body<CustomerVerify>) -> Answered<LoggedIn> {
    call.for_real()?;
    Ok(Reply::ok(call.browser.hand_over(customers::verify_email(&call.app, &call.caller, input).await)?))
}

/// Log in
///
/// The answer holds an access token (15 minutes), a refresh token (once, 30 days unless configured) and a device token.
/// A wrong password, an unknown address and a disabled account are all 401 `invalid_credentials`. After five failures
/// one waits (429 with `Retry-After`), longer each time, a quarter of an hour at most; a device that sends the
/// `device_token` of an earlier log-in does not wait for strangers' failures. With `cart` the guest's cart is claimed.
#[utoipa::path(operation_id = "log_in_customer", tag = "Customers", params(TokenTransport), request_body = CustomerLogin,
    responses((status = 200, body = LoggedIn), CredentialProblems), security(()))]
#[post("/auth/login")]
pub async fn log_in(call: Call, Body(input): Body<CustomerLogin>) -> Answered<LoggedIn> {
    call.for_real()?;
    Ok(Reply::ok(call.browser.hand_over(customers::log_in(&call.app, &call.caller, input).await)?))
}

/// Ask for a passkey
///
/// What the sign-in page asks the device with, for `log_in_customer_with_passkey`. Nobody types a name: the device offers
/// the passkeys that it has for the shop. Nothing is kept of it here.
#[utoipa::path(operation_id = "get_passkey_login_options", tag = "Customers",
    responses((status = 200, body = PasskeyOptions), WriteProblems), security(()))]
#[post("/auth/passkey/options")]
pub async fn passkey_options(call: Call) -> Answered<PasskeyOptions> {
    call.for_real()?;
    Ok(Reply::ok(customers::passkey_login_options(&call.app)?))
}

/// Log in with a passkey
///
/// With the device's answer; the rest is as `log_in_customer`. A challenge is answered once, within five minutes
/// (`passkey_not_valid`); a passkey that is unknown or does not verify is 401 `invalid_credentials`.
#[utoipa::path(operation_id = "log_in_customer_with_passkey", tag = "Customers", params(TokenTransport), request_body = PasskeyLogin,
    responses((status = 200, body = LoggedIn), CredentialProblems), security(()))]
#[post("/auth/passkey/login")]
pub async fn log_in_with_passkey(call: Call, Body(input): Body<PasskeyLogin>) -> Answered<LoggedIn> {
    call.for_real()?;
    Ok(Reply::ok(call.browser.hand_over(customers::log_in_with_passkey(&call.app, &call.caller, input).await)?))
}

/// Go on
///
/// A refresh token gives the next pair of tokens, once. A client that lost the answer may send the same token again
/// within ten seconds and gets the same next token. One that comes back later was stolen: its session ends, and whoever
/// holds the newer token is asked to log in again. A browser's session goes on by its cookie, with an empty body and
/// `Maru-CSRF-Token`.
#[utoipa::path(operation_id = "refresh_customer_session", tag = "Customers", params(TokenTransport, Csrf), request_body = RefreshInput,
    responses((status = 200, body = AuthTokens), CredentialProblems), security(()))]
#[post("/auth/refresh")]
pub async fn refresh(call: Call, Body(input): Body<RefreshInput>) -> Answered<AuthTokens> {
    call.for_real()?;
    let token = call.browser.refresh_token(input.refresh_token)?;
    Ok(Reply::ok(call.browser.hand_over(customers::refresh(&call.app, &call.caller, token).await)?))
}

/// Log out
///
/// Ends the session of the access token, of the refresh token in the body, or of the cookies, which are taken back. Its
/// refresh token stops working at once, its access token when it expires.
#[utoipa::path(operation_id = "log_out_customer", tag = "Customers", params(Csrf), request_body = Logout,
    responses((status = 200, body = SessionsEnded), WriteProblems), security((), ("access_token" = [])))]
#[post("/auth/logout")]
pub async fn log_out(call: Call, Body(input): Body<Logout>) -> Answered<SessionsEnded> {
    call.for_real()?;
    let input = Logout { refresh_token: call.browser.refresh_token(input.refresh_token)? };
    let ended = customers::log_out(&call.app, &call.caller, input).await?;
    call.browser.forget();
    Ok(Reply::ok(ended))
}

/// Log out everywhere
///
/// Ends every session of the customer, this one too.
#[utoipa::path(operation_id = "log_out_customer_everywhere", tag = "Customers", params(Idempotency, DryRun),
    responses((status = 200, body = SessionsEnded), WriteProblems), security(("access_token" = [])))]
#[post("/auth/logout-everywhere")]
pub async fn log_out_everywhere(call: Call) -> Answered<SessionsEnded> {
    let written = call.write("log_out_customer_everywhere", (), |tx, by, ()| sessions::log_out_everywhere(tx, by)).await?;
    if !call.dry_run {
        call.browser.forget();
    }
    Ok(Reply::written(written))
}

/// Get a CSRF token
///
/// For a browser's session that lives in cookies: after a page was loaded anew. It is good for as long as the session.
#[utoipa::path(operation_id = "get_csrf_token", tag = "Customers", responses((status = 200, body = CsrfToken), ReadProblems), security(()))]
#[get("/auth/csrf-token")]
pub async fn csrf_token(call: Call) -> Answered<CsrfToken> {
    Ok(Reply::ok(CsrfToken { csrf_token: call.browser.issue_csrf_token().await? }))
}

/// Forget a password
///
/// If the address has an account, a mail with a token goes out; the answer is the same if it has none.
#[utoipa::path(operation_id = "forget_customer_password", tag = "Customers", request_body = EmailOnly,
    responses((status = 202, body = Accepted), WriteProblems), security(()))]
#[post("/auth/password/forgot")]
pub async fn forgot_password(call: Call, Body(input): Body<EmailOnly>) -> Answered<Accepted> {
    call.for_real()?;
    Ok(Reply::taken(customers::forgot_password(&call.app, &call.caller, input).await?))
}

/// Set another password
///
/// With the mail's token, which works once, for 30 minutes. Every session of the account ends.
#[utoipa::path(operation_id = "reset_customer_password", tag = "Customers", request_body = PasswordReset,
    responses((status = 200, body = PasswordIsSet), CredentialProblems), security(()))]
#[post("/auth/password/reset")]
pub async fn reset_password(call: Call, Body(input): Body<PasswordReset>) -> Answered<PasswordIsSet> {
    call.for_real()?;
    Ok(Reply::ok(customers::reset_password(&call.app, &call.caller, input).await?))
}

/// Confirm a change of address
///
/// With the token that one of both addresses was mailed. When both are confirmed the account's address is the new one.
#[utoipa::path(operation_id = "confirm_customer_email", tag = "Customers", request_body = EmailConfirm,
    responses((status = 200, body = EmailConfirmed), WriteProblems), security(()))]
#[post("/auth/confirm-email")]
pub async fn confirm_email(call: Call, Body(input): Body<EmailConfirm>) -> Answered<EmailConfirmed> {
    call.for_real()?;
    Ok(Reply::ok(call.app.write(move |tx| customers::confirm_email(tx, &input)).await?))
}

/// Log in with a phone: ask for a code
///
/// A mobile number is sent six digits, good for five minutes; the answer is the same whether the number has an account
/// or not. Codes are bounded: too many to a number, or from a network, are 429 with `Retry-After`; a device that sends
/// the `device_token` of an earlier log-in does not wait for strangers.
#[utoipa::path(operation_id = "start_phone_login", tag = "Customers", request_body = PhoneStart,
    responses((status = 202, body = PhoneChallenge), WriteProblems), security(()))]
#[post("/auth/phone/start")]
pub async fn start_phone(call: Call, Body(input): Body<PhoneStart>) -> Answered<PhoneChallenge> {
    call.for_real()?;
    Ok(Reply::taken(customers::start_phone_login(&call.app, &call.caller, input).await?))
}

/// Log in with a phone: give the code
///
/// With the challenge and the code: whoever has an account is logged in, and a number without one is given one
/// (`profile` says who it is). A code works once and may be tried five times; a wrong one, one that was used and one
/// that is too old are all 422 `proof_not_valid`.
#[utoipa::path(operation_id = "finish_phone_login", tag = "Customers", params(TokenTransport), request_body = PhoneFinish,
    responses((status = 200, body = LoggedIn), CredentialProblems), security(()))]
#[post("/auth/phone/finish")]
pub async fn finish_phone(call: Call, Body(input): Body<PhoneFinish>) -> Answered<LoggedIn> {
    call.for_real()?;
    Ok(Reply::ok(call.browser.hand_over(customers::finish_phone_login(&call.app, &call.caller, input).await)?))
}
