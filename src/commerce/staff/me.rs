//! Whoever is logged in: the own account and sessions.

use super::identity::fresh_until;
use super::inputs::StaffMeUpdate;
use super::roles::Known;
use super::rows::{self, StaffChanges, StaffRow};
use super::second_factor;
use super::shapes::StaffMe;
use crate::commerce::auth::Caller;
use crate::commerce::auth::sessions::{self, Sessions, SessionsEnded};
use crate::config::Config;
use crate::db::Tx;
use crate::error::{Error, Result, check};
use crate::types::{Patch, RoleId, SessionId, Timestamp};

/// Who is logged in. Answers who must set up a second factor, too.
pub fn me(tx: &mut Tx, by: &Caller, config: &Config) -> Result<StaffMe> {
    let id = by.enrolling_staff()?;
    let row = rows::active(tx, id)?;
    of(tx, row, fresh_until(by.account()?.authenticated_at, config), config)
}

/// Changes the own profile.
pub fn update_me(tx: &mut Tx, by: &Caller, config: &Config, expected_version: Option<i32>, input: StaffMeUpdate) -> Result<StaffMe> {
    let id = by.staff()?;
    check(&input)?;
    let name = input.name.map(|name| name.trim().to_owned());
    if name.as_deref() == Some("") {
        return Err(Error::invalid_field("/name", "length", "Say your name."));
    }
    let locale = match input.locale {
        Patch::Keep => None,
        Patch::Clear => Some(None),
        Patch::Set(locale) => Some(Some(locale)),
    };
    let changes = StaffChanges { name: name.map(Some), locale, ..StaffChanges::default() };
    let row = rows::change(tx, id, &changes)?.filter(StaffRow::is_active).ok_or_else(rows::gone)?;
    let row = rows::at_version(row, expected_version)?;
    rows::emit(tx, "staff.updated", &row, None)?;
    of(tx, row, fresh_until(by.account()?.authenticated_at, config), config)
}

/// The own sessions that live.
pub fn sessions(tx: &mut Tx, by: &Caller) -> Result<Sessions> {
    by.staff()?;
    sessions::list(tx, by)
}

/// Ends one of the own sessions; its access token opens nothing any more.
pub fn revoke_session(tx: &mut Tx, by: &Caller, id: SessionId) -> Result<SessionsEnded> {
    by.staff()?;
    sessions::revoke(tx, by, id)
}

pub(super) fn of(tx: &mut Tx, row: StaffRow, fresh_until: Timestamp, config: &Config) -> Result<StaffMe> {
    let ids: Vec<RoleId> = rows::roles_of(tx, &[row.id])?.into_iter().map(|(_, role)| role).collect();
    let known = Known::load(tx, &ids)?;
    Ok(StaffMe {
        must_enrol_totp: config.staff_totp_required && !row.has_totp(),
        recovery_codes_left: if row.has_totp() { second_factor::left(tx, row.id)? } else { 0 },
        permissions: known.permissions(),
        fresh_until,
        staff: row.shape(known.refs(&ids)),
    })
}
