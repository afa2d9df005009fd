//! Staff as the database keeps it.

use diesel::prelude::*;
use serde_json::{Value, json};

use super::roles;
use super::shapes::{RoleRef, StaffMember, StaffStatus};
use crate::commerce::auth::Subject;
use crate::commerce::customers::EmailAddress;
use crate::commerce::events;
use crate::db::tables::{staff, staff_member_roles as held};
use crate::db::{Tx, on_each};
use crate::error::{Code, Error, OnUnique, Result};
use crate::types::{Locale, RoleId, StaffId, Timestamp};

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = staff, treat_none_as_default_value = false)]
pub(super) struct StaffRow {
    pub id: StaffId,
    pub status: StaffStatus,
    pub email: Option<String>,
    pub email_key: Option<String>,
    pub name: Option<String>,
    pub locale: Option<Locale>,
    pub password_hash: Option<String>,
    pub password_changed_at: Timestamp,
    pub totp_secret: Option<String>,
    pub totp_confirmed_at: Option<Timestamp>,
    pub totp_last_step: i64,
    pub version: i32,
    pub last_login_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// What a write says of an account's columns; what is none stays.
#[derive(Default, AsChangeset)]
#[diesel(table_name = staff)]
pub(super) struct StaffChanges {
    pub status: Option<StaffStatus>,
    pub email: Option<Option<String>>,
    pub email_key: Option<Option<String>>,
    pub name: Option<Option<String>>,
    pub locale: Option<Option<Locale>>,
    pub password_hash: Option<Option<String>>,
    pub password_changed_at: Option<Timestamp>,
    pub totp_secret: Option<Option<String>>,
    pub totp_confirmed_at: Option<Option<Timestamp>>,
    pub totp_last_step: Option<i64>,
}

impl StaffRow {
    /// Somebody who joins.
    pub fn new(tx: &Tx, email: &EmailAddress, name: String, password_hash: String, locale: Option<Locale>) -> Self {
        let now = tx.now();
        Self {
            id: tx.new_id(),
            status: StaffStatus::Active,
            email: Some(email.text.clone()),
            email_key: Some(email.key.clone()),
            name: Some(name),
            locale,
            password_hash: Some(password_hash),
            password_changed_at: now,
            totp_secret: None,
            totp_confirmed_at: None,
            totp_last_step: -1,
            version: 1,
            last_login_at: None,
            created_at: now,
            updated_at: now,
        }
    }

    pub fn subject(&self) -> Subject {
        Subject::staff(self.id)
    }

    pub fn is_active(&self) -> bool {
        self.status == StaffStatus::Active
    }

    pub fn has_totp(&self) -> bool {
        self.totp_confirmed_at.is_some()
    }

