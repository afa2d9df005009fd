//! What an access token of staff is worth now. Asked of the database, and remembered for half a second by a process:
//! so long, at most, goes on working who was deactivated, logged out or given other roles on another instance.

use std::sync::Arc;

use chrono::Duration;
use diesel::prelude::*;

use super::roles::Known;
use super::shapes::StaffStatus;
use crate::commerce::auth::{Actor, Identity, Permission, SubjectKind};
use crate::config::Config;
use crate::db::tables::{sessions, staff, staff_member_roles as held};
use crate::db::{Tx, on_each};
use crate::error::Result;
use crate::types::{EventId, RoleId, SessionId, StaffId, Timestamp};

/// Who a session of staff is of, and what they may do.
#[derive(Debug, Clone)]
pub struct StaffIdentity {
    /// Who.
    pub id: StaffId,
    /// What their roles let them do.
    pub permissions: Arc<[Permission]>,
    /// Whether they have a second factor.
    pub has_totp: bool,
}

impl StaffIdentity {
    /// Who acts with a token that was issued to this identity.
    pub fn actor(&self, token: &Identity, config: &Config) -> Actor {
        Actor::Staff {
            id: self.id,
            session: token.session,
            authenticated_at: token.authenticated_at,
            fresh_until: fresh_until(token.authenticated_at, config),
            permissions: self.permissions.clone(),
            must_enrol: config.staff_totp_required && !self.has_totp,
        }
    }
}

/// Until when a password or code that was given counts as recent.
pub(super) fn fresh_until(authenticated_at: Timestamp, config: &Config) -> Timestamp {
    authenticated_at.plus(Duration::minutes(config.step_up_minutes.into()))
}

/// The account of a token whose session lives, or none: ended, deactivated and unknown are alike.
pub fn authenticate(tx: &mut Tx, token: &Identity) -> Result<Option<StaffIdentity>> {
    live(tx, token.subject.id.into(), token.session)
}

/// The account of a session that lives.
pub(super) fn live(tx: &mut Tx, id: StaffId, session: SessionId) -> Result<Option<StaffIdentity>> {
    let now = tx.now();
    let found: Option<(StaffId, Option<Timestamp>)> = on_each!(tx, |c| {
        staff::table
            .inner_join(sessions::table.on(sessions::subject_id.eq(staff::id)))
            .filter(staff::id.eq(id))
            .filter(staff::status.eq(StaffStatus::Active))
            .filter(sessions::id.eq(session))
            .filter(sessions::subject_kind.eq(SubjectKind::Staff))
            .filter(sessions::subject_id.eq(EventId::from(uuid::Uuid::from(id))))
            .filter(sessions::revoked_at.is_null())
            .filter(sessions::expires_at.gt(now))
            .select((staff::id, staff::totp_confirmed_at))
            .first(c)
            .optional()
    })?;
    let Some((id, totp)) = found else { return Ok(None) };
    let roles: Vec<RoleId> = on_each!(tx, |c| held::table.filter(held::staff_id.eq(id)).select(held::role_id).load(c))?;
    let permissions = Known::load(tx, &roles)?.permissions();
    Ok(Some(StaffIdentity { id, permissions: permissions.into(), has_totp: totp.is_some() }))
}
