//! Who customers are: verified by a provider that the law trusts with it, kept as little as the shop needs. No name, no
//! number and no identifier is kept: a keyed hash tells the same person from another, and of the birth date there is as
//! much as the shop's age rule asks for. What comes of a verification is asked of the provider's server, under an id
//! that the customer was given here. A verification holds for a time, and goes with the account.

mod age;
mod rows;
mod shapes;
mod verify;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

pub use age::{Born, counted_age};
pub use rows::VerificationStatus;
pub use shapes::{Identity, IdentityVerificationFinish, IdentityVerificationStart, IdentityVerificationStarted};
pub use verify::{finish, start};

use crate::commerce::auth::Caller;
use crate::db::tables::{identity_verifications, verified_customers};
use crate::db::{Tx, on_each};
use crate::error::Result;
use crate::types::{CustomerId, IdentityVerificationId, Timestamp};

/// What is known of who the customer is.
pub fn current(tx: &mut Tx, by: &Caller) -> Result<Identity> {
    let customer = by.customer()?;
    let now = tx.now();
    Ok(rows::valid(tx, customer)?.map(|row| row.shape(now)).unwrap_or_default())
}

/// How old a customer counts as today; none: nobody has told.
pub fn age_of(tx: &mut Tx, customer: CustomerId) -> Result<Option<i32>> {
    let now = tx.now();
    Ok(rows::valid(tx, customer)?.map(|row| row.age(now)))
}

/// A verification that a customer began.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct VerificationRecord {
    /// Id.
    pub id: IdentityVerificationId,
    /// Who was to tell.
    #[schema(example = "portone")]
    pub provider: String,
    /// By which of the provider's ways, if the customer said.
    pub method: Option<String>,
    /// Where it stands.
    pub status: VerificationStatus,
    /// When it was begun.
    pub created_at: Timestamp,
    /// When it was ended, one way or the other.
    pub finished_at: Option<Timestamp>,
}

/// The verifications that a customer began, newest first, `most` at most. They are kept for 30 days.
pub fn verifications_of(tx: &mut Tx, customer: CustomerId, most: i64) -> Result<Vec<VerificationRecord>> {
    Ok(rows::newest_of(tx, customer, most)?.into_iter().map(rows::VerificationRow::record).collect())
}

/// Deletes all that is known of who a customer is.
pub fn erase(tx: &mut Tx, customer: CustomerId) -> Result<()> {
    on_each!(tx, |c| diesel::delete(verified_customers::table.find(customer)).execute(c))?;
    on_each!(tx, |c| {
        diesel::delete(identity_verifications::table.filter(identity_verifications::customer_id.eq(customer))).execute(c)
    })?;
    Ok(())
}

/// Forgets verifications that came to nothing, or are long past; answers how many.
pub fn purge(tx: &mut Tx) -> Result<usize> {
    let before = tx.now().minus(chrono::Duration::days(30));
    Ok(on_each!(tx, |c| diesel::delete(identity_verifications::table.filter(identity_verifications::expires_at.lt(before))).execute(c))?)
}
