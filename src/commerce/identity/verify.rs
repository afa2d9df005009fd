//! Verifying who a customer is: begun here, done with the provider's SDK, finished here by asking the provider.

use std::sync::Arc;

use chrono::{Datelike, Duration};
use diesel::prelude::*;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::ExposeSecret;
use serde_json::json;
use sha2::Sha256;

use super::age::Born;
use super::rows::{self, IdentityRow, VerificationRow, VerificationStatus};
use super::shapes::{Identity, IdentityVerificationFinish, IdentityVerificationStart, IdentityVerificationStarted};
use crate::app::App;
use crate::commerce::auth::{Caller, sessions, standing};
use crate::commerce::events;
use crate::commerce::secrets::ShopSecret;
use crate::config::IdentitySettings;
use crate::db::tables::{identity_verifications as verifications, verified_customers as identities};
use crate::db::{Tx, on_each};
use crate::error::{Code, Error, OnUnique, Result, check};
use crate::providers::identity::{Asked, IdentityError, IdentityProvider, Person};

/// How long one may take with the provider.
const LIFE_MINUTES: i64 = 30;
/// How many verifications a customer begins in an hour: each may cost the shop.
const MOST_AN_HOUR: i64 = 10;

/// Begins a verification.
pub async fn start(app: &App, by: &Arc<Caller>, input: IdentityVerificationStart) -> Result<IdentityVerificationStarted> {
    let customer = by.customer()?;
    check(&input)?;
    let provider = provider(app)?;
    if input.method.as_deref().is_some_and(|method| !provider.offers(method)) {
        return Err(Error::invalid_field("/method", "unknown", "The provider knows no such way."));
    }
    let (name, caller) = (provider.name(), by.clone());
    let row = app
        .write(move |tx| {
            sessions::require_live(tx, &caller)?;
            standing::hold(tx, customer)?;
            let (id, now) = (tx.new_id(), tx.now());
            let since = now.minus(Duration::hours(1));
            let begun: i64 = on_each!(tx, |c| {
                let lately =
                    verifications::table.filter(verifications::customer_id.eq(customer)).filter(verifications::created_at.gt(since));
                lately.count().get_result(c)
            })?;
            if begun >= MOST_AN_HOUR {
                return Err(Error::new(Code::TooManyRequests, "Too many verifications were begun. Try again later.").retry_after(3600));
            }
            let row = VerificationRow {
                id,
                customer_id: customer,
                provider: name.to_owned(),
                method: input.method.clone(),
                status: VerificationStatus::Started,
                failure: None,
                created_at: now,
                expires_at: now.plus(Duration::minutes(LIFE_MINUTES)),
                finished_at: None,
            };
            on_each!(tx, |c| diesel::insert_into(verifications::table).values(&row).execute(c))?;
            Ok(row)
        })
        .await?;
    let terms = provider.client_terms();
    Ok(IdentityVerificationStarted {
        identity_verification_id: row.id,
        provider: name.to_owned(),
        store_id: terms.store_id,
        channel_key: terms.channel_key,
        expires_at: row.expires_at,
    })
}

