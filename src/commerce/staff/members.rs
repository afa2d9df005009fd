//! Who works for the shop: found, changed, kept out, let in again, deleted.

use diesel::prelude::*;

use super::inputs::{StaffFilter, StaffUpdate};
use super::roles::{self, BuiltInRole, Known};
use super::rows::{self, StaffChanges, StaffRow};
use super::shapes::{StaffDeleted, StaffMember, StaffStatus};
use super::{authority, invitations, second_factor};
use crate::commerce::auth::{Caller, Permission, passkeys, proofs, sessions};
use crate::commerce::customers::EmailAddress;
use crate::commerce::notifications;
use crate::db::tables::staff;
use crate::db::{Tx, on_each};
use crate::error::{Code, Error, Result, check};
use crate::types::page::Direction;
use crate::types::{Listing, PageRequest, RoleId, StaffId};

/// Staff, newest first. Needs `staff:read`.
pub fn list(tx: &mut Tx, by: &Caller, page: &PageRequest, filter: &StaffFilter) -> Result<Listing<StaffMember>> {
    const LIST: &str = "staff";
    by.require_everywhere(Permission::StaffRead)?;
    let key: Option<StaffId> = page.key(LIST)?;
    let found: Vec<StaffRow> = on_each!(tx, |c| {
        let mut query = staff::table.select(StaffRow::as_select()).limit(page.fetch()).into_boxed();
        query = match filter.status {
            Some(status) => query.filter(staff::status.eq(status)),
            None => query.filter(staff::status.ne(StaffStatus::Deleted)),
        };
        if let Some(email) = &filter.email {
            query = query.filter(staff::email_key.eq(EmailAddress::key_of(email)));
        }
        query = match (page.direction, key) {
            (Direction::Forward, None) => query.order(staff::id.desc()),
            (Direction::Forward, Some(id)) => query.filter(staff::id.lt(id)).order(staff::id.desc()),
            (Direction::Backward, None) => query.order(staff::id.asc()),
            (Direction::Backward, Some(id)) => query.filter(staff::id.gt(id)).order(staff::id.asc()),
        };
        query.load(c)
    })?;
    let held = rows::roles_of(tx, &found.iter().map(|row| row.id).collect::<Vec<_>>())?;
    let known = Known::load(tx, &held.iter().map(|(_, role)| *role).collect::<Vec<_>>())?;
    Ok(page.listing(LIST, found, |row| row.id).map(|row| {
        let ids: Vec<RoleId> = held.iter().filter(|(id, _)| *id == row.id).map(|(_, role)| *role).collect();
        row.shape(known.refs(&ids))
    }))
}

/// Somebody of the staff. Needs `staff:read`.
pub fn get(tx: &mut Tx, by: &Caller, id: StaffId) -> Result<StaffMember> {
    by.require_everywhere(Permission::StaffRead)?;
    let row = rows::by_id(tx, id)?.ok_or_else(not_there)?;
    rows::shaped(tx, row)
}

/// Changes somebody's name and roles. Nobody gives, or takes from somebody, what they do not have; the last active
/// owner stays one. Needs `staff:manage`.
pub fn update(tx: &mut Tx, by: &Caller, id: StaffId, expected_version: Option<i32>, input: StaffUpdate) -> Result<StaffMember> {
    let by = &authority::decider(tx, by)?;
    check(&input)?;
    let (row, before) = authority::manageable(tx, by, id)?;
    let roles = input.role_ids.map(|ids| roles::granted(tx, by, &ids)).transpose()?;
    if roles.as_ref().is_some_and(|roles| !roles.ids().contains(&BuiltInRole::Owner.id())) {
        authority::keep_an_owner(tx, &row, &before)?;
    }
    let name = input.name.map(|name| Some(name.trim().to_owned()).filter(|n| !n.is_empty()));
    let row = rows::change(tx, id, &StaffChanges { name, ..StaffChanges::default() })?.ok_or_else(not_there)?;
    let row = rows::at_version(row, expected_version)?;
    let kind = match roles {
        Some(roles) => {
            rows::set_roles(tx, id, &roles.ids())?;
            "staff.roles_changed"
        }
        None => "staff.updated",
    };
    rows::emit(tx, kind, &row, None)?;
    rows::shaped(tx, row)
}

