//! Changing a password, and setting another when it is forgotten. The second factor stays as it is.

use std::sync::Arc;

use serde_json::json;

use super::inputs::StaffPasswordChange;
use super::login::{self, wrong};
use super::rows::{self, StaffChanges, StaffRow};
use super::{notices, step_up};
use crate::app::App;
use crate::commerce::audit;
use crate::commerce::auth::attempts::{self, AttemptKey};
use crate::commerce::auth::proofs::{self, Asking, ProofOf};
use crate::commerce::auth::sessions::{self, SessionsEnded};
use crate::commerce::auth::{Caller, ProofKind, SubjectKind, passwords};
use crate::commerce::customers::{Accepted, EmailAddress, EmailOnly, PasswordIsSet, PasswordReset};
use crate::commerce::notifications::{self, Mail, Template};
use crate::db::Tx;
use crate::error::{Code, Error, Result, check};
use crate::types::{Locale, SessionId};

/// Changes the password of whoever is logged in; every other session ends. With a second factor a code must have been
/// given just now.
pub async fn change_password(app: &App, by: &Arc<Caller>, input: StaffPasswordChange) -> Result<PasswordIsSet> {
    by.staff()?;
    let caller = by.clone();
    app.read(move |tx| caller.fresh(tx)).await?;
    let (row, session, attempt) = step_up::begin(app, by).await?;
    let kept = step_up::check_password(app, &row, "/current_password", Some(input.current_password)).await?;
    let names: Vec<&str> = row.email.as_deref().into_iter().collect();
    let password = passwords::choose(&input.new_password, "/new_password", &names)?;
    let hash = app.passwords().hash(password).await?;
    let locale = by.locale.clone();
    let set = app
        .write(move |tx| {
            let now = rows::hold(tx, row.id)?.ok_or_else(rows::gone)?;
            if now.password_hash.as_ref() != Some(&kept) {
                return Err(wrong());
            }
            attempts::succeeded(tx, &attempt)?;
            set(tx, &now, &hash, Some(session), &locale)
        })
        .await?;
    app.forget();
    Ok(set)
}

/// Mails what sets another password, if somebody of the staff has the address. The answer does not tell.
pub async fn forgot_password(app: &App, by: &Arc<Caller>, input: EmailOnly) -> Result<Accepted> {
    check(&input)?;
    notifications::require_mail(app)?;
    let email = EmailAddress::parse("/email", &input.email)?;
    let (secret, locale) = (app.secret().clone(), by.locale.clone());
    app.write(move |tx| {
        let known = rows::by_email(tx, &email.key)?.filter(StaffRow::is_active);
        let of = ProofOf {
            kind: ProofKind::PasswordReset,
            subject_kind: SubjectKind::Staff,
            subject: known.as_ref().map(StaffRow::subject),
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
        notifications::queue(tx, &Mail { template: Template::StaffPasswordReset, locale, recipient, proof: Some(proof), withheld })?;
        Ok(Accepted { accepted: true })
    })
    .await
}

/// Sets another password with a mail's token. Every session ends.
pub async fn reset_password(app: &App, by: &Arc<Caller>, input: PasswordReset) -> Result<PasswordIsSet> {
    let token = input.token.clone();
    let (proof, row) = app
        .read(move |tx| {
            let proof = proofs::find(tx, &[ProofKind::PasswordReset], token.expose())?;
            let subject = proof.subject().filter(|s| s.kind == SubjectKind::Staff).ok_or_else(not_valid)?;
            let row = rows::by_id(tx, subject.id.into())?.filter(StaffRow::is_active).ok_or_else(not_valid)?;
            Ok((proof, row))
        })
        .await?;
    let names: Vec<&str> = row.email.as_deref().into_iter().collect();
    let password = passwords::choose(&input.password, "/password", &names)?;
    let hash = app.passwords().hash(password).await?;
    let by = by.clone();
    let set = app
        .write(move |tx| {
            let held = rows::hold(tx, row.id)?.filter(|now| now.email_key.as_deref() == Some(proof.email_key.as_str()));
            let row = held.ok_or_else(not_valid)?;
            proofs::give(tx, &proof)?;
            attempts::succeeded(tx, &AttemptKey::of(SubjectKind::Staff, &proof.email_key, None))?;
            // The mail's secret says who it is: the call alone is nobody's.
            audit::act_for(tx, &by, row.subject(), "reset_staff_password");
            set(tx, &row, &hash, None, &by.locale)
        })
        .await?;
    app.forget();
    Ok(set)
}

fn not_valid() -> Error {
    Error::new(Code::ProofNotValid, "This link or code is unknown, was used, or is too old. Ask for another.")
}

/// Sets the password's hash of an account that is held: other sessions end, what was asked for and begun before is worth
/// nothing, a mail tells.
fn set(tx: &mut Tx, row: &StaffRow, hash: &str, but: Option<SessionId>, locale: &Locale) -> Result<PasswordIsSet> {
    let changes =
        StaffChanges { password_hash: Some(Some(hash.to_owned())), password_changed_at: Some(tx.now()), ..StaffChanges::default() };
    let row = rows::change(tx, row.id, &changes)?.ok_or_else(rows::gone)?;
    let SessionsEnded { ended } = sessions::revoke_all(tx, row.subject(), but, "the password was changed")?;
    proofs::withdraw(tx, row.subject(), &[ProofKind::PasswordReset])?;
    login::withdraw_challenges(tx, row.id)?;
    notices::tell(tx, &row, Template::StaffPasswordChanged, locale)?;
    rows::emit(tx, "staff.password_changed", &row, None)?;
    Ok(PasswordIsSet { ended_sessions: ended })
}
