//! Customers as the database keeps them.

use diesel::prelude::*;

use super::shapes::{Consent, ConsentChannel, Customer, CustomerConsents, CustomerStatus};
use crate::commerce::auth::Subject;
use crate::commerce::auth::standing::gone;
use crate::db::tables::customers;
use crate::db::{Tx, on_each, prepared};
use crate::error::{Code, Error, OnUnique, Result};
use crate::types::text::folded;
use crate::types::{CustomerId, Json, Locale, Metadata, Timestamp};

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = customers, treat_none_as_default_value = false)]
pub(super) struct CustomerRow {
    pub id: CustomerId,
    pub status: CustomerStatus,
    pub email: Option<String>,
    pub email_key: Option<String>,
    pub email_verified_at: Option<Timestamp>,
    pub name: Option<String>,
    pub phone: Option<String>,
    pub locale: Option<Locale>,
    pub password_hash: Option<String>,
    pub password_changed_at: Timestamp,
    pub consents: Json<CustomerConsents>,
    pub metadata: Json<Metadata>,
    pub private_metadata: Json<Metadata>,
    pub version: i32,
    pub last_login_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub erased_at: Option<Timestamp>,
    pub login_phone: Option<String>,
    pub login_phone_verified_at: Option<Timestamp>,
    pub last_seen_at: Option<Timestamp>,
    pub inactive_noticed_at: Option<Timestamp>,
    pub separated_at: Option<Timestamp>,
}

/// What a write says of a customer's own columns; what is none stays.
#[derive(Default, AsChangeset)]
#[diesel(table_name = customers)]
pub(super) struct CustomerChanges {
    pub status: Option<CustomerStatus>,
    pub email: Option<Option<String>>,
    pub email_key: Option<Option<String>>,
    pub email_verified_at: Option<Option<Timestamp>>,
    pub name: Option<Option<String>>,
    pub phone: Option<Option<String>>,
    pub locale: Option<Option<Locale>>,
    pub password_hash: Option<Option<String>>,
    pub password_changed_at: Option<Timestamp>,
    pub consents: Option<Json<CustomerConsents>>,
    pub metadata: Option<Json<Metadata>>,
    pub private_metadata: Option<Json<Metadata>>,
    pub last_login_at: Option<Option<Timestamp>>,
    pub erased_at: Option<Option<Timestamp>>,
    pub login_phone: Option<Option<String>>,
    pub login_phone_verified_at: Option<Option<Timestamp>>,
    pub inactive_noticed_at: Option<Option<Timestamp>>,
    pub separated_at: Option<Option<Timestamp>>,
}

impl CustomerRow {
    /// A new customer with an address.
    pub fn new(tx: &Tx, email: &EmailAddress) -> Self {
        Self { email: Some(email.text.clone()), email_key: Some(email.key.clone()), ..Self::blank(tx) }
    }

    /// A new customer, who has no way to log in yet.
    pub fn blank(tx: &Tx) -> Self {
        let now = tx.now();
        Self {
            id: tx.new_id(),
            status: CustomerStatus::Active,
            email: None,
            email_key: None,
            email_verified_at: None,
            name: None,
            phone: None,
            locale: None,
            password_hash: None,
            password_changed_at: now,
            consents: Json::default(),
            metadata: Json::default(),
            private_metadata: Json::default(),
            version: 1,
            last_login_at: None,
            created_at: now,
            updated_at: now,
            erased_at: None,
            login_phone: None,
            login_phone_verified_at: None,
            last_seen_at: Some(now),
            inactive_noticed_at: None,
            separated_at: None,
        }
    }

    pub fn subject(&self) -> Subject {
        Subject::customer(self.id)
    }

    pub fn is_active(&self) -> bool {
        self.status == CustomerStatus::Active
    }

    /// As its owner sees it, or staff.
    pub fn shape(self, by_staff: bool) -> Customer {
        Customer {
            id: self.id,
            status: self.status,
            email: self.email,
            email_verified: self.email_verified_at.is_some(),
            name: self.name,
            phone: self.phone,
            // Of an account that was put away staff sees no way to its owner.
            login_phone: self.login_phone.filter(|_| !by_staff || self.separated_at.is_none()),
            separated_at: self.separated_at,
            locale: self.locale,
            has_password: self.password_hash.is_some(),
            consents: self.consents.0,
            metadata: self.metadata.0,
            private_metadata: by_staff.then_some(self.private_metadata.0),
            version: self.version,
            last_login_at: self.last_login_at,
            created_at: self.created_at,
            updated_at: self.updated_at,
        }
    }
}

impl CustomerConsents {
    pub(super) fn of_mut(&mut self, channel: ConsentChannel) -> &mut Consent {
        match channel {
            ConsentChannel::Email => &mut self.email,
            ConsentChannel::Sms => &mut self.sms,
            ConsentChannel::Push => &mut self.push,
        }
    }
}

/// An e-mail address: as it was written, and as it is looked up.
#[derive(Debug, Clone)]
pub struct EmailAddress {
    /// As it was written.
    pub text: String,
    /// In lower case and NFKC.
    pub key: String,
}

