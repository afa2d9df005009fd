//! The second factor: codes of an authenticator (TOTP, RFC 6238: SHA-1, 6 digits, 30 seconds, as every authenticator
//! does), and recovery codes for when it is lost. Each is good once, by one guarded update. A secret lies here sealed,
//! a recovery code as a digest under a key that is kept nowhere.

use diesel::prelude::*;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha2::Sha256;
use totp_rs::{Algorithm, Builder, Totp};

use super::notices;
use super::rows::{self, StaffChanges, StaffRow};
use crate::commerce::auth::sealing::Sealing;
use crate::commerce::notifications::Template;
use crate::commerce::secrets::{self, ShopSecret};
use crate::db::tables::{staff, staff_recovery_codes as codes};
use crate::db::{Tx, on_each};
use crate::error::{Code, Error, Result};
use crate::types::{Locale, Secret, StaffId, Timestamp};

/// A code's time.
const STEP_SECONDS: u64 = 30;
/// How many codes before and after the present one are good: clocks differ, people type slowly.
const SKEW: u16 = 1;
/// How many recovery codes are given.
const RECOVERY_CODES: usize = 10;
/// What recovery codes are written in: Crockford's base32, without letters that look like digits.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// What makes and knows second factors.
#[derive(Clone)]
pub(super) struct Factors {
    sealing: Sealing,
    digests: [u8; 32],
}

/// A second factor that somebody gives.
#[derive(Clone)]
pub(super) enum Factor {
    /// What the authenticator shows.
    Code(Secret),
    /// One of the codes for when it is lost.
    Recovery(Secret),
}

impl Factor {
    /// The one of two that was given.
    pub fn of(code: Option<Secret>, recovery_code: Option<Secret>) -> Result<Self> {
        match (code, recovery_code) {
            (Some(code), None) => Ok(Self::Code(code)),
            (None, Some(code)) => Ok(Self::Recovery(code)),
            (None, None) => Err(Error::invalid_field("/code", "required", "Send the authenticator's code, or a recovery code.")),
            (Some(_), Some(_)) => Err(Error::invalid_field("/code", "exclusive", "Send a code or a recovery code, not both.")),
        }
    }
}

impl Factors {
    pub fn of(secret: &ShopSecret) -> Result<Self> {
        Ok(Self { sealing: Sealing::of(secret, "staff totp secrets")?, digests: secret.derive("staff recovery codes")? })
    }

    /// A new secret as it is kept, with what an authenticator is told.
    pub fn make(&self, id: StaffId, email: &str, issuer: &str) -> Result<(String, Totp)> {
        let secret = secrets::random::<20>()?;
        let sealed = self.sealing.seal(&id.to_string(), &secret)?;
        // A label's parts are told apart by a colon.
        let plain = |text: &str| text.replace(':', " ");
        Ok((sealed, built(secret.to_vec(), Some((&plain(email), &plain(issuer))))?))
    }

    /// The step whose code this is, among those that are good now.
    pub fn step(&self, id: StaffId, sealed: &str, code: &Secret, now: Timestamp) -> Result<Option<i64>> {
        let digits: String = code.expose().chars().filter(|c| !c.is_whitespace()).collect();
        if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(None);
        }
        let totp = built(self.sealing.open(&id.to_string(), sealed)?, None)?;
        let seconds = u64::try_from(now.micros().div_euclid(1_000_000)).map_err(Error::internal)?;
        totp.check(&digits, seconds).map(|step| i64::try_from(step).map_err(Error::internal)).transpose()
    }

    /// Uses a second factor of an account that has one; `wrong` when it is not good (any more). Of a recovery code a mail
    /// tells, in the account's language or else in `locale`.
    pub fn spend(&self, tx: &mut Tx, row: &StaffRow, factor: &Factor, locale: &Locale) -> Result<()> {
        let spent = match factor {
            Factor::Code(code) => self.spend_code(tx, row, code)?,
            Factor::Recovery(code) => self.spend_recovery(tx, row, code, locale)?,
        };
        if spent { Ok(()) } else { Err(wrong_code()) }
    }

    fn spend_code(&self, tx: &mut Tx, row: &StaffRow, code: &Secret) -> Result<bool> {
        let (Some(sealed), true) = (&row.totp_secret, row.has_totp()) else { return Ok(false) };
        let Some(step) = self.step(row.id, sealed, code, tx.now())? else { return Ok(false) };
        // No step twice, nor one before the last: of two with one code, one is first.
        let spent = on_each!(tx, |c| {
            let unused = staff::table.find(row.id).filter(staff::totp_last_step.lt(step)).filter(staff::totp_secret.eq(sealed));
            diesel::update(unused).set(staff::totp_last_step.eq(step)).execute(c)
        })?;
        Ok(spent == 1)
    }

    fn spend_recovery(&self, tx: &mut Tx, row: &StaffRow, code: &Secret, locale: &Locale) -> Result<bool> {
        let (now, hash) = (tx.now(), self.digest(row.id, code.expose())?);
        let spent = on_each!(tx, |c| {
            let unused = codes::table.find((row.id, &hash)).filter(codes::used_at.is_null());
            diesel::update(unused).set(codes::used_at.eq(now)).execute(c)
        })?;
        if spent == 1 && row.has_totp() {
            let left = left(tx, row.id)?;
            rows::emit(tx, "staff.recovery_code_used", row, Some(("recovery_codes_left", json!(left))))?;
            notices::tell(tx, row, Template::StaffRecoveryCodeUsed, locale)?;
            return Ok(true);
        }
        Ok(false)
    }

    /// Gives an account new recovery codes; those before are worth nothing.
    pub fn renew_recovery(&self, tx: &mut Tx, id: StaffId) -> Result<Vec<String>> {
        forget(tx, id)?;
        let mut made = Vec::with_capacity(RECOVERY_CODES);
        for _ in 0..RECOVERY_CODES {
            let code = recovery_code()?;
            let row = (codes::staff_id.eq(id), codes::hash.eq(self.digest(id, &code)?));
            on_each!(tx, |c| diesel::insert_into(codes::table).values(row).execute(c))?;
            made.push(code);
        }
        Ok(made)
    }

    /// How a recovery code is kept, however it was typed.
    fn digest(&self, id: StaffId, code: &str) -> Result<String> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.digests).map_err(|e| Error::internal(e.to_string()))?;
        mac.update(id.to_string().as_bytes());
        mac.update(b":");
        let typed: String = code.chars().filter(char::is_ascii_alphanumeric).take(64).collect();
        mac.update(typed.to_ascii_lowercase().as_bytes());
        Ok(hex::encode(mac.finalize().into_bytes()))
    }
}

