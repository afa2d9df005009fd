//! Logging in, going on, logging out.

use std::sync::Arc;

use super::inactive;
use super::inputs::{ClaimAtLogin, CustomerLogin, Logout, RefreshInput};
use super::rows::{self, CustomerRow, EmailAddress};
use super::shapes::{AuthTokens, LoggedIn};
use crate::app::App;
use crate::commerce::auth::attempts::{self, AttemptKey};
use crate::commerce::auth::sessions::{self, Device, RefreshTokens, Refreshed, SessionRow, SessionTerms, SessionsEnded};
use crate::commerce::auth::tokens::ACCESS_MINUTES;
use crate::commerce::auth::{Actor, Caller, SubjectKind, devices};
use crate::commerce::cart::{self, CartClaim, CartTerms};
use crate::commerce::secrets::ShopSecret;
use crate::db::Tx;
use crate::error::{Code, Error, Result, check};
use crate::types::Secret;

/// Logs a customer in. An address that nobody has, a wrong password and an account that is kept out are told alike and
/// take the same work; so does waiting after too many failures.
pub async fn log_in(app: &App, by: &Arc<Caller>, input: CustomerLogin) -> Result<LoggedIn> {
    check(&input)?;
    let (key, device_token, secret) = (EmailAddress::key_of(&input.email), input.device_token, app.secret().clone());
    let (found, attempt) = app
        .write(move |tx| {
            let found = rows::by_email(tx, &key)?;
            let device = match (&found, &device_token) {
                (Some(row), Some(token)) => devices::known(&secret, row.subject(), row.password_changed_at, token.expose())?,
                _ => None,
            };
            let attempt = AttemptKey::of(SubjectKind::Customer, &key, device.as_deref());
            attempts::begin(tx, &attempt)?;
            Ok((found, attempt))
        })
        .await?;
    let kept = found.as_ref().and_then(|row| row.password_hash.clone());
    let verdict = app.passwords().verify(input.password, kept.clone()).await?;
    let row = found.filter(|row| verdict.matches && row.is_active()).ok_or_else(wrong)?;
    let kept = kept.ok_or_else(wrong)?;
    let guest = Guest::of(app, by, input.device_name, input.cart);
    let begun = app
        .write(move |tx| {
            // The password may have been changed, or the account kept out, while it was checked.
            let row = rows::logged_in(tx, row.id, &kept, verdict.renewed.clone())?.ok_or_else(wrong)?;
            attempts::succeeded(tx, &attempt)?;
            guest.begin(tx, row)
        })
        .await?;
    answer(app, begun).await
}

/// Gives the next tokens of a session.
pub async fn refresh(app: &App, by: &Arc<Caller>, token: Option<Secret>) -> Result<AuthTokens> {
    let token = RefreshInput { refresh_token: token }.given()?;
    let (tokens, terms, by) = (RefreshTokens::of(app.secret())?, SessionTerms::of(app.config()), by.clone());
    let key = tokens.clone();
    let refreshed = app
        .write(move |tx| {
            let refreshed = sessions::refresh(tx, &by, &key, SubjectKind::Customer, token.expose(), terms)?;
            if let Refreshed::Good(session) = &refreshed {
                rows::seen(tx, session.identity().subject.id.into())?;
            }
            Ok(refreshed)
        })
        .await?;
    match refreshed {
        Refreshed::Good(session) => tokens_of(app, &tokens, &session).await,
        Refreshed::Refused => Err(Error::new(Code::Unauthenticated, "This refresh token is not good (any more): log in again.")),
    }
}

/// Ends the session that calls, or that a refresh token names.
pub async fn log_out(app: &App, by: &Arc<Caller>, input: Logout) -> Result<SessionsEnded> {
    let (tokens, by) = (RefreshTokens::of(app.secret())?, by.clone());
    app.write(move |tx| match &input.refresh_token {
        Some(token) => {
            let ended = sessions::revoke_by_token(tx, &by, &tokens, SubjectKind::Customer, token.expose())?;
            Ok(SessionsEnded { ended: i32::try_from(ended).unwrap_or(i32::MAX) })
        }
        None => sessions::log_out(tx, &by),
    })
    .await
}

