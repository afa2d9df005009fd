//! How many text messages somebody may have sent: a number, whoever asks for it, a network, the shop. Each is a row
//! that is counted up in the transaction that queues the message, so that asking at once counts as well, and what is
//! refused is not counted. Messages cost money, and fraudsters have them sent to numbers that earn them some; and they
//! bother whoever has the number.
//!
//! Nobody is locked out by a stranger for good: a device that the account was once logged in on is counted apart, so is
//! whoever is logged in, and every count ends with its hour.

use chrono::Duration;
use diesel::prelude::*;
use diesel::upsert::excluded;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::commerce::auth::Caller;
use crate::commerce::secrets::ShopSecret;
use crate::config::SmsSettings;
use crate::db::tables::sms_allowances as allowances;
use crate::db::{Tx, on_each};
use crate::error::{Code, Error, Result};
use crate::types::{PhoneNumber, Timestamp};

/// Seconds to wait after the first, second ... message to one number for one who asks.
const PAUSES: [i64; 4] = [20, 40, 90, 180];
const HOUR_SECONDS: i64 = 3600;

/// Who asks for a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asker {
    /// A device that the number's account was logged in on, by its name.
    Device(String),
    /// Whoever is logged in: the account's id.
    Account(String),
    /// Anybody else, by their network.
    Stranger(String),
}

impl Asker {
    /// A stranger, by the network of the call.
    pub fn stranger(by: &Caller) -> Self {
        Self::Stranger(network(by))
    }

    /// A keyed digest: what is kept tells nobody where somebody was.
    pub fn digest(&self, shop: &ShopSecret) -> Result<String> {
        let (kind, name) = match self {
            Self::Device(name) => ("device", name),
            Self::Account(name) => ("account", name),
            Self::Stranger(name) => ("network", name),
        };
        digest(shop, &[kind, name])
    }
}

/// What is counted.
struct Counted {
    key: String,
    most: u32,
    pauses: &'static [i64],
    refusal: fn() -> Error,
}

/// The network of a call: IPv4 whole, IPv6 by its /64.
fn network(by: &Caller) -> String {
    match by.address.map(|address| address.to_canonical()) {
        Some(std::net::IpAddr::V4(v4)) => v4.to_string(),
        Some(std::net::IpAddr::V6(v6)) => {
            let [a, b, c, d, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}")
        }
        None => String::new(),
    }
}

/// Counts one more message to a number; 429 with `Retry-After` while it may not be sent, 503 when the shop has sent
/// all that it wants to.
pub fn take(tx: &mut Tx, shop: &ShopSecret, settings: &SmsSettings, by: &Caller, asker: &Asker, phone: &PhoneNumber) -> Result<()> {
    let number = phone.e164();
    let who = asker.digest(shop)?;
    let (of_number, of_network) = (settings.per_number, settings.per_address);
    let of_strangers = || Ok::<_, Error>(counted(digest(shop, &["strangers", number])?, of_number));
    let of_here = || Ok::<_, Error>(counted(Asker::stranger(by).digest(shop)?, of_network));
    // Always in this order: whoever counts the same things does not wait in a circle.
    let mut all = vec![Counted { pauses: &PAUSES, ..counted(digest(shop, &["number", number, &who])?, of_number) }];
    match asker {
        // It has messages sent to its own number alone.
        Asker::Device(_) => {}
        Asker::Account(_) => all.extend([counted(who, of_number), of_here()?]),
        Asker::Stranger(_) => all.extend([of_strangers()?, of_here()?]),
    }
    all.push(Counted { refusal: full, ..counted(digest(shop, &["shop"])?, settings.per_hour) });
    all.iter().try_for_each(|one| count(tx, one))
}

fn counted(key: String, most: u32) -> Counted {
    Counted { key, most, pauses: &[], refusal: || Error::new(Code::TooManyRequests, "Too many codes were asked for. Wait a little.") }
}

