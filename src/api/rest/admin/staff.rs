//! Who works for the shop, invitations, roles.

use actix_web::{delete, get, patch, post};

use crate::api::call::Call;
use crate::api::extract::{Body, ListQuery, PathId};
use crate::api::openapi::{DryRun, IdPath, Idempotency, IfMatch, Paging, ReadProblems, WriteProblems};
use crate::api::reply::{Answered, Reply};
use crate::commerce::staff::{
    self, InvitationFilter, InvitationTerms, RoleCreate, RoleDeleted, RoleUpdate, StaffDeleted, StaffFilter, StaffInvitation, StaffInvite,
    StaffMember, StaffRole, StaffRoles, StaffUpdate,
};
use crate::types::{InvitationId, Page, RoleId, StaffId};

/// List staff
///
/// Newest first. Needs `staff:read`.
#[utoipa::path(operation_id = "list_staff", tag = "Staff", params(Paging, StaffFilter),
    responses((status = 200, body = Page<StaffMember>), ReadProblems))]
#[get("/staff")]
pub async fn list(call: Call, query: ListQuery<StaffFilter>) -> Answered<Page<StaffMember>> {
    let listing = call.read(move |tx, by| staff::list(tx, by, &query.page, &query.filter)).await?;
    Ok(Reply::ok(listing.into()))
}

/// Read somebody of the staff
///
/// Needs `staff:read`.
#[utoipa::path(operation_id = "get_staff_member", tag = "Staff", params(IdPath), responses((status = 200, body = StaffMember), ReadProblems))]
#[get("/staff/{id}")]
pub async fn get(call: Call, PathId(id): PathId<StaffId>) -> Answered<StaffMember> {
    Ok(Reply::ok(call.read(move |tx, by| staff::get(tx, by, id)).await?).version(|s| s.version))
}

/// Change somebody of the staff
///
/// Name and roles; what is absent stays. Nobody gives, or takes from somebody, what they do not have; the last active
/// owner stays one (409 `last_owner`). Staff are asked for a recent password or code. Needs `staff:manage`.
#[utoipa::path(operation_id = "update_staff_member", tag = "Staff", params(IdPath, Idempotency, IfMatch, DryRun), request_body = StaffUpdate,
    responses((status = 200, body = StaffMember), WriteProblems))]
#[patch("/staff/{id}")]
pub async fn update(call: Call, PathId(id): PathId<StaffId>, Body(input): Body<StaffUpdate>) -> Answered<StaffMember> {
    let version = call.expected_version;
    let written =
        call.write("update_staff_member", (id, input), move |tx, by, (id, input)| staff::update(tx, by, id, version, input)).await?;
    Ok(Reply::written(written).version(|s| s.version))
}

/// Deactivate somebody of the staff
///
/// Every session ends, and what they invited and nobody accepted is taken back. Their tokens open nothing: at once here,
/// within half a second on other instances. Needs `staff:manage`.
#[utoipa::path(operation_id = "deactivate_staff_member", tag = "Staff", params(IdPath, Idempotency, DryRun),
    responses((status = 200, body = StaffMember), WriteProblems))]
#[post("/staff/{id}/deactivate")]
pub async fn deactivate(call: Call, PathId(id): PathId<StaffId>) -> Answered<StaffMember> {
    Ok(Reply::written(call.write("deactivate_staff_member", id, staff::deactivate).await?).version(|s| s.version))
}

/// Let somebody of the staff in again
///
/// With the roles they had. Needs `staff:manage`.
#[utoipa::path(operation_id = "reactivate_staff_member", tag = "Staff", params(IdPath, Idempotency, DryRun),
    responses((status = 200, body = StaffMember), WriteProblems))]
#[post("/staff/{id}/reactivate")]
pub async fn reactivate(call: Call, PathId(id): PathId<StaffId>) -> Answered<StaffMember> {
    Ok(Reply::written(call.write("reactivate_staff_member", id, staff::reactivate).await?).version(|s| s.version))
}

/// Delete somebody of the staff
///
/// Name, address, password and second factor are gone for good; the id stays in the record of what they did. Needs
/// `staff:manage`.
#[utoipa::path(operation_id = "delete_staff_member", tag = "Staff", params(IdPath, Idempotency, DryRun),
    responses((status = 200, body = StaffDeleted), WriteProblems))]
#[delete("/staff/{id}")]
pub async fn delete(call: Call, PathId(id): PathId<StaffId>) -> Answered<StaffDeleted> {
    Ok(Reply::written(call.write("delete_staff_member", id, staff::delete).await?))
}

/// Take somebody's second factor off
///
/// Of somebody who lost the authenticator and the recovery codes: every session ends, and the next log-in asks for the
/// password alone. Needs `staff:manage`.
#[utoipa::path(operation_id = "reset_staff_totp", tag = "Staff", params(IdPath, Idempotency, DryRun),
    responses((status = 200, body = StaffMember), WriteProblems))]
#[post("/staff/{id}/reset-totp")]
pub async fn reset_totp(call: Call, PathId(id): PathId<StaffId>) -> Answered<StaffMember> {
    Ok(Reply::written(call.write("reset_staff_totp", id, staff::reset_totp).await?).version(|s| s.version))
}

