//! Registering: in two halves. The first answers the same for every address and makes no account; the second, with
//! the mail's token and the password that was chosen, makes it. So a registration for an address that is not one's own
//! comes to nothing, whoever follows its link.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::create::create;
use super::inputs::{ConsentsUpdate, CustomerRegister, CustomerVerify};
use super::login::{self, Guest};
use super::rows::{self, CustomerRow, EmailAddress};
use super::shapes::{Accepted, LoggedIn};
use crate::app::App;
use crate::commerce::auth::attempts::{self, AttemptKey};
use crate::commerce::auth::proofs::{self, Asking, Proof, ProofOf};
use crate::commerce::auth::{Caller, ProofKind, SubjectKind, passwords};
use crate::commerce::notifications::{self, Mail, Template};
use crate::db::Tx;
use crate::error::{Code, Error, Result, check};
use crate::types::{Json, Locale, Metadata};

/// What waits for the proof of its address.
#[derive(Clone, Serialize, Deserialize)]
struct Waiting {
    email: String,
    password_hash: String,
    name: Option<String>,
    phone: Option<String>,
    locale: Locale,
    consents: Option<ConsentsUpdate>,
    metadata: Metadata,
}

/// Takes a registration and mails what finishes it; to an address that has an account, that somebody tried.
pub async fn register(app: &App, by: &Arc<Caller>, input: CustomerRegister) -> Result<Accepted> {
    check(&input)?;
    notifications::require_mail(app)?;
    let email = EmailAddress::parse("/email", &input.email)?;
    let password = passwords::choose(&input.password, "/password", &[&email.text])?;
    let waiting = Waiting {
        email: email.text.clone(),
        password_hash: app.passwords().hash(password).await?,
        name: input.name,
        phone: input.phone,
        locale: input.locale.unwrap_or_else(|| by.locale.clone()),
        consents: input.consents,
        metadata: input.metadata,
    };
    let secret = app.secret().clone();
    app.write(move |tx| {
        let known = rows::by_email(tx, &email.key)?;
        let of = ProofOf {
            kind: ProofKind::Registration,
            subject_kind: SubjectKind::Customer,
            subject: known.as_ref().map(CustomerRow::subject),
            email_key: &email.key,
            change: None,
        };
        let asking = Asking::withheld_if(!proofs::may_ask(tx, &of)?);
        let proof = proofs::ask(tx, &secret, &of, &waiting, asking)?;
        let (template, proof) = if known.is_some() { (Template::AlreadyRegistered, None) } else { (Template::VerifyEmail, Some(proof)) };
        notifications::queue(
            tx,
            &Mail { template, locale: &waiting.locale, recipient: &email.text, proof, withheld: asking.is_withheld() },
        )?;
        Ok(Accepted { accepted: true })
    })
    .await
}

/// Makes the account of a registration, and logs it in.
pub async fn verify_email(app: &App, by: &Arc<Caller>, input: CustomerVerify) -> Result<LoggedIn> {
    check(&input)?;
    let token = input.token.clone();
    // Counted before the password is looked at.
    let (proof, waiting) = app
        .write(move |tx| {
            let proof = proofs::find(tx, &[ProofKind::Registration], token.expose())?;
            attempts::begin(tx, &attempts_of(&proof))?;
            let waiting: Waiting = proof.payload()?;
            Ok((proof, waiting))
        })
        .await?;
    let verdict = app.passwords().verify(input.password.clone(), Some(waiting.password_hash.clone())).await?;
    if !verdict.matches || proof.subject().is_some() {
        return Err(login::wrong());
    }
    let guest = Guest::of(app, by, input.device_name, input.cart);
    let begun = app
        .write(move |tx| {
            proofs::give(tx, &proof)?;
            attempts::succeeded(tx, &attempts_of(&proof))?;
            let customer = created(tx, waiting.clone())?;
            guest.begin(tx, customer)
        })
        .await?;
    login::answer(app, begun).await
}

fn attempts_of(proof: &Proof) -> AttemptKey {
    AttemptKey::of(SubjectKind::Customer, &proof.id().to_string(), None)
}

fn created(tx: &mut Tx, waiting: Waiting) -> Result<CustomerRow> {
    let email = EmailAddress::parse("/email", &waiting.email)?;
    let row = CustomerRow {
        email_verified_at: Some(tx.now()),
        name: waiting.name,
        phone: waiting.phone,
        locale: Some(waiting.locale),
        password_hash: Some(waiting.password_hash),
        metadata: Json(waiting.metadata),
        ..CustomerRow::new(tx, &email)
    };
    create(tx, row, waiting.consents, || {
        Error::new(Code::ProofNotValid, "This address was given an account meanwhile: log in, or reset the password.")
    })
}