/// The refusal of a shop that has sent all that it wants to.
fn full() -> Error {
    tracing::warn!("the shop has sent as many text messages in an hour as it may (MARU_SMS_PER_HOUR)");
    metrics::counter!("maru_sms_ceiling_total").increment(1);
    Error::new(Code::Unavailable, "The shop sends no more messages for now. Try again later, or log in another way.")
}

fn count(tx: &mut Tx, counted: &Counted) -> Result<()> {
    let now = tx.now();
    let row = (
        allowances::allowance_key.eq(&counted.key),
        allowances::used.eq(1),
        allowances::since.eq(now),
        // Excluded's own: what is there already stays as it is.
        allowances::next_at.eq(now),
    );
    let (used, since, next_at): (i32, Timestamp, Timestamp) = on_each!(tx, |c| {
        diesel::insert_into(allowances::table)
            .values(row)
            .on_conflict(allowances::allowance_key)
            .do_update()
            .set((allowances::allowance_key.eq(excluded(allowances::allowance_key)), allowances::used.eq(allowances::used + 1)))
            .returning((allowances::used, allowances::since, allowances::next_at))
            .get_result(c)
    })?;
    let ends = since.plus(Duration::seconds(HOUR_SECONDS));
    let is_over = ends <= now;
    let (used, since) = if is_over { (1, now) } else { (used, since) };
    let wait_until = if is_over {
        None
    } else if u32::try_from(used).unwrap_or(u32::MAX) > counted.most {
        Some(ends)
    } else {
        Some(next_at).filter(|at| *at > now)
    };
    if let Some(until) = wait_until {
        let left = until.micros().saturating_sub(now.micros()).div_euclid(1_000_000).saturating_add(1);
        // Rolled back with this error: what is refused does not count.
        return Err((counted.refusal)().retry_after(left));
    }
    let change = (allowances::used.eq(used), allowances::since.eq(since), allowances::next_at.eq(now.plus(pause(used, counted.pauses))));
    on_each!(tx, |c| diesel::update(allowances::table.find(&counted.key)).set(change).execute(c))?;
    Ok(())
}

fn pause(used: i32, pauses: &[i64]) -> Duration {
    let place = usize::try_from(used.saturating_sub(1)).unwrap_or(0);
    Duration::seconds(pauses.get(place).or(pauses.last()).copied().unwrap_or(0))
}

fn digest(shop: &ShopSecret, parts: &[&str]) -> Result<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(&shop.derive("sms allowances")?).map_err(|e| Error::internal(e.to_string()))?;
    for part in parts {
        mac.update(part.len().to_string().as_bytes());
        mac.update(b":");
        mac.update(part.as_bytes());
    }
    Ok(hex::encode(mac.finalize().into_bytes()))
}

/// Forgets counts whose hour is over; answers how many.
pub(super) fn purge(tx: &mut Tx) -> Result<usize> {
    let before = tx.now().minus(Duration::seconds(HOUR_SECONDS));
    Ok(on_each!(tx, |c| diesel::delete(allowances::table.filter(allowances::since.lt(before))).execute(c))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_and_stay() {
        let seconds: Vec<i64> = (1..=6).map(|used| pause(used, &PAUSES).num_seconds()).collect();
        assert_eq!(seconds, [20, 40, 90, 180, 180, 180]);
        assert_eq!(pause(3, &[]).num_seconds(), 0);
    }

    #[test]
    fn who_asks_is_kept_as_a_digest() {
        let shop = ShopSecret::from_config("x");
        let of = |asker: Asker| asker.digest(&shop).unwrap();
        assert_ne!(of(Asker::Device("a".into())), of(Asker::Stranger("a".into())));
        assert_eq!(of(Asker::Stranger("203.0.113.7".into())), of(Asker::Stranger("203.0.113.7".into())));
        assert!(!of(Asker::Stranger("203.0.113.7".into())).contains("203"));
    }
}
