//! Finishing: who came back, and which account they open.

use std::sync::Arc;

use chrono::Duration;

use super::super::create::create;
use super::super::first_proof::first_proof;
use super::super::inputs::ConsentsUpdate;
use super::super::login::{self, Begun, Guest};
use super::super::rows::{self as customers_rows, CustomerChanges, CustomerRow, EmailAddress};
use super::super::shapes::LoggedIn;
use super::attempts::{self, Presented};
use super::inputs::{IdTokenSignIn, SignInFinish, bounded};
use super::{link, rows, start};
use crate::app::App;
use crate::commerce::auth::Caller;
use crate::config::sign_in::SignInProviderConfig;
use crate::db::{Again, Tx};
use crate::error::{Code, Error, Result, check};
use crate::providers::sign_in::{ExternalIdentity, PresentedToken, Redemption, SignInProvider};
use crate::types::{Locale, Secret, Timestamp};

/// The longest code, state and token that are looked at.
const CODE: usize = 4_096;
const STATE: usize = 200;
const TOKEN: usize = 8_192;

/// Finishes signing in with the code that a customer came back with.
pub async fn finish_sign_in(app: &App, by: &Arc<Caller>, provider: &str, input: SignInFinish) -> Result<LoggedIn> {
    check(&input)?;
    let provider = start::offered(app, by, provider)?;
    let back = Back { state: &input.state, code: &input.code, secret: &input.flow_secret, issuer: input.iss };
    let who = redeem(app, by, provider.as_ref(), back, None).await?;
    let newcomer = Newcomer::of(by, input.name, input.locale, input.consents);
    let guest = Guest::of(app, by, input.device_name, input.cart);
    let config = provider.config().clone();
    let begun = app.write(move |tx| open(tx, &config, &who, &newcomer, &guest)).await?;
    login::answer(app, begun).await
}

/// Signs in with an ID token that an app got by itself.
pub async fn sign_in_with_id_token(app: &App, by: &Arc<Caller>, input: IdTokenSignIn) -> Result<LoggedIn> {
    check(&input)?;
    let provider = start::offered(app, by, &input.provider)?;
    let (who, token, until) = check_token(provider.as_ref(), &input.id_token, &input.nonce, &input.access_token).await?;
    let newcomer = Newcomer::of(by, input.name, input.locale, input.consents);
    let guest = Guest::of(app, by, input.device_name, input.cart);
    let config = provider.config().clone();
    let begun = app
        .write(move |tx| {
            rows::use_token(tx, &token, until)?;
            open(tx, &config, &who, &newcomer, &guest)
        })
        .await?;
    login::answer(app, begun).await
}

/// What a customer came back with.
pub(super) struct Back<'a> {
    pub state: &'a Secret,
    pub code: &'a Secret,
    pub secret: &'a Secret,
    pub issuer: Option<String>,
}

/// Takes the attempt and redeems its code: who the customer is.
pub(super) async fn redeem(
    app: &App,
    by: &Arc<Caller>,
    provider: &dyn SignInProvider,
    back: Back<'_>,
    customer: Option<crate::types::CustomerId>,
) -> Result<ExternalIdentity> {
    let code = bounded("/code", back.code, CODE)?;
    let presented = Presented {
        provider: provider.config().id.clone(),
        state: bounded("/state", back.state, STATE)?,
        secret: bounded("/flow_secret", back.secret, STATE)?,
        customer,
    };
    let (secret, caller) = (app.secret().clone(), by.clone());
    let attempt = app.write(move |tx| attempts::take(tx, &secret, &caller, presented.clone())).await?;
    let redemption = Redemption {
        redirect_uri: attempt.redirect_uri,
        code,
        state: attempt.state,
        verifier: attempt.verifier,
        nonce: attempt.nonce,
        issuer: back.issuer,
    };
    Ok(provider.redeem(&redemption).await?)
}

/// Checks an app's token: who the customer is, what is signed of it, and until when it could be presented again.
pub(super) async fn check_token(
    provider: &dyn SignInProvider,
    id_token: &Secret,
    nonce: &Option<Secret>,
    access_token: &Option<Secret>,
) -> Result<(ExternalIdentity, String, Timestamp)> {
    let optional = |pointer: &str, secret: &Option<Secret>| secret.as_ref().map(|s| bounded(pointer, s, TOKEN)).transpose();
    let presented = PresentedToken {
        id_token: bounded("/id_token", id_token, TOKEN)?,
        nonce: optional("/nonce", nonce)?,
        access_token: optional("/access_token", access_token)?,
    };
    let (who, until) = provider.check_id_token(&presented).await?;
    // What is signed names a token: whoever has one of ES256 can make another signature of it that holds as well.
    let signed = presented.id_token.rsplit_once('.').map_or(presented.id_token.as_str(), |(signed, _)| signed).to_owned();
    Ok((who, signed, until.plus(Duration::minutes(1))))
}

