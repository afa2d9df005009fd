//! Accounts that nobody uses, if the shop's policy is to do something about them: whoever has not come for long is told
//! some days before, and then put away or erased. Whoever comes in between stays; whoever comes back after being put
//! away has everything as it was. Of those whom no message reaches nothing becomes.
//!
//! What is put away is sealed: no rule, no list and no staff reads it. What the log-in needs stays where it is, and is
//! shown to nobody.

use std::collections::BTreeMap;

use aws_lc_rs::aead::{AES_256_GCM, Aad, Nonce, RandomizedNonceKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::rows::{self, CustomerChanges, CustomerRow};
use super::shapes::{CustomerAddress, CustomerConsents, CustomerStatus};
use super::{addresses, erase, sign_in};
use crate::app::App;
use crate::commerce::auth::sessions;
use crate::commerce::notifications::{self, Mail, Template, Text};
use crate::commerce::secrets::ShopSecret;
use crate::commerce::{cart, events};
use crate::config::{InactiveBy, InactiveSettings};
use crate::db::tables::{customers, separated_customers as separated};
use crate::db::{Tx, on_each};
use crate::error::{Error, Result};
use crate::types::{CustomerId, IdentityId, Json, Locale, Metadata, PhoneNumber, Timestamp};

/// Whom to tell: their address, their number, their language.
type ToTell = (CustomerId, Option<String>, Option<String>, Option<Locale>);

/// How many accounts one round looks at: the others wait for the next.
const MOST_A_ROUND: i64 = 500;
/// A sealed account's nonce.
const NONCE_BYTES: usize = 12;

/// What a round did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Swept {
    /// How many were told.
    pub noticed: usize,
    /// How many were put away or erased.
    pub ended: usize,
}

/// Tells whoever has not come for long, and does what the policy says of whoever was told and did not come.
pub async fn sweep_inactive(app: &App) -> Result<Swept> {
    let policy = app.config().inactive;
    let template = match policy.by {
        InactiveBy::None => return Ok(Swept::default()),
        InactiveBy::Separate => Template::InactiveSeparate,
        InactiveBy::Erase => Template::InactiveErase,
    };
    let ways = (app.mail().is_some(), app.sms().is_some());
    let noticed = app.write(move |tx| notice(tx, policy, template, ways)).await?;
    let due = app.write(move |tx| due(tx, policy)).await?;
    let mut swept = Swept { noticed, ended: 0 };
    for id in due {
        let secret = app.secret().clone();
        let ended = app.write(move |tx| end(tx, policy, &secret, id)).await?;
        swept.ended = swept.ended.saturating_add(usize::from(ended));
    }
    Ok(swept)
}

/// Accounts that nobody has used since a moment: whoever logs in, goes on with a session, orders or registers is seen.
macro_rules! unused_since {
    ($before:expr) => {
        customers::table
            .filter(customers::status.eq(CustomerStatus::Active))
            .filter(customers::separated_at.is_null())
            .filter(customers::last_seen_at.lt($before))
    };
}

fn notice(tx: &mut Tx, policy: InactiveSettings, template: Template, (mail, sms): (bool, bool)) -> Result<usize> {
    if !mail && !sms {
        return Ok(0);
    }
    let now = tx.now();
    let before = now.minus(Duration::days(policy.days.saturating_sub(policy.notice_days).into()));
    let to_tell: Vec<ToTell> = on_each!(tx, |c| {
        let untold = unused_since!(before)
            .filter(customers::inactive_noticed_at.is_null())
            .order(customers::id.asc())
            .limit(MOST_A_ROUND)
            .select((customers::id, customers::email, customers::login_phone, customers::locale))
            .into_boxed();
        match (mail, sms) {
            (true, true) => untold.filter(customers::email.is_not_null().or(customers::login_phone.is_not_null())),
            (true, false) => untold.filter(customers::email.is_not_null()),
            (false, _) => untold.filter(customers::login_phone.is_not_null()),
        }
        .load(c)
    })?;
    for (id, email, phone, locale) in &to_tell {
        let locale = locale.clone().unwrap_or_else(Locale::korean);
        if let Some(email) = email.as_ref().filter(|_| mail) {
            notifications::queue(tx, &Mail { template, locale: &locale, recipient: email, proof: None, withheld: false })?;
        } else if let Some(phone) = phone.as_deref().filter(|_| sms).and_then(|text| PhoneNumber::parse(text, None).ok()) {
            notifications::queue_text(tx, &Text { template, locale: &locale, recipient: &phone, code: None, not_after: None })?;
        }
        on_each!(tx, |c| diesel::update(customers::table.find(*id)).set(customers::inactive_noticed_at.eq(now)).execute(c))?;
        events::emit(tx, "customer.inactive_noticed", Some((*id).into()), &json!({"customer_id": id}))?;
    }
    Ok(to_tell.len())
}

