//! What is proved by a code in a text message: that a number is in the hands of whoever asked. Who asks is given a
//! challenge and the number is sent six digits; both together prove it, once, within minutes. Neither is kept: the
//! challenge's hash is, and the code is made anew of the shop's secret. Guessing is bounded by the tries of a code, by
//! the codes of a number, and by waits; a stranger's guesses are at a challenge of their own, and neither spoil the
//! owner's code nor make the owner wait ([`allowances`], [`super::attempts`]).

pub mod allowances;

use chrono::Duration;
use diesel::prelude::*;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

use super::attempts::{self, AttemptKey};
use super::subject::SubjectKind;
use crate::commerce::secrets::{self, ShopSecret};
use crate::db::tables::phone_codes as codes;
use crate::db::{Tx, on_each};
use crate::error::{Code, Error, Result};
use crate::types::text::text_enum;
use crate::types::{AccountTokenId, CustomerId, PhoneNumber, Timestamp};

/// How long a code is good.
pub const LIFE_MINUTES: i64 = 5;
/// How many times it may be tried.
pub const MOST_TRIES: i32 = 5;
/// How many digits it has.
pub const DIGITS: usize = 6;
const CODES: u64 = 1_000_000;
/// How long codes past their time are kept.
const KEPT_HOURS: i64 = 24;

text_enum! {
    /// What a code is for.
    pub enum CodePurpose {
        /// Logging in, or registering.
        LogIn = "log_in",
        /// Making the number an account's.
        Change = "change",
    }
}

/// A challenge that was made: the token is for whoever asked, the code for the number.
#[derive(Debug)]
pub struct Challenge {
    /// Names the code to be sent.
    pub id: AccountTokenId,
    /// Until when it is good.
    pub expires_at: Timestamp,
}

/// A challenge that is being answered.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = codes)]
pub struct Asked {
    id: AccountTokenId,
    purpose: CodePurpose,
    /// The number, in E.164.
    pub phone: String,
    /// Whose number is to change.
    pub customer_id: Option<CustomerId>,
    asked_from: String,
}

/// The token of a challenge.
pub fn token(shop: &ShopSecret, id: AccountTokenId) -> Result<String> {
    shop.token("phc", id)
}

/// The code that its number is sent: the same one whenever it is asked for, so that none is kept.
pub fn code(shop: &ShopSecret, id: AccountTokenId) -> Result<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&shop.derive("phone codes")?).map_err(|e| Error::internal(e.to_string()))?;
    mac.update(id.to_string().as_bytes());
    let digest = mac.finalize().into_bytes();
    let number = digest.first_chunk::<8>().map_or(0, |bytes| u64::from_be_bytes(*bytes));
    Ok(format!("{:0DIGITS$}", number % CODES))
}

/// Makes a challenge; its code is to be sent. `asked_from` is who asks, as [`allowances::Asker`] tells it.
pub fn ask(
    tx: &mut Tx,
    shop: &ShopSecret,
    purpose: CodePurpose,
    phone: &PhoneNumber,
    customer: Option<CustomerId>,
    asked_from: &str,
) -> Result<Challenge> {
    let (id, now): (AccountTokenId, _) = (tx.new_id(), tx.now());
    let expires_at = now.plus(Duration::minutes(LIFE_MINUTES));
    let row = (
        codes::id.eq(id),
        codes::purpose.eq(purpose),
        codes::phone.eq(phone.e164()),
        codes::hash.eq(secrets::hash(&token(shop, id)?)),
        codes::customer_id.eq(customer),
        codes::asked_from.eq(asked_from),
        codes::attempts.eq(0),
        codes::created_at.eq(now),
        codes::expires_at.eq(expires_at),
    );
    on_each!(tx, |c| diesel::insert_into(codes::table).values(row).execute(c))?;
    Ok(Challenge { id, expires_at })
}

/// Counts a try at a challenge before the code is looked at, so that many at once are counted too. To be committed
/// whether the code is right or not.
pub fn begin(tx: &mut Tx, purpose: CodePurpose, token: &str) -> Result<Asked> {
    let (now, hash) = (tx.now(), secrets::hash(token));
    let asked: Option<Asked> = on_each!(tx, |c| {
        let open = codes::table
            .filter(codes::hash.eq(&hash))
            .filter(codes::purpose.eq(purpose))
            .filter(codes::used_at.is_null())
            .filter(codes::expires_at.gt(now))
            .filter(codes::attempts.lt(MOST_TRIES));
        diesel::update(open).set(codes::attempts.eq(codes::attempts + 1)).returning(Asked::as_returning()).get_result(c).optional()
    })?;
    let asked = asked.ok_or_else(not_valid)?;
    attempts::begin(tx, &tries_of(&asked))?;
    Ok(asked)
}

