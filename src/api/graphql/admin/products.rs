//! Products and variants, for staff.

use async_graphql::connection::Connection;
use async_graphql::{Context, Object};

use crate::api::call::Call;
use crate::api::graphql::connection::{connection, cost, page};
use crate::api::graphql::errors::{found, given};
use crate::api::graphql::payload::payload;
use crate::commerce::catalog::{
    self, BulkAnswer, BulkInput, ManagedProduct, ManagedProductFilter, ManagedVariant, PricesInput, ProductUpsert, VariantFilter,
    VariantUpsert,
};
use crate::types::{ProductId, VariantId};

payload! {
    /// The product written.
    ProductPayload of product: ManagedProduct
}
payload! {
    /// The variant written.
    VariantPayload of variant: ManagedVariant
}
payload! {
    /// What became of each item.
    ProductsBulkUpsertPayload of result: BulkAnswer
}

/// Queries of products and variants.
#[derive(Default)]
pub struct ProductQuery;

#[Object]
impl ProductQuery {
    /// A product in any state, by id or slug. Needs `catalog:read`.
    async fn product(
        &self,
        ctx: &Context<'_>,
        id: Option<ProductId>,
        slug: Option<String>,
    ) -> async_graphql::Result<Option<ManagedProduct>> {
        let handle = crate::api::graphql::store::handle(id, slug)?;
        found(ctx.data::<Call>()?.read(move |tx, by| catalog::get_managed_product(tx, by, &handle)).await)
    }

    /// Products in every state. Needs `catalog:read`.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn products(
        &self,
        ctx: &Context<'_>,
        filter: Option<ManagedProductFilter>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> async_graphql::Result<Connection<String, ManagedProduct>> {
        let page = page(first, after, last, before)?;
        let filter = filter.unwrap_or_default();
        given(ctx.data::<Call>()?.read(move |tx, by| catalog::list_managed_products(tx, by, &filter, &page)).await).map(connection)
    }

    /// A variant. Needs `catalog:read`.
    async fn variant(&self, ctx: &Context<'_>, id: VariantId) -> async_graphql::Result<Option<ManagedVariant>> {
        found(ctx.data::<Call>()?.read(move |tx, by| catalog::get_variant(tx, by, id)).await)
    }

    /// The one variant with a SKU; an `ambiguous_sku` error names the candidates when there are several. Needs `catalog:read`.
    async fn variant_by_sku(&self, ctx: &Context<'_>, sku: String) -> async_graphql::Result<Option<ManagedVariant>> {
        found(ctx.data::<Call>()?.read(move |tx, by| catalog::get_variant_by_sku(tx, by, &sku)).await)
    }

    /// Variants, newest first, archived ones too. Needs `catalog:read`.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    async fn variants(
        &self,
        ctx: &Context<'_>,
        filter: Option<VariantFilter>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> async_graphql::Result<Connection<String, ManagedVariant>> {
        let page = page(first, after, last, before)?;
        let filter = filter.unwrap_or_default();
        given(ctx.data::<Call>()?.read(move |tx, by| catalog::list_variants(tx, by, &filter, &page)).await).map(connection)
    }
}

/// Mutations of products and variants.
#[derive(Default)]
pub struct ProductMutation;

#[Object]
impl ProductMutation {
    /// Creates a product with everything in one call. A repeated SKU is taken and told in `warnings`. Needs `catalog:write`.
    async fn product_create(&self, ctx: &Context<'_>, input: ProductUpsert) -> async_graphql::Result<ProductPayload> {
        ProductPayload::of(Call::of_field(ctx)?.write("create_product", input, catalog::create_product).await)
    }

    /// Changes a product: what is absent stays, null clears; variants listed are matched. Needs `catalog:write`.
    async fn product_update(
        &self,
        ctx: &Context<'_>,
        id: ProductId,
        expected_version: Option<i32>,
        input: ProductUpsert,
    ) -> async_graphql::Result<ProductPayload> {
        let call = Call::of_field(ctx)?;
        let rule = move |tx: &mut crate::db::Tx, by: &crate::commerce::auth::Caller, (id, input): (ProductId, ProductUpsert)| {
            catalog::update_product(tx, by, id, expected_version, input)
        };
        ProductPayload::of(call.write("update_product", (id, input), rule).await)
    }

    /// Archives a product: shoppers do not see it any more, old orders still name it. Needs `catalog:write`.
    async fn product_archive(
        &self,
        ctx: &Context<'_>,
        id: ProductId,
        expected_version: Option<i32>,
    ) -> async_graphql::Result<ProductPayload> {
        let call = Call::of_field(ctx)?;
        ProductPayload::of(
            call.write("archive_product", id, move |tx, by, id| catalog::archive_product(tx, by, id, expected_version)).await,
        )
    }

    /// Creates and changes up to 1,000 products, each matched by id, external key, slug or SKU. With `atomic` one refused
    /// item refuses all. Needs `catalog:write`.
    async fn products_bulk_upsert(
        &self,
        ctx: &Context<'_>,
        input: BulkInput,
        #[graphql(default)] atomic: bool,
    ) -> async_graphql::Result<ProductsBulkUpsertPayload> {
        let call = Call::of_field(ctx)?;
        ProductsBulkUpsertPayload::of(
            call.write("bulk_upsert_products", (atomic, input), |tx, by, (atomic, input)| {
                catalog::bulk_upsert_products(tx, by, input, atomic)
            })
            .await,
        )
    }

    /// Adds a variant to a product. Needs `catalog:write`.
    async fn variant_create(
        &self,
        ctx: &Context<'_>,
        product_id: ProductId,
        input: VariantUpsert,
    ) -> async_graphql::Result<VariantPayload> {
        let call = Call::of_field(ctx)?;
        VariantPayload::of(
            call.write("create_variant", (product_id, input), |tx, by, (id, input)| catalog::create_variant(tx, by, id, input)).await,
        )
    }

    /// Changes a variant: what is absent stays, null clears. Needs `catalog:write`.
    async fn variant_update(
        &self,
        ctx: &Context<'_>,
        id: VariantId,
        expected_version: Option<i32>,
        input: VariantUpsert,
    ) -> async_graphql::Result<VariantPayload> {
        let call = Call::of_field(ctx)?;
        VariantPayload::of(
            call.write("update_variant", (id, input), move |tx, by, (id, input)| {
                catalog::update_variant(tx, by, id, expected_version, input)
            })
            .await,
        )
    }

    /// Archives a variant: it is not sold any more. Needs `catalog:write`.
    async fn variant_archive(
        &self,
        ctx: &Context<'_>,
        id: VariantId,
        expected_version: Option<i32>,
    ) -> async_graphql::Result<VariantPayload> {
        let call = Call::of_field(ctx)?;
        VariantPayload::of(
            call.write("archive_variant", id, move |tx, by, id| catalog::archive_variant(tx, by, id, expected_version)).await,
        )
    }

    /// Sets all prices of a variant: currencies that are not listed lose theirs. Needs `catalog:write`.
    async fn prices_set(
        &self,
        ctx: &Context<'_>,
        variant_id: VariantId,
        expected_version: Option<i32>,
        input: PricesInput,
    ) -> async_graphql::Result<VariantPayload> {
        let call = Call::of_field(ctx)?;
        VariantPayload::of(
            call.write("set_prices", (variant_id, input), move |tx, by, (id, input)| {
                catalog::set_prices(tx, by, id, expected_version, input)
            })
            .await,
        )
    }
}
