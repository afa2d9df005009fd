//! The number that an account logs in with: added or changed by a code that the new one is sent, taken away while
//! another way to log in stays. The old number and the account's address are told.

use std::sync::Arc;

use serde_json::json;

use super::credentials;
use super::inputs::{PasswordConfirm, PhoneChangeFinish, PhoneChangeStart};
use super::phone::{self, Desk};
use super::rows::{self, CustomerChanges, CustomerRow};
use super::shapes::{Customer, PhoneChallenge};
use super::ways;
use crate::app::App;
use crate::commerce::auth::codes::allowances::Asker;
use crate::commerce::auth::codes::{self, CodePurpose};
use crate::commerce::auth::{Caller, sessions};
use crate::commerce::events;
use crate::commerce::notifications::{self, Mail, Template, Text};
use crate::db::Tx;
use crate::error::{Code, Error, Result, check};
use crate::types::{Locale, PhoneNumber};

/// Sends a code to a number that shall be the account's. The answer does not tell whether another account has it.
pub async fn start_phone_change(app: &App, by: &Arc<Caller>, input: PhoneChangeStart) -> Result<PhoneChallenge> {
    by.customer()?;
    check(&input)?;
    notifications::require_sms(app)?;
    let phone = phone::read_served(app, by, "/phone", &input.phone)?;
    let row = credentials::confirm(app, by, "/password", input.password).await?;
    if row.login_phone.as_deref() == Some(phone.e164()) {
        return Err(Error::invalid_field("/phone", "unchanged", "This is the account's number already."));
    }
    let (desk, caller) = (Desk::of(app), by.clone());
    let challenge = app
        .write(move |tx| {
            let asker = Asker::Account(row.id.to_string());
            desk.send_code(tx, &caller, CodePurpose::Change, &asker, &phone, Some(row.id))
        })
        .await?;
    phone::answer(app, &challenge)
}

/// Makes the number that was sent the code the account's.
pub async fn finish_phone_change(app: &App, by: &Arc<Caller>, input: PhoneChangeFinish) -> Result<Customer> {
    let id = by.customer()?;
    let asked = phone::prove(app, CodePurpose::Change, &input.challenge, &input.code).await?;
    if asked.customer_id != Some(id) {
        return Err(codes::not_valid());
    }
    let by = by.clone();
    app.write(move |tx| {
        let before = rows::take(tx, id, None, &CustomerChanges::default())?;
        sessions::require_live(tx, &by)?;
        codes::give(tx, &asked)?;
        // Whoever has the code has the number: it is no secret to them whose it was.
        if rows::by_phone(tx, &asked.phone)?.is_some_and(|other| other.id != id) {
            return Err(Error::new(Code::AlreadyExists, "Another account logs in with this number: log in to that one."));
        }
        adopt(tx, before, Some(asked.phone.clone()), &by.locale)
    })
    .await
}

/// Takes the number away, if another way to log in stays. Doing it again changes nothing.
pub async fn remove_phone(app: &App, by: &Arc<Caller>, input: PasswordConfirm) -> Result<Customer> {
    by.customer()?;
    let row = credentials::confirm(app, by, "/password", input.password).await?;
    let by = by.clone();
    app.write(move |tx| {
        let held = rows::take(tx, row.id, None, &CustomerChanges::default())?;
        sessions::require_live(tx, &by)?;
        if held.login_phone.is_none() {
            return Ok(held.shape(false));
        }
        ways::require_one_or_email(tx, &CustomerRow { login_phone: None, ..held.clone() })?;
        adopt(tx, held, None, &by.locale)
    })
    .await
}

/// Writes the number of a customer who is held for writing, and tells those who had the old one.
fn adopt(tx: &mut Tx, before: CustomerRow, phone: Option<String>, locale: &Locale) -> Result<Customer> {
    let changes = CustomerChanges {
        login_phone_verified_at: Some(phone.as_ref().map(|_| tx.now())),
        login_phone: Some(phone),
        ..CustomerChanges::default()
    };
    let row = rows::take(tx, before.id, None, &changes)?;
    let locale = row.locale.as_ref().unwrap_or(locale);
    if let Some(old) = before.login_phone.as_deref().and_then(|text| PhoneNumber::parse(text, None).ok()) {
        let not_after = Some(tx.now().plus(chrono::Duration::hours(1)));
        notifications::queue_text(tx, &Text { template: Template::PhoneGone, locale, recipient: &old, code: None, not_after })?;
    }
    if let Some(email) = &row.email {
        notifications::queue(tx, &Mail { template: Template::PhoneChanged, locale, recipient: email, proof: None, withheld: false })?;
    }
    events::emit(tx, "customer.phone_changed", Some(row.id.into()), &json!({"customer_id": row.id, "removed": row.login_phone.is_none()}))?;
    Ok(row.shape(false))
}