/// Whoever was told long enough ago, and has not come since.
fn due(tx: &mut Tx, policy: InactiveSettings) -> Result<Vec<CustomerId>> {
    let (before, told_before) = terms(tx, policy);
    Ok(on_each!(tx, |c| {
        unused_since!(before)
            .filter(customers::inactive_noticed_at.le(told_before))
            .order(customers::id.asc())
            .limit(MOST_A_ROUND)
            .select(customers::id)
            .load(c)
    })?)
}

fn terms(tx: &Tx, policy: InactiveSettings) -> (Timestamp, Timestamp) {
    let now = tx.now();
    (now.minus(Duration::days(policy.days.into())), now.minus(Duration::days(policy.notice_days.into())))
}

/// Ends one account, if it is still due: whoever logs in at the same moment is held off or wins.
fn end(tx: &mut Tx, policy: InactiveSettings, secret: &ShopSecret, id: CustomerId) -> Result<bool> {
    let (before, told_before) = terms(tx, policy);
    let Some(row) = rows::change(tx, id, &CustomerChanges::default())? else { return Ok(false) };
    let still: i64 = on_each!(tx, |c| {
        unused_since!(before).filter(customers::id.eq(id)).filter(customers::inactive_noticed_at.le(told_before)).count().get_result(c)
    })?;
    if still == 0 {
        return Ok(false);
    }
    match policy.by {
        InactiveBy::None => return Ok(false),
        InactiveBy::Erase => erase::erase_row(tx, row.id).map(|_| ())?,
        InactiveBy::Separate => separate(tx, secret, row)?,
    }
    Ok(true)
}

/// What is put away.
#[derive(Serialize, Deserialize)]
struct Away {
    email: Option<String>,
    name: Option<String>,
    phone: Option<String>,
    locale: Option<Locale>,
    consents: CustomerConsents,
    metadata: Metadata,
    private_metadata: Metadata,
    addresses: Vec<CustomerAddress>,
    /// What providers told of their addresses elsewhere.
    #[serde(default)]
    identities: Vec<(IdentityId, String)>,
}

fn separate(tx: &mut Tx, secret: &ShopSecret, row: CustomerRow) -> Result<()> {
    let (id, subject, now) = (row.id, row.subject(), tx.now());
    let away = Away {
        addresses: addresses::take_away(tx, id)?,
        identities: sign_in::take_addresses_away(tx, id)?,
        email: row.email,
        name: row.name,
        phone: row.phone,
        locale: row.locale,
        consents: row.consents.0,
        metadata: row.metadata.0,
        private_metadata: row.private_metadata.0,
    };
    let sealed = seal(secret, id, &serde_json::to_vec(&away)?)?;
    let kept = (separated::customer_id.eq(id), separated::sealed.eq(sealed), separated::created_at.eq(now));
    on_each!(tx, |c| diesel::insert_into(separated::table).values(kept).execute(c))?;
    let nothing = CustomerChanges {
        email: Some(None),
        name: Some(None),
        phone: Some(None),
        locale: Some(None),
        consents: Some(Json::default()),
        metadata: Some(Json::default()),
        private_metadata: Some(Json::default()),
        separated_at: Some(Some(now)),
        ..CustomerChanges::default()
    };
    rows::change(tx, id, &nothing)?;
    sessions::revoke_all(tx, subject, None, "nobody came for long")?;
    cart::erase_of(tx, id)?;
    events::emit(tx, "customer.separated", Some(id.into()), &json!({"customer_id": id}))
}

