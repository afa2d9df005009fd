//! Verifications, and what is kept of verified people, as the database has them.

use diesel::prelude::*;

use super::VerificationRecord;
use super::age::{Born, counted_age};
use super::shapes::Identity;
use crate::config::AgeRule;
use crate::db::tables::{identity_verifications as verifications, verified_customers as identities};
use crate::db::{Tx, on_each};
use crate::error::Result;
use crate::types::text::text_enum;
use crate::types::{CustomerId, IdentityVerificationId, Timestamp};

text_enum! {
    /// Where a verification stands.
    pub enum VerificationStatus {
        /// The customer is with the provider.
        Started = "started",
        /// The provider told who it is.
        Verified = "verified",
        /// It failed, or proved nothing.
        Refused = "refused",
    }
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = verifications, treat_none_as_default_value = false)]
pub(super) struct VerificationRow {
    pub id: IdentityVerificationId,
    pub customer_id: CustomerId,
    pub provider: String,
    pub method: Option<String>,
    pub status: VerificationStatus,
    pub failure: Option<String>,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub finished_at: Option<Timestamp>,
}

impl VerificationRow {
    pub fn record(self) -> VerificationRecord {
        VerificationRecord {
            id: self.id,
            provider: self.provider,
            method: self.method,
            status: self.status,
            created_at: self.created_at,
            finished_at: self.finished_at,
        }
    }
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = identities, treat_none_as_default_value = false, treat_none_as_null = true)]
pub(super) struct IdentityRow {
    pub customer_id: CustomerId,
    pub verification_id: IdentityVerificationId,
    pub provider: String,
    pub person_hash: Option<String>,
    pub exclusive_hash: Option<String>,
    pub birth_year: i32,
    pub birth_day: Option<String>,
    pub age_rule: AgeRule,
    pub utc_offset_minutes: i32,
    pub verified_at: Timestamp,
    pub expires_at: Timestamp,
}

impl IdentityRow {
    /// How old they count as, by the rule that held when it was told.
    pub fn age(&self, now: Timestamp) -> i32 {
        let day = self.birth_day.as_deref().and_then(|text| text.split_once('-'));
        let day = day.and_then(|(month, day)| Some((month.parse().ok()?, day.parse().ok()?)));
        counted_age(Born { year: self.birth_year, day }, self.age_rule, self.utc_offset_minutes, now.to_chrono())
    }

    pub fn shape(self, now: Timestamp) -> Identity {
        Identity {
            verified: true,
            age: Some(self.age(now)),
            provider: Some(self.provider),
            verified_at: Some(self.verified_at),
            expires_at: Some(self.expires_at),
        }
    }
}

/// What is known of a customer, while it holds.
pub(super) fn valid(tx: &mut Tx, customer: CustomerId) -> Result<Option<IdentityRow>> {
    let now = tx.now();
    Ok(on_each!(tx, |c| {
        identities::table.find(customer).filter(identities::expires_at.gt(now)).select(IdentityRow::as_select()).first(c).optional()
    })?)
}

/// Whether the same person has verified another account.
pub(super) fn is_anothers(tx: &mut Tx, customer: CustomerId, person_hash: &str) -> Result<bool> {
    let others: i64 = on_each!(tx, |c| {
        identities::table.filter(identities::person_hash.eq(person_hash)).filter(identities::customer_id.ne(customer)).count().get_result(c)
    })?;
    Ok(others > 0)
}

/// A verification of a customer.
pub(super) fn of(tx: &mut Tx, customer: CustomerId, id: IdentityVerificationId) -> Result<Option<VerificationRow>> {
    Ok(on_each!(tx, |c| {
        verifications::table
            .find(id)
            .filter(verifications::customer_id.eq(customer))
            .select(VerificationRow::as_select())
            .first(c)
            .optional()
    })?)
}

/// A customer's verifications, newest first.
pub(super) fn newest_of(tx: &mut Tx, customer: CustomerId, most: i64) -> Result<Vec<VerificationRow>> {
    Ok(on_each!(tx, |c| {
        verifications::table
            .filter(verifications::customer_id.eq(customer))
            .order(verifications::id.desc())
            .limit(most)
            .select(VerificationRow::as_select())
            .load(c)
    })?)
}

/// Ends a verification: of any number at once, one does. Answers whether this one did.
pub(super) fn end(tx: &mut Tx, id: IdentityVerificationId, status: VerificationStatus, failure: Option<&str>) -> Result<bool> {
    let now = tx.now();
    let change = (verifications::status.eq(status), verifications::failure.eq(failure), verifications::finished_at.eq(now));
    let ended = on_each!(tx, |c| {
        diesel::update(verifications::table.find(id).filter(verifications::status.eq(VerificationStatus::Started))).set(change).execute(c)
    })?;
    Ok(ended == 1)
}
