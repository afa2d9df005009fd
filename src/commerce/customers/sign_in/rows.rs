//! Identities and used tokens as the database keeps them.

use diesel::prelude::*;

use super::shapes::CustomerIdentity;
use crate::commerce::secrets;
use crate::db::tables::{customer_identities as identities, sign_in_attempts, used_id_tokens};
use crate::db::{Again, Tx, on_each};
use crate::error::{Code, Error, OnUnique, Result};
use crate::providers::sign_in::ExternalIdentity;
use crate::types::{CustomerId, IdentityId, Timestamp};

/// How many an account may have.
pub(super) const MOST: i64 = 20;

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = identities, treat_none_as_default_value = false)]
pub(super) struct IdentityRow {
    pub id: IdentityId,
    pub customer_id: CustomerId,
    pub provider: String,
    issuer: String,
    subject: String,
    email: Option<String>,
    created_at: Timestamp,
    last_used_at: Timestamp,
}

impl From<IdentityRow> for CustomerIdentity {
    fn from(row: IdentityRow) -> Self {
        Self { id: row.id, provider: row.provider, email: row.email, created_at: row.created_at, last_used_at: row.last_used_at }
    }
}

/// Whom an identity opens, if it is known.
pub(super) fn find(tx: &mut Tx, who: &ExternalIdentity) -> Result<Option<IdentityRow>> {
    Ok(on_each!(tx, |c| {
        identities::table
            .filter(identities::issuer.eq(&who.issuer))
            .filter(identities::subject.eq(&who.subject))
            .select(IdentityRow::as_select())
            .first(c)
            .optional()
    })?)
}

/// Links an identity that is not known. Of two at once the second finds the first.
pub(super) fn insert(tx: &mut Tx, customer: CustomerId, provider: &str, who: &ExternalIdentity) -> Result<IdentityRow> {
    let row = IdentityRow {
        id: tx.new_id(),
        customer_id: customer,
        provider: provider.to_owned(),
        issuer: who.issuer.clone(),
        subject: who.subject.clone(),
        email: who.email.clone(),
        created_at: tx.now(),
        last_used_at: tx.now(),
    };
    on_each!(tx, |c| diesel::insert_into(identities::table).values(&row).execute(c))
        .on_unique(|| Error::unavailable(Again("the identity was linked meanwhile")))?;
    Ok(row)
}

/// Notes that somebody signed in with an identity, and what the provider says of them now.
pub(super) fn used(tx: &mut Tx, id: IdentityId, who: &ExternalIdentity) -> Result<()> {
    let change = (identities::last_used_at.eq(tx.now()), identities::email.eq(&who.email));
    on_each!(tx, |c| diesel::update(identities::table.find(id)).set(change).execute(c))?;
    Ok(())
}

/// A customer's identities.
pub(in crate::commerce::customers) fn of(tx: &mut Tx, customer: CustomerId) -> Result<Vec<CustomerIdentity>> {
    let rows: Vec<IdentityRow> = on_each!(tx, |c| {
        identities::table
            .filter(identities::customer_id.eq(customer))
            .order(identities::id.asc())
            .limit(MOST)
            .select(IdentityRow::as_select())
            .load(c)
    })?;
    Ok(rows.into_iter().map(CustomerIdentity::from).collect())
}

/// How many an account has.
pub(in crate::commerce::customers) fn count(tx: &mut Tx, customer: CustomerId) -> Result<i64> {
    Ok(on_each!(tx, |c| identities::table.filter(identities::customer_id.eq(customer)).count().get_result(c))?)
}

/// Unlinks one of a customer's own; another's is not there.
pub(super) fn delete(tx: &mut Tx, customer: CustomerId, id: IdentityId) -> Result<Option<IdentityRow>> {
    let own = identities::table.filter(identities::id.eq(id)).filter(identities::customer_id.eq(customer));
    Ok(on_each!(tx, |c| diesel::delete(own).returning(IdentityRow::as_returning()).get_result(c).optional())?)
}

/// Deletes all that is known of a customer elsewhere.
pub(in crate::commerce::customers) fn erase(tx: &mut Tx, customer: CustomerId) -> Result<()> {
    on_each!(tx, |c| diesel::delete(identities::table.filter(identities::customer_id.eq(customer))).execute(c))?;
    on_each!(tx, |c| diesel::delete(sign_in_attempts::table.filter(sign_in_attempts::customer_id.eq(customer))).execute(c))?;
    Ok(())
}

/// Takes out what providers told of a customer's addresses, to be put away.
pub(in crate::commerce::customers) fn take_addresses_away(tx: &mut Tx, customer: CustomerId) -> Result<Vec<(IdentityId, String)>> {
    let told: Vec<(IdentityId, String)> = on_each!(tx, |c| {
        let own = identities::table.filter(identities::customer_id.eq(customer)).filter(identities::email.is_not_null());
        own.select((identities::id, identities::email.assume_not_null())).load(c)
    })?;
    let nothing: Option<String> = None;
    on_each!(tx, |c| {
        diesel::update(identities::table.filter(identities::customer_id.eq(customer))).set(identities::email.eq(&nothing)).execute(c)
    })?;
    Ok(told)
}

/// Puts it back; what a provider told since then stays.
pub(in crate::commerce::customers) fn bring_addresses_back(
    tx: &mut Tx,
    customer: CustomerId,
    told: Vec<(IdentityId, String)>,
) -> Result<()> {
    for (id, email) in told {
        let own = identities::table.find(id).filter(identities::customer_id.eq(customer)).filter(identities::email.is_null());
        on_each!(tx, |c| diesel::update(own).set(identities::email.eq(&email)).execute(c))?;
    }
    Ok(())
}

/// Uses an ID token up, by what is signed of it: of any number at once, one does.
pub(super) fn use_token(tx: &mut Tx, signed: &str, until: Timestamp) -> Result<()> {
    let row = (used_id_tokens::hash.eq(secrets::hash(signed)), used_id_tokens::expires_at.eq(until));
    let first = on_each!(tx, |c| {
        diesel::insert_into(used_id_tokens::table).values(row).on_conflict(used_id_tokens::hash).do_nothing().execute(c)
    })?;
    if first == 1 { Ok(()) } else { Err(Error::new(Code::IdentityRefused, "This ID token was presented before: get another.")) }
}

/// Forgets used tokens that are refused anyway; answers how many.
pub(super) fn purge_used_tokens(tx: &mut Tx) -> Result<usize> {
    let now = tx.now();
    Ok(on_each!(tx, |c| diesel::delete(used_id_tokens::table.filter(used_id_tokens::expires_at.lt(now))).execute(c))?)
}