impl EmailAddress {
    /// Reads one; `pointer` is where it stands.
    pub fn parse(pointer: &str, text: &str) -> Result<Self> {
        use validator::ValidateEmail;
        let text = text.trim();
        if text.len() > 254 || !text.validate_email() {
            return Err(Error::invalid_field(pointer, "email", "Not an e-mail address."));
        }
        Ok(Self { text: text.to_owned(), key: folded(text) })
    }

    /// The key of what somebody says their address is: what is none is nobody's.
    pub fn key_of(text: &str) -> String {
        Self::parse("/email", text).map_or_else(|_| text.trim().to_lowercase().chars().take(254).collect(), |e| e.key)
    }
}

pub(super) fn by_id(tx: &mut Tx, id: CustomerId) -> Result<Option<CustomerRow>> {
    Ok(on_each!(tx, |c| customers::table.find(id).select(CustomerRow::as_select()).first(c).optional())?)
}

pub(super) fn by_email(tx: &mut Tx, key: &str) -> Result<Option<CustomerRow>> {
    Ok(on_each!(tx, |c| customers::table.filter(customers::email_key.eq(key)).select(CustomerRow::as_select()).first(c).optional())?)
}

/// The customer who logs in with a number, in E.164.
pub(super) fn by_phone(tx: &mut Tx, e164: &str) -> Result<Option<CustomerRow>> {
    Ok(on_each!(tx, |c| customers::table.filter(customers::login_phone.eq(e164)).select(CustomerRow::as_select()).first(c).optional())?)
}

/// Notes that a customer is there, once a day at most; whoever was told that nobody comes is told so no more.
pub(super) fn seen(tx: &mut Tx, id: CustomerId) -> Result<()> {
    let now = tx.now();
    let yesterday = now.minus(chrono::Duration::days(1));
    on_each!(tx, |c| {
        let stale =
            customers::last_seen_at.is_null().or(customers::last_seen_at.lt(yesterday)).or(customers::inactive_noticed_at.is_not_null());
        let stale = customers::table.find(id).filter(stale);
        let none: Option<Timestamp> = None;
        diesel::update(stale).set((customers::last_seen_at.eq(now), customers::inactive_noticed_at.eq(none))).execute(c)
    })?;
    Ok(())
}

/// A customer who may act now: the account of an access token may be gone meanwhile.
pub(super) fn active(tx: &mut Tx, id: CustomerId) -> Result<CustomerRow> {
    by_id(tx, id)?.filter(CustomerRow::is_active).ok_or_else(gone)
}

/// Changes a customer: the first statement of every write to one, which makes them come one after the other.
pub(super) fn change(tx: &mut Tx, id: CustomerId, changes: &CustomerChanges) -> Result<Option<CustomerRow>> {
    let now = tx.now();
    on_each!(tx, |c| {
        let there = customers::table.find(id).filter(customers::status.ne(CustomerStatus::Erased));
        let change = (customers::version.eq(customers::version + 1), customers::updated_at.eq(now), changes);
        prepared(diesel::update(there).set(change).returning(CustomerRow::as_returning())).get_result(c).optional()
    })
    .on_unique(|| Error::new(Code::AlreadyExists, "Another customer has this e-mail address or phone number."))
}

/// Notes a log-in with a password that was checked apart, and writes its hash made anew: only while the password is still
/// the account's, and the account may act, which this one statement decides.
pub(super) fn logged_in(tx: &mut Tx, id: CustomerId, kept: &str, renewed: Option<String>) -> Result<Option<CustomerRow>> {
    let now = tx.now();
    let changes = CustomerChanges { password_hash: renewed.map(Some), last_login_at: Some(Some(now)), ..CustomerChanges::default() };
    Ok(on_each!(tx, |c| {
        let there =
            customers::table.find(id).filter(customers::status.eq(CustomerStatus::Active)).filter(customers::password_hash.eq(kept));
        let change = (customers::version.eq(customers::version + 1), customers::updated_at.eq(now), &changes);
        prepared(diesel::update(there).set(change).returning(CustomerRow::as_returning())).get_result(c).optional()
    })?)
}

/// Writes the metadata of a customer who is taken for writing.
pub(super) fn set_metadata(tx: &mut Tx, row: &CustomerRow) -> Result<()> {
    let change = (customers::metadata.eq(&row.metadata), customers::private_metadata.eq(&row.private_metadata));
    on_each!(tx, |c| diesel::update(customers::table.find(row.id)).set(change).execute(c))?;
    Ok(())
}

/// Takes a customer who may act now for writing, at the version that the client saw, if it insists.
pub(super) fn take(tx: &mut Tx, id: CustomerId, expected: Option<i32>, changes: &CustomerChanges) -> Result<CustomerRow> {
    let row = change(tx, id, changes)?.filter(CustomerRow::is_active).ok_or_else(gone)?;
    at_version(row, expected)
}

pub(super) fn at_version(row: CustomerRow, expected: Option<i32>) -> Result<CustomerRow> {
    let seen = row.version.saturating_sub(1);
    match expected {
        Some(version) if version != seen => Err(Error::new(Code::VersionMismatch, format!("The customer is at version {seen} now."))),
        _ => Ok(row),
    }
}
