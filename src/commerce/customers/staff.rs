//! Customers, for staff: found, changed, kept out.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::json;
use validator::Validate;

use super::inputs::CustomerUpdate;
use super::rows::{self, CustomerChanges, CustomerRow, EmailAddress};
use super::shapes::{Customer, CustomerAddresses, CustomerStatus};
use super::{phone, profile};
use crate::commerce::auth::{Caller, Permission, sessions};
use crate::commerce::events;
use crate::db::tables::customers;
use crate::db::{Tx, on_each};
use crate::error::{Error, Result, check};
use crate::types::page::Direction;
use crate::types::{CustomerId, Listing, Locale, MetadataPatch, PageRequest, Patch, Timestamp};

/// Which customers.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::IntoParams, async_graphql::InputObject)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct CustomerFilter {
    /// Standing so; without it all but erased ones.
    pub status: Option<CustomerStatus>,
    /// With this address; upper and lower case are the same.
    pub email: Option<String>,
    /// With this number to log in with, however it is written: E.164, or as it is dialled in the channel's first country.
    pub phone: Option<String>,
    /// Whose address begins with this, or whose name or phone (either) holds it; of accounts that were put away none.
    pub q: Option<String>,
    /// Who came at this time or later.
    pub created_from: Option<Timestamp>,
    /// Who came before this time.
    pub created_to: Option<Timestamp>,
}

/// Changes to a customer by staff (RFC 7396: what is absent stays, null clears).
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct CustomerManage {
    /// Name.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    #[validate(length(max = 200))]
    pub name: Patch<String>,
    /// Phone.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    #[validate(length(max = 40))]
    pub phone: Patch<String>,
    /// The language that mail speaks.
    #[serde(default)]
    #[schema(value_type = Option<Locale>)]
    pub locale: Patch<Locale>,
    /// What the app keeps with them: keys given are merged in, null removes a key.
    #[serde(default)]
    #[schema(value_type = Option<std::collections::BTreeMap<String, Option<String>>>)]
    pub metadata: Patch<MetadataPatch>,
    /// What staff tools keep with them, in the same manner.
    #[serde(default)]
    #[schema(value_type = Option<std::collections::BTreeMap<String, Option<String>>>)]
    pub private_metadata: Patch<MetadataPatch>,
}

macro_rules! filtered {
    ($query:expr, $filter:expr, $like:expr, $phone:expr) => {{
        let mut query = $query;
        query = match $filter.status {
            Some(status) => query.filter(customers::status.eq(status)),
            None => query.filter(customers::status.ne(CustomerStatus::Erased)),
        };
        if let Some(email) = &$filter.email {
            query = query.filter(customers::email_key.eq(EmailAddress::key_of(email)));
        }
        if let Some(phone) = &$phone {
            query = query.filter(customers::login_phone.eq(phone));
        }
        if let Some((begins, holds)) = &$like {
            let any = customers::email_key
                .like(begins)
                .escape('\\')
                .or(customers::name.like(holds).escape('\\'))
                .or(customers::phone.like(holds).escape('\\'))
                .or(customers::login_phone.like(holds).escape('\\'));
            // Who was put away is found by the whole address or number alone.
            query = query.filter(any.assume_not_null()).filter(customers::separated_at.is_null());
        }
        if let Some(from) = $filter.created_from {
            query = query.filter(customers::created_at.ge(from));
        }
        if let Some(to) = $filter.created_to {
            query = query.filter(customers::created_at.lt(to));
        }
        query
    }};
}

/// Customers, newest first. Needs `customers:read`.
pub fn list(tx: &mut Tx, by: &Caller, page: &PageRequest, filter: &CustomerFilter) -> Result<Listing<Customer>> {
    const LIST: &str = "customers";
    by.require(Permission::CustomersRead)?;
    let key: Option<(Timestamp, CustomerId)> = page.key(LIST)?;
    let like = filter.q.as_deref().map(patterns).transpose()?;
    let number = filter.phone.as_deref().map(|text| phone::key_of(by, text));
    let total: Option<i64> = if page.with_total {
        Some(on_each!(tx, |c| filtered!(customers::table.count().into_boxed(), filter, like, number).get_result(c))?)
    } else {
        None
    };
    let rows: Vec<CustomerRow> = on_each!(tx, |c| {
        let query = filtered!(customers::table.select(CustomerRow::as_select()).limit(page.fetch()).into_boxed(), filter, like, number);
        match (page.direction, key) {
            (Direction::Forward, None) => query.order((customers::created_at.desc(), customers::id.desc())),
            (Direction::Forward, Some((at, id))) => query
                .filter(customers::created_at.lt(at).or(customers::created_at.eq(at).and(customers::id.lt(id))))
                .order((customers::created_at.desc(), customers::id.desc())),
            (Direction::Backward, None) => query.order((customers::created_at.asc(), customers::id.asc())),
            (Direction::Backward, Some((at, id))) => query
                .filter(customers::created_at.gt(at).or(customers::created_at.eq(at).and(customers::id.gt(id))))
                .order((customers::created_at.asc(), customers::id.asc())),
        }
        .load(c)
    })?;
    let listing = page.listing(LIST, rows, |row| (row.created_at, row.id)).map(|row| row.shape(true));
    Ok(Listing { total, ..listing })
}