    pub fn shape(self, roles: Vec<RoleRef>) -> StaffMember {
        StaffMember {
            totp_enabled: self.has_totp(),
            id: self.id,
            status: self.status,
            email: self.email,
            name: self.name,
            locale: self.locale,
            roles,
            version: self.version,
            last_login_at: self.last_login_at,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

pub(super) fn by_id(tx: &mut Tx, id: StaffId) -> Result<Option<StaffRow>> {
    Ok(on_each!(tx, |c| staff::table.find(id).select(StaffRow::as_select()).first(c).optional())?)
}

pub(super) fn by_email(tx: &mut Tx, key: &str) -> Result<Option<StaffRow>> {
    Ok(on_each!(tx, |c| staff::table.filter(staff::email_key.eq(key)).select(StaffRow::as_select()).first(c).optional())?)
}

/// The same, held to the end of the transaction: what else changes the account waits, or came before and is seen here. The
/// first statement of what logs in or decides by the account's password, second factor or passkeys.
pub(super) fn hold(tx: &mut Tx, id: StaffId) -> Result<Option<StaffRow>> {
    Ok(on_each!(tx, |c| {
        let active = staff::table.find(id).filter(staff::status.eq(StaffStatus::Active));
        diesel::update(active).set(staff::version.eq(staff::version)).returning(StaffRow::as_returning()).get_result(c).optional()
    })?)
}

/// Who may act now: the account of an access token may be gone meanwhile.
pub(super) fn active(tx: &mut Tx, id: StaffId) -> Result<StaffRow> {
    by_id(tx, id)?.filter(StaffRow::is_active).ok_or_else(gone)
}

pub(super) fn gone() -> Error {
    Error::new(Code::Unauthenticated, "This account is not active (any more).")
}

pub(super) fn insert(tx: &mut Tx, row: &StaffRow) -> Result<()> {
    on_each!(tx, |c| diesel::insert_into(staff::table).values(row).execute(c))
        .on_unique(|| Error::new(Code::AlreadyExists, "Somebody of the staff has this e-mail address."))?;
    Ok(())
}

/// Changes an account that is not deleted.
pub(super) fn change(tx: &mut Tx, id: StaffId, changes: &StaffChanges) -> Result<Option<StaffRow>> {
    let now = tx.now();
    Ok(on_each!(tx, |c| {
        let there = staff::table.find(id).filter(staff::status.ne(StaffStatus::Deleted));
        let change = (staff::version.eq(staff::version + 1), staff::updated_at.eq(now), changes);
        diesel::update(there).set(change).returning(StaffRow::as_returning()).get_result(c).optional()
    })?)
}

/// Notes a log-in of an account that is held.
pub(super) fn logged_in(tx: &mut Tx, id: StaffId, renewed: Option<&String>) -> Result<StaffRow> {
    let now = tx.now();
    let row: Option<StaffRow> = on_each!(tx, |c| {
        let active = staff::table.find(id).filter(staff::status.eq(StaffStatus::Active));
        let seen = (staff::last_login_at.eq(now), renewed.map(|hash| staff::password_hash.eq(hash)));
        diesel::update(active).set(seen).returning(StaffRow::as_returning()).get_result(c).optional()
    })?;
    row.ok_or_else(gone)
}

/// The version that a change wrote over must be the one that the client saw, if it insists.
pub(super) fn at_version(row: StaffRow, expected: Option<i32>) -> Result<StaffRow> {
    let seen = row.version.saturating_sub(1);
    match expected {
        Some(version) if version != seen => Err(Error::new(Code::VersionMismatch, format!("The account is at version {seen} now."))),
        _ => Ok(row),
    }
}

/// The roles of each, in one statement.
pub(super) fn roles_of(tx: &mut Tx, ids: &[StaffId]) -> Result<Vec<(StaffId, RoleId)>> {
    Ok(on_each!(tx, |c| {
        held::table.filter(held::staff_id.eq_any(ids.to_vec())).order(held::role_id.asc()).select((held::staff_id, held::role_id)).load(c)
    })?)
}

/// Gives an account these roles and no others.
pub(super) fn set_roles(tx: &mut Tx, id: StaffId, roles: &[RoleId]) -> Result<()> {
    on_each!(tx, |c| diesel::delete(held::table.filter(held::staff_id.eq(id))).execute(c))?;
    for role in roles {
        on_each!(tx, |c| diesel::insert_into(held::table).values((held::staff_id.eq(id), held::role_id.eq(*role))).execute(c))?;
    }
    Ok(())
}

/// An account with its roles.
pub(super) fn shaped(tx: &mut Tx, row: StaffRow) -> Result<StaffMember> {
    let ids: Vec<RoleId> = roles_of(tx, &[row.id])?.into_iter().map(|(_, role)| role).collect();
    let known = roles::Known::load(tx, &ids)?;
    Ok(row.shape(known.refs(&ids)))
}

/// Tells what happened to somebody, and how they stand.
pub(super) fn emit(tx: &mut Tx, kind: &str, row: &StaffRow, more: Option<(&str, Value)>) -> Result<()> {
    let roles: Vec<RoleId> = roles_of(tx, &[row.id])?.into_iter().map(|(_, role)| role).collect();
    let mut data = json!({"id": row.id, "status": row.status, "role_ids": roles, "totp_enabled": row.has_totp(), "version": row.version});
    if let (Some(fields), Some((name, value))) = (data.as_object_mut(), more) {
        fields.insert(name.to_owned(), value);
    }
    events::emit(tx, kind, Some(row.id.into()), &data)
}