/// Finishes a verification: the provider's server says who it is, whatever the client says. Doing it again answers what
/// is known.
pub async fn finish(app: &App, by: &Arc<Caller>, input: IdentityVerificationFinish) -> Result<Identity> {
    let customer = by.customer()?;
    let (provider, id) = (provider(app)?, input.identity_verification_id);
    let row = app.read(move |tx| rows::of(tx, customer, id)).await?.ok_or_else(|| Error::not_found("identity verification"))?;
    match row.status {
        VerificationStatus::Started if row.provider == provider.name() && app.clock().now() < row.expires_at => {}
        VerificationStatus::Verified => {
            let by = by.clone();
            return app.read(move |tx| super::current(tx, &by)).await;
        }
        VerificationStatus::Refused => return Err(not_verified("This verification failed: begin another.")),
        VerificationStatus::Started => return Err(not_verified("This verification is too old: begin another.")),
    }
    let told = provider.outcome(&Asked { id: row.id.to_string(), method: row.method.clone() }).await;
    let person = match told {
        Ok(person) => person,
        Err(IdentityError::Unfinished) => return Err(not_verified("The provider does not say who it is yet: finish there first.")),
        Err(IdentityError::Unavailable(why)) => {
            tracing::warn!(verification = %row.id, why, "the identity provider could not be asked");
            return Err(Error::new(Code::Unavailable, "The provider cannot be asked now. Try again shortly.").retry_after(10));
        }
        Err(IdentityError::Refused(why)) => {
            tracing::info!(verification = %row.id, why, "an identity verification proves nothing");
            app.write(move |tx| rows::end(tx, id, VerificationStatus::Refused, Some(&why))).await?;
            return Err(not_verified("The provider does not say who it is: begin another."));
        }
    };
    let (settings, secret, by) = (app.config().identity.clone(), app.secret().clone(), by.clone());
    let kept = app
        .write(move |tx| {
            sessions::require_live(tx, &by)?;
            standing::hold(tx, customer)?;
            keep(tx, &settings, &secret, &row, &person)
        })
        .await?;
    kept.map_err(|refusal| match refusal {
        Refusal::InUse => Error::new(Code::PersonInUse, "This person has verified another account: log in to that one."),
        Refusal::Nobody => not_verified("The provider does not say which person it is: verify by another way."),
        Refusal::Ended => not_verified("This verification was ended meanwhile."),
    })
}

/// Why a person that the provider told of is not kept.
#[derive(Debug, Clone, Copy)]
enum Refusal {
    InUse,
    Nobody,
    Ended,
}

/// Keeps what the shop may know of a person, or ends the verification without.
fn keep(
    tx: &mut Tx,
    settings: &IdentitySettings,
    secret: &ShopSecret,
    row: &VerificationRow,
    person: &Person,
) -> Result<std::result::Result<Identity, Refusal>> {
    let refuse = |tx: &mut Tx, why: &str, refusal: Refusal| {
        rows::end(tx, row.id, VerificationStatus::Refused, Some(why))?;
        Ok(Err(refusal))
    };
    let person_hash = person.identifier.as_ref().map(|id| hash(secret, id.expose_secret())).transpose()?;
    if settings.one_account {
        match &person_hash {
            None => return refuse(tx, "no_identifier", Refusal::Nobody),
            Some(hash) if rows::is_anothers(tx, row.customer_id, hash)? => return refuse(tx, "in_use", Refusal::InUse),
            Some(_) => {}
        }
    }
    if !rows::end(tx, row.id, VerificationStatus::Verified, None)? {
        return Ok(Err(Refusal::Ended));
    }
    let (now, born) = (tx.now(), Born::of(person.born, settings.age_rule));
    let kept = IdentityRow {
        customer_id: row.customer_id,
        verification_id: row.id,
        provider: row.provider.clone(),
        exclusive_hash: person_hash.clone().filter(|_| settings.one_account),
        person_hash,
        birth_year: person.born.year(),
        birth_day: born.day.map(|(month, day)| format!("{month:02}-{day:02}")),
        age_rule: settings.age_rule,
        utc_offset_minutes: settings.utc_offset_minutes,
        verified_at: now,
        expires_at: now.plus(Duration::days(settings.days.into())),
    };
    on_each!(tx, |c| {
        diesel::insert_into(identities::table).values(&kept).on_conflict(identities::customer_id).do_update().set(&kept).execute(c)
    })
    .on_unique(|| Error::new(Code::PersonInUse, "This person has verified another account: log in to that one."))?;
    events::emit(tx, "customer.identity_verified", Some(row.customer_id.into()), &json!({"customer_id": row.customer_id}))?;
    Ok(Ok(kept.shape(now)))
}

/// A keyed hash: whoever has the database alone cannot try identifiers out.
fn hash(secret: &ShopSecret, identifier: &str) -> Result<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&secret.derive("identities")?).map_err(|e| Error::internal(e.to_string()))?;
    mac.update(identifier.trim().as_bytes());
    Ok(hex::encode(mac.finalize().into_bytes()))
}

fn provider(app: &App) -> Result<Arc<dyn IdentityProvider>> {
    let none = || Error::new(Code::Unavailable, "This shop verifies nobody's identity: its operator sets MARU_IDENTITY.");
    app.identity().cloned().ok_or_else(none)
}

fn not_verified(detail: &str) -> Error {
    Error::new(Code::IdentityNotVerified, detail)
}
