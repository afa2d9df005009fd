//! What the shop keeps of a customer, for the customer (개인정보보호법 §35; GDPR, article 15 and 20).

use serde::{Deserialize, Serialize};

use super::shapes::{ConsentRecord, Customer, CustomerAddress};
use super::sign_in::CustomerIdentity;
use super::{addresses, consents, profile, sign_in};
use crate::commerce::auth::Caller;
use crate::commerce::auth::passkeys::{self, Passkey};
use crate::commerce::auth::sessions::{self, Session};
use crate::commerce::cart::{self, CustomerCart};
use crate::commerce::identity::{self, Identity, VerificationRecord};
use crate::commerce::notifications::{self, SentMessage};
use crate::commerce::orders::{self, Order};
use crate::db::Tx;
use crate::error::Result;
use crate::types::page::MAX_LIMIT;
use crate::types::{PageRequest, Timestamp};

/// How many orders an export holds; older ones are read page by page.
const MOST_ORDERS: usize = 1_000;
/// How many messages.
const MOST_MESSAGES: i64 = 1_000;
/// How many carts.
const MOST_CARTS: i64 = 100;
/// How many verifications.
const MOST_VERIFICATIONS: i64 = 100;

/// What the shop keeps of a customer, but for secrets' hashes and the audit log.
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
    /// Each consent that was given or taken back, oldest first.
    pub consents: Vec<ConsentRecord>,
    /// Whether there are more of them than the 1,000 newest, which alone are here.
    #[serde(default)]
    #[schema(required)]
    pub has_more_consents: bool,
    /// The verifications of who they are that were begun in the last 30 days, newest first, 100 at most.
    #[serde(default)]
    #[schema(required)]
    pub identity_verifications: Vec<VerificationRecord>,
    /// The accounts elsewhere that open this one.
    pub identities: Vec<CustomerIdentity>,
    /// The sessions that live.
    pub sessions: Vec<Session>,
    /// The passkeys.
    pub passkeys: Vec<Passkey>,
    /// The mail and text messages of the last 30 days that they were sent, newest first, 1,000 at most: to the address if it
    /// is proved, and to the number they log in with.
    #[serde(default)]
    #[schema(required)]
    pub messages: Vec<SentMessage>,
    /// The carts that became no order, newest first, 100 at most.
    #[serde(default)]
    #[schema(required)]
    pub carts: Vec<CustomerCart>,
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
    let (consents, has_more_consents) = consents::history(tx, customer.id)?;
    // Of an address that they have not proved to read they are not told what it was sent.
    let address = customer.email.as_deref().filter(|_| customer.email_verified);
    let recipients: Vec<&str> = [address, customer.login_phone.as_deref()].into_iter().flatten().collect();
    Ok(CustomerExport {
        exported_at: tx.now(),
        messages: notifications::sent_to(tx, &recipients, MOST_MESSAGES)?,
        carts: cart::kept_of(tx, customer.id, MOST_CARTS)?,
        identity_verifications: identity::verifications_of(tx, customer.id, MOST_VERIFICATIONS)?,
        identity: identity::current(tx, by)?,
        addresses: addresses::of(tx, customer.id)?,
        consents,
        has_more_consents,
        identities: sign_in::identities_of(tx, customer.id)?,
        sessions: sessions::list(tx, by)?.data,
        passkeys: passkeys::list(tx, by.account()?.subject)?,
        customer,
        orders: found,
        has_more_orders,
    })
}