/// What is known of somebody who may be new.
pub(super) struct Newcomer {
    name: Option<String>,
    locale: Locale,
    consents: Option<ConsentsUpdate>,
}

impl Newcomer {
    fn of(by: &Caller, name: Option<String>, locale: Option<Locale>, consents: Option<ConsentsUpdate>) -> Self {
        let name = name.map(|n| n.trim().to_owned()).filter(|n| !n.is_empty());
        Self { name, locale: locale.unwrap_or_else(|| by.locale.clone()), consents }
    }
}

/// Logs in to the account that an identity opens.
fn open(tx: &mut Tx, config: &SignInProviderConfig, who: &ExternalIdentity, newcomer: &Newcomer, guest: &Guest) -> Result<Begun> {
    let row = match rows::find(tx, who)? {
        Some(known) => {
            rows::used(tx, known.id, who)?;
            customers_rows::by_id(tx, known.customer_id)?.filter(CustomerRow::is_active).ok_or_else(kept_out)?
        }
        None => first_time(tx, config, who, newcomer)?,
    };
    let changes = CustomerChanges { last_login_at: Some(Some(tx.now())), ..CustomerChanges::default() };
    let row = customers_rows::change(tx, row.id, &changes)?.filter(CustomerRow::is_active).ok_or_else(kept_out)?;
    guest.begin(tx, row)
}

/// An identity that is not known opens the account of an address that its provider verified, or a new one.
fn first_time(tx: &mut Tx, config: &SignInProviderConfig, who: &ExternalIdentity, newcomer: &Newcomer) -> Result<CustomerRow> {
    let email = who.email.as_deref().filter(|_| who.email_verified || config.trust_email);
    let email = email.and_then(|text| EmailAddress::parse("/email", text).ok());
    if email.is_none() && !config.accounts_without_email {
        // The same whether the address has an account here: nobody learns it by claiming an address elsewhere.
        return Err(Error::new(
            Code::IdentityEmailNotVerified,
            "The provider does not say that the e-mail address is verified. Log in or register otherwise, then link it.",
        ));
    }
    let known = email.as_ref().map(|email| customers_rows::by_email(tx, &email.key)).transpose()?.flatten();
    match (known, &email) {
        (Some(known), Some(email)) => {
            // Held: it gets no identity too many, and it is the address's still.
            let row = customers_rows::change(tx, known.id, &CustomerChanges::default())?;
            let row = row.filter(CustomerRow::is_active).ok_or_else(kept_out)?;
            if row.email_key.as_ref() != Some(&email.key) {
                return Err(Error::unavailable(Again("the address left the account meanwhile")));
            }
            let (row, _) = first_proof(tx, row, &email.text)?;
            link::add(tx, &row, &config.id, who, &newcomer.locale)?;
            Ok(row)
        }
        _ => {
            let row = register(tx, email.as_ref(), who, newcomer)?;
            rows::insert(tx, row.id, &config.id, who)?;
            Ok(row)
        }
    }
}

/// Makes an account, without a password.
fn register(tx: &mut Tx, email: Option<&EmailAddress>, who: &ExternalIdentity, newcomer: &Newcomer) -> Result<CustomerRow> {
    let row = CustomerRow {
        email_verified_at: email.map(|_| tx.now()),
        name: who.name.clone().or_else(|| newcomer.name.clone()),
        locale: Some(newcomer.locale.clone()),
        ..email.map_or_else(|| CustomerRow::blank(tx), |email| CustomerRow::new(tx, email))
    };
    // Of two at once that have the same address the second finds the first's account.
    create(tx, row, newcomer.consents.clone(), || Error::unavailable(Again("the address was given an account meanwhile")))
}

/// The answer to whoever has an account that is kept out: the same as to a wrong password.
fn kept_out() -> Error {
    Error::new(Code::InvalidCredentials, "This account cannot be logged in to.")
}
