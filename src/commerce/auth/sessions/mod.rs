//! Sessions: each is one device's family of refresh tokens, of which one is good at a time. Using it gives the next,
//! by one guarded update. A client that lost the answer and sends the same token again within [`GRACE_SECONDS`] gets
//! that same next token, so a family never forks; an older one presented again was stolen, and ends the family. Ids
//! of sessions open nothing.

mod refresh;
mod rows;

use chrono::Duration;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;

pub use refresh::{GRACE_SECONDS, RefreshTokens, Refreshed, holder, named_in, refresh, revoke_by_token};
pub use rows::SessionRow;

use super::subject::Subject;
use super::{Caller, Identity};
use crate::commerce::events;
use crate::commerce::idempotency::Answer;
use crate::config::Config;
use crate::db::tables::sessions;
use crate::db::{Tx, on_each};
use crate::error::{Code, Error, Result};
use crate::types::{SessionId, Timestamp};

/// How long a family lives, however often it is used.
const LONGEST_DAYS: i64 = 365;
/// How many sessions of one account live at once; also how many a list holds.
const MOST: i64 = 100;
/// How long sessions that ended are kept.
const KEPT_DAYS: i64 = 7;

/// On what terms a session lives.
#[derive(Debug, Clone, Copy)]
pub struct SessionTerms {
    /// How long it lives unused.
    pub life: Duration,
}

impl SessionTerms {
    /// The shop's terms.
    pub fn of(config: &Config) -> Self {
        Self { life: Duration::days(config.session_days.into()) }
    }

    /// The shop's terms for staff.
    pub fn of_staff(config: &Config) -> Self {
        Self { life: Duration::days(config.staff_session_days.into()) }
    }
}

/// What is known of the device that a session begins on. None of it is a credential.
#[derive(Debug, Clone, Default)]
pub struct Device {
    /// As its owner calls it.
    pub name: Option<String>,
    /// As it calls itself.
    pub user_agent: Option<String>,
    /// Its network: IPv4 /24, IPv6 /48.
    pub address_prefix: Option<String>,
}

impl Device {
    /// The device of a call.
    pub fn of(by: &Caller, name: Option<String>) -> Self {
        let (address, agent) = by.origin.split_once('|').unwrap_or((by.origin.as_str(), ""));
        let short = |text: &str| text.chars().take(300).collect::<String>();
        Self {
            name: name.map(|n| n.trim().to_owned()).filter(|n| !n.is_empty()),
            user_agent: Some(short(agent)).filter(|a| !a.is_empty()),
            address_prefix: address.parse().ok().map(prefix),
        }
    }
}

fn prefix(address: std::net::IpAddr) -> String {
    match address.to_canonical() {
        std::net::IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        std::net::IpAddr::V6(v6) => {
            let [a, b, c, ..] = v6.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
    }
}

/// A session, as its owner sees it.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct Session {
    /// Id. It opens nothing.
    pub id: SessionId,
    /// Whether it is the one that asks.
    pub current: bool,
    /// What its owner called the device.
    #[schema(example = "Mina's iPhone")]
    pub device_name: Option<String>,
    /// What the device calls itself.
    pub user_agent: Option<String>,
    /// The network it was last used from: IPv4 /24, IPv6 /48.
    #[schema(example = "203.0.113.0/24")]
    pub address_prefix: Option<String>,
    /// When a password or another factor was last given.
    pub authenticated_at: Timestamp,
    /// When it began.
    pub created_at: Timestamp,
    /// When its refresh token was last used.
    pub last_used_at: Timestamp,
    /// When it ends unless it is used.
    pub expires_at: Timestamp,
}

/// Sessions of one account.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Sessions {
    /// Last used first; an account has 100 at most.
    pub data: Vec<Session>,
}

/// How many sessions were ended.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct SessionsEnded {
    /// How many.
    pub ended: i32,
}

impl Answer for SessionsEnded {}

impl SessionRow {
    fn shape(self, current: SessionId) -> Session {
        Session {
            current: self.id == current,
            id: self.id,
            device_name: self.device_name,
            user_agent: self.user_agent,
            address_prefix: self.address_prefix,
            authenticated_at: self.authenticated_at,
            created_at: self.created_at,
            last_used_at: self.last_used_at,
            expires_at: self.expires_at,
        }
    }

    /// What its access tokens prove.
    pub fn identity(&self) -> Identity {
        Identity { subject: self.subject(), session: self.id, authenticated_at: self.authenticated_at }
    }
}

/// Begins a session, just authenticated. Of one account too many end those that were not used for longest.
pub fn begin(tx: &mut Tx, subject: Subject, device: Device, terms: SessionTerms) -> Result<SessionRow> {
    let row = rows::new(tx, subject, device, terms)?;
    on_each!(tx, |c| diesel::insert_into(sessions::table).values(&row).execute(c))?;
    for id in rows::beyond(tx, subject, MOST)? {
        end_told(tx, subject, rows::Which::One(id), "too many sessions")?;
    }
    Ok(row)
}

