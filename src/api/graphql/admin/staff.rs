//! Staff: who works for the shop, invitations, roles.

use async_graphql::connection::Connection;
use async_graphql::{Context, Object};

use crate::api::call::Call;
use crate::api::graphql::connection::{connection, cost, page};
use crate::api::graphql::errors::{found, given};
use crate::api::graphql::payload::payload;
use crate::commerce::auth::Caller;
use crate::commerce::staff::{
    self, InvitationFilter, InvitationTerms, RoleCreate, RoleDeleted, RoleUpdate, StaffDeleted, StaffFilter, StaffInvitation, StaffInvite,
    StaffMember, StaffRole, StaffUpdate,
};
use crate::db::Tx;
use crate::types::{InvitationId, RoleId, StaffId};

payload! {
    /// Somebody of the staff after the change.
    StaffMemberPayload of member: StaffMember
}
payload! {
    /// Somebody of the staff who was deleted.
    StaffMemberDeletePayload of deleted: StaffDeleted
}
payload! {
    /// The invitation after the change.
    StaffInvitationPayload of invitation: StaffInvitation
}
payload! {
    /// The role after the change.
    RolePayload of role: StaffRole
}
payload! {
    /// The role that was deleted.
    RoleDeletePayload of deleted: RoleDeleted
}

/// Queries of staff.
#[derive(Default)]
pub struct StaffQuery;

#[Object]
impl StaffQuery {
    /// Somebody of the staff. Needs `staff:read`.
    async fn staff_member(&self, ctx: &Context<'_>, id: StaffId) -> async_graphql::Result<Option<StaffMember>> {
        found(ctx.data::<Call>()?.read(move |tx, by| staff::get(tx, by, id)).await)
    }

    /// Staff, newest first. Needs `staff:read`.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn staff_members(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        #[graphql(default)] filter: StaffFilter,
    ) -> async_graphql::Result<Connection<String, StaffMember>> {
        let page = page(first, after, last, before)?;
        given(ctx.data::<Call>()?.read(move |tx, by| staff::list(tx, by, &page, &filter)).await).map(connection)
    }

    /// Invitations, newest first. Needs `staff:read`.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn staff_invitations(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        #[graphql(default)] filter: InvitationFilter,
    ) -> async_graphql::Result<Connection<String, StaffInvitation>> {
        let page = page(first, after, last, before)?;
        given(ctx.data::<Call>()?.read(move |tx, by| staff::list_invitations(tx, by, &page, &filter)).await).map(connection)
    }

    /// A role. Needs `staff:read`.
    async fn role(&self, ctx: &Context<'_>, id: RoleId) -> async_graphql::Result<Option<StaffRole>> {
        found(ctx.data::<Call>()?.read(move |tx, by| staff::get_role(tx, by, id)).await)
    }

    /// Roles: those that every shop has, then the shop's own. Needs `staff:read`.
    async fn roles(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<StaffRole>> {
        given(ctx.data::<Call>()?.read(staff::list_roles).await.map(|roles| roles.data))
    }
}

/// Mutations of staff.
#[derive(Default)]
pub struct StaffMutation;

#[Object]
impl StaffMutation {
    /// Changes somebody's name and roles; what is absent stays. Nobody gives, or takes from somebody, what they do not
    /// have; the last active owner stays one. Needs `staff:manage`.
    async fn staff_member_update(
        &self,
        ctx: &Context<'_>,
        id: StaffId,
        expected_version: Option<i32>,
        input: StaffUpdate,
    ) -> async_graphql::Result<StaffMemberPayload> {
        let rule = move |tx: &mut Tx, by: &Caller, (id, input): (StaffId, StaffUpdate)| staff::update(tx, by, id, expected_version, input);
        StaffMemberPayload::of(Call::of_field(ctx)?.write("update_staff_member", (id, input), rule).await)
    }

    /// Keeps somebody out: every session ends, and tokens open nothing within half a second. Needs `staff:manage`.
    async fn staff_member_deactivate(&self, ctx: &Context<'_>, id: StaffId) -> async_graphql::Result<StaffMemberPayload> {
        StaffMemberPayload::of(Call::of_field(ctx)?.write("deactivate_staff_member", id, staff::deactivate).await)
    }

