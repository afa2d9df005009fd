//! Invitations: each is for one address, with its roles, for three days. Its secret is in the mail alone; here lies its
//! hash. A resent one has another secret. Of any number who accept one at once, one does.

use chrono::Duration;
use diesel::prelude::*;
use serde_json::json;

use super::inputs::{InvitationFilter, StaffInvite};
use super::shapes::{InvitationStatus, StaffInvitation};
use super::{authority, roles, rows};
use crate::app::App;
use crate::commerce::auth::{Caller, Permission};
use crate::commerce::customers::EmailAddress;
use crate::commerce::notifications::{self, Mail, Template};
use crate::commerce::secrets::{self, ShopSecret};
use crate::commerce::{auth, events};
use crate::db::tables::staff_invitations as invitations;
use crate::db::{Tx, on_each};
use crate::error::{Code, Error, OnUnique, Result, check};
use crate::types::page::Direction;
use crate::types::{AccountTokenId, InvitationId, Json, Listing, Locale, PageRequest, RoleId, StaffId, Timestamp};

/// How long an invitation is good.
const LIFE_HOURS: i64 = 72;
/// How long one is kept after that.
const KEPT_DAYS: i64 = 90;

/// What invitations are made with.
#[derive(Clone)]
pub struct InvitationTerms {
    pub(super) secret: ShopSecret,
    /// Whether mail leaves.
    mails: bool,
}

impl InvitationTerms {
    /// The shop's terms.
    pub fn of(app: &App) -> Self {
        Self { secret: app.secret().clone(), mails: app.mail().is_some() }
    }
}

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = invitations, treat_none_as_default_value = false)]
pub(super) struct InvitationRow {
    pub id: InvitationId,
    pub status: InvitationStatus,
    pub email: String,
    pub email_key: String,
    pub role_ids: Json<Vec<RoleId>>,
    pub locale: Option<Locale>,
    hash: String,
    pub invited_by: String,
    staff_id: Option<StaffId>,
    created_at: Timestamp,
    sent_at: Timestamp,
    expires_at: Timestamp,
}

impl From<InvitationRow> for StaffInvitation {
    fn from(row: InvitationRow) -> Self {
        Self {
            id: row.id,
            status: row.status,
            email: row.email,
            role_ids: row.role_ids.0,
            invited_by: row.invited_by,
            staff_id: row.staff_id,
            created_at: row.created_at,
            sent_at: row.sent_at,
            expires_at: row.expires_at,
        }
    }
}

/// Invites somebody by mail. Nobody grants what they do not have. Needs `staff:manage`.
pub fn invite(tx: &mut Tx, by: &Caller, terms: &InvitationTerms, input: StaffInvite) -> Result<StaffInvitation> {
    let by = &authority::decider(tx, by)?;
    check(&input)?;
    terms.require_mail()?;
    let email = EmailAddress::parse("/email", &input.email)?;
    let known = roles::granted(tx, by, &input.role_ids)?;
    let locale = input.locale.unwrap_or_else(|| by.locale.clone());
    let (row, token) = make(tx, by, &terms.secret, &email, known.ids(), Some(locale))?;
    mail(tx, by, &row, token)?;
    told(tx, "staff_invitation.created", row)
}

/// Makes an invitation, and the id that its secret is made of.
pub(super) fn make(
    tx: &mut Tx,
    by: &Caller,
    secret: &ShopSecret,
    email: &EmailAddress,
    roles: Vec<RoleId>,
    locale: Option<Locale>,
) -> Result<(InvitationRow, AccountTokenId)> {
    let now = tx.now();
    if rows::by_email(tx, &email.key)?.is_some() {
        return Err(Error::new(Code::AlreadyExists, "Somebody of the staff has this e-mail address."));
    }
    let overdue = invitations::table
        .filter(invitations::email_key.eq(&email.key))
        .filter(invitations::status.eq(InvitationStatus::Pending))
        .filter(invitations::expires_at.le(now));
    on_each!(tx, |c| diesel::update(overdue).set(invitations::status.eq(InvitationStatus::Revoked)).execute(c))?;
    let token: AccountTokenId = tx.new_id();
    let row = InvitationRow {
        id: tx.new_id(),
        status: InvitationStatus::Pending,
        email: email.text.clone(),
        email_key: email.key.clone(),
        role_ids: Json(roles),
        locale,
        hash: secrets::hash(&auth::proofs::invitation_secret(secret, token)?),
        invited_by: by.name(),
        staff_id: None,
        created_at: now,
        sent_at: now,
        expires_at: now.plus(Duration::hours(LIFE_HOURS)),
    };
    on_each!(tx, |c| diesel::insert_into(invitations::table).values(&row).execute(c))
        .on_unique(|| Error::new(Code::AlreadyExists, "This address is invited already: send the invitation again, or revoke it."))?;
    Ok((row, token))
}

