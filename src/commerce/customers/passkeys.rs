//! Passkeys of customers: added by who logged in just now, used to log in without typing a name, listed, renamed,
//! deleted, but for the last way to log in.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;
use validator::Validate;

use super::credentials;
use super::inputs::{ClaimAtLogin, PasswordConfirm};
use super::login::{self, Guest};
use super::rows::{self, CustomerChanges, CustomerRow};
use super::shapes::LoggedIn;
use super::ways;
use crate::app::App;
use crate::commerce::auth::passkeys::{self, Asked, Passkey, PasskeyAdd, PasskeyDeleted, PasskeyList, PasskeyOptions, PasskeyRename};
use crate::commerce::auth::{Caller, SubjectKind, sessions};
use crate::commerce::events;
use crate::commerce::notifications::{self, Mail, Template};
use crate::db::Tx;
use crate::error::{Code, Error, Result, check};
use crate::types::PasskeyId;

/// Somebody who logs in with a passkey.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct PasskeyLogin {
    /// As it came with the options.
    pub challenge_token: String,
    /// What the device answered, as `PublicKeyCredential.toJSON()` writes it: bytes are base64url.
    #[schema(value_type = Object)]
    pub credential: serde_json::Value,
    /// What to call this device in the list of sessions.
    #[serde(default)]
    #[validate(length(max = 200))]
    pub device_name: Option<String>,
    /// The guest's cart to claim.
    #[serde(default)]
    pub cart: Option<ClaimAtLogin>,
}

/// What makes a passkey for the customer who calls: one who logged in just now, or gives the password.
pub async fn passkey_options(app: &App, by: &Arc<Caller>, input: PasswordConfirm) -> Result<PasskeyOptions> {
    by.customer()?;
    let party = app.passkeys()?;
    let row = credentials::recent_or_confirmed(app, by, "/password", input.password).await?;
    let (identity, subject) = (by.account()?, row.subject());
    let known = app.read(move |tx| passkeys::credentials(tx, subject)).await?;
    let name = row.email.clone().or_else(|| row.phone.clone()).unwrap_or_else(|| row.id.to_string());
    let asked = Asked {
        subject,
        session: identity.session,
        display_name: row.name.clone().filter(|n| !n.is_empty()).unwrap_or_else(|| name.clone()),
        name,
    };
    party.ask_to_add(&asked, app.clock().now(), &known)
}

/// Keeps the passkey that the device made; a mail tells.
pub async fn add_passkey(app: &App, by: &Arc<Caller>, input: PasskeyAdd) -> Result<Passkey> {
    by.customer()?;
    check(&input)?;
    let added = passkeys::add(app, &by.account()?, &input.challenge_token, &input.credential).await?;
    let by = by.clone();
    app.write(move |tx| {
        // Held: an account gets no passkey too many, and none from a session that was ended meanwhile.
        let row = rows::take(tx, by.customer()?, None, &CustomerChanges::default())?;
        sessions::require_live(tx, &by)?;
        let name = input.name.clone().unwrap_or_else(|| passkeys::name_of(&by));
        let passkey = passkeys::insert(tx, &added, name.trim())?;
        tell(tx, &by, &row, Template::PasskeyAdded, "customer.passkey_added", passkey.id)?;
        Ok(passkey)
    })
    .await
}

/// What proves who comes, without a name.
pub fn passkey_login_options(app: &App) -> Result<PasskeyOptions> {
    app.passkeys()?.ask_to_prove(SubjectKind::Customer, None, app.clock().now())
}

/// Logs in whoever's passkey answered: as with a password, guest's cart included.
pub async fn log_in_with_passkey(app: &App, by: &Arc<Caller>, input: PasskeyLogin) -> Result<LoggedIn> {
    check(&input)?;
    let proved = passkeys::prove(app, by, SubjectKind::Customer, &input.challenge_token, &input.credential).await?;
    let guest = Guest::of(app, by, input.device_name, input.cart);
    let begun = app
        .write(move |tx| {
            let wrong = || Error::new(Code::InvalidCredentials, "This passkey opens no account here.");
            let there = rows::by_id(tx, proved.subject.id.into())?.filter(CustomerRow::is_active).ok_or_else(wrong)?;
            let changes = CustomerChanges { last_login_at: Some(Some(tx.now())), ..CustomerChanges::default() };
            let row = rows::change(tx, there.id, &changes)?.filter(CustomerRow::is_active).ok_or_else(wrong)?;
            proved.note(tx)?;
            guest.begin(tx, row)
        })
        .await?;
    login::answer(app, begun).await
}

/// The customer's passkeys.
pub fn list_passkeys(tx: &mut Tx, by: &Caller) -> Result<PasskeyList> {
    by.customer()?;
    Ok(PasskeyList { data: passkeys::list(tx, by.account()?.subject)? })
}

/// Gives one of the customer's passkeys another name.
pub fn rename_passkey(tx: &mut Tx, by: &Caller, id: PasskeyId, input: PasskeyRename) -> Result<Passkey> {
    by.customer()?;
    check(&input)?;
    passkeys::rename(tx, by.account()?.subject, id, input.name.trim())
}

/// Deletes one of the customer's passkeys, by who logged in just now; not the last way to log in. A mail tells.
pub fn delete_passkey(tx: &mut Tx, by: &Caller, id: PasskeyId) -> Result<PasskeyDeleted> {
    let customer = by.customer()?;
    // Held: of two that are deleted at once the second sees the first.
    let row = rows::take(tx, customer, None, &CustomerChanges::default())?;
    let identity = sessions::require_live(tx, by)?;
    credentials::require_recent(tx, &identity)?;
    passkeys::delete(tx, identity.subject, id)?;
    ways::require_one(tx, &row)?;
    tell(tx, by, &row, Template::PasskeyRemoved, "customer.passkey_removed", id)?;
    Ok(PasskeyDeleted { id })
}

fn tell(tx: &mut Tx, by: &Caller, row: &CustomerRow, template: Template, event: &str, id: PasskeyId) -> Result<()> {
    if let Some(email) = &row.email {
        let locale = row.locale.as_ref().unwrap_or(&by.locale);
        notifications::queue(tx, &Mail { template, locale, recipient: email, proof: None, withheld: false })?;
    }
    events::emit(tx, event, Some(row.id.into()), &json!({"customer_id": row.id, "passkey_id": id}))
}
