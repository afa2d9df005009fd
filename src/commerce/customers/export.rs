//! All that the shop knows of a customer, for the customer (개인정보보호법 §35; GDPR, article 15 and 20).

use serde::{Deserialize, Serialize};

use super::shapes::{ConsentRecord, Customer, CustomerAddress};
use super::sign_in::CustomerIdentity;
use super::{addresses, consents, profile, sign_in};
use crate::commerce::auth::Caller;
use crate::commerce::auth::passkeys::{self, Passkey};
use crate::commerce::auth::sessions::{self, Session};
use crate::commerce::identity::{self, Identity};
use crate::commerce::orders::{self, Order};
use crate::db::Tx;
use crate::error::Result;
use crate::types::page::MAX_LIMIT;
use crate::types::{PageRequest, Timestamp};

/// How many orders an export holds; older ones are read page by page.
const MOST_ORDERS: usize = 1_000;

/// All that the shop knows of a customer.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CustomerExport {
    /// When it was put together.
    pub exported_at: Timestamp,
    /// The profile.
    pub customer: Customer,
    /// What is known of who they are.
    #[serde(default)]
    #[schema(required)]
    pub identity: Identity,
    /// The address book.
    pub addresses: Vec<CustomerAddress>,
    /// Each consent that was given or taken back.
    pub consents: Vec<ConsentRecord>,
    /// The accounts elsewhere that open this one.
    pub identities: Vec<CustomerIdentity>,
    /// The sessions that live.
    pub sessions: Vec<Session>,
    /// The passkeys.
    pub passkeys: Vec<Passkey>,
    /// Orders, newest first.
    pub orders: Vec<Order>,
    /// Whether there are more orders than the 1,000 newest: read them as `/me/orders`.
    pub has_more_orders: bool,
}

/// Puts it together. Run it on a snapshot: all of it is as it was at one moment.
pub fn export(tx: &mut Tx, by: &Caller) -> Result<CustomerExport> {
    let customer = profile::me(tx, by)?;
    let mut found: Vec<Order> = Vec::new();
    let mut page = PageRequest { limit: MAX_LIMIT, ..PageRequest::default() };
    let has_more_orders = loop {
        let listing = orders::list_own(tx, by, &page)?;
        let (more, next) = (listing.has_next, listing.items.last().map(|(cursor, _)| cursor.clone()));
        found.extend(listing.items.into_iter().map(|(_, order)| order));
        if !more || found.len() >= MOST_ORDERS {
            break more;
        }
        page.cursor = next;
    };
    Ok(CustomerExport {
        exported_at: tx.now(),
        identity: identity::current(tx, by)?,
        addresses: addresses::of(tx, customer.id)?,
        consents: consents::history(tx, customer.id)?,
        identities: sign_in::identities_of(tx, customer.id)?,
        sessions: sessions::list(tx, by)?.data,
        passkeys: passkeys::list(tx, by.account()?.subject)?,
        customer,
        orders: found,
        has_more_orders,
    })
}
