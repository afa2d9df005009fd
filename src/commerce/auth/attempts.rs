//! Failed log-ins of an account, and how long it must wait after them. They are counted before a password is looked
//! at, so that many at once are counted too; of a name that nobody has as of any other, so that a wait tells nothing.
//!
//! A wait cannot lock a victim out for good. It ends after [`LONGEST_SECONDS`] at most and nothing that comes during it
//! makes it longer. A device that the account was once logged in on proves so by its device token, and is counted
//! apart (OWASP, "Slow Down Online Guessing Attacks with Device Cookies"): strangers' failures do not slow it down.
//! A password that was reset by mail clears the account's count.

use chrono::Duration;
use diesel::prelude::*;
use diesel::upsert::excluded;
use sha2::{Digest, Sha256};

use super::subject::SubjectKind;
use crate::db::tables::login_failures as failures;
use crate::db::{Tx, on_each};
use crate::error::{Code, Error, Result};
use crate::types::Timestamp;

/// How many failures cost nothing: people mistype.
const FREE: i32 = 5;
/// The longest wait.
pub const LONGEST_SECONDS: i64 = 900;
/// After how long without one failures are forgotten.
const FORGOTTEN_HOURS: i64 = 24;

/// What attempts are counted under.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttemptKey(String);

impl AttemptKey {
    /// An account's name, and the device that proved to be known to it.
    pub fn of(kind: SubjectKind, name: &str, device: Option<&str>) -> Self {
        let mut hasher = Sha256::new();
        for part in [kind.as_str(), name, device.unwrap_or_default()] {
            hasher.update(part.len().to_string().as_bytes());
            hasher.update(b":");
            hasher.update(part.as_bytes());
        }
        Self(hex::encode(hasher.finalize()))
    }
}

/// Counts an attempt that has not succeeded yet; 429 while the account must wait.
pub fn begin(tx: &mut Tx, key: &AttemptKey) -> Result<()> {
    let now = tx.now();
    let row = (failures::account_key.eq(&key.0), failures::failures.eq(1), failures::last_failed_at.eq(now));
    // The row's lock makes attempts at one account come one after the other.
    let (count, blocked_until): (i32, Option<Timestamp>) = on_each!(tx, |c| {
        diesel::insert_into(failures::table)
            .values(row)
            .on_conflict(failures::account_key)
            .do_update()
            .set((failures::failures.eq(failures::failures + 1), failures::last_failed_at.eq(excluded(failures::last_failed_at))))
            .returning((failures::failures, failures::blocked_until))
            .get_result(c)
    })?;
    if let Some(until) = blocked_until.filter(|until| *until > now) {
        // Rolled back with this error: what comes during a wait makes it no longer.
        let left = until.micros().saturating_sub(now.micros()).div_euclid(1_000_000).saturating_add(1);
        return Err(
            Error::new(Code::TooManyRequests, "Too many tries under this name failed: wait, or come in another way.").retry_after(left)
        );
    }
    let until = Some(wait_after(count)).filter(|seconds| *seconds > 0).map(|seconds| now.plus(Duration::seconds(seconds)));
    on_each!(tx, |c| diesel::update(failures::table.find(&key.0)).set(failures::blocked_until.eq(until)).execute(c))?;
    Ok(())
}

/// Forgets an account's failures: it succeeded.
pub fn succeeded(tx: &mut Tx, key: &AttemptKey) -> Result<()> {
    on_each!(tx, |c| diesel::delete(failures::table.find(&key.0)).execute(c))?;
    Ok(())
}

/// Forgets failures that are long past; answers how many.
pub(crate) fn purge(tx: &mut Tx) -> Result<usize> {
    let before = tx.now().minus(Duration::hours(FORGOTTEN_HOURS));
    Ok(on_each!(tx, |c| diesel::delete(failures::table.filter(failures::last_failed_at.lt(before))).execute(c))?)
}

/// Seconds to wait after so many failures: none, then 1, 2, 4 and so on.
fn wait_after(failures: i32) -> i64 {
    let beyond = failures.saturating_sub(FREE);
    if beyond < 0 {
        return 0;
    }
    u32::try_from(beyond).ok().and_then(|n| 1i64.checked_shl(n)).filter(|s| (1..LONGEST_SECONDS).contains(s)).unwrap_or(LONGEST_SECONDS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_quarter_of_an_hour() {
        assert_eq!((1..=8).map(wait_after).collect::<Vec<_>>(), [0, 0, 0, 0, 1, 2, 4, 8]);
        for many in [15, 16, 68, 69, 70, i32::MAX] {
            assert_eq!(wait_after(many), LONGEST_SECONDS, "{many}");
        }
    }

    #[test]
    fn names_and_devices_are_counted_apart() {
        let key = |name, device| AttemptKey::of(SubjectKind::Customer, name, device);
        assert_eq!(key("a", None), key("a", None));
        assert_ne!(key("a", None), key("a", Some("d")));
        assert_ne!(key("a", None), AttemptKey::of(SubjectKind::Staff, "a", None));
    }
}
