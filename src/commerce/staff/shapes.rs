//! Staff as clients see it.

use serde::{Deserialize, Serialize};

use super::roles::BuiltInRole;
use crate::commerce::auth::Permission;
use crate::commerce::customers::AuthTokens;
use crate::commerce::idempotency::Answer;
use crate::types::text::text_enum;
use crate::types::{InvitationId, Locale, RoleId, StaffId, Timestamp};

text_enum! {
    /// Where an account of staff stands.
    pub enum StaffStatus {
        /// It may log in.
        Active = "active",
        /// It is kept out.
        Deactivated = "deactivated",
        /// Its personal data is gone.
        Deleted = "deleted",
    }
}

text_enum! {
    /// Where an invitation stands.
    pub enum InvitationStatus {
        /// It can be accepted until it expires.
        Pending = "pending",
        /// It was accepted.
        Accepted = "accepted",
        /// It was taken back, or another took its place.
        Revoked = "revoked",
    }
}

/// A role, in a few words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct RoleRef {
    /// Id.
    pub id: RoleId,
    /// Which of those that every shop has; null: one that this shop made.
    pub code: Option<BuiltInRole>,
    /// Name.
    #[schema(example = "Order manager")]
    pub name: String,
}

/// A role: what staff may do.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct StaffRole {
    /// Id.
    pub id: RoleId,
    /// Which of those that every shop has, and that cannot be changed; null: one that this shop made.
    pub code: Option<BuiltInRole>,
    /// Name.
    #[schema(example = "Order manager")]
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it allows.
    pub permissions: Vec<Permission>,
    /// Changes with every write.
    pub version: i32,
    /// When it was made; null of those that every shop has.
    pub created_at: Option<Timestamp>,
    /// When it last changed; null of those that every shop has.
    pub updated_at: Option<Timestamp>,
}

impl Answer for StaffRole {}

/// All roles.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct StaffRoles {
    /// Those that every shop has, then the shop's own by name; 100 of these at most.
    pub data: Vec<StaffRole>,
}

/// A role that was deleted.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct RoleDeleted {
    /// Its id.
    pub id: RoleId,
}

impl Answer for RoleDeleted {}

/// Somebody who works for the shop.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct StaffMember {
    /// Id.
    pub id: StaffId,
    /// Where the account stands.
    pub status: StaffStatus,
    /// The address they log in with; null once deleted.
    #[schema(example = "jun@example.com")]
    pub email: Option<String>,
    /// Name; null once deleted.
    #[schema(example = "박준")]
    pub name: Option<String>,
    /// The language that mail speaks to them.
    pub locale: Option<Locale>,
    /// Their roles.
    pub roles: Vec<RoleRef>,
    /// Whether they have a second factor.
    pub totp_enabled: bool,
    /// Changes with every write of name, roles or status.
    pub version: i32,
    /// When they last logged in.
    pub last_login_at: Option<Timestamp>,
    /// When they joined.
    pub created_at: Timestamp,
    /// When the account last changed.
    pub updated_at: Timestamp,
}

impl Answer for StaffMember {}

/// Somebody of the staff who was deleted.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct StaffDeleted {
    /// The id, which is all that is left: the record of what they did names it.
    pub id: StaffId,
}

impl Answer for StaffDeleted {}

/// Whoever is logged in.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct StaffMe {
    /// The account.
    pub staff: StaffMember,
    /// What the roles let them do, together.
    pub permissions: Vec<Permission>,
    /// Whether they must set up a second factor before they do anything else.
    pub must_enrol_totp: bool,
    /// How many recovery codes are left.
    pub recovery_codes_left: i32,
    /// Until when what matters most asks for no password or code again.
    pub fresh_until: Timestamp,
}

impl Answer for StaffMe {}

/// An invitation to work for the shop. Its secret is in the mail alone.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct StaffInvitation {
    /// Id.
    pub id: InvitationId,
    /// Where it stands.
    pub status: InvitationStatus,
    /// Whom it is for.
    #[schema(example = "jun@example.com")]
    pub email: String,
    /// The roles they will have.
    pub role_ids: Vec<RoleId>,
    /// Who invited them: the id of staff or of a key, `system:operator`.
    pub invited_by: String,
    /// Who they became.
    pub staff_id: Option<StaffId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last mailed.
    pub sent_at: Timestamp,
    /// When the mail's secret stops being good; a resent one has another.
    pub expires_at: Timestamp,
}

impl Answer for StaffInvitation {}

/// Somebody of the staff who just logged in.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct StaffSignedIn {
    /// What to call with from now on.
    pub tokens: AuthTokens,
    /// Keep it, and send it with the next log-in on this device: strangers' failed log-ins do not slow it down then.
    pub device_token: String,
    /// Who.
    pub me: StaffMe,
}

impl std::fmt::Debug for StaffSignedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "StaffSignedIn({}, ***)", self.me.staff.id)
    }
}

/// A log-in whose second factor is awaited.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct StaffChallenge {
    /// Send it with the code. It opens nothing by itself.
    pub token: String,
    /// When it stops being good: five minutes after the password, or after five wrong codes.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for StaffChallenge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("StaffChallenge(***)")
    }
}

/// What a log-in came to: one of the two.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct StaffLoginAnswer {
    /// Of an account without a second factor: it is logged in.
    pub signed_in: Option<StaffSignedIn>,
    /// Of an account with one: what goes on with a code (`/auth/second-factor`, `staffSecondFactor`).
    pub challenge: Option<StaffChallenge>,
}

/// A second factor to set up. It counts once a code confirms it.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct TotpEnrolment {
    /// The secret, base32, to type into an authenticator. It is shown this once.
    pub secret: String,
    /// The same for an authenticator to scan as a QR code.
    #[schema(example = "otpauth://totp/Maru:jun%40example.com?secret=...&issuer=Maru")]
    pub otpauth_uri: String,
}

impl std::fmt::Debug for TotpEnrolment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("TotpEnrolment(***)")
    }
}

/// Codes that each stand once for the second factor when it is lost. They are shown this once.
#[derive(Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct RecoveryCodes {
    /// Ten of them. Those given before are worth nothing.
    pub codes: Vec<String>,
}

impl std::fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("RecoveryCodes(***)")
    }
}

/// A second factor that is off.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct TotpDisabled {
    /// Whether this shop wants another before anything else.
    pub must_enrol_totp: bool,
}
