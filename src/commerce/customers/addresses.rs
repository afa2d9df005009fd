//! The customer's address book. At most one address is the default for shipping, and one for billing.

use diesel::prelude::*;

use super::inputs::{AddressCreate, AddressUpdate};
use super::rows::{self, CustomerChanges};
use super::shapes::{CustomerAddress, CustomerAddresses, CustomerDeleted};
use crate::commerce::address::Address;
use crate::commerce::auth::Caller;
use crate::db::tables::customer_addresses as addresses;
use crate::db::{Tx, insert_all, on_each};
use crate::error::{Error, Result, check};
use crate::types::{CustomerAddressId, CustomerId, Json, Patch, Timestamp};

/// How many addresses a customer may keep.
const MOST: i64 = 100;

#[derive(Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = addresses, treat_none_as_default_value = false)]
struct AddressRow {
    id: CustomerAddressId,
    customer_id: CustomerId,
    label: Option<String>,
    address: Json<Address>,
    is_default_shipping: bool,
    is_default_billing: bool,
    created_at: Timestamp,
    updated_at: Timestamp,
}

impl From<AddressRow> for CustomerAddress {
    fn from(row: AddressRow) -> Self {
        Self {
            id: row.id,
            label: row.label,
            address: row.address.0,
            is_default_shipping: row.is_default_shipping,
            is_default_billing: row.is_default_billing,
            created_at: row.created_at,
            updated_at: row.updated_at,
        }
    }
}

/// The customer's address book.
pub fn list_addresses(tx: &mut Tx, by: &Caller) -> Result<CustomerAddresses> {
    let customer = by.customer()?;
    Ok(CustomerAddresses { data: of(tx, customer)? })
}

/// Any customer's addresses.
pub(super) fn of(tx: &mut Tx, customer: CustomerId) -> Result<Vec<CustomerAddress>> {
    let rows: Vec<AddressRow> = on_each!(tx, |c| {
        addresses::table
            .filter(addresses::customer_id.eq(customer))
            .order(addresses::id.asc())
            .limit(MOST)
            .select(AddressRow::as_select())
            .load(c)
    })?;
    Ok(rows.into_iter().map(CustomerAddress::from).collect())
}

/// One of the customer's addresses.
pub fn get_address(tx: &mut Tx, by: &Caller, id: CustomerAddressId) -> Result<CustomerAddress> {
    let customer = by.customer()?;
    Ok(own(tx, customer, id)?.into())
}

