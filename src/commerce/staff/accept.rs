//! Accepting an invitation: name and password are chosen, the account is made with the invitation's roles, and is
//! logged in.

use std::sync::Arc;

use super::authority;
use super::inputs::InvitationAccept;
use super::invitations;
use super::login::{self, Arrival};
use super::roles::Known;
use super::rows::{self, StaffRow};
use super::shapes::StaffSignedIn;
use crate::app::App;
use crate::commerce::auth::{Caller, passwords};
use crate::commerce::customers::EmailAddress;
use crate::error::{Error, Result, check};

/// Makes the account of an invitation, and logs it in.
pub async fn accept(app: &App, by: &Arc<Caller>, input: InvitationAccept) -> Result<StaffSignedIn> {
    check(&input)?;
    let name = input.name.trim().to_owned();
    if name.is_empty() {
        return Err(Error::invalid_field("/name", "length", "Say your name."));
    }
    let token = input.token.clone();
    let invitation = app.read(move |tx| invitations::find(tx, token.expose())).await?;
    let password = passwords::choose(&input.password, "/password", &[&invitation.email])?;
    let hash = app.passwords().hash(password).await?;
    let arrival = Arrival::of(app, by, input.device_name, "accept_staff_invitation");
    let begun = app
        .write(move |tx| {
            // First of all, so that no role goes while it is given.
            authority::lock(tx)?;
            let invitation = invitations::give(tx, &invitation)?;
            // A role that was deleted meanwhile is not given.
            let roles = Known::load(tx, &invitation.role_ids.0)?;
            if !authority::still_vouches(tx, &invitation.invited_by, &roles.permissions())? {
                return Err(invitations::not_valid());
            }
            let email = EmailAddress::parse("/email", &invitation.email)?;
            let row = StaffRow::new(tx, &email, name.clone(), hash.clone(), invitation.locale.clone());
            rows::insert(tx, &row)?;
            arrival.speak_for(tx, row.id);
            rows::set_roles(tx, row.id, &roles.ids())?;
            invitations::accepted_by(tx, invitation.id, row.id)?;
            rows::emit(tx, "staff.joined", &row, None)?;
            arrival.begin(tx, row.id, None)
        })
        .await?;
    login::answer(app, begun).await
}
