//! Signing in with others, and the accounts elsewhere that open one's own.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, delete, get, post, web};

use crate::api::call::Call;
use crate::api::extract::{Body, PathId};
use crate::api::openapi::{CredentialProblems, DryRun, IdPath, Idempotency, ReadProblems, TokenTransport, WriteProblems};
use crate::api::reply::{Answered, Reply};
use crate::commerce::customers::{
    self, CustomerIdentities, CustomerIdentity, IdTokenSignIn, IdentityLink, IdentityLinkIdToken, IdentityLinkStart, IdentityUnlinked,
    LoggedIn, SignInFinish, SignInProviderList, SignInStart, SignInStarted,
};
use crate::error::{Error, Result};
use crate::types::IdentityId;

/// List the providers to sign in with
///
/// Those that this channel offers: what a storefront shows as buttons.
#[utoipa::path(operation_id = "list_sign_in_providers", tag = "Customers", responses((status = 200, body = SignInProviderList), ReadProblems),
    security(()))]
#[get("/auth/providers")]
pub async fn providers(call: Call) -> Answered<SignInProviderList> {
    Ok(Reply::ok(customers::list_sign_in_providers(&call.app, &call.caller)))
}

/// Start signing in with a provider
///
/// Answers the address at the provider to send the customer to. They come back to `redirect_uri`, one of those that the
/// operator allows, with a `code` and the `state`; `finish_sign_in` goes on from there within ten minutes, with the
/// `flow_secret` that stays with the page which started.
#[utoipa::path(operation_id = "start_sign_in", tag = "Customers", params(ProviderPath), request_body = SignInStart,
    responses((status = 200, body = SignInStarted), WriteProblems), security(()))]
#[post("/auth/oidc/{provider}/start")]
pub async fn start(call: Call, path: ProviderPath, Body(input): Body<SignInStart>) -> Answered<SignInStarted> {
    call.for_real()?;
    Ok(Reply::ok(customers::start_sign_in(&call.app, &call.caller, &path.provider, input).await?))
}

/// Finish signing in with a provider
///
/// Answers as a log-in with a password does. Somebody whom the provider knows and the shop does not gets the account of
/// the address that the provider says it verified, or a new one without a password. Where it does not say so: 409
/// `identity_email_not_verified`, whether or not the address has an account; log in otherwise and link it. 422
/// `sign_in_not_valid`: start again. 422 `identity_refused`: the provider said no. 503 `identity_provider_unavailable`:
/// start again later.
#[utoipa::path(operation_id = "finish_sign_in", tag = "Customers", params(ProviderPath, TokenTransport), request_body = SignInFinish,
    responses((status = 200, body = LoggedIn), CredentialProblems), security(()))]
#[post("/auth/oidc/{provider}/finish")]
pub async fn finish(call: Call, path: ProviderPath, Body(input): Body<SignInFinish>) -> Answered<LoggedIn> {
    call.for_real()?;
    Ok(Reply::ok(call.browser.hand_over(customers::finish_sign_in(&call.app, &call.caller, &path.provider, input).await)?))
}

/// Sign in with an ID token
///
/// For apps that sign in with the provider's own SDK (Google, Apple, Kakao). The token must be for one of the client
/// ids that the operator names, hold the nonce that the app chose, and is taken once. What it opens is the same as with
/// `finish_sign_in`.
#[utoipa::path(operation_id = "sign_in_with_id_token", tag = "Customers", params(TokenTransport), request_body = IdTokenSignIn,
    responses((status = 200, body = LoggedIn), CredentialProblems), security(()))]
#[post("/auth/id-token")]
pub async fn id_token(call: Call, Body(input): Body<IdTokenSignIn>) -> Answered<LoggedIn> {
    call.for_real()?;
    Ok(Reply::ok(call.browser.hand_over(customers::sign_in_with_id_token(&call.app, &call.caller, input).await)?))
}

/// List the own accounts elsewhere
///
/// Those that the customer can sign in with.
#[utoipa::path(operation_id = "list_my_identities", tag = "Me", responses((status = 200, body = CustomerIdentities), ReadProblems),
    security(("access_token" = [])))]
#[get("/me/identities")]
pub async fn list(call: Call) -> Answered<CustomerIdentities> {
    Ok(Reply::ok(call.read(customers::list_identities).await?))
}

/// Start linking an account elsewhere
///
/// The customer confirms it with their password (or, without one, by a log-in of the last ten minutes), and is then sent
/// to the address in the answer; `link_my_identity` goes on from there.
#[utoipa::path(operation_id = "start_linking_my_identity", tag = "Me", request_body = IdentityLinkStart,
    responses((status = 200, body = SignInStarted), CredentialProblems), security(("access_token" = [])))]
#[post("/me/identities/start")]
pub async fn start_link(call: Call, Body(input): Body<IdentityLinkStart>) -> Answered<SignInStarted> {
    call.for_real()?;
    Ok(Reply::ok(customers::start_link(&call.app, &call.caller, input).await?))
}

/// Link an account elsewhere
///
/// With what the customer came back with. One that opens another customer's account already is 409 `identity_in_use`.
#[utoipa::path(operation_id = "link_my_identity", tag = "Me", request_body = IdentityLink,
    responses((status = 200, body = CustomerIdentity), CredentialProblems), security(("access_token" = [])))]
#[post("/me/identities")]
pub async fn link(call: Call, Body(input): Body<IdentityLink>) -> Answered<CustomerIdentity> {
    call.for_real()?;
    Ok(Reply::ok(customers::link_identity(&call.app, &call.caller, input).await?))
}

/// Link an account elsewhere with an ID token
///
/// For apps that sign in with the provider's own SDK.
#[utoipa::path(operation_id = "link_my_identity_with_id_token", tag = "Me", request_body = IdentityLinkIdToken,
    responses((status = 200, body = CustomerIdentity), CredentialProblems), security(("access_token" = [])))]
#[post("/me/identities/id-token")]
pub async fn link_id_token(call: Call, Body(input): Body<IdentityLinkIdToken>) -> Answered<CustomerIdentity> {
    call.for_real()?;
    Ok(Reply::ok(customers::link_id_token(&call.app, &call.caller, input).await?))
}

/// Unlink an account elsewhere
///
/// It needs a log-in of the last ten minutes. The last way to log in stays: 409 `last_sign_in`. A mail tells the customer.
#[utoipa::path(operation_id = "unlink_my_identity", tag = "Me", params(IdPath, Idempotency, DryRun),
    responses((status = 200, body = IdentityUnlinked), WriteProblems), security(("access_token" = [])))]
#[delete("/me/identities/{id}")]
pub async fn unlink(call: Call, PathId(id): PathId<IdentityId>) -> Answered<IdentityUnlinked> {
    Ok(Reply::written(call.write("unlink_my_identity", id, customers::unlink_identity).await?))
}

/// `{provider}` of a path.
#[derive(Debug, utoipa::IntoParams)]
#[into_params(parameter_in = Path)]
pub struct ProviderPath {
    /// The provider's id: `google`, `apple`, `kakao`, ...
    provider: String,
}

impl FromRequest for ProviderPath {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let decoded = web::Path::<String>::from_request(request, payload).into_inner();
        ready(decoded.map(|path| Self { provider: path.into_inner() }).map_err(|_| Error::not_found("sign-in provider")))
    }
}
