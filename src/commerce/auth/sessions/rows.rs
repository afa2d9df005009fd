//! Sessions as the database keeps them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Duration;
use diesel::dsl;
use diesel::prelude::*;

use super::{Device, LONGEST_DAYS, SessionTerms};
use crate::commerce::auth::subject::{Subject, SubjectKind};
use crate::commerce::secrets;
use crate::db::tables::sessions;
use crate::db::{Tx, on_each, one, prepared};
use crate::error::Result;
use crate::types::{EventId, SessionId, Timestamp};

/// Some account's id, of either kind.
pub(super) type SubjectId = EventId;

/// A session and what its refresh tokens are made of.
#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = sessions, treat_none_as_default_value = false)]
pub struct SessionRow {
    pub(super) id: SessionId,
    subject_kind: SubjectKind,
    subject_id: SubjectId,
    pub(super) salt: String,
    pub(super) generation: i32,
    pub(super) rotated_at: Timestamp,
    pub(super) device_name: Option<String>,
    pub(super) user_agent: Option<String>,
    pub(super) address_prefix: Option<String>,
    pub(super) authenticated_at: Timestamp,
    pub(super) created_at: Timestamp,
    pub(super) last_used_at: Timestamp,
    pub(super) expires_at: Timestamp,
    pub(super) revoked_at: Option<Timestamp>,
    revoked_reason: Option<String>,
}

impl SessionRow {
    /// Whose it is.
    pub fn subject(&self) -> Subject {
        Subject { kind: self.subject_kind, id: self.subject_id.into() }
    }

    /// Until when its refresh token is good.
    pub fn expires_at(&self) -> Timestamp {
        self.expires_at
    }

    pub(super) fn lives(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.expires_at > now
    }
}

pub(super) fn new(tx: &Tx, subject: Subject, device: Device, terms: SessionTerms) -> Result<SessionRow> {
    let now = tx.now();
    Ok(SessionRow {
        id: tx.new_id(),
        subject_kind: subject.kind,
        subject_id: subject.id.into(),
        salt: URL_SAFE_NO_PAD.encode(secrets::random::<32>()?),
        generation: 1,
        rotated_at: now,
        device_name: device.name,
        user_agent: device.user_agent,
        address_prefix: device.address_prefix,
        authenticated_at: now,
        created_at: now,
        last_used_at: now,
        expires_at: now.plus(terms.life),
        revoked_at: None,
        revoked_reason: None,
    })
}

type OfSubject =
    dsl::Filter<dsl::Filter<sessions::table, dsl::Eq<sessions::subject_kind, SubjectKind>>, dsl::Eq<sessions::subject_id, SubjectId>>;

/// The sessions of an account.
pub(super) fn of(subject: Subject) -> OfSubject {
    sessions::table.filter(sessions::subject_kind.eq(subject.kind)).filter(sessions::subject_id.eq(SubjectId::from(subject.id)))
}

pub(super) fn load(tx: &mut Tx, id: SessionId) -> Result<Option<SessionRow>> {
    Ok(on_each!(tx, |c| sessions::table.find(id).select(SessionRow::as_select()).first(c).optional())?)
}

/// Makes the next refresh token the good one, if `generation` still is: of any number at once, one does.
pub(super) fn rotate(tx: &mut Tx, row: &SessionRow, device: &Device, terms: SessionTerms) -> Result<Option<SessionRow>> {
    let now = tx.now();
    let longest = row.created_at.plus(Duration::days(LONGEST_DAYS));
    let expires_at = now.plus(terms.life).min(longest);
    Ok(on_each!(tx, |c| {
        let good = sessions::table
            .find(row.id)
            .filter(sessions::generation.eq(row.generation))
            .filter(sessions::revoked_at.is_null())
            .filter(sessions::expires_at.gt(now));
        let change = (
            sessions::generation.eq(sessions::generation + 1),
            sessions::rotated_at.eq(now),
            sessions::last_used_at.eq(now),
            sessions::expires_at.eq(expires_at),
            sessions::user_agent.eq(&device.user_agent),
            sessions::address_prefix.eq(&device.address_prefix),
        );
        prepared(diesel::update(good).set(change).returning(SessionRow::as_returning())).get_result(c).optional()
    })?)
}

/// Which sessions of an account.
#[derive(Clone, Copy)]
pub(super) enum Which {
    All,
    AllBut(SessionId),
    One(SessionId),
}

impl Which {
    /// The one it is, if it is one.
    pub(super) fn one(self) -> Option<SessionId> {
        match self {
            Self::One(id) => Some(id),
            Self::All | Self::AllBut(_) => None,
        }
    }
}

/// The live sessions of an account beyond so many, of which those used last count first.
pub(super) fn beyond(tx: &mut Tx, subject: Subject, most: i64) -> Result<Vec<SessionId>> {
    let now = tx.now();
    Ok(on_each!(tx, |c| {
        of(subject)
            .filter(sessions::revoked_at.is_null())
            .filter(sessions::expires_at.gt(now))
            .order((sessions::last_used_at.desc(), sessions::id.desc()))
            .offset(most)
            .limit(most)
            .select(sessions::id)
            .load(c)
    })?)
}

/// Ends sessions; answers how many lived.
pub(super) fn end(tx: &mut Tx, subject: Subject, which: Which, why: &str) -> Result<usize> {
    let now = tx.now();
    let change = (sessions::revoked_at.eq(now), sessions::expires_at.eq(now), sessions::revoked_reason.eq(why));
    let live = of(subject).filter(sessions::revoked_at.is_null()).filter(sessions::expires_at.gt(now));
    let ended = match which {
        Which::All => on_each!(tx, |c| prepared(diesel::update(live).set(change).returning(one())).run(c)),
        Which::AllBut(id) => {
            on_each!(tx, |c| prepared(diesel::update(live.filter(sessions::id.ne(id))).set(change).returning(one())).run(c))
        }
        Which::One(id) => on_each!(tx, |c| prepared(diesel::update(live.filter(sessions::id.eq(id))).set(change).returning(one())).run(c)),
    };
    Ok(ended?)
}
