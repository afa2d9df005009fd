//! Passkeys of staff. Each verifies its user, so it stands for both factors: it logs in, and it confirms who one is.
//! Adding and deleting ask for a recent password, code or passkey.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;
use validator::Validate;

use super::login::{self, Arrival, wrong};
use super::notices;
use super::rows::{self, StaffRow};
use super::shapes::StaffSignedIn;
use super::step_up::confirmed;
use crate::app::App;
use crate::commerce::auth::passkeys::{self, Asked, Passkey, PasskeyAdd, PasskeyDeleted, PasskeyList, PasskeyOptions, PasskeyRename};
use crate::commerce::auth::sessions::{self, RefreshTokens};
use crate::commerce::auth::{Caller, Identity, SubjectKind};
use crate::commerce::customers::{AuthTokens, tokens_of};
use crate::commerce::notifications::Template;
use crate::db::Tx;
use crate::error::{Result, check};
use crate::types::PasskeyId;

/// Somebody of the staff who logs in with a passkey.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct StaffPasskeyLogin {
    /// As it came with the options.
    pub challenge_token: String,
    /// What the device answered, as `PublicKeyCredential.toJSON()` writes it: bytes are base64url.
    #[schema(value_type = Object)]
    pub credential: serde_json::Value,
    /// What to call this device in the list of sessions.
    #[serde(default)]
    #[validate(length(max = 200))]
    pub device_name: Option<String>,
}

/// Whoever calls, of a session that lives.
fn caller(tx: &mut Tx, by: &Caller) -> Result<(Identity, StaffRow)> {
    let id = by.staff()?;
    Ok((sessions::require_live(tx, by)?, rows::active(tx, id)?))
}

/// What makes a passkey for whoever calls.
pub async fn passkey_options(app: &App, by: &Arc<Caller>) -> Result<PasskeyOptions> {
    by.staff()?;
    let (party, by) = (app.passkeys()?, by.clone());
    let (identity, row, known) = app
        .read(move |tx| {
            let (identity, row) = caller(tx, &by)?;
            by.fresh(tx)?;
            let known = passkeys::credentials(tx, identity.subject)?;
            Ok((identity, row, known))
        })
        .await?;
    let name = row.email.clone().unwrap_or_else(|| row.id.to_string());
    let display_name = row.name.clone().unwrap_or_else(|| name.clone());
    let asked = Asked { subject: identity.subject, session: identity.session, name, display_name };
    party.ask_to_add(&asked, app.clock().now(), &known)
}

/// Keeps the passkey that the device made; a mail tells.
pub async fn add_passkey(app: &App, by: &Arc<Caller>, input: PasskeyAdd) -> Result<Passkey> {
    by.staff()?;
    check(&input)?;
    let added = passkeys::add(app, &by.account()?, &input.challenge_token, &input.credential).await?;
    let by = by.clone();
    app.write(move |tx| {
        let (_, row) = caller(tx, &by)?;
        // Held: of many added at once none is one too many.
        rows::hold(tx, row.id)?.ok_or_else(rows::gone)?;
        let name = input.name.clone().unwrap_or_else(|| passkeys::name_of(&by));
        let passkey = passkeys::insert(tx, &added, name.trim())?;
        tell(tx, &by, &row, Template::PasskeyAdded, "staff.passkey_added", passkey.id)?;
        Ok(passkey)
    })
    .await
}

/// The own passkeys.
pub fn list_passkeys(tx: &mut Tx, by: &Caller) -> Result<PasskeyList> {
    by.staff()?;
    Ok(PasskeyList { data: passkeys::list(tx, by.account()?.subject)? })
}

/// Gives one of the own passkeys another name.
pub fn rename_passkey(tx: &mut Tx, by: &Caller, id: PasskeyId, input: PasskeyRename) -> Result<Passkey> {
    by.staff()?;
    check(&input)?;
    passkeys::rename(tx, by.account()?.subject, id, input.name.trim())
}

/// Deletes one of the own passkeys; a mail tells.
pub fn delete_passkey(tx: &mut Tx, by: &Caller, id: PasskeyId) -> Result<PasskeyDeleted> {
    let (identity, row) = caller(tx, by)?;
    by.fresh(tx)?;
    passkeys::delete(tx, identity.subject, id)?;
    tell(tx, by, &row, Template::PasskeyRemoved, "staff.passkey_removed", id)?;
    Ok(PasskeyDeleted { id })
}

/// What proves who comes, without a name.
pub fn passkey_login_options(app: &App) -> Result<PasskeyOptions> {
    app.passkeys()?.ask_to_prove(SubjectKind::Staff, None, app.clock().now())
}

/// Logs in whoever's passkey answered. No code is asked for: the device asked for one of its own.
pub async fn log_in_with_passkey(app: &App, by: &Arc<Caller>, input: StaffPasskeyLogin) -> Result<StaffSignedIn> {
    check(&input)?;
    let proved = passkeys::prove(app, by, SubjectKind::Staff, &input.challenge_token, &input.credential).await?;
    let arrival = Arrival::of(app, by, input.device_name, "log_in_staff_with_passkey");
    let begun = app
        .write(move |tx| {
            let row = rows::hold(tx, proved.subject.id.into())?.ok_or_else(wrong)?;
            proved.note(tx)?;
            arrival.begin(tx, row.id, None)
        })
        .await?;
    login::answer(app, begun).await
}

/// What confirms who calls, with one of the own passkeys.
pub fn passkey_step_up_options(app: &App, by: &Arc<Caller>) -> Result<PasskeyOptions> {
    by.enrolling_staff()?;
    app.passkeys()?.ask_to_prove(SubjectKind::Staff, Some(by.account()?.subject), app.clock().now())
}

/// Confirms who calls; the tokens are the session's, and say that it was now.
pub async fn passkey_step_up(app: &App, by: &Arc<Caller>, input: StaffPasskeyLogin) -> Result<AuthTokens> {
    by.enrolling_staff()?;
    check(&input)?;
    let proved = passkeys::prove(app, by, SubjectKind::Staff, &input.challenge_token, &input.credential).await?;
    let by = by.clone();
    let session = app
        .write(move |tx| {
            let identity = sessions::require_live(tx, &by)?;
            if identity.subject != proved.subject {
                return Err(wrong());
            }
            let row = rows::hold(tx, proved.subject.id.into())?.ok_or_else(rows::gone)?;
            proved.note(tx)?;
            confirmed(tx, &row, identity.session)
        })
        .await?;
    tokens_of(app, &RefreshTokens::of(app.secret())?, &session).await
}

fn tell(tx: &mut Tx, by: &Caller, row: &StaffRow, template: Template, event: &str, id: PasskeyId) -> Result<()> {
    notices::tell(tx, row, template, &by.locale)?;
    rows::emit(tx, event, row, Some(("passkey_id", json!(id))))
}