/// Receives whoever logs in: they are there, and what was put away comes back.
pub(super) fn welcome(tx: &mut Tx, secret: &ShopSecret, row: CustomerRow) -> Result<CustomerRow> {
    rows::seen(tx, row.id)?;
    if row.separated_at.is_none() {
        return Ok(row);
    }
    let id = row.id;
    let sealed: Option<String> = on_each!(tx, |c| separated::table.find(id).select(separated::sealed).first(c).optional())?;
    let Some(sealed) = sealed else { return Ok(row) };
    let away: Away = match open(secret, id, &sealed) {
        Ok(plain) => serde_json::from_slice(&plain)?,
        // Nobody is kept out by it; their data waits for the operator to put the key back.
        Err(error) => {
            tracing::error!(customer = %id, ?error, "an account that was put away cannot be brought back");
            return Ok(row);
        }
    };
    // What staff wrote meanwhile stays.
    let or = |now: Option<String>, before: Option<String>| Some(now.or(before));
    let metadata = |now: Metadata, before: Metadata| {
        let mut merged: BTreeMap<_, _> = before;
        merged.extend(now);
        Some(Json(merged))
    };
    let changes = CustomerChanges {
        email: or(row.email, away.email),
        name: or(row.name, away.name),
        phone: or(row.phone, away.phone),
        locale: Some(row.locale.or(away.locale)),
        consents: Some(Json(away.consents)),
        metadata: metadata(row.metadata.0, away.metadata),
        private_metadata: metadata(row.private_metadata.0, away.private_metadata),
        separated_at: Some(None),
        ..CustomerChanges::default()
    };
    let row = rows::take(tx, id, None, &changes)?;
    addresses::bring_back(tx, id, away.addresses)?;
    sign_in::bring_addresses_back(tx, id, away.identities)?;
    forget(tx, id)?;
    events::emit(tx, "customer.restored", Some(id.into()), &json!({"customer_id": id}))?;
    Ok(row)
}

/// Deletes what is put away of a customer.
pub(super) fn forget(tx: &mut Tx, id: CustomerId) -> Result<()> {
    on_each!(tx, |c| diesel::delete(separated::table.find(id)).execute(c))?;
    Ok(())
}

fn cipher(secret: &ShopSecret) -> Result<RandomizedNonceKey> {
    RandomizedNonceKey::new(&AES_256_GCM, &secret.derive("separated customers")?).map_err(|_| Error::internal("no cipher"))
}

/// The nonce, then what is sealed; bound to the customer.
fn seal(secret: &ShopSecret, id: CustomerId, plain: &[u8]) -> Result<String> {
    let mut sealed = plain.to_vec();
    let aad = Aad::from(id.to_string());
    let nonce = cipher(secret)?.seal_in_place_append_tag(aad, &mut sealed).map_err(|_| Error::internal("cannot seal"))?;
    let mut whole = nonce.as_ref().to_vec();
    whole.extend_from_slice(&sealed);
    Ok(URL_SAFE_NO_PAD.encode(whole))
}

fn open(secret: &ShopSecret, id: CustomerId, text: &str) -> Result<Vec<u8>> {
    let cannot = || Error::internal("an account that was put away does not open: is MARU_SECRET_KEY another one?");
    let whole = URL_SAFE_NO_PAD.decode(text).map_err(|_| cannot())?;
    let (nonce, sealed) = whole.split_at_checked(NONCE_BYTES).ok_or_else(cannot)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| cannot())?;
    let mut sealed = sealed.to_vec();
    Ok(cipher(secret)?.open_in_place(nonce, Aad::from(id.to_string()), &mut sealed).map_err(|_| cannot())?.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_away_opens_for_its_own_customer_and_shop_alone() {
        let (shop, other) = (ShopSecret::from_config("one"), ShopSecret::from_config("two"));
        let (mina, jun) = (uuid::Uuid::from_u128(1).into(), uuid::Uuid::from_u128(2).into());
        let sealed = seal(&shop, mina, b"mina@example.com").unwrap();
        assert_eq!(open(&shop, mina, &sealed).unwrap(), b"mina@example.com");
        assert!(open(&shop, jun, &sealed).is_err() && open(&other, mina, &sealed).is_err() && open(&shop, mina, "AAAA").is_err());
    }
}
