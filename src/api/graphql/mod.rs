//! The GraphQL doors: one schema a surface, one file a commerce module, merged here. Queries answer null
//! for what is not there; mutations answer a payload with `userErrors`; faults are top-level errors.

pub mod admin;
pub mod connection;
pub mod errors;
mod guard;
mod http;
mod limits;
pub mod payload;
mod persisted;
mod public;
pub mod store;

use async_graphql::{EmptySubscription, MergedObject, Schema};

pub use http::routes;

use crate::app::App;
use crate::config::Config;
use crate::error::Result;
use persisted::PersistedQueries;

/// Queries of the Store surface.
#[derive(MergedObject, Default)]
#[graphql(name = "Query")]
pub struct StoreQuery(
    store::channels::ChannelQuery,
    store::products::ProductQuery,
    store::categories::CategoryQuery,
    store::carts::CartQuery,
    store::orders::OrderQuery,
    store::customers::CustomerQuery,
    store::sign_in::SignInQuery,
);

/// Mutations of the Store surface.
#[derive(MergedObject, Default)]
#[graphql(name = "Mutation")]
pub struct StoreMutation(
    store::carts::CartMutation,
    store::orders::OrderMutation,
    store::customers::CustomerMutation,
    store::passkeys::PasskeyMutation,
    store::sign_in::SignInMutation,
);

/// Queries of the Admin surface.
#[derive(MergedObject, Default)]
#[graphql(name = "Query")]
pub struct AdminQuery(
    admin::channels::ChannelQuery,
    admin::products::ProductQuery,
    admin::categories::CategoryQuery,
    admin::collections::CollectionQuery,
    admin::keys::KeyQuery,
    admin::audit::AuditQuery,
    admin::events::EventQuery,
    admin::carts::CartQuery,
    admin::stock::StockQuery,
    admin::shipping::ShippingQuery,
    admin::tax::TaxQuery,
    admin::promotions::PromotionQuery,
    admin::operations::OperationQuery,
    admin::orders::OrderQuery,
    admin::customers::CustomerQuery,
    admin::staff::StaffQuery,
    admin::me::StaffMeQuery,
    admin::passkeys::PasskeyQuery,
);

/// Mutations of the Admin surface.
#[derive(MergedObject, Default)]
#[graphql(name = "Mutation")]
pub struct AdminMutation(
    admin::channels::ChannelMutation,
    admin::products::ProductMutation,
    admin::categories::CategoryMutation,
    admin::collections::CollectionMutation,
    admin::keys::KeyMutation,
    admin::stock::StockMutation,
    admin::shipping::ShippingMutation,
    admin::tax::TaxMutation,
    admin::promotions::PromotionMutation,
    admin::operations::OperationMutation,
    admin::orders::OrderMutation,
    admin::customers::CustomerMutation,
    admin::staff::StaffMutation,
    admin::me::StaffMeMutation,
    admin::passkeys::PasskeyMutation,
);

/// The Store schema.
pub type StoreSchema = Schema<StoreQuery, StoreMutation, EmptySubscription>;
/// The Admin schema.
pub type AdminSchema = Schema<AdminQuery, AdminMutation, EmptySubscription>;

/// Both schemas, built once a process.
#[derive(Clone)]
pub struct Schemas {
    /// For shoppers' apps.
    pub store: StoreSchema,
    /// For staff tools.
    pub admin: AdminSchema,
    /// What shoppers' apps persisted.
    store_queries: PersistedQueries,
    /// What staff tools persisted.
    admin_queries: PersistedQueries,
}

impl Schemas {
    /// With the limits of the configuration.
    pub fn build(app: &App) -> Result<Self> {
        let config = app.config();
        fn limited<Q: async_graphql::ObjectType + 'static, M: async_graphql::ObjectType + 'static>(
            builder: async_graphql::SchemaBuilder<Q, M, EmptySubscription>,
            config: &Config,
        ) -> Schema<Q, M, EmptySubscription> {
            let builder = builder
                .limit_depth(config.graphql_max_depth)
                .limit_complexity(config.graphql_max_cost)
                .limit_recursive_depth(64)
                .limit_directives(16);
            if config.graphql_introspection { builder.finish() } else { builder.disable_introspection().finish() }
        }
        Ok(Self {
            store: limited(Schema::build(StoreQuery::default(), StoreMutation::default(), EmptySubscription), config),
            admin: limited(Schema::build(AdminQuery::default(), AdminMutation::default(), EmptySubscription), config),
            store_queries: PersistedQueries::new(config.graphql_trusted_documents.as_deref())?,
            admin_queries: PersistedQueries::new(None)?,
        })
    }
}

/// The committed SDLs, sorted so that a diff shows what changed: (store, admin).
pub fn sdls() -> (String, String) {
    let options = || async_graphql::SDLExportOptions::new().sorted_fields().sorted_enum_items().sorted_arguments();
    let store = Schema::build(StoreQuery::default(), StoreMutation::default(), EmptySubscription).finish();
    let admin = Schema::build(AdminQuery::default(), AdminMutation::default(), EmptySubscription).finish();
    (store.sdl_with_options(options()), admin.sdl_with_options(options()))
}