/// Whether the code is the one that was sent, in constant time.
pub fn is_right(shop: &ShopSecret, asked: &Asked, presented: &str) -> Result<bool> {
    let presented: String = presented.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    Ok(code(shop, asked.id)?.as_bytes().ct_eq(presented.as_bytes()).into())
}

/// Uses a challenge up: of any number at once, one does. What else was asked for the same is worth nothing any more.
pub fn give(tx: &mut Tx, asked: &Asked) -> Result<()> {
    let now = tx.now();
    let given = on_each!(tx, |c| {
        diesel::update(codes::table.find(asked.id).filter(codes::used_at.is_null()).filter(codes::expires_at.gt(now)))
            .set(codes::used_at.eq(now))
            .execute(c)
    })?;
    if given != 1 {
        return Err(not_valid());
    }
    on_each!(tx, |c| {
        let others =
            codes::table.filter(codes::phone.eq(&asked.phone)).filter(codes::purpose.eq(asked.purpose)).filter(codes::used_at.is_null());
        diesel::update(others).set(codes::used_at.eq(now)).execute(c)
    })?;
    attempts::succeeded(tx, &tries_of(asked))
}

/// Deletes all that was asked of a number or a customer.
pub fn erase(tx: &mut Tx, customer: CustomerId, phone: Option<&str>) -> Result<()> {
    on_each!(tx, |c| {
        let of = codes::customer_id.eq(customer).or(codes::phone.eq(phone.unwrap_or_default()));
        diesel::delete(codes::table.filter(of)).execute(c)
    })?;
    Ok(())
}

/// Forgets codes and allowances past their time; answers how many.
pub(crate) fn purge(tx: &mut Tx) -> Result<usize> {
    let before = tx.now().minus(Duration::hours(KEPT_HOURS));
    let gone = on_each!(tx, |c| diesel::delete(codes::table.filter(codes::expires_at.lt(before))).execute(c))?;
    Ok(gone.saturating_add(allowances::purge(tx)?))
}

/// Tries are counted of a number and who tries: strangers elsewhere do not make its owner wait.
fn tries_of(asked: &Asked) -> AttemptKey {
    AttemptKey::of(SubjectKind::Customer, &format!("phone:{}", asked.phone), Some(&asked.asked_from))
}

/// The one answer to a challenge that is unknown, used, too old or tried too often, and to a wrong code.
pub fn not_valid() -> Error {
    Error::new(Code::ProofNotValid, "This code is not right, was used, or is too old. Try again, or ask for another.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(id: AccountTokenId) -> Asked {
        Asked { id, purpose: CodePurpose::LogIn, phone: "+821012345678".to_owned(), customer_id: None, asked_from: String::new() }
    }

    #[test]
    fn a_code_has_six_digits_of_its_own_challenge_and_shop() {
        let (one, two) = (ShopSecret::from_config("a shop's secret of some length, 32"), ShopSecret::from_config("another"));
        let ids: Vec<AccountTokenId> = (0..200).map(|n| uuid::Uuid::from_u128(n).into()).collect();
        let codes: std::collections::HashSet<String> = ids.iter().map(|id| code(&one, *id).unwrap()).collect();
        assert!(codes.len() > 195 && codes.iter().all(|c| c.len() == 6 && c.bytes().all(|b| b.is_ascii_digit())));
        assert_eq!(code(&one, ids[0]).unwrap(), code(&one, ids[0]).unwrap());
        assert_ne!(code(&one, ids[0]).unwrap(), code(&two, ids[0]).unwrap());
    }

    #[test]
    fn a_code_is_right_however_it_is_spaced() {
        let (shop, asked) = (ShopSecret::from_config("x"), asked(uuid::Uuid::from_u128(7).into()));
        let right = code(&shop, asked.id).unwrap();
        for text in [right.clone(), format!(" {} {} ", &right[..3], &right[3..]), format!("{}-{}", &right[..3], &right[3..])] {
            assert!(is_right(&shop, &asked, &text).unwrap(), "{text}");
        }
        for text in ["", "0", &right[1..], &format!("{right}0"), "＊"] {
            assert!(!is_right(&shop, &asked, text).unwrap(), "{text}");
        }
    }
}
