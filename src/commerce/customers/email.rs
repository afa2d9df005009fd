//! Changing the address: the old one and the new one both agree by mail.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;

use super::credentials;
use super::inputs::{EmailChange, EmailConfirm};
use super::rows::{self, CustomerChanges, CustomerRow, EmailAddress};
use super::shapes::{Accepted, EmailConfirmed};
use crate::app::App;
use crate::commerce::auth::proofs::{self, Asking, ProofOf};
use crate::commerce::auth::{Caller, ProofKind, SubjectKind, sessions};
use crate::commerce::notifications::{self, Mail, Template};
use crate::commerce::{events, orders};
use crate::db::Tx;
use crate::error::{Code, Error, Result, check};

const HALVES: [ProofKind; 2] = [ProofKind::EmailChangeOld, ProofKind::EmailChangeNew];

#[derive(Serialize, Deserialize)]
struct Change {
    email: String,
}

/// Asks both addresses. One that has an account is told so by mail; the answer does not tell.
pub async fn change_email(app: &App, by: &Arc<Caller>, input: EmailChange) -> Result<Accepted> {
    by.customer()?;
    check(&input)?;
    notifications::require_mail(app)?;
    let new = EmailAddress::parse("/email", &input.email)?;
    let row = credentials::confirm(app, by, "/password", input.password).await?;
    if row.email_key.as_deref() == Some(new.key.as_str()) {
        return Err(Error::invalid_field("/email", "unchanged", "This is the account's address already."));
    }
    let (secret, locale, by) = (app.secret().clone(), row.locale.clone().unwrap_or_else(|| by.locale.clone()), by.clone());
    app.write(move |tx| {
        // Held: whoever set another password meanwhile has ended this session.
        let row = rows::take(tx, row.id, None, &CustomerChanges::default())?;
        sessions::require_live(tx, &by)?;
        proofs::withdraw(tx, row.subject(), &HALVES)?;
        let taken = rows::by_email(tx, &new.key)?.is_some();
        let change = tx.new_id::<crate::types::EventId>().into();
        let mut ask = |kind, to: &EmailAddress, template: Template| {
            let of = ProofOf {
                kind,
                subject_kind: SubjectKind::Customer,
                subject: Some(row.subject()),
                email_key: &to.key,
                change: Some(change),
            };
            let asking = Asking::withheld_if(!proofs::may_ask(tx, &of)?);
            let id = proofs::ask(tx, &secret, &of, &Change { email: new.text.clone() }, asking)?;
            let proof = template.proof().map(|_| id);
            let mail = Mail { template, locale: &locale, recipient: &to.text, proof, withheld: asking.is_withheld() };
            notifications::queue(tx, &mail)
        };
        // An account without an address has nobody to agree at the old one.
        if let (Some(text), Some(key)) = (&row.email, &row.email_key) {
            let old = EmailAddress { text: text.clone(), key: key.clone() };
            ask(ProofKind::EmailChangeOld, &old, Template::EmailChangeOld)?;
        }
        let template = if taken { Template::AlreadyRegistered } else { Template::EmailChangeNew };
        ask(ProofKind::EmailChangeNew, &new, template)?;
        Ok(Accepted { accepted: true })
    })
    .await
}

/// Confirms one half; when both are, the address is changed and a guest's orders with the new one are claimed.
pub fn confirm_email(tx: &mut Tx, input: &EmailConfirm) -> Result<EmailConfirmed> {
    let not_valid = || Error::new(Code::ProofNotValid, "This link or code is no longer good.");
    let proof = proofs::find(tx, &HALVES, input.token.expose())?;
    let subject = proof.subject().filter(|s| s.kind == SubjectKind::Customer).ok_or_else(not_valid)?;
    let change = proof.change().ok_or_else(not_valid)?;
    // Holds the customer, so that of two halves confirmed at once the second sees the first.
    let row = rows::change(tx, subject.id.into(), &CustomerChanges::default())?.filter(CustomerRow::is_active).ok_or_else(not_valid)?;
    proofs::give(tx, &proof)?;
    if !proofs::is_complete(tx, change)? {
        return Ok(EmailConfirmed { changed: false });
    }
    let new = EmailAddress::parse("/token", &proof.payload::<Change>()?.email)?;
    if rows::by_email(tx, &new.key)?.is_some() {
        return Err(Error::new(Code::ProofNotValid, "The new address was given to another account meanwhile."));
    }
    adopt(tx, row, &new)?;
    Ok(EmailConfirmed { changed: true })
}

fn adopt(tx: &mut Tx, row: CustomerRow, new: &EmailAddress) -> Result<()> {
    let changes = CustomerChanges {
        email: Some(Some(new.text.clone())),
        email_key: Some(Some(new.key.clone())),
        email_verified_at: Some(Some(tx.now())),
        ..CustomerChanges::default()
    };
    rows::take(tx, row.id, None, &changes)?;
    let claimed = orders::claim_by_email(tx, row.id, &new.text)?;
    events::emit(tx, "customer.email_changed", Some(row.id.into()), &json!({"customer_id": row.id, "claimed_orders": claimed}))
}