/// Keeps somebody out: every session ends, and what they were about to invite is taken back. Access tokens open nothing
/// within half a second on every instance. Needs `staff:manage`.
pub fn deactivate(tx: &mut Tx, by: &Caller, id: StaffId) -> Result<StaffMember> {
    let row = leave(tx, by, id, &StaffChanges { status: Some(StaffStatus::Deactivated), ..StaffChanges::default() })?;
    rows::emit(tx, "staff.deactivated", &row, None)?;
    rows::shaped(tx, row)
}

/// Lets somebody in again, with the roles they had. Needs `staff:manage`.
pub fn reactivate(tx: &mut Tx, by: &Caller, id: StaffId) -> Result<StaffMember> {
    let by = &authority::decider(tx, by)?;
    authority::manageable(tx, by, id)?;
    let active = StaffChanges { status: Some(StaffStatus::Active), ..StaffChanges::default() };
    let row = rows::change(tx, id, &active)?.ok_or_else(not_there)?;
    rows::emit(tx, "staff.reactivated", &row, None)?;
    rows::shaped(tx, row)
}

/// Deletes somebody: name, address, password and second factor are gone; the id stays, for the record names it. Needs
/// `staff:manage`.
pub fn delete(tx: &mut Tx, by: &Caller, id: StaffId) -> Result<StaffDeleted> {
    let nothing = StaffChanges {
        status: Some(StaffStatus::Deleted),
        email: Some(None),
        email_key: Some(None),
        name: Some(None),
        locale: Some(None),
        password_hash: Some(None),
        password_changed_at: Some(tx.now()),
        totp_secret: Some(None),
        totp_confirmed_at: Some(None),
        totp_last_step: None,
    };
    let before = rows::by_id(tx, id)?;
    let row = leave(tx, by, id, &nothing)?;
    sessions::erase(tx, row.subject())?;
    passkeys::erase(tx, row.subject())?;
    second_factor::forget(tx, id)?;
    invitations::erase_of(tx, id)?;
    if let Some(before) = before {
        proofs::erase(tx, before.subject(), before.email_key.as_deref().unwrap_or_default())?;
        before.email.map_or(Ok(()), |email| notifications::erase(tx, &email))?;
    }
    rows::set_roles(tx, id, &[])?;
    rows::emit(tx, "staff.deleted", &row, None)?;
    Ok(StaffDeleted { id })
}

/// Takes somebody's second factor off who lost it and the recovery codes, passkeys too: every session ends, and the next
/// log-in asks for the password alone. A mail tells whose it was. Needs `staff:manage`.
pub fn reset_totp(tx: &mut Tx, by: &Caller, id: StaffId) -> Result<StaffMember> {
    let by = &authority::decider(tx, by)?;
    let (row, _) = authority::manageable(tx, by, id)?;
    if !row.has_totp() && passkeys::count(tx, row.subject())? == 0 {
        return Err(Error::new(Code::Conflict, "This account has no second factor."));
    }
    let row = second_factor::take_off(tx, id, StaffChanges::default(), &by.locale)?;
    passkeys::erase(tx, row.subject())?;
    sessions::revoke_all(tx, row.subject(), None, "the second factor was reset")?;
    rows::emit(tx, "staff.totp_reset", &row, None)?;
    rows::shaped(tx, row)
}

/// Ends what somebody can do here.
fn leave(tx: &mut Tx, by: &Caller, id: StaffId, changes: &StaffChanges) -> Result<StaffRow> {
    let by = &authority::decider(tx, by)?;
    let (row, known) = authority::manageable(tx, by, id)?;
    authority::keep_an_owner(tx, &row, &known)?;
    let row = rows::change(tx, id, changes)?.ok_or_else(not_there)?;
    sessions::revoke_all(tx, row.subject(), None, "the account was deactivated")?;
    invitations::withdraw_of(tx, &id.to_string())?;
    Ok(row)
}

fn not_there() -> Error {
    Error::not_found("staff")
}
