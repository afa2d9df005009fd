//! What clients send of staff.

use serde::{Deserialize, Serialize};
use validator::Validate;

use super::shapes::{InvitationStatus, StaffStatus};
use crate::commerce::auth::Permission;
use crate::types::{Locale, Patch, RoleId, Secret};

/// Somebody to invite.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct StaffInvite {
    /// The address that the invitation is mailed to, and that they will log in with.
    #[schema(example = "jun@example.com")]
    #[validate(length(max = 320))]
    pub email: String,
    /// Their roles. Nobody grants what they do not have.
    #[validate(length(min = 1, max = 20))]
    pub role_ids: Vec<RoleId>,
    /// The language that mail speaks to them; the call's if absent.
    #[serde(default)]
    pub locale: Option<Locale>,
}

/// Which invitations.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::IntoParams, async_graphql::InputObject)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct InvitationFilter {
    /// Standing so.
    pub status: Option<InvitationStatus>,
}

/// Accepts an invitation.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct InvitationAccept {
    /// From the mail, or from `maru staff create-owner`.
    pub token: Secret,
    /// Name, as colleagues know it.
    #[schema(example = "박준")]
    #[validate(length(min = 1, max = 200))]
    pub name: String,
    /// 8 to 128 characters of any kind; not one of the commonest.
    pub password: Secret,
    /// What to call this device in the list of sessions.
    #[serde(default)]
    #[validate(length(max = 200))]
    pub device_name: Option<String>,
}

/// Somebody of the staff who logs in.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct StaffLogin {
    /// The account's address.
    #[schema(example = "jun@example.com")]
    #[validate(length(max = 320))]
    pub email: String,
    /// Its password.
    pub password: Secret,
    /// What to call this device in the list of sessions.
    #[serde(default)]
    #[validate(length(max = 200))]
    pub device_name: Option<String>,
    /// What an earlier log-in on this device answered as `device_token`.
    #[serde(default)]
    pub device_token: Option<Secret>,
}

/// The second factor of a log-in: a code, or a recovery code.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject)]
#[serde(deny_unknown_fields)]
pub struct SecondFactor {
    /// What the log-in answered as `challenge.token`.
    pub challenge: Secret,
    /// The six digits that the authenticator shows.
    #[serde(default)]
    pub code: Option<Secret>,
    /// One of the recovery codes, instead of a code.
    #[serde(default)]
    pub recovery_code: Option<Secret>,
}

/// Who one is, confirmed: with a second factor its code or a recovery code, without one the password.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject)]
#[serde(deny_unknown_fields, default)]
pub struct StepUp {
    /// The password: of accounts without a second factor.
    pub password: Option<Secret>,
    /// The six digits that the authenticator shows.
    pub code: Option<Secret>,
    /// One of the recovery codes, instead of a code.
    pub recovery_code: Option<Secret>,
}

/// The first code of an authenticator.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject)]
#[serde(deny_unknown_fields)]
pub struct TotpConfirm {
    /// The six digits that the authenticator shows.
    pub code: Secret,
}

/// Another password for the account that is logged in.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject)]
#[serde(deny_unknown_fields)]
pub struct StaffPasswordChange {
    /// The present one.
    pub current_password: Secret,
    /// 8 to 128 characters of any kind; not one of the commonest.
    pub new_password: Secret,
}

/// Changes to the own profile (RFC 7396: what is absent stays, null clears).
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct StaffMeUpdate {
    /// Name.
    #[validate(length(min = 1, max = 200))]
    pub name: Option<String>,
    /// The language that mail speaks.
    #[schema(value_type = Option<Locale>)]
    pub locale: Patch<Locale>,
}

/// Which staff.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::IntoParams, async_graphql::InputObject)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct StaffFilter {
    /// Standing so; without it all but deleted ones.
    pub status: Option<StaffStatus>,
    /// With this address; upper and lower case are the same.
    pub email: Option<String>,
}

/// Changes to somebody of the staff; what is absent stays.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct StaffUpdate {
    /// Name.
    #[validate(length(min = 1, max = 200))]
    pub name: Option<String>,
    /// Their roles, all of them. Nobody grants what they do not have.
    #[validate(length(max = 20))]
    pub role_ids: Option<Vec<RoleId>>,
}

/// A role to make.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct RoleCreate {
    /// Name, unique in the shop.
    #[schema(example = "Returns desk")]
    #[validate(length(min = 1, max = 100))]
    pub name: String,
    /// What it is for.
    #[serde(default)]
    #[validate(length(max = 500))]
    pub description: Option<String>,
    /// What it allows; not `all`, which is the owner's. Nobody grants what they do not have.
    #[validate(length(max = 50))]
    pub permissions: Vec<Permission>,
}

/// Changes to a role (RFC 7396: what is absent stays, null clears).
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct RoleUpdate {
    /// Name, unique in the shop.
    #[validate(length(min = 1, max = 100))]
    pub name: Option<String>,
    /// What it is for.
    #[schema(value_type = Option<String>)]
    #[validate(length(max = 500))]
    pub description: Patch<String>,
    /// What it allows, all of it.
    #[validate(length(max = 50))]
    pub permissions: Option<Vec<Permission>>,
}
