//! Erasing a customer: personal data goes at once; orders, payments and what was sent stay for as long as the law asks,
//! marked, and are erased by a job when their time is over (개인정보보호법 §21, 전자상거래법 시행령 §6).

use std::sync::Arc;

use serde_json::json;

use super::inputs::PasswordConfirm;
use super::rows::{self, CustomerChanges};
use super::shapes::{CustomerErased, CustomerStatus};
use super::{addresses, credentials, inactive, sign_in};
use crate::app::App;
use crate::commerce::auth::{Caller, Permission, codes, passkeys, proofs, sessions};
use crate::commerce::{cart, events, identity, notifications, orders};
use crate::db::Tx;
use crate::db::tables::customer_consents;
use crate::error::{Error, Result};
use crate::types::{CustomerId, Json};

/// Erases the account that is logged in.
pub async fn delete_me(app: &App, by: &Arc<Caller>, input: PasswordConfirm) -> Result<CustomerErased> {
    by.customer()?;
    let row = credentials::confirm(app, by, "/password", input.password).await?;
    let by = by.clone();
    app.write(move |tx| {
        rows::take(tx, row.id, None, &CustomerChanges::default())?;
        // Held by now: whoever set another password meanwhile has ended this session.
        sessions::require_live(tx, &by)?;
        erase_row(tx, row.id)
    })
    .await
}

/// Erases a customer, for staff. Needs `customers:write`. Doing it again changes nothing.
pub fn erase(tx: &mut Tx, by: &Caller, id: CustomerId) -> Result<CustomerErased> {
    by.require(Permission::CustomersWrite)?;
    rows::by_id(tx, id)?.ok_or_else(|| Error::not_found("customer"))?;
    erase_row(tx, id)
}

pub(super) fn erase_row(tx: &mut Tx, id: CustomerId) -> Result<CustomerErased> {
    use diesel::prelude::*;
    let now = tx.now();
    // As it is once it is held: what is erased goes by it.
    let Some(row) = rows::change(tx, id, &CustomerChanges::default())? else {
        return Ok(CustomerErased { id, retained_orders: 0 });
    };
    let nothing = CustomerChanges {
        status: Some(CustomerStatus::Erased),
        email: Some(None),
        email_key: Some(None),
        email_verified_at: Some(None),
        name: Some(None),
        phone: Some(None),
        locale: Some(None),
        password_hash: Some(None),
        password_changed_at: Some(now),
        consents: Some(Json::default()),
        metadata: Some(Json::default()),
        private_metadata: Some(Json::default()),
        last_login_at: Some(None),
        erased_at: Some(Some(now)),
        login_phone: Some(None),
        login_phone_verified_at: Some(None),
        inactive_noticed_at: Some(None),
        separated_at: Some(None),
    };
    rows::change(tx, id, &nothing)?;
    addresses::erase(tx, id)?;
    sign_in::erase(tx, id)?;
    crate::db::on_each!(tx, |c| diesel::delete(customer_consents::table.filter(customer_consents::customer_id.eq(id))).execute(c))?;
    sessions::erase(tx, row.subject())?;
    passkeys::erase(tx, row.subject())?;
    proofs::erase(tx, row.subject(), row.email_key.as_deref().unwrap_or_default())?;
    codes::erase(tx, id, row.login_phone.as_deref())?;
    identity::erase(tx, id)?;
    inactive::forget(tx, id)?;
    // By the key: of an account that was put away the address itself is not there.
    for recipient in [&row.email_key, &row.login_phone].into_iter().flatten() {
        notifications::erase(tx, recipient)?;
    }
    cart::erase_of(tx, id)?;
    // What they ordered with their address as a guest is theirs as well, and gets its end like the rest.
    if let Some(email) = row.email.as_ref().or(row.email_key.as_ref()).filter(|_| row.email_verified_at.is_some()) {
        orders::claim_by_email(tx, id, email)?;
    }
    let retained = orders::retain(tx, id)?;
    events::emit(tx, "customer.erased", Some(id.into()), &json!({"customer_id": id, "retained_orders": retained}))?;
    Ok(CustomerErased { id, retained_orders: i32::try_from(retained).unwrap_or(i32::MAX) })
}
