//! Tax rates, for staff.

use async_graphql::connection::Connection;
use async_graphql::{Context, Object};

use crate::api::call::Call;
use crate::api::graphql::connection::{connection, cost, page};
use crate::api::graphql::errors::{found, given};
use crate::api::graphql::payload::payload;
use crate::commerce::auth::Caller;
use crate::commerce::tax::{self, TaxRate, TaxRateCreate, TaxRateUpdate};
use crate::db::Tx;
use crate::types::TaxRateId;

payload! {
    /// The tax rate written, or as it was before it was deleted.
    TaxRatePayload of tax_rate: TaxRate
}

/// Queries of tax.
#[derive(Default)]
pub struct TaxQuery;

#[Object]
impl TaxQuery {
    /// A tax rate. Needs `settings:read`.
    async fn tax_rate(&self, ctx: &Context<'_>, id: TaxRateId) -> async_graphql::Result<Option<TaxRate>> {
        found(ctx.data::<Call>()?.read(move |tx, by| tax::get(tx, by, id)).await)
    }

    /// Tax rates, oldest first. Needs `settings:read`.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn tax_rates(
        &self,
        ctx: &Context<'_>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> async_graphql::Result<Connection<String, TaxRate>> {
        let page = page(first, after, last, before)?;
        given(ctx.data::<Call>()?.read(move |tx, by| tax::list(tx, by, &page)).await).map(connection)
    }
}

/// Mutations of tax.
#[derive(Default)]
pub struct TaxMutation;

#[Object]
impl TaxMutation {
    /// Creates a tax rate: one for each country and tax class. Needs `settings:write`.
    async fn tax_rate_create(&self, ctx: &Context<'_>, input: TaxRateCreate) -> async_graphql::Result<TaxRatePayload> {
        TaxRatePayload::of(Call::of_field(ctx)?.write("create_tax_rate", input, tax::create).await)
    }

    /// Changes a tax rate. Needs `settings:write`.
    async fn tax_rate_update(
        &self,
        ctx: &Context<'_>,
        id: TaxRateId,
        expected_version: Option<i32>,
        input: TaxRateUpdate,
    ) -> async_graphql::Result<TaxRatePayload> {
        let rule = move |tx: &mut Tx, by: &Caller, (id, input)| tax::update(tx, by, id, expected_version, input);
        TaxRatePayload::of(Call::of_field(ctx)?.write("update_tax_rate", (id, input), rule).await)
    }

    /// Deletes a tax rate. Needs `settings:write`.
    async fn tax_rate_delete(
        &self,
        ctx: &Context<'_>,
        id: TaxRateId,
        expected_version: Option<i32>,
    ) -> async_graphql::Result<TaxRatePayload> {
        let rule = move |tx: &mut Tx, by: &Caller, id| tax::delete(tx, by, id, expected_version);
        TaxRatePayload::of(Call::of_field(ctx)?.write("delete_tax_rate", id, rule).await)
    }
}