fn built(secret: Vec<u8>, label: Option<(&str, &str)>) -> Result<Totp> {
    let builder = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(6).with_skew(SKEW).with_step_duration(STEP_SECONDS);
    let builder = builder.with_secret(secret);
    let builder = match label {
        Some((email, issuer)) => builder.with_account_name(email).with_issuer(Some(issuer)),
        None => builder,
    };
    builder.build().map_err(|e| Error::internal(e.to_string()))
}

/// Sixteen characters of 32: 80 random bits.
fn recovery_code() -> Result<String> {
    let letters: String =
        secrets::random::<16>()?.iter().filter_map(|byte| ALPHABET.get(usize::from(byte & 31)).copied().map(char::from)).collect();
    let groups: Vec<&str> = [0..4, 4..8, 8..12, 12..16].into_iter().filter_map(|range| letters.get(range)).collect();
    Ok(groups.join("-"))
}

/// Takes the second factor off, with whatever else changes at the same time; a mail tells.
pub(super) fn take_off(tx: &mut Tx, id: StaffId, also: StaffChanges, locale: &Locale) -> Result<StaffRow> {
    forget(tx, id)?;
    let off = StaffChanges { totp_secret: Some(None), totp_confirmed_at: Some(None), ..also };
    let row = rows::change(tx, id, &off)?.ok_or_else(rows::gone)?;
    notices::tell(tx, &row, Template::StaffTotpDisabled, locale)?;
    Ok(row)
}

/// Forgets an account's recovery codes.
pub(super) fn forget(tx: &mut Tx, id: StaffId) -> Result<()> {
    on_each!(tx, |c| diesel::delete(codes::table.filter(codes::staff_id.eq(id))).execute(c))?;
    Ok(())
}

/// How many recovery codes an account has left.
pub(super) fn left(tx: &mut Tx, id: StaffId) -> Result<i32> {
    let left: i64 = on_each!(tx, |c| codes::table.filter(codes::staff_id.eq(id)).filter(codes::used_at.is_null()).count().get_result(c))?;
    Ok(i32::try_from(left).unwrap_or(i32::MAX))
}

/// The one answer to a code that is not good, whatever is wrong with it.
pub(super) fn wrong_code() -> Error {
    Error::new(Code::InvalidCredentials, "The code is not right, or was used already: wait for the next one.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn factors() -> Factors {
        Factors::of(&ShopSecret::from_config("a shop's secret of some length, 32")).unwrap()
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_micros(seconds * 1_000_000).unwrap()
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Appendix B, SHA-1, the last six of eight digits.
        let totp = built(b"12345678901234567890".to_vec(), None).unwrap();
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (2_000_000_000, "279037")] {
            assert_eq!(totp.generate(seconds).to_string(), code);
        }
    }

    #[test]
    fn a_code_is_good_for_its_step_and_its_neighbours_alone() {
        let (factors, id) = (factors(), StaffId::from(uuid::Uuid::from_u128(1)));
        let (sealed, totp) = factors.make(id, "a:b@example.com", "Ma:ru").unwrap();
        let code: Secret = totp.generate(3_000).to_string().into();
        for (now, step) in [(2_969, None), (2_970, Some(100)), (3_000, Some(100)), (3_059, Some(100)), (3_060, None)] {
            assert_eq!(factors.step(id, &sealed, &code, at(now)).unwrap(), step, "{now}");
        }
        let spaced: Secret = format!("{} {}", &code.expose()[..3], &code.expose()[3..]).into();
        assert_eq!(factors.step(id, &sealed, &spaced, at(3_000)).unwrap(), Some(100));
        for nonsense in ["", "12345", "1234567", "12a456", "１２３４５６", "+12345"] {
            assert_eq!(factors.step(id, &sealed, &nonsense.to_owned().into(), at(3_000)).unwrap(), None, "{nonsense}");
        }
        // Another's secret does not open under this name.
        assert!(factors.step(StaffId::from(uuid::Uuid::from_u128(2)), &sealed, &code, at(3_000)).is_err());
    }

    #[test]
    fn recovery_codes_are_known_however_they_are_typed() {
        let (factors, id) = (factors(), StaffId::from(uuid::Uuid::from_u128(1)));
        let code = recovery_code().unwrap();
        assert_eq!(code.len(), 19, "{code}");
        let kept = factors.digest(id, &code).unwrap();
        assert_eq!(factors.digest(id, &format!(" {} ", code.to_uppercase().replace('-', " "))).unwrap(), kept);
        assert_ne!(factors.digest(StaffId::from(uuid::Uuid::from_u128(2)), &code).unwrap(), kept);
        assert_ne!(recovery_code().unwrap(), code);
    }
}
