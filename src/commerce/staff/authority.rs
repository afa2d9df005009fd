//! Who may decide about whom. What changes roles, who has them, who is active and who is invited holds one lock, so that
//! no two such changes see the same state before: of two owners who remove each other at once, one stays. Whoever decides
//! is looked at again under it: what they could when they called counts for nothing once they were dismissed.

use diesel::prelude::*;

use super::identity;
use super::roles::{BuiltInRole, Known};
use super::rows::{self, StaffRow};
use super::shapes::StaffStatus;
use crate::commerce::auth::{self, Actor, Caller, Permission};
use crate::db::tables::{settings, staff, staff_member_roles as held};
use crate::db::{Tx, on_each};
use crate::error::{Code, Error, Result};
use crate::types::ids::Id;
use crate::types::{KeyId, StaffId};

/// The row whose lock it is.
const LOCK: &str = "staff_authority";

/// Whoever may decide about staff, roles and invitations now: the first line of what does. What it answers, and not the
/// caller that came, is asked what it may.
pub(super) fn decider(tx: &mut Tx, by: &Caller) -> Result<Caller> {
    by.require_everywhere(Permission::StaffManage)?;
    by.fresh(tx)?;
    let by = as_of_now(tx, by)?;
    by.require_everywhere(Permission::StaffManage)?;
    Ok(by)
}

/// Who calls, as they are now, and stay until this transaction ends.
pub(super) fn as_of_now(tx: &mut Tx, by: &Caller) -> Result<Caller> {
    lock(tx)?;
    let mut by = by.clone();
    match &mut by.actor {
        Actor::Staff { id, session, permissions, .. } => {
            let now = identity::live(tx, *id, *session)?.ok_or_else(rows::gone)?;
            *permissions = now.permissions;
        }
        Actor::Key { id, permissions, .. } => {
            let gone = || Error::new(Code::Unauthenticated, "This key does not work any more.");
            *permissions = auth::permissions_of_key(tx, *id)?.ok_or_else(gone)?.into();
        }
        Actor::Guest | Actor::Customer { .. } | Actor::System(_) => {}
    }
    Ok(by)
}

/// Whether whoever invited somebody may still give these permissions away, under the lock: staff who are active, a key that
/// works, the server itself.
pub(super) fn still_vouches(tx: &mut Tx, inviter: &str, permissions: &[Permission]) -> Result<bool> {
    let theirs = if inviter.starts_with("system:") {
        vec![Permission::All]
    } else if let Ok(id) = StaffId::parse(inviter) {
        match rows::by_id(tx, id)?.filter(StaffRow::is_active) {
            Some(_) => held_by(tx, id)?.permissions(),
            None => Vec::new(),
        }
    } else if let Ok(id) = KeyId::parse(inviter) {
        auth::permissions_of_key(tx, id)?.unwrap_or_default()
    } else {
        Vec::new()
    };
    let may = |asked: &Permission| theirs.iter().any(|p| p.allows(*asked));
    Ok(may(&Permission::StaffManage) && permissions.iter().all(may))
}

/// Waits for whoever changes roles or staff now; the first statement of what does.
pub(super) fn lock(tx: &mut Tx) -> Result<()> {
    let row = (settings::name.eq(LOCK), settings::value.eq("held by transactions"));
    on_each!(tx, |c| {
        diesel::insert_into(settings::table)
            .values(row)
            .on_conflict(settings::name)
            .do_update()
            .set(settings::value.eq("held by transactions"))
            .execute(c)
    })?;
    Ok(())
}

/// Refuses a change to somebody, or to a role, that may do what the caller may not.
pub(super) fn may_manage(by: &Caller, permissions: &[Permission]) -> Result<()> {
    match permissions.iter().find(|p| !by.may(**p)) {
        Some(missing) => Err(Error::new(Code::Forbidden, format!("This concerns {missing}, which you do not have: ask who has it."))),
        None => Ok(()),
    }
}

/// Somebody whom the caller may change, under the lock, and what they may do.
pub(super) fn manageable(tx: &mut Tx, by: &Caller, id: StaffId) -> Result<(StaffRow, Known)> {
    let row = rows::by_id(tx, id)?.filter(|row| row.status != StaffStatus::Deleted).ok_or_else(|| Error::not_found("staff"))?;
    let known = held_by(tx, id)?;
    may_manage(by, &known.permissions())?;
    Ok((row, known))
}

fn held_by(tx: &mut Tx, id: StaffId) -> Result<Known> {
    let roles: Vec<_> = rows::roles_of(tx, &[id])?.into_iter().map(|(_, role)| role).collect();
    Known::load(tx, &roles)
}

/// Refuses to take the last active owner away, under the lock.
pub(super) fn keep_an_owner(tx: &mut Tx, row: &StaffRow, known: &Known) -> Result<()> {
    if !row.is_active() || !known.ids().contains(&BuiltInRole::Owner.id()) || owners(tx, Some(row.id))? > 0 {
        return Ok(());
    }
    Err(Error::new(Code::LastOwner, "The shop's last active owner stays one: make another owner first."))
}

/// How many active owners there are but for one.
pub(super) fn owners(tx: &mut Tx, but: Option<StaffId>) -> Result<i64> {
    let but = but.unwrap_or_else(|| uuid::Uuid::nil().into());
    Ok(on_each!(tx, |c| {
        held::table
            .inner_join(staff::table.on(staff::id.eq(held::staff_id)))
            .filter(held::role_id.eq(BuiltInRole::Owner.id()))
            .filter(staff::status.eq(StaffStatus::Active))
            .filter(staff::id.ne(but))
            .count()
            .get_result(c)
    })?)
}
