//! Products, for shoppers. What a list shows is read with the list; what hangs on a product (texts,
//! variants, categories, collections) only when it is asked for, for all products of the answer at once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::connection::Connection;
use async_graphql::dataloader::{DataLoader, Loader};
use async_graphql::{ComplexObject, Context, Object};

use crate::api::graphql::connection::{connection, cost, page};
use crate::api::graphql::errors::{fault, found, given};
use crate::api::public::Reader;
use crate::commerce::catalog::{
    self, CategoryRef, CollectionRef, Media, Placing, ProductFilter, ProductOption, ProductSort, ProductSummary, ProductTexts, Seo, Variant,
};
use crate::commerce::channels::Scope;
use crate::db::Tx;
use crate::error::Error;
use crate::types::{Metadata, ProductId};

/// A rule that reads something of many products.
type Read<V> = fn(&mut Tx, &Scope, &[ProductId]) -> crate::error::Result<HashMap<ProductId, V>>;

/// Reads what hangs on products, for many at once.
pub struct PartLoader(Reader);

/// The loader of one request.
pub fn loader(reader: &Reader) -> DataLoader<PartLoader> {
    // No waiting for more keys: a list's products all ask before the first task runs.
    DataLoader::new(PartLoader(reader.clone()), tokio::spawn).delay(Duration::ZERO)
}

impl PartLoader {
    async fn load<K: Copy + Into<ProductId> + Hash + Eq + Send + 'static, V: Send + 'static>(
        &self,
        keys: &[K],
        read: Read<V>,
    ) -> Result<HashMap<K, V>, Arc<Error>> {
        let ids: Vec<ProductId> = keys.iter().map(|k| (*k).into()).collect();
        let mut loaded = self.0.read(move |tx, scope| read(tx, scope, &ids)).await.map_err(Arc::new)?;
        Ok(keys.iter().filter_map(|k| Some((*k, loaded.remove(&(*k).into())?))).collect())
    }
}

macro_rules! part {
    ($key:ident => $value:ty, $read:expr) => {
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        struct $key(ProductId);

        impl From<$key> for ProductId {
            fn from(key: $key) -> Self {
                key.0
            }
        }

        impl Loader<$key> for PartLoader {
            type Value = $value;
            type Error = Arc<Error>;

            async fn load(&self, keys: &[$key]) -> Result<HashMap<$key, $value>, Arc<Error>> {
                self.load(keys, $read).await
            }
        }
    };
}

part!(TextsOf => Arc<ProductTexts>, |tx, scope, ids| Ok(catalog::texts_of(tx, scope, ids)?.into_iter().map(|(id, t)| (id, Arc::new(t))).collect()));
part!(VariantsOf => Vec<Variant>, catalog::variants_of);
part!(PlacingOf => Placing, |tx, scope, ids| catalog::placings_of(tx, &scope.locale, ids));
part!(CollectionsOf => Vec<CollectionRef>, |tx, scope, ids| catalog::collections_of(tx, &scope.locale, ids));

async fn load<K>(ctx: &Context<'_>, key: K) -> async_graphql::Result<Option<<PartLoader as Loader<K>>::Value>>
where
    K: Send + Sync + Hash + Eq + Clone + 'static,
    PartLoader: Loader<K, Error = Arc<Error>>,
{
    ctx.data::<DataLoader<PartLoader>>()?.load_one(key).await.map_err(|e| fault(&e))
}

async fn texts(ctx: &Context<'_>, id: ProductId) -> async_graphql::Result<Arc<ProductTexts>> {
    load(ctx, TextsOf(id)).await?.ok_or_else(|| fault(&Error::not_found("product")))
}

#[ComplexObject]
impl ProductSummary {
    /// Sanitised HTML, in the locale of the answer.
    async fn description(&self, ctx: &Context<'_>) -> async_graphql::Result<String> {
        Ok(texts(ctx, self.id).await?.description.clone())
    }

    /// What kind of thing it is.
    async fn product_type(&self, ctx: &Context<'_>) -> async_graphql::Result<Option<String>> {
        Ok(texts(ctx, self.id).await?.product_type.clone())
    }

    /// Its options.
    async fn options(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<ProductOption>> {
        Ok(texts(ctx, self.id).await?.options.clone())
    }

    /// Pictures and videos.
    async fn media(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Media>> {
        Ok(texts(ctx, self.id).await?.media.clone())
    }

    /// What search engines are shown.
    async fn seo(&self, ctx: &Context<'_>) -> async_graphql::Result<Seo> {
        Ok(texts(ctx, self.id).await?.seo.clone())
    }

    /// What apps keep with it.
    async fn metadata(&self, ctx: &Context<'_>) -> async_graphql::Result<Metadata> {
        Ok(texts(ctx, self.id).await?.metadata.clone())
    }

    /// Changes with every write.
    async fn version(&self, ctx: &Context<'_>) -> async_graphql::Result<i32> {
        Ok(texts(ctx, self.id).await?.version)
    }

    /// Its variants for sale in this channel.
    #[graphql(complexity = "5 * child_complexity")]
    async fn variants(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<Variant>> {
        Ok(load(ctx, VariantsOf(self.id)).await?.unwrap_or_default())
    }

    /// Its categories; the first is its main one.
    async fn categories(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<CategoryRef>> {
        Ok(load(ctx, PlacingOf(self.id)).await?.unwrap_or_default().categories)
    }

    /// From the root of the category tree to its main category.
    async fn breadcrumbs(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<CategoryRef>> {
        Ok(load(ctx, PlacingOf(self.id)).await?.unwrap_or_default().breadcrumbs)
    }

    /// Its published collections.
    async fn collections(&self, ctx: &Context<'_>) -> async_graphql::Result<Vec<CollectionRef>> {
        Ok(load(ctx, CollectionsOf(self.id)).await?.unwrap_or_default())
    }
}

/// Queries of products.
#[derive(Default)]
pub struct ProductQuery;

#[Object]
impl ProductQuery {
    /// A product by id or slug; null when shoppers do not see it.
    async fn product(
        &self,
        ctx: &Context<'_>,
        id: Option<ProductId>,
        slug: Option<String>,
    ) -> async_graphql::Result<Option<ProductSummary>> {
        let handle = super::handle(id, slug)?;
        found(ctx.data::<Reader>()?.read(move |tx, scope| catalog::get_product_summary(tx, scope, &handle)).await)
    }

    /// What shoppers of the caller's channel see, newest first unless asked otherwise.
    #[graphql(complexity = "cost(first, last, child_complexity)")]
    #[allow(clippy::too_many_arguments, reason = "the arguments of a connection and of this list")]
    async fn products(
        &self,
        ctx: &Context<'_>,
        filter: Option<ProductFilter>,
        sort: Option<ProductSort>,
        first: Option<i32>,
        after: Option<String>,
        last: Option<i32>,
        before: Option<String>,
    ) -> async_graphql::Result<Connection<String, ProductSummary>> {
        let page = page(first, after, last, before)?;
        let (filter, sort) = (filter.unwrap_or_default(), sort.unwrap_or(ProductSort::Newest));
        given(ctx.data::<Reader>()?.read(move |tx, scope| catalog::list_products(tx, scope, &filter, sort, &page)).await).map(connection)
    }
}
