//! Customers, for staff.

use actix_web::{get, patch, post};

use crate::api::call::Call;
use crate::api::extract::{Body, ListQuery, PathId};
use crate::api::openapi::{DryRun, IdPath, Idempotency, IfMatch, Paging, ReadProblems, WriteProblems};
use crate::api::reply::{Answered, Reply};
use crate::commerce::customers::{
    self, Customer, CustomerAddresses, CustomerErased, CustomerFilter, CustomerIdentities, CustomerImport, CustomerManage,
    CustomersImported,
};
use crate::types::{CustomerId, Page};

/// List customers
///
/// Newest first. Needs `customers:read`.
#[utoipa::path(operation_id = "list_customers", tag = "Customers", params(Paging, CustomerFilter),
    responses((status = 200, body = Page<Customer>), ReadProblems))]
#[get("/customers")]
pub async fn list(call: Call, query: ListQuery<CustomerFilter>) -> Answered<Page<Customer>> {
    let listing = call.read(move |tx, by| customers::list(tx, by, &query.page, &query.filter)).await?;
    Ok(Reply::ok(listing.into()))
}

/// Read a customer
///
/// Their orders: `/admin/v1/orders?customer_id=`. Needs `customers:read`.
#[utoipa::path(operation_id = "get_customer", tag = "Customers", params(IdPath), responses((status = 200, body = Customer), ReadProblems))]
#[get("/customers/{id}")]
pub async fn get(call: Call, PathId(id): PathId<CustomerId>) -> Answered<Customer> {
    Ok(Reply::ok(call.read(move |tx, by| customers::get(tx, by, id)).await?).version(|c| c.version))
}

/// Read a customer's address book
///
/// Needs `customers:read`.
#[utoipa::path(operation_id = "list_customer_addresses", tag = "Customers", params(IdPath),
    responses((status = 200, body = CustomerAddresses), ReadProblems))]
#[get("/customers/{id}/addresses")]
pub async fn addresses(call: Call, PathId(id): PathId<CustomerId>) -> Answered<CustomerAddresses> {
    Ok(Reply::ok(call.read(move |tx, by| customers::addresses_of(tx, by, id)).await?))
}

/// Read a customer's accounts elsewhere
///
/// Those that open this one. Needs `customers:read`.
#[utoipa::path(operation_id = "list_customer_identities", tag = "Customers", params(IdPath),
    responses((status = 200, body = CustomerIdentities), ReadProblems))]
#[get("/customers/{id}/identities")]
pub async fn identities(call: Call, PathId(id): PathId<CustomerId>) -> Answered<CustomerIdentities> {
    Ok(Reply::ok(call.read(move |tx, by| customers::identities_of_customer(tx, by, id)).await?))
}

/// Change a customer
///
/// JSON Merge Patch. The address is the customer's own to change. Needs `customers:write`.
#[utoipa::path(operation_id = "update_customer", tag = "Customers", params(IdPath, Idempotency, IfMatch, DryRun), request_body = CustomerManage,
    responses((status = 200, body = Customer), WriteProblems))]
#[patch("/customers/{id}")]
pub async fn update(call: Call, PathId(id): PathId<CustomerId>, Body(input): Body<CustomerManage>) -> Answered<Customer> {
    let version = call.expected_version;
    let written =
        call.write("update_customer", (id, input), move |tx, by, (id, input)| customers::update(tx, by, id, version, input)).await?;
    Ok(Reply::written(written).version(|c| c.version))
}

/// Keep a customer out
///
/// Every session ends; access tokens that were issued open nothing of the account's. Needs `customers:write`.
#[utoipa::path(operation_id = "disable_customer", tag = "Customers", params(IdPath, Idempotency, DryRun),
    responses((status = 200, body = Customer), WriteProblems))]
#[post("/customers/{id}/disable")]
pub async fn disable(call: Call, PathId(id): PathId<CustomerId>) -> Answered<Customer> {
    Ok(Reply::written(call.write("disable_customer", id, customers::disable).await?).version(|c| c.version))
}

/// Let a customer in again
///
/// Needs `customers:write`.
#[utoipa::path(operation_id = "enable_customer", tag = "Customers", params(IdPath, Idempotency, DryRun),
    responses((status = 200, body = Customer), WriteProblems))]
#[post("/customers/{id}/enable")]
pub async fn enable(call: Call, PathId(id): PathId<CustomerId>) -> Answered<Customer> {
    Ok(Reply::written(call.write("enable_customer", id, customers::enable).await?).version(|c| c.version))
}

/// Erase a customer
///
/// Personal data goes at once and cannot be brought back; orders stay for as long as the law asks. Needs `customers:write`.
#[utoipa::path(operation_id = "erase_customer", tag = "Customers", params(IdPath, Idempotency, DryRun),
    responses((status = 200, body = CustomerErased), WriteProblems))]
#[post("/customers/{id}/erase")]
pub async fn erase(call: Call, PathId(id): PathId<CustomerId>) -> Answered<CustomerErased> {
    Ok(Reply::written(call.write("erase_customer", id, customers::erase).await?))
}

/// Import customers
///
/// With the passwords' hashes of the system they come from: they log in as before, and are hashed anew then. The answer
/// tells what became of each; a second run changes nothing. Needs `customers:write`.
#[utoipa::path(operation_id = "import_customers", tag = "Customers", params(Idempotency, DryRun), request_body = CustomerImport,
    responses((status = 200, body = CustomersImported), WriteProblems))]
#[post("/customers/import")]
pub async fn import(call: Call, Body(input): Body<CustomerImport>) -> Answered<CustomersImported> {
    Ok(Reply::written(call.write("import_customers", input, customers::import).await?))
}
