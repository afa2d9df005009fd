//! Staff: who works for the shop, the roles that say what they may do, how they log in, and their second factor.
//! Nobody becomes staff but by an invitation, whose secret is mailed, hashed here and good once. Nobody gives away, or
//! takes from somebody, what they do not have themselves. The shop always has an active owner: whatever decides about
//! that holds one lock. A code of the second factor, and a recovery code, is good once. Events about staff hold ids.

mod accept;
mod authority;
mod identity;
mod inputs;
mod invitations;
mod keys;
mod login;
mod me;
mod members;
mod notices;
mod operator;
mod passkeys;
mod password;
mod roles;
mod rows;
mod second_factor;
mod shapes;
mod step_up;
mod totp;

pub use accept::accept;
pub use identity::{StaffIdentity, authenticate};
pub use inputs::{
    InvitationAccept, InvitationFilter, RoleCreate, RoleUpdate, SecondFactor, StaffFilter, StaffInvite, StaffLogin, StaffMeUpdate,
    StaffPasswordChange, StaffUpdate, StepUp, TotpConfirm,
};
pub use invitations::{InvitationTerms, invite, list_invitations, resend_invitation, revoke_invitation};
pub use keys::{create_key, rotate_key};
pub use login::{log_in, log_out, refresh, second_factor};
pub use me::{me, revoke_session, sessions, update_me};
pub use members::{deactivate, delete, get, list, reactivate, reset_totp, update};
pub use operator::{AccessReset, OwnerInvitation, create_owner, has_owner, reset_access};
pub use passkeys::{
    StaffPasskeyLogin, add_passkey, delete_passkey, list_passkeys, log_in_with_passkey, passkey_login_options, passkey_options,
    passkey_step_up, passkey_step_up_options, rename_passkey,
};
pub use password::{change_password, forgot_password, reset_password};
pub use roles::{BuiltInRole, create_role, delete_role, get_role, list_roles, update_role};
pub use shapes::{
    InvitationStatus, RecoveryCodes, RoleDeleted, RoleRef, StaffChallenge, StaffDeleted, StaffInvitation, StaffLoginAnswer, StaffMe,
    StaffMember, StaffRole, StaffRoles, StaffSignedIn, StaffStatus, TotpDisabled, TotpEnrolment,
};
pub use step_up::step_up;
pub use totp::{confirm_totp, disable_totp, enrol_totp, renew_recovery_codes};

use crate::db::Tx;
use crate::error::Result;

/// Forgets log-ins whose second factor never came, and invitations of long ago; answers how many.
pub(crate) fn purge(tx: &mut Tx) -> Result<usize> {
    Ok(login::purge(tx)?.saturating_add(invitations::purge(tx)?))
}
