//! Starting: what is offered, and where customers are sent.

use std::sync::Arc;

use super::super::credentials;
use super::attempts;
use super::inputs::{IdentityLinkStart, SignInStart};
use super::shapes::{SignInProtocolKind, SignInProviderInfo, SignInProviderList, SignInStarted};
use crate::app::App;
use crate::commerce::auth::Caller;
use crate::config::sign_in::{SignInProtocol, SignInProviderConfig};
use crate::error::{Error, Result, check};
use crate::providers::sign_in::{Authorization, SignInProvider};
use crate::types::CustomerId;

/// The providers that the caller's channel offers.
pub fn list_sign_in_providers(app: &App, by: &Caller) -> SignInProviderList {
    let offered = app.sign_in().iter().filter(|provider| is_offered(provider.config(), by));
    SignInProviderList { data: offered.map(|provider| info(provider.as_ref())).collect() }
}

fn info(provider: &dyn SignInProvider) -> SignInProviderInfo {
    let config = provider.config();
    SignInProviderInfo {
        id: config.id.clone(),
        name: config.name.clone(),
        protocol: match config.protocol {
            SignInProtocol::Oidc { .. } => SignInProtocolKind::Oidc,
            SignInProtocol::OAuth2(_) => SignInProtocolKind::OAuth2,
        },
        client_id: config.client_id.clone(),
        redirects: !config.redirect_uris.is_empty(),
        takes_id_tokens: provider.checks_id_tokens(),
    }
}

fn is_offered(config: &SignInProviderConfig, by: &Caller) -> bool {
    config.channels.is_empty() || config.channels.contains(&by.channel.code)
}

/// A provider that the caller's channel offers; another is not there.
pub(super) fn offered(app: &App, by: &Caller, id: &str) -> Result<Arc<dyn SignInProvider>> {
    let found = app.sign_in().get(id).filter(|provider| is_offered(provider.config(), by));
    found.cloned().ok_or_else(|| Error::not_found("sign-in provider"))
}

/// Starts signing in: answers where to send the customer.
pub async fn start_sign_in(app: &App, by: &Arc<Caller>, provider: &str, input: SignInStart) -> Result<SignInStarted> {
    check(&input)?;
    let provider = offered(app, by, provider)?;
    start(app, by, provider.as_ref(), input.redirect_uri, input.login_hint.as_deref(), None).await
}

/// Starts linking an account elsewhere to the one that is logged in, whose owner confirms it.
pub async fn start_link(app: &App, by: &Arc<Caller>, input: IdentityLinkStart) -> Result<SignInStarted> {
    by.customer()?;
    check(&input)?;
    let provider = offered(app, by, &input.provider)?;
    let customer = credentials::confirm(app, by, "/password", input.password).await?.id;
    start(app, by, provider.as_ref(), input.redirect_uri, None, Some(customer)).await
}

async fn start(
    app: &App,
    by: &Arc<Caller>,
    provider: &dyn SignInProvider,
    redirect_uri: String,
    login_hint: Option<&str>,
    customer: Option<CustomerId>,
) -> Result<SignInStarted> {
    may_return_to(provider.config(), by, &redirect_uri)?;
    let (secret, caller, id) = (app.secret().clone(), by.clone(), provider.config().id.clone());
    let attempt = app.write(move |tx| attempts::begin(tx, &secret, &caller, &id, &redirect_uri, customer)).await?;
    let locale = by.locale.to_string();
    let request = Authorization {
        redirect_uri: &attempt.redirect_uri,
        state: &attempt.state,
        nonce: &attempt.nonce,
        verifier: &attempt.verifier,
        login_hint,
        locale: &locale,
    };
    let authorization_url = provider.authorization_url(&request).await?;
    Ok(SignInStarted { authorization_url, state: attempt.state, flow_secret: attempt.secret, expires_at: attempt.expires_at })
}

/// A code goes only where the operator says: to one of the provider's pages, and, where the channel has origins of its
/// own, to one of theirs. Compared as text, whole (RFC 9700, 4.1.3).
fn may_return_to(config: &SignInProviderConfig, by: &Caller, redirect_uri: &str) -> Result<()> {
    let is_listed = config.redirect_uris.iter().any(|listed| listed == redirect_uri);
    let origins = &by.channel.allowed_origins;
    let in_channel = match url::Url::parse(redirect_uri).map(|url| url.origin()) {
        Ok(origin) if origin.is_tuple() && !origins.is_empty() => origins.contains(&origin.ascii_serialization()),
        _ => true,
    };
    if is_listed && in_channel {
        Ok(())
    } else {
        Err(Error::invalid_field("/redirect_uri", "not_allowed", "This shop's operator does not allow this address (redirect_uris)."))
    }
}
