//! Confirming who one is before what matters most: with a second factor its code, which a stolen password does not have;
//! without one the password. The session's next tokens say when that was.

use std::sync::Arc;

use super::inputs::StepUp;
use super::login::{attempts_at_codes, wrong};
use super::rows::{self, StaffRow};
use super::second_factor::{Factor, Factors};
use crate::app::App;
use crate::commerce::auth::attempts::{self, AttemptKey};
use crate::commerce::auth::sessions::{self, RefreshTokens, SessionRow};
use crate::commerce::auth::{Caller, SubjectKind};
use crate::commerce::customers::{AuthTokens, tokens_of};
use crate::error::{Error, Result};
use crate::types::{Secret, SessionId};

/// Confirms who calls; the tokens are the session's, and say that it was now.
pub async fn step_up(app: &App, by: &Arc<Caller>, input: StepUp) -> Result<AuthTokens> {
    let (row, session, attempt) = begin(app, by).await?;
    let session = if row.has_totp() {
        let factor = Factor::of(input.code, input.recovery_code)?;
        let (factors, locale) = (Factors::of(app.secret())?, by.locale.clone());
        app.write(move |tx| {
            let now = rows::hold(tx, row.id)?.ok_or_else(rows::gone)?;
            factors.spend(tx, &now, &factor, &locale)?;
            attempts::succeeded(tx, &attempt)?;
            confirmed(tx, &now, session)
        })
        .await?
    } else {
        let kept = check_password(app, &row, "/password", input.password).await?;
        app.write(move |tx| {
            let now = rows::hold(tx, row.id)?.ok_or_else(rows::gone)?;
            if now.password_hash.as_ref() != Some(&kept) || now.has_totp() {
                return Err(wrong());
            }
            attempts::succeeded(tx, &attempt)?;
            confirmed(tx, &now, session)
        })
        .await?
    };
    tokens_of(app, &RefreshTokens::of(app.secret())?, &session).await
}

/// Whoever calls, counted as an attempt.
pub(super) async fn begin(app: &App, by: &Arc<Caller>) -> Result<(StaffRow, SessionId, AttemptKey)> {
    let caller = by.clone();
    app.write(move |tx| {
        let id = caller.enrolling_staff()?;
        let session = sessions::require_live(tx, &caller)?.session;
        let row = rows::active(tx, id)?;
        // Apart from log-ins: strangers must not slow down whoever is logged in.
        let attempt = match row.has_totp() {
            true => attempts_at_codes(id),
            false => AttemptKey::of(SubjectKind::Staff, &id.to_string(), Some("confirm")),
        };
        attempts::begin(tx, &attempt)?;
        Ok((row, session, attempt))
    })
    .await
}

/// The hash of the account's password, if this is it. `pointer` is where it stands in the request.
pub(super) async fn check_password(app: &App, row: &StaffRow, pointer: &str, password: Option<Secret>) -> Result<String> {
    let password = password.ok_or_else(|| Error::invalid_field(pointer, "required", "The account's password is needed."))?;
    let verdict = app.passwords().verify(password, row.password_hash.clone()).await?;
    row.password_hash.clone().filter(|_| verdict.matches).ok_or_else(wrong)
}

/// Notes that the session of whoever calls proved who they are.
pub(super) fn confirmed(tx: &mut crate::db::Tx, row: &StaffRow, session: SessionId) -> Result<SessionRow> {
    let session = sessions::reauthenticated(tx, session)?;
    rows::emit(tx, "staff.reauthenticated", row, None)?;
    Ok(session)
}