    /// Lets somebody in again, with the roles they had. Needs `staff:manage`.
    async fn staff_member_reactivate(&self, ctx: &Context<'_>, id: StaffId) -> async_graphql::Result<StaffMemberPayload> {
        StaffMemberPayload::of(Call::of_field(ctx)?.write("reactivate_staff_member", id, staff::reactivate).await)
    }

    /// Deletes somebody: name, address, password and second factor are gone for good. Needs `staff:manage`.
    async fn staff_member_delete(&self, ctx: &Context<'_>, id: StaffId) -> async_graphql::Result<StaffMemberDeletePayload> {
        StaffMemberDeletePayload::of(Call::of_field(ctx)?.write("delete_staff_member", id, staff::delete).await)
    }

    /// Takes off the second factor of somebody who lost it and the recovery codes, passkeys too. Needs `staff:manage`.
    async fn staff_member_totp_reset(&self, ctx: &Context<'_>, id: StaffId) -> async_graphql::Result<StaffMemberPayload> {
        StaffMemberPayload::of(Call::of_field(ctx)?.write("reset_staff_totp", id, staff::reset_totp).await)
    }

    /// Invites somebody by mail. Nobody grants what they do not have. Needs `staff:manage`.
    async fn staff_invite(&self, ctx: &Context<'_>, input: StaffInvite) -> async_graphql::Result<StaffInvitationPayload> {
        let call = Call::of_field(ctx)?;
        let terms = InvitationTerms::of(&call.app);
        let rule = move |tx: &mut Tx, by: &Caller, input: StaffInvite| staff::invite(tx, by, &terms, input);
        StaffInvitationPayload::of(call.write("invite_staff", input, rule).await)
    }

    /// Mails an invitation again, with another token. Needs `staff:manage`.
    async fn staff_invitation_resend(&self, ctx: &Context<'_>, id: InvitationId) -> async_graphql::Result<StaffInvitationPayload> {
        let call = Call::of_field(ctx)?;
        let terms = InvitationTerms::of(&call.app);
        let rule = move |tx: &mut Tx, by: &Caller, id: InvitationId| staff::resend_invitation(tx, by, &terms, id);
        StaffInvitationPayload::of(call.write("resend_staff_invitation", id, rule).await)
    }

    /// Takes an invitation back. Needs `staff:manage`.
    async fn staff_invitation_revoke(&self, ctx: &Context<'_>, id: InvitationId) -> async_graphql::Result<StaffInvitationPayload> {
        StaffInvitationPayload::of(Call::of_field(ctx)?.write("revoke_staff_invitation", id, staff::revoke_invitation).await)
    }

    /// Creates a role. Nobody grants what they do not have. Needs `staff:manage`.
    async fn role_create(&self, ctx: &Context<'_>, input: RoleCreate) -> async_graphql::Result<RolePayload> {
        RolePayload::of(Call::of_field(ctx)?.write("create_role", input, staff::create_role).await)
    }

    /// Changes a role of the shop's own: what is absent stays; permissions are replaced whole. Needs `staff:manage`.
    async fn role_update(
        &self,
        ctx: &Context<'_>,
        id: RoleId,
        expected_version: Option<i32>,
        input: RoleUpdate,
    ) -> async_graphql::Result<RolePayload> {
        let rule =
            move |tx: &mut Tx, by: &Caller, (id, input): (RoleId, RoleUpdate)| staff::update_role(tx, by, id, expected_version, input);
        RolePayload::of(Call::of_field(ctx)?.write("update_role", (id, input), rule).await)
    }

    /// Deletes a role of the shop's own that nobody has. Needs `staff:manage`.
    async fn role_delete(&self, ctx: &Context<'_>, id: RoleId) -> async_graphql::Result<RoleDeletePayload> {
        RoleDeletePayload::of(Call::of_field(ctx)?.write("delete_role", id, staff::delete_role).await)
    }
}