/// The one answer to whoever may not log in.
pub(super) fn wrong() -> Error {
    Error::new(Code::InvalidCredentials, "The e-mail address or the password is not right.")
}

/// Who logs in, while they are still a guest.
#[derive(Clone)]
pub(super) struct Guest {
    by: Arc<Caller>,
    device: Device,
    cart: Option<ClaimAtLogin>,
    session_terms: SessionTerms,
    cart_terms: CartTerms,
    secret: ShopSecret,
}

/// What a log-in wrote.
pub(super) struct Begun {
    customer: CustomerRow,
    session: SessionRow,
    claimed: Option<CartClaim>,
}

impl Guest {
    pub fn of(app: &App, by: &Arc<Caller>, device_name: Option<String>, cart: Option<ClaimAtLogin>) -> Self {
        Self {
            by: by.clone(),
            device: Device::of(by, device_name),
            cart,
            session_terms: SessionTerms::of(app.config()),
            cart_terms: CartTerms::of(app.config(), None),
            secret: app.secret().clone(),
        }
    }

    /// Begins a session, and claims the guest's cart. A cart that cannot be claimed keeps nobody out.
    pub fn begin(&self, tx: &mut Tx, customer: CustomerRow) -> Result<Begun> {
        let customer = inactive::welcome(tx, &self.secret, customer)?;
        let session = sessions::begin(tx, customer.subject(), self.device.clone(), self.session_terms)?;
        let claimed = match &self.cart {
            Some(cart) => {
                let by = self.as_customer(&customer, &session, cart);
                let (id, strategy, terms) = (cart.id, cart.strategy, self.cart_terms);
                match tx.savepoint(|tx| cart::claim(tx, &by, terms, id, strategy)) {
                    Ok(claim) => Some(claim),
                    Err(error) if error.status() < 500 => None,
                    Err(error) => return Err(error),
                }
            }
            None => None,
        };
        Ok(Begun { customer, session, claimed })
    }

    fn as_customer(&self, customer: &CustomerRow, session: &SessionRow, cart: &ClaimAtLogin) -> Caller {
        let mut by = (*self.by).clone();
        let identity = session.identity();
        by.actor = Actor::Customer { id: customer.id, session: identity.session, authenticated_at: identity.authenticated_at };
        if let Some(token) = &cart.token {
            by.cart_token = Some(token.expose().to_owned().into());
        }
        by
    }
}

/// What a log-in answers.
pub(super) async fn answer(app: &App, begun: Begun) -> Result<LoggedIn> {
    let Begun { customer, session, claimed } = begun;
    let tokens = tokens_of(app, &RefreshTokens::of(app.secret())?, &session).await?;
    let device_token = devices::issue(app.secret(), customer.subject(), customer.password_changed_at)?;
    Ok(LoggedIn { tokens, device_token, customer: customer.shape(false), claimed })
}

/// What a session calls with, of whichever kind of account.
pub(crate) async fn tokens_of(app: &App, refresh: &RefreshTokens, session: &SessionRow) -> Result<AuthTokens> {
    let identity = session.identity();
    let access = app.tokens().issue(app, &identity).await?;
    Ok(AuthTokens {
        token_type: "Bearer".to_owned(),
        access_token: Some(access.text),
        expires_in: i32::try_from(ACCESS_MINUTES.saturating_mul(60)).unwrap_or(i32::MAX),
        access_expires_at: access.expires_at,
        refresh_token: Some(refresh.token(session)?),
        refresh_expires_at: session.expires_at(),
        session_id: identity.session,
        csrf_token: None,
    })
}