/// Adds an address.
pub fn create_address(tx: &mut Tx, by: &Caller, input: AddressCreate) -> Result<CustomerAddress> {
    let customer = by.customer()?;
    check(&input)?;
    // Held: two defaults cannot be made at once, nor one address too many.
    rows::take(tx, customer, None, &CustomerChanges::default())?;
    let count: i64 = on_each!(tx, |c| addresses::table.filter(addresses::customer_id.eq(customer)).count().get_result(c))?;
    if count >= MOST {
        return Err(Error::invalid_field("", "length", format!("An address book holds {MOST} addresses at most.")));
    }
    clear_defaults(tx, customer, input.is_default_shipping, input.is_default_billing)?;
    let row = AddressRow {
        id: tx.new_id(),
        customer_id: customer,
        label: input.label,
        address: Json(input.address),
        is_default_shipping: input.is_default_shipping,
        is_default_billing: input.is_default_billing,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    on_each!(tx, |c| diesel::insert_into(addresses::table).values(&row).execute(c))?;
    Ok(row.into())
}

/// Changes an address. Making it a default takes the place of the one that was.
pub fn update_address(tx: &mut Tx, by: &Caller, id: CustomerAddressId, input: AddressUpdate) -> Result<CustomerAddress> {
    let customer = by.customer()?;
    check(&input)?;
    rows::take(tx, customer, None, &CustomerChanges::default())?;
    let mut row = own(tx, customer, id)?;
    match input.label {
        Patch::Keep => {}
        Patch::Clear => row.label = None,
        Patch::Set(label) => row.label = Some(label).filter(|l| !l.is_empty()),
    }
    if let Some(address) = input.address {
        row.address = Json(address);
    }
    row.is_default_shipping = input.is_default_shipping.unwrap_or(row.is_default_shipping);
    row.is_default_billing = input.is_default_billing.unwrap_or(row.is_default_billing);
    row.updated_at = tx.now();
    clear_defaults(tx, customer, row.is_default_shipping, row.is_default_billing)?;
    let change = (
        addresses::label.eq(&row.label),
        addresses::address.eq(&row.address),
        addresses::is_default_shipping.eq(row.is_default_shipping),
        addresses::is_default_billing.eq(row.is_default_billing),
        addresses::updated_at.eq(row.updated_at),
    );
    on_each!(tx, |c| diesel::update(addresses::table.find(id)).set(change).execute(c))?;
    Ok(row.into())
}

/// Deletes an address.
pub fn delete_address(tx: &mut Tx, by: &Caller, id: CustomerAddressId) -> Result<CustomerDeleted> {
    let customer = by.customer()?;
    rows::take(tx, customer, None, &CustomerChanges::default())?;
    let gone = on_each!(tx, |c| {
        diesel::delete(addresses::table.filter(addresses::id.eq(id)).filter(addresses::customer_id.eq(customer))).execute(c)
    })?;
    if gone == 1 { Ok(CustomerDeleted { id }) } else { Err(Error::not_found("address")) }
}

/// Deletes a customer's whole address book.
pub(super) fn erase(tx: &mut Tx, customer: CustomerId) -> Result<()> {
    on_each!(tx, |c| diesel::delete(addresses::table.filter(addresses::customer_id.eq(customer))).execute(c))?;
    Ok(())
}

/// Takes a whole address book out, to be put away.
pub(super) fn take_away(tx: &mut Tx, customer: CustomerId) -> Result<Vec<CustomerAddress>> {
    let all = of(tx, customer)?;
    erase(tx, customer)?;
    Ok(all)
}

/// Puts an address book back that was put away.
pub(super) fn bring_back(tx: &mut Tx, customer: CustomerId, all: Vec<CustomerAddress>) -> Result<()> {
    let row = |address: CustomerAddress| AddressRow {
        id: address.id,
        customer_id: customer,
        label: address.label,
        address: Json(address.address),
        is_default_shipping: address.is_default_shipping,
        is_default_billing: address.is_default_billing,
        created_at: address.created_at,
        updated_at: address.updated_at,
    };
    let rows: Vec<AddressRow> = all.into_iter().map(row).collect();
    if !rows.is_empty() {
        insert_all!(tx, addresses::table, rows.as_slice())?;
    }
    Ok(())
}

/// Another customer's address is not there.
fn own(tx: &mut Tx, customer: CustomerId, id: CustomerAddressId) -> Result<AddressRow> {
    let row: Option<AddressRow> = on_each!(tx, |c| {
        addresses::table
            .filter(addresses::id.eq(id))
            .filter(addresses::customer_id.eq(customer))
            .select(AddressRow::as_select())
            .first(c)
            .optional()
    })?;
    row.ok_or_else(|| Error::not_found("address"))
}

fn clear_defaults(tx: &mut Tx, customer: CustomerId, shipping: bool, billing: bool) -> Result<()> {
    let of = addresses::table.filter(addresses::customer_id.eq(customer));
    if shipping {
        let was = of.filter(addresses::is_default_shipping.eq(true));
        on_each!(tx, |c| diesel::update(was).set(addresses::is_default_shipping.eq(false)).execute(c))?;
    }
    if billing {
        let was = of.filter(addresses::is_default_billing.eq(true));
        on_each!(tx, |c| diesel::update(was).set(addresses::is_default_billing.eq(false)).execute(c))?;
    }
    Ok(())
}
