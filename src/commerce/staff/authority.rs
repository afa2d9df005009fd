//! Who may decide about whom. What changes roles, who has them and who is active holds one lock, so that no two such
//! changes see the same state before: of two owners who remove each other at once, one stays.

use diesel::prelude::*;

use super::roles::{BuiltInRole, Known};
use super::rows::{self, StaffRow};
use super::shapes::StaffStatus;
use crate::commerce::auth::{Caller, Permission};
use crate::db::tables::{settings, staff, staff_member_roles as held};
use crate::db::{Tx, on_each};
use crate::error::{Code, Error, Result};
use crate::types::StaffId;

/// The row whose lock it is.
const LOCK: &str = "staff_authority";

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
    let roles: Vec<_> = rows::roles_of(tx, &[id])?.into_iter().map(|(_, role)| role).collect();
    let known = Known::load(tx, &roles)?;
    may_manage(by, &known.permissions())?;
    Ok((row, known))
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