/// List invitations
///
/// Newest first. Needs `staff:read`.
#[utoipa::path(operation_id = "list_staff_invitations", tag = "Staff", params(Paging, InvitationFilter),
    responses((status = 200, body = Page<StaffInvitation>), ReadProblems))]
#[get("/staff-invitations")]
pub async fn list_invitations(call: Call, query: ListQuery<InvitationFilter>) -> Answered<Page<StaffInvitation>> {
    let listing = call.read(move |tx, by| staff::list_invitations(tx, by, &query.page, &query.filter)).await?;
    Ok(Reply::ok(listing.into()))
}

/// Invite somebody
///
/// A mail with a token goes out, good once, for three days. Nobody grants what they do not have. Staff are asked for a
/// recent password or code. Needs `staff:manage`.
#[utoipa::path(operation_id = "invite_staff", tag = "Staff", params(Idempotency, DryRun), request_body = StaffInvite,
    responses((status = 201, body = StaffInvitation), WriteProblems))]
#[post("/staff-invitations")]
pub async fn invite(call: Call, Body(input): Body<StaffInvite>) -> Answered<StaffInvitation> {
    let terms = InvitationTerms::of(&call.app);
    Ok(Reply::created(call.write("invite_staff", input, move |tx, by, input| staff::invite(tx, by, &terms, input)).await?))
}

/// Send an invitation again
///
/// With another token, good for three days; the one before is worth nothing. Needs `staff:manage`.
#[utoipa::path(operation_id = "resend_staff_invitation", tag = "Staff", params(IdPath, Idempotency, DryRun),
    responses((status = 200, body = StaffInvitation), WriteProblems))]
#[post("/staff-invitations/{id}/resend")]
pub async fn resend_invitation(call: Call, PathId(id): PathId<InvitationId>) -> Answered<StaffInvitation> {
    let terms = InvitationTerms::of(&call.app);
    Ok(Reply::written(call.write("resend_staff_invitation", id, move |tx, by, id| staff::resend_invitation(tx, by, &terms, id)).await?))
}

/// Take an invitation back
///
/// Needs `staff:manage`.
#[utoipa::path(operation_id = "revoke_staff_invitation", tag = "Staff", params(IdPath, Idempotency, DryRun),
    responses((status = 200, body = StaffInvitation), WriteProblems))]
#[post("/staff-invitations/{id}/revoke")]
pub async fn revoke_invitation(call: Call, PathId(id): PathId<InvitationId>) -> Answered<StaffInvitation> {
    Ok(Reply::written(call.write("revoke_staff_invitation", id, staff::revoke_invitation).await?))
}

/// List roles
///
/// Those that every shop has, then the shop's own. Needs `staff:read`.
#[utoipa::path(operation_id = "list_roles", tag = "Roles", responses((status = 200, body = StaffRoles), ReadProblems))]
#[get("/roles")]
pub async fn list_roles(call: Call) -> Answered<StaffRoles> {
    Ok(Reply::ok(call.read(staff::list_roles).await?))
}

/// Read a role
///
/// Needs `staff:read`.
#[utoipa::path(operation_id = "get_role", tag = "Roles", params(IdPath), responses((status = 200, body = StaffRole), ReadProblems))]
#[get("/roles/{id}")]
pub async fn get_role(call: Call, PathId(id): PathId<RoleId>) -> Answered<StaffRole> {
    Ok(Reply::ok(call.read(move |tx, by| staff::get_role(tx, by, id)).await?).version(|r| r.version))
}

/// Create a role
///
/// Nobody grants what they do not have, and `all` is the owner's alone. Staff are asked for a recent password or code.
/// Needs `staff:manage`.
#[utoipa::path(operation_id = "create_role", tag = "Roles", params(Idempotency, DryRun), request_body = RoleCreate,
    responses((status = 201, body = StaffRole), WriteProblems))]
#[post("/roles")]
pub async fn create_role(call: Call, Body(input): Body<RoleCreate>) -> Answered<StaffRole> {
    Ok(Reply::created(call.write("create_role", input, staff::create_role).await?).version(|r| r.version))
}

/// Change a role
///
/// JSON Merge Patch; `permissions` is replaced whole. Who has the role may do what it says: at once here, within half a
/// second on other instances. Those that every shop has are changed by nobody. Needs `staff:manage`.
#[utoipa::path(operation_id = "update_role", tag = "Roles", params(IdPath, Idempotency, IfMatch, DryRun), request_body = RoleUpdate,
    responses((status = 200, body = StaffRole), WriteProblems))]
#[patch("/roles/{id}")]
pub async fn update_role(call: Call, PathId(id): PathId<RoleId>, Body(input): Body<RoleUpdate>) -> Answered<StaffRole> {
    let version = call.expected_version;
    let written = call.write("update_role", (id, input), move |tx, by, (id, input)| staff::update_role(tx, by, id, version, input)).await?;
    Ok(Reply::written(written).version(|r| r.version))
}

/// Delete a role
///
/// One of the shop's own that nobody has. Needs `staff:manage`.
#[utoipa::path(operation_id = "delete_role", tag = "Roles", params(IdPath, Idempotency, DryRun),
    responses((status = 200, body = RoleDeleted), WriteProblems))]
#[delete("/roles/{id}")]
pub async fn delete_role(call: Call, PathId(id): PathId<RoleId>) -> Answered<RoleDeleted> {
    Ok(Reply::written(call.write("delete_role", id, staff::delete_role).await?))
}
