//! Linking and unlinking, by whoever is logged in.

use std::sync::Arc;

use serde_json::json;

use super::super::rows::{self as customers_rows, CustomerChanges, CustomerRow};
use super::super::{credentials, staff, ways};
use super::finish::{self, Back};
use super::inputs::{IdentityLink, IdentityLinkIdToken};
use super::rows::{self, IdentityRow, MOST};
use super::shapes::{CustomerIdentities, CustomerIdentity, IdentityUnlinked};
use super::start;
use crate::app::App;
use crate::commerce::auth::{Caller, sessions};
use crate::commerce::events;
use crate::commerce::notifications::{self, Mail, Template};
use crate::db::Tx;
use crate::error::{Code, Error, Result, check};
use crate::providers::sign_in::ExternalIdentity;
use crate::types::{CustomerId, IdentityId, Locale};

/// The accounts elsewhere that open the own one.
pub fn list_identities(tx: &mut Tx, by: &Caller) -> Result<CustomerIdentities> {
    let customer = by.customer()?;
    Ok(CustomerIdentities { data: rows::of(tx, customer)? })
}

/// The accounts elsewhere that open a customer's. Needs `customers:read`.
pub fn identities_of_customer(tx: &mut Tx, by: &Caller, id: CustomerId) -> Result<CustomerIdentities> {
    staff::get(tx, by, id)?;
    Ok(CustomerIdentities { data: rows::of(tx, id)? })
}

/// Links what a customer came back with, who confirmed it when it was started.
pub async fn link_identity(app: &App, by: &Arc<Caller>, input: IdentityLink) -> Result<CustomerIdentity> {
    let customer = by.customer()?;
    check(&input)?;
    let provider = start::offered(app, by, &input.provider)?;
    let back = Back { state: &input.state, code: &input.code, secret: &input.flow_secret, issuer: input.iss };
    let who = finish::redeem(app, by, provider.as_ref(), back, Some(customer)).await?;
    let by = by.clone();
    app.write(move |tx| link(tx, &by, &input.provider, &who)).await
}

/// Links with an ID token that an app got, which the customer confirms.
pub async fn link_id_token(app: &App, by: &Arc<Caller>, input: IdentityLinkIdToken) -> Result<CustomerIdentity> {
    by.customer()?;
    check(&input)?;
    let provider = start::offered(app, by, &input.provider)?;
    credentials::confirm(app, by, "/password", input.password).await?;
    let (who, token, until) = finish::check_token(provider.as_ref(), &input.id_token, &input.nonce, &input.access_token).await?;
    let by = by.clone();
    app.write(move |tx| {
        rows::use_token(tx, &token, until)?;
        link(tx, &by, &input.provider, &who)
    })
    .await
}

fn link(tx: &mut Tx, by: &Caller, provider: &str, who: &ExternalIdentity) -> Result<CustomerIdentity> {
    // Held: an account cannot be given one too many, nor lose its last one meanwhile; and whoever came to end this session
    // has ended it before it is asked.
    let row = customers_rows::take(tx, by.customer()?, None, &CustomerChanges::default())?;
    sessions::require_live(tx, by)?;
    match rows::find(tx, who)? {
        Some(known) if known.customer_id == row.id => Ok(known.into()),
        Some(_) => Err(Error::new(Code::IdentityInUse, "This account elsewhere opens another account here already.")),
        None => Ok(add(tx, &row, provider, who, &by.locale)?.into()),
    }
}

/// Links an identity that is not known to an account that is held for writing, and tells its owner.
pub(super) fn add(tx: &mut Tx, held: &CustomerRow, provider: &str, who: &ExternalIdentity, locale: &Locale) -> Result<IdentityRow> {
    if rows::count(tx, held.id)? >= MOST {
        return Err(Error::invalid_field("", "length", format!("An account has {MOST} accounts elsewhere at most.")));
    }
    let linked = rows::insert(tx, held.id, provider, who)?;
    tell(tx, held, &linked, Template::IdentityLinked, "customer.identity_linked", locale)?;
    Ok(linked)
}

/// Tells the world and the account's address of an account elsewhere that opens it from now on, or no more.
fn tell(tx: &mut Tx, row: &CustomerRow, identity: &IdentityRow, template: Template, event: &str, locale: &Locale) -> Result<()> {
    if let Some(email) = &row.email {
        let locale = row.locale.as_ref().unwrap_or(locale);
        notifications::queue(tx, &Mail { template, locale, recipient: email, proof: None, withheld: false })?;
    }
    let data = json!({"customer_id": row.id, "identity_id": identity.id, "provider": identity.provider});
    events::emit(tx, event, Some(row.id.into()), &data)
}

/// Unlinks one of the own accounts elsewhere, by who logged in just now; the last way to log in stays. A mail tells.
pub fn unlink_identity(tx: &mut Tx, by: &Caller, id: IdentityId) -> Result<IdentityUnlinked> {
    let row = customers_rows::take(tx, by.customer()?, None, &CustomerChanges::default())?;
    let identity = sessions::require_live(tx, by)?;
    credentials::require_recent(tx, &identity)?;
    let gone = rows::delete(tx, row.id, id)?.ok_or_else(|| Error::not_found("identity"))?;
    ways::require_one(tx, &row)?;
    tell(tx, &row, &gone, Template::IdentityUnlinked, "customer.identity_unlinked", &by.locale)?;
    Ok(IdentityUnlinked { id })
}