/// Invitations, newest first. Needs `staff:read`.
pub fn list_invitations(tx: &mut Tx, by: &Caller, page: &PageRequest, filter: &InvitationFilter) -> Result<Listing<StaffInvitation>> {
    const LIST: &str = "staff_invitations";
    by.require_everywhere(Permission::StaffRead)?;
    let key: Option<InvitationId> = page.key(LIST)?;
    let rows: Vec<InvitationRow> = on_each!(tx, |c| {
        let mut query = invitations::table.select(InvitationRow::as_select()).limit(page.fetch()).into_boxed();
        if let Some(status) = filter.status {
            query = query.filter(invitations::status.eq(status));
        }
        query = match (page.direction, key) {
            (Direction::Forward, None) => query.order(invitations::id.desc()),
            (Direction::Forward, Some(id)) => query.filter(invitations::id.lt(id)).order(invitations::id.desc()),
            (Direction::Backward, None) => query.order(invitations::id.asc()),
            (Direction::Backward, Some(id)) => query.filter(invitations::id.gt(id)).order(invitations::id.asc()),
        };
        query.load(c)
    })?;
    Ok(page.listing(LIST, rows, |row| row.id).map(StaffInvitation::from))
}

/// Mails an invitation again, with another secret and three more days: whoever does so is who invites now. Roles that were
/// deleted meanwhile are left out. Needs `staff:manage`.
pub fn resend_invitation(tx: &mut Tx, by: &Caller, terms: &InvitationTerms, id: InvitationId) -> Result<StaffInvitation> {
    let by = &authority::decider(tx, by)?;
    terms.require_mail()?;
    let row = by_id(tx, id)?;
    let there = roles::Known::load(tx, &row.role_ids.0)?.ids();
    if there.is_empty() {
        return Err(Error::new(Code::Conflict, "None of this invitation's roles is there any more: revoke it, and invite again."));
    }
    let there = Json(roles::granted(tx, by, &there)?.ids());
    let (now, token): (_, AccountTokenId) = (tx.now(), tx.new_id());
    let hash = secrets::hash(&auth::proofs::invitation_secret(&terms.secret, token)?);
    let expires_at = now.plus(Duration::hours(LIFE_HOURS));
    let change = (
        invitations::hash.eq(&hash),
        invitations::role_ids.eq(&there),
        invitations::invited_by.eq(by.name()),
        invitations::sent_at.eq(now),
        invitations::expires_at.eq(expires_at),
    );
    let row: Option<InvitationRow> = on_each!(tx, |c| {
        let pending = invitations::table.find(id).filter(invitations::status.eq(InvitationStatus::Pending));
        diesel::update(pending).set(change).returning(InvitationRow::as_returning()).get_result(c).optional()
    })?;
    let row = row.ok_or_else(over)?;
    mail(tx, by, &row, token)?;
    told(tx, "staff_invitation.resent", row)
}

/// Takes an invitation back; nobody does so with one whose roles may do what they may not. Needs `staff:manage`.
pub fn revoke_invitation(tx: &mut Tx, by: &Caller, id: InvitationId) -> Result<StaffInvitation> {
    let by = &authority::decider(tx, by)?;
    let row = by_id(tx, id)?;
    let roles = roles::Known::load(tx, &row.role_ids.0)?;
    authority::may_manage(by, &roles.permissions())?;
    let row: Option<InvitationRow> = on_each!(tx, |c| {
        let pending = invitations::table.find(id).filter(invitations::status.eq(InvitationStatus::Pending));
        let revoked = invitations::status.eq(InvitationStatus::Revoked);
        diesel::update(pending).set(revoked).returning(InvitationRow::as_returning()).get_result(c).optional()
    })?;
    told(tx, "staff_invitation.revoked", row.ok_or_else(over)?)
}

/// Takes back what somebody invited who leaves. What those invited who lost the right to is refused when it is accepted
/// (`authority::still_vouches`).
pub(super) fn withdraw_of(tx: &mut Tx, inviter: &str) -> Result<()> {
    on_each!(tx, |c| {
        let pending =
            invitations::table.filter(invitations::invited_by.eq(inviter)).filter(invitations::status.eq(InvitationStatus::Pending));
        diesel::update(pending).set(invitations::status.eq(InvitationStatus::Revoked)).execute(c)
    })?;
    Ok(())
}