/// What LIKE is given for a search: nothing that is searched for is a wildcard.
fn patterns(q: &str) -> Result<(String, String)> {
    let q = q.trim();
    if q.is_empty() || q.chars().count() > 200 {
        return Err(Error::malformed("q: expected 1 to 200 characters."));
    }
    let literal: String = q.chars().flat_map(|c| if matches!(c, '%' | '_' | '\\') { vec!['\\', c] } else { vec![c] }).collect();
    Ok((format!("{}%", literal.to_lowercase()), format!("%{literal}%")))
}

/// A customer. Needs `customers:read`.
pub fn get(tx: &mut Tx, by: &Caller, id: CustomerId) -> Result<Customer> {
    by.require(Permission::CustomersRead)?;
    Ok(rows::by_id(tx, id)?.ok_or_else(|| Error::not_found("customer"))?.shape(true))
}

/// A customer's address book. Needs `customers:read`.
pub fn addresses(tx: &mut Tx, by: &Caller, id: CustomerId) -> Result<CustomerAddresses> {
    get(tx, by, id)?;
    Ok(CustomerAddresses { data: super::addresses::of(tx, id)? })
}

/// Changes a customer. Needs `customers:write`.
pub fn update(tx: &mut Tx, by: &Caller, id: CustomerId, expected_version: Option<i32>, input: CustomerManage) -> Result<Customer> {
    by.require(Permission::CustomersWrite)?;
    check(&input)?;
    let profile = CustomerUpdate { name: input.name, phone: input.phone, locale: input.locale, metadata: Patch::Keep };
    let row = rows::change(tx, id, &profile::changes(&profile))?.ok_or_else(|| Error::not_found("customer"))?;
    let row = rows::at_version(row, expected_version)?;
    let row = profile::with_metadata(tx, row, input.metadata, input.private_metadata)?;
    profile::updated(tx, id)?;
    Ok(row.shape(true))
}

/// Keeps a customer out: every session ends. Access tokens that were issued are good until they expire, 15 minutes at
/// most: until then they read what is the customer's (addresses, orders, carts) and change carts that are there, but the
/// account is not shown or changed, no cart is made or claimed and nothing is ordered. Needs `customers:write`.
pub fn disable(tx: &mut Tx, by: &Caller, id: CustomerId) -> Result<Customer> {
    by.require(Permission::CustomersWrite)?;
    let row = stand(tx, id, CustomerStatus::Disabled, "customer.disabled")?;
    sessions::revoke_all(tx, row.subject(), None, "the account was disabled")?;
    Ok(row.shape(true))
}

/// Lets a customer in again. Needs `customers:write`.
pub fn enable(tx: &mut Tx, by: &Caller, id: CustomerId) -> Result<Customer> {
    by.require(Permission::CustomersWrite)?;
    Ok(stand(tx, id, CustomerStatus::Active, "customer.enabled")?.shape(true))
}

fn stand(tx: &mut Tx, id: CustomerId, status: CustomerStatus, event: &str) -> Result<CustomerRow> {
    let changes = CustomerChanges { status: Some(status), ..CustomerChanges::default() };
    let row = rows::change(tx, id, &changes)?.ok_or_else(|| Error::not_found("customer"))?;
    events::emit(tx, event, Some(id.into()), &json!({"customer_id": id}))?;
    Ok(row)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_searched_for_is_no_pattern() {
        assert_eq!(patterns(" Mi%na_\\ ").unwrap(), ("mi\\%na\\_\\\\%".to_owned(), "%Mi\\%na\\_\\\\%".to_owned()));
        assert!(patterns("  ").is_err());
        assert!(patterns(&"x".repeat(201)).is_err());
    }
}