/// Ends sessions that their account ends, and tells of it once; answers how many lived.
fn end_told(tx: &mut Tx, subject: Subject, which: rows::Which, why: &str) -> Result<usize> {
    let ended = rows::end(tx, subject, which, why)?;
    if ended > 0 {
        let session = which.one();
        let data = json!({"session_id": session, "subject": subject.to_string(), "ended": ended, "reason": why});
        events::emit(tx, "session.ended", Some(session.map_or(subject.id, Into::into)), &data)?;
    }
    Ok(ended)
}

/// The caller's sessions that live.
pub fn list(tx: &mut Tx, by: &Caller) -> Result<Sessions> {
    let identity = by.account()?;
    let now = tx.now();
    let rows: Vec<SessionRow> = on_each!(tx, |c| {
        rows::of(identity.subject)
            .filter(sessions::revoked_at.is_null())
            .filter(sessions::expires_at.gt(now))
            .order((sessions::last_used_at.desc(), sessions::id.desc()))
            .limit(MOST)
            .select(SessionRow::as_select())
            .load(c)
    })?;
    Ok(Sessions { data: rows.into_iter().map(|row| row.shape(identity.session)).collect() })
}

/// Ends one of the caller's sessions. A customer's access token of it is good until it expires, 15 minutes at most;
/// staff's opens nothing any more.
pub fn revoke(tx: &mut Tx, by: &Caller, id: SessionId) -> Result<SessionsEnded> {
    let identity = by.account()?;
    let ended = end_told(tx, identity.subject, rows::Which::One(id), "ended by its owner")?;
    if ended == 0 { Err(Error::not_found("session")) } else { Ok(SessionsEnded { ended: 1 }) }
}

/// Ends the caller's own session, if it still lives.
pub fn log_out(tx: &mut Tx, by: &Caller) -> Result<SessionsEnded> {
    let identity = by.account()?;
    let ended = end_told(tx, identity.subject, rows::Which::One(identity.session), "logged out")?;
    Ok(counted(ended))
}

/// Ends all of the caller's sessions, this one too.
pub fn log_out_everywhere(tx: &mut Tx, by: &Caller) -> Result<SessionsEnded> {
    let identity = by.account()?;
    Ok(counted(end_told(tx, identity.subject, rows::Which::All, "logged out everywhere")?))
}

/// Ends an account's sessions, but for one.
pub fn revoke_all(tx: &mut Tx, subject: Subject, but: Option<SessionId>, why: &str) -> Result<SessionsEnded> {
    let which = but.map_or(rows::Which::All, rows::Which::AllBut);
    Ok(counted(rows::end(tx, subject, which, why)?))
}

/// Deletes all that is known of an account's sessions.
pub fn erase(tx: &mut Tx, subject: Subject) -> Result<()> {
    let all =
        sessions::table.filter(sessions::subject_kind.eq(subject.kind)).filter(sessions::subject_id.eq(rows::SubjectId::from(subject.id)));
    on_each!(tx, |c| diesel::delete(all).execute(c))?;
    Ok(())
}

/// Refuses a caller whose session has ended although their access token is still good: for what must not wait.
pub fn require_live(tx: &mut Tx, by: &Caller) -> Result<Identity> {
    let identity = by.account()?;
    let now = tx.now();
    let lives: i64 = on_each!(tx, |c| {
        rows::of(identity.subject)
            .filter(sessions::id.eq(identity.session))
            .filter(sessions::revoked_at.is_null())
            .filter(sessions::expires_at.gt(now))
            .count()
            .get_result(c)
    })?;
    if lives == 1 { Ok(identity) } else { Err(Error::new(Code::Unauthenticated, "This session has ended: log in again.")) }
}

/// Notes that a session just gave a password or another factor again.
pub fn reauthenticated(tx: &mut Tx, id: SessionId) -> Result<SessionRow> {
    let change = sessions::authenticated_at.eq(tx.now());
    Ok(on_each!(tx, |c| diesel::update(sessions::table.find(id)).set(change).returning(SessionRow::as_returning()).get_result(c))?)
}

/// Forgets sessions that ended a while ago; answers how many.
pub(crate) fn purge(tx: &mut Tx) -> Result<usize> {
    let before = tx.now().minus(Duration::days(KEPT_DAYS));
    Ok(on_each!(tx, |c| diesel::delete(sessions::table.filter(sessions::expires_at.lt(before))).execute(c))?)
}

fn counted(ended: usize) -> SessionsEnded {
    SessionsEnded { ended: i32::try_from(ended).unwrap_or(i32::MAX) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_kept_by_its_network_alone() {
        let of = |text: &str| prefix(text.parse().unwrap());
        assert_eq!(of("203.0.113.77"), "203.0.113.0/24");
        assert_eq!(of("::ffff:203.0.113.77"), "203.0.113.0/24");
        assert_eq!(of("2001:db8:1:2::3"), "2001:db8:1::/48");
    }
}
