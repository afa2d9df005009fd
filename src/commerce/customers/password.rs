//! Changing a password, and setting another when it is forgotten.

use std::sync::Arc;

use serde_json::json;

use super::credentials;
use super::first_proof::first_proof;
use super::inputs::{EmailOnly, PasswordChange, PasswordReset};
use super::login::wrong;
use super::rows::{self, CustomerChanges, CustomerRow, EmailAddress};
use super::shapes::{Accepted, PasswordIsSet};
use crate::app::App;
use crate::commerce::auth::attempts::{self, AttemptKey};
use crate::commerce::auth::proofs::{self, Asking, ProofOf};
use crate::commerce::auth::sessions::{self, SessionsEnded};
use crate::commerce::auth::{Caller, ProofKind, SubjectKind, passwords};
use crate::commerce::events;
use crate::commerce::notifications::{self, Mail, Template};
use crate::db::Tx;
use crate::error::{Code, Error, Result, check};
use crate::types::{Locale, SessionId};

/// Changes the password of whoever is logged in; every other session ends.
pub async fn change_password(app: &App, by: &Arc<Caller>, input: PasswordChange) -> Result<PasswordIsSet> {
    let row = credentials::confirm(app, by, "/current_password", input.current_password).await?;
    let names: Vec<&str> = row.email.as_deref().into_iter().collect();
    let password = passwords::choose(&input.new_password, "/new_password", &names)?;
    let hash = app.passwords().hash(password).await?;
    let by = by.clone();
    app.write(move |tx| {
        let held = rows::take(tx, row.id, None, &CustomerChanges::default())?;
        // Another may have been set while this one was checked.
        if held.password_hash != row.password_hash {
            return Err(wrong());
        }
        let identity = sessions::require_live(tx, &by)?;
        sessions::reauthenticated(tx, identity.session)?;
        set(tx, &held, &hash, Some(identity.session), &by.locale)
    })
    .await
}

/// Mails what sets another password, if the address has an account. The answer does not tell.
pub async fn forgot_password(app: &App, by: &Arc<Caller>, input: EmailOnly) -> Result<Accepted> {
    check(&input)?;
    notifications::require_mail(app)?;
    let email = EmailAddress::parse("/email", &input.email)?;
    let (secret, locale) = (app.secret().clone(), by.locale.clone());
    app.write(move |tx| {
        let known = rows::by_email(tx, &email.key)?.filter(CustomerRow::is_active);
        let of = ProofOf {
            kind: ProofKind::PasswordReset,
            subject_kind: SubjectKind::Customer,
            subject: known.as_ref().map(CustomerRow::subject),
            email_key: &email.key,
            change: None,
        };
        // Asked whether the account is there or not: by time nobody learns which.
        let may_ask = proofs::may_ask(tx, &of)?;
        let asking = Asking::withheld_if(known.is_none() || !may_ask);
        let proof = proofs::ask(tx, &secret, &of, &json!({}), asking)?;
        let recipient = known.as_ref().and_then(|row| row.email.as_deref()).unwrap_or(&email.text);
        let locale = known.as_ref().and_then(|row| row.locale.as_ref()).unwrap_or(&locale);
        let withheld = asking.is_withheld();
        notifications::queue(tx, &Mail { template: Template::PasswordReset, locale, recipient, proof: Some(proof), withheld })?;
        Ok(Accepted { accepted: true })
    })
    .await
}

/// Sets another password with a mail's token. Every session ends; the address is proved by it.
pub async fn reset_password(app: &App, by: &Arc<Caller>, input: PasswordReset) -> Result<PasswordIsSet> {
    let token = input.token.clone();
    let (proof, row) = app
        .read(move |tx| {
            let proof = proofs::find(tx, &[ProofKind::PasswordReset], token.expose())?;
            let subject = proof.subject().filter(|s| s.kind == SubjectKind::Customer).ok_or_else(wrong)?;
            let row = rows::by_id(tx, subject.id.into())?.filter(CustomerRow::is_active).ok_or_else(wrong)?;
            Ok((proof, row))
        })
        .await?;
    let names: Vec<&str> = row.email.as_deref().into_iter().collect();
    let password = passwords::choose(&input.password, "/password", &names)?;
    let hash = app.passwords().hash(password).await?;
    let locale = by.locale.clone();
    app.write(move |tx| {
        // Held: a log-in with the old password, or a change of the address, is before or after all of this.
        let held = rows::change(tx, row.id, &CustomerChanges::default())?.filter(CustomerRow::is_active).ok_or_else(wrong)?;
        proofs::give(tx, &proof)?;
        // Only the address it was sent to is proved by it, and only while it is the account's.
        if held.email_key.as_ref() != Some(&proof.email_key) {
            return Err(Error::new(Code::ProofNotValid, "The account's address has changed: ask again."));
        }
        let (held, strangers) = first_proof(tx, held, &proof.email_key)?;
        attempts::succeeded(tx, &AttemptKey::of(SubjectKind::Customer, &proof.email_key, None))?;
        let set = set(tx, &held, &hash, None, &locale)?;
        Ok(PasswordIsSet { ended_sessions: set.ended_sessions.saturating_add(strangers.ended) })
    })
    .await
}

/// Sets a password's hash of an account that is held for writing: other sessions end, proofs that were asked for are worth nothing, a mail tells.
fn set(tx: &mut Tx, row: &CustomerRow, hash: &str, but: Option<SessionId>, locale: &Locale) -> Result<PasswordIsSet> {
    let changes =
        CustomerChanges { password_hash: Some(Some(hash.to_owned())), password_changed_at: Some(tx.now()), ..CustomerChanges::default() };
    let row = rows::take(tx, row.id, None, &changes)?;
    let SessionsEnded { ended } = sessions::revoke_all(tx, row.subject(), but, "the password was changed")?;
    proofs::withdraw(tx, row.subject(), &[ProofKind::PasswordReset, ProofKind::EmailChangeOld, ProofKind::EmailChangeNew])?;
    if let Some(email) = &row.email {
        let locale = row.locale.as_ref().unwrap_or(locale);
        notifications::queue(tx, &Mail { template: Template::PasswordChanged, locale, recipient: email, proof: None, withheld: false })?;
    }
    events::emit(tx, "customer.password_changed", Some(row.id.into()), &json!({"customer_id": row.id}))?;
    Ok(PasswordIsSet { ended_sessions: ended })
}