/// Takes back what waits for an address.
pub(super) fn withdraw_for(tx: &mut Tx, email: &EmailAddress) -> Result<()> {
    on_each!(tx, |c| {
        let pending =
            invitations::table.filter(invitations::email_key.eq(&email.key)).filter(invitations::status.eq(InvitationStatus::Pending));
        diesel::update(pending).set(invitations::status.eq(InvitationStatus::Revoked)).execute(c)
    })?;
    Ok(())
}

/// Forgets what somebody accepted: it holds their address.
pub(super) fn erase_of(tx: &mut Tx, staff: StaffId) -> Result<()> {
    on_each!(tx, |c| diesel::delete(invitations::table.filter(invitations::staff_id.eq(staff))).execute(c))?;
    Ok(())
}

/// Forgets invitations that were good no more long ago, whatever came of them: they hold addresses. Answers how many.
pub(super) fn purge(tx: &mut Tx) -> Result<usize> {
    let before = tx.now().minus(Duration::days(KEPT_DAYS));
    Ok(on_each!(tx, |c| diesel::delete(invitations::table.filter(invitations::expires_at.lt(before))).execute(c))?)
}

/// The invitation that a secret opens now.
pub(super) fn find(tx: &mut Tx, secret: &str) -> Result<InvitationRow> {
    let (now, hash) = (tx.now(), secrets::hash(secret));
    let row: Option<InvitationRow> = on_each!(tx, |c| {
        invitations::table
            .filter(invitations::hash.eq(&hash))
            .filter(invitations::status.eq(InvitationStatus::Pending))
            .filter(invitations::expires_at.gt(now))
            .select(InvitationRow::as_select())
            .first(c)
            .optional()
    })?;
    row.ok_or_else(not_valid)
}

/// Uses an invitation, and answers it as it is now: of any number at once, one does.
pub(super) fn give(tx: &mut Tx, invitation: &InvitationRow) -> Result<InvitationRow> {
    let now = tx.now();
    let given: Option<InvitationRow> = on_each!(tx, |c| {
        let pending = invitations::table
            .find(invitation.id)
            .filter(invitations::status.eq(InvitationStatus::Pending))
            .filter(invitations::hash.eq(&invitation.hash))
            .filter(invitations::expires_at.gt(now));
        let accepted = invitations::status.eq(InvitationStatus::Accepted);
        diesel::update(pending).set(accepted).returning(InvitationRow::as_returning()).get_result(c).optional()
    })?;
    given.ok_or_else(not_valid)
}

/// Notes who accepted one.
pub(super) fn accepted_by(tx: &mut Tx, id: InvitationId, staff: StaffId) -> Result<()> {
    let row: InvitationRow = on_each!(tx, |c| {
        let accepted = invitations::staff_id.eq(staff);
        diesel::update(invitations::table.find(id)).set(accepted).returning(InvitationRow::as_returning()).get_result(c)
    })?;
    told(tx, "staff_invitation.accepted", row).map(|_| ())
}

fn by_id(tx: &mut Tx, id: InvitationId) -> Result<InvitationRow> {
    let row: Option<InvitationRow> = on_each!(tx, |c| invitations::table.find(id).select(InvitationRow::as_select()).first(c).optional())?;
    row.ok_or_else(|| Error::not_found("invitation"))
}

fn mail(tx: &mut Tx, by: &Caller, row: &InvitationRow, token: AccountTokenId) -> Result<()> {
    let locale = row.locale.as_ref().unwrap_or(&by.locale);
    notifications::queue(
        tx,
        &Mail { template: Template::StaffInvitation, locale, recipient: &row.email, proof: Some(token), withheld: false },
    )
}

pub(super) fn told(tx: &mut Tx, kind: &str, row: InvitationRow) -> Result<StaffInvitation> {
    let invitation = StaffInvitation::from(row);
    let StaffInvitation { id, status, role_ids, invited_by, staff_id, expires_at, .. } = &invitation;
    // Without the address: events hold ids.
    let data =
        json!({"id": id, "status": status, "role_ids": role_ids, "invited_by": invited_by, "staff_id": staff_id, "expires_at": expires_at});
    events::emit(tx, kind, Some(invitation.id.into()), &data)?;
    Ok(invitation)
}

fn over() -> Error {
    Error::new(Code::Conflict, "This invitation was accepted or taken back already.")
}

pub(super) fn not_valid() -> Error {
    Error::new(Code::ProofNotValid, "This link or code is unknown, was used, or is too old. Ask for another.")
}

impl InvitationTerms {
    fn require_mail(&self) -> Result<()> {
        if self.mails {
            return Ok(());
        }
        Err(Error::new(Code::Unavailable, "This shop sends no mail: its operator sets MARU_MAIL."))
    }
}
