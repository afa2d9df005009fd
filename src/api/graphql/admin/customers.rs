//! Customers, for staff.

use async_graphql::connection::Connection;
use async_graphql::{Context, Object};

use crate::api::call::Call;
use crate::api::graphql::connection::{connection, cost, page};
use crate::api::graphql::errors::{found, given};
use crate::api::graphql::payload::payload;
use crate::commerce::auth::Caller;
use crate::commerce::customers::{
    self, Customer, CustomerAddress, CustomerErased, CustomerFilter, CustomerIdentity, CustomerImport, CustomerImportItem, CustomerManage,
    CustomersImported,
};
use crate::db::Tx;
use crate::types::CustomerId;

payload! {
    /// The customer after the change.
    CustomerPayload of customer: Customer
}
payload! {
    /// The customer who was erased.
    CustomerErasePayload of erased: CustomerErased
}
payload! {
    /// What became of each customer to import.
    CustomersImportPayload of imported: CustomersImported
}

/// Queries of customers.
#[derive(Default)]
pub struct CustomerQuery;

#[Object]
impl CustomerQuery {
    /// A customer. Needs `customers:read`.
    async fn customer(&self, ctx: &Context<'_>, id: CustomerId) -> async_graphql::Result<Option<Customer>> {
        found(ctx.data::<Call>()?.read(move |tx, by| customers::get(tx, by, id)).await)
    }

    /// A customer's address book. Needs `customers:read`.
    async fn customer_addresses(&self, ctx: &Context<'_>, id: CustomerId) -> async_graphql::Result<Option<Vec<CustomerAddress>>> {
        found(ctx.data::<Call>()?.read(move |tx, by| customers::addresses_of(tx, by, id)).await.map(|list| list.data))
    }

    /// The accounts elsewhere that open a customer's. Needs `customers:read`.
    async fn customer_identities(&self, ctx: &Context<'_>, id: CustomerId) -> async_graphql::Result<Option<Vec<CustomerIdentity>>> {
        found(ctx.data::<Call>()?.read(move |tx, by| customers::identities_of_customer(tx, by, id)).await.map(|list| list.data))
    }

    /// Customers, newest first. Needs `customers:read`.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn customers(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
        #[graphql(default)] filter: CustomerFilter,
    ) -> async_graphql::Result<Connection<String, Customer>> {
        let page = page(first, after, last, before)?;
        given(ctx.data::<Call>()?.read(move |tx, by| customers::list(tx, by, &page, &filter)).await).map(connection)
    }
}

/// Mutations of customers.
#[derive(Default)]
pub struct CustomerMutation;

#[Object]
impl CustomerMutation {
    /// Changes a customer: what is absent stays, null clears. Needs `customers:write`.
    async fn customer_update(
        &self,
        ctx: &Context<'_>,
        id: CustomerId,
        expected_version: Option<i32>,
        input: CustomerManage,
    ) -> async_graphql::Result<CustomerPayload> {
        let rule = move |tx: &mut Tx, by: &Caller, (id, input): (CustomerId, CustomerManage)| {
            customers::update(tx, by, id, expected_version, input)
        };
        CustomerPayload::of(Call::of_field(ctx)?.write("update_customer", (id, input), rule).await)
    }

    /// Keeps a customer out: every session ends. Needs `customers:write`.
    async fn customer_disable(&self, ctx: &Context<'_>, id: CustomerId) -> async_graphql::Result<CustomerPayload> {
        CustomerPayload::of(Call::of_field(ctx)?.write("disable_customer", id, customers::disable).await)
    }

    /// Lets a customer in again. Needs `customers:write`.
    async fn customer_enable(&self, ctx: &Context<'_>, id: CustomerId) -> async_graphql::Result<CustomerPayload> {
        CustomerPayload::of(Call::of_field(ctx)?.write("enable_customer", id, customers::enable).await)
    }

    /// Erases a customer's personal data; orders stay for as long as the law asks. Needs `customers:write`.
    async fn customer_erase(&self, ctx: &Context<'_>, id: CustomerId) -> async_graphql::Result<CustomerErasePayload> {
        CustomerErasePayload::of(Call::of_field(ctx)?.write("erase_customer", id, customers::erase).await)
    }

    /// Imports customers with their passwords' hashes. Needs `customers:write`.
    async fn customers_import(
        &self,
        ctx: &Context<'_>,
        customers: Vec<CustomerImportItem>,
    ) -> async_graphql::Result<CustomersImportPayload> {
        CustomersImportPayload::of(Call::of_field(ctx)?.write("import_customers", CustomerImport { customers }, customers::import).await)
    }
}
