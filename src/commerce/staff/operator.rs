//! What the operator does on the server's own machine: the first owner, and the way in for who lost every other one.

use chrono::Duration;
use serde::Serialize;
use serde_json::json;

use super::roles::BuiltInRole;
use super::rows::StaffChanges;
use super::{authority, invitations, login, rows, second_factor};
use crate::commerce::auth::proofs::{self, Asking, ProofOf};
use crate::commerce::auth::{self, Caller, Permission, ProofKind, SubjectKind, passkeys, sessions};
use crate::commerce::customers::EmailAddress;
use crate::commerce::secrets::ShopSecret;
use crate::config::Config;
use crate::db::Tx;
use crate::error::{Code, Error, Result};
use crate::types::{InvitationId, StaffId, Timestamp};

/// An owner's invitation with its secret, which is shown this once.
#[derive(Debug, Clone, Serialize)]
pub struct OwnerInvitation {
    /// The invitation.
    pub invitation_id: InvitationId,
    /// Whom it is for.
    pub email: String,
    /// What accepts it, once.
    pub token: String,
    /// The staff tool's page for it, where one is configured.
    pub link: Option<String>,
    /// When the token stops being good.
    pub expires_at: Timestamp,
}

/// Invites an owner, without mail: whoever runs the server's commands hands the secret over. Another one for the same
/// address takes the place of the one before.
pub fn create_owner(tx: &mut Tx, by: &Caller, secret: &ShopSecret, config: &Config, email: &str) -> Result<OwnerInvitation> {
    by.require_everywhere(Permission::All)?;
    let email = EmailAddress::parse("/email", email)?;
    authority::lock(tx)?;
    invitations::withdraw_for(tx, &email)?;
    let (row, token) = invitations::make(tx, by, secret, &email, vec![BuiltInRole::Owner.id()], None)?;
    let token = auth::proofs::invitation_secret(secret, token)?;
    let invitation = invitations::told(tx, "staff_invitation.created", row)?;
    Ok(OwnerInvitation {
        invitation_id: invitation.id,
        email: invitation.email,
        link: config.staff_link_base.as_deref().map(|base| format!("{}/accept-invitation#token={token}", base.trim_end_matches('/'))),
        token,
        expires_at: invitation.expires_at,
    })
}

/// Whether the shop has an active owner.
pub fn has_owner(tx: &mut Tx) -> Result<bool> {
    Ok(authority::owners(tx, None)? > 0)
}

/// A way in, with its secret, which is shown this once.
#[derive(Debug, Clone, Serialize)]
pub struct AccessReset {
    /// Whose.
    pub staff_id: StaffId,
    /// What sets another password, once.
    pub token: String,
    /// The staff tool's page for it, where one is configured.
    pub link: Option<String>,
    /// When the token stops being good.
    pub expires_at: Timestamp,
}

/// Gives somebody a way in who lost the password, the mailbox or the second factor: sessions end, the second factor is
/// off, passkeys are gone, the password that was is good no more, and the secret sets another one. Nothing that was
/// mailed before does.
pub fn reset_access(tx: &mut Tx, by: &Caller, secret: &ShopSecret, config: &Config, email: &str) -> Result<AccessReset> {
    by.require_everywhere(Permission::All)?;
    authority::lock(tx)?;
    let key = EmailAddress::key_of(email);
    let row = rows::by_email(tx, &key)?.ok_or_else(|| Error::not_found("staff"))?;
    if !row.is_active() {
        return Err(Error::new(Code::Conflict, "This account is deactivated: reactivate it first."));
    }
    let of = ProofOf {
        kind: ProofKind::PasswordReset,
        subject_kind: SubjectKind::Staff,
        subject: Some(row.subject()),
        email_key: &key,
        change: None,
    };
    proofs::withdraw(tx, row.subject(), &[ProofKind::PasswordReset])?;
    let proof = proofs::ask(tx, secret, &of, &json!({}), Asking::Sent)?;
    let token = ProofKind::PasswordReset.secret(secret, proof)?;
    // Whoever knows the old password, and had the second factor against them, must not come in before the secret is used.
    let no_password = StaffChanges { password_hash: Some(None), password_changed_at: Some(tx.now()), ..StaffChanges::default() };
    let row = second_factor::take_off(tx, row.id, no_password, &by.locale)?;
    login::withdraw_challenges(tx, row.id)?;
    passkeys::erase(tx, row.subject())?;
    sessions::revoke_all(tx, row.subject(), None, "the operator reset the access")?;
    rows::emit(tx, "staff.access_reset", &row, None)?;
    Ok(AccessReset {
        staff_id: row.id,
        link: config.staff_link_base.as_deref().map(|base| format!("{}/reset-password#token={token}", base.trim_end_matches('/'))),
        token,
        expires_at: tx.now().plus(Duration::minutes(proofs::RESET_MINUTES)),
    })
}
