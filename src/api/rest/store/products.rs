//! Products, for shoppers.

use actix_web::{HttpResponse, get};
use serde::Deserialize;

use crate::api::extract::{ListQuery, PathText};
use crate::api::openapi::{InLocale, Paging, ReadProblems};
use crate::api::public::PublicCall;
use crate::commerce::catalog::{self, Product, ProductFilter, ProductSort, ProductSummary, SelectedOption};
use crate::error::{Code, Error, FieldError, Result};
use crate::types::{MinorUnits, Page};

/// Which products, and in which order.
#[derive(Debug, Clone, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ProductListQuery {
    /// A category's slug or id; its descendants count.
    #[param(max_length = 200)]
    category: Option<String>,
    /// A collection's slug or id.
    #[param(max_length = 200)]
    collection: Option<String>,
    /// A brand, as written.
    #[param(max_length = 200)]
    brand: Option<String>,
    /// A tag; case does not matter.
    #[param(max_length = 200)]
    tag: Option<String>,
    /// Lowest price, in minor units of the channel's currency.
    price_min: Option<MinorUnits>,
    /// Highest price, in minor units of the channel's currency.
    price_max: Option<MinorUnits>,
    /// Only what can be bought now; or, with `false`, only what cannot.
    in_stock: Option<bool>,
    /// Words in title, brand, tags or SKU, in any language; words match from their start.
    #[param(max_length = 200)]
    q: Option<String>,
    /// `newest` if absent. `manual` is a collection's own order and needs `collection`.
    sort: Option<ProductSort>,
}

impl ProductListQuery {
    fn filter(self, dotted: Vec<(String, String)>) -> Result<ProductFilter> {
        let options = dotted.into_iter().map(|(name, value)| match name.strip_prefix("option.") {
            Some(option) if !option.is_empty() => Ok(SelectedOption { option: option.to_owned(), value }),
            _ => Err(Error::new(Code::UnknownParameter, format!("{name}: expected option.<name>=<value>."))
                .with_fields(vec![FieldError::new(format!("?{name}"), "unknown", "Expected option.<name>=<value>.")])),
        });
        Ok(ProductFilter {
            category: self.category,
            collection: self.collection,
            brand: self.brand,
            tag: self.tag,
            options: options.collect::<Result<_>>()?,
            price_min: self.price_min,
            price_max: self.price_max,
            in_stock: self.in_stock,
            q: self.q,
        })
    }
}

/// List products
///
/// What shoppers of the caller's channel see, in its currency. Option values are filtered with
/// `option.<name>=<value>`, such as `option.color=red`: a variant must have all the options named; one option
/// named several times offers alternatives.
#[utoipa::path(operation_id = "list_products", tag = "Products", params(Paging, ProductListQuery, InLocale),
    responses((status = 200, body = Page<ProductSummary>), ReadProblems))]
#[get("/products")]
pub async fn list(call: PublicCall, query: ListQuery<ProductListQuery>) -> Result<HttpResponse> {
    let sort = query.filter.sort.unwrap_or(ProductSort::Newest);
    let filter = query.filter.filter(query.dotted)?;
    call.answer(move |tx, scope| catalog::list_products(tx, scope, &filter, sort, &query.page).map(Page::from)).await
}

/// Read a product
///
/// By id or slug, with options, variants, prices, availability, media and breadcrumbs.
#[utoipa::path(operation_id = "get_product", tag = "Products", params(("id" = String, Path, description = "Id or slug."), InLocale),
    responses((status = 200, body = Product), ReadProblems))]
#[get("/products/{id}")]
pub async fn get(call: PublicCall, PathText(handle): PathText) -> Result<HttpResponse> {
    call.answer(move |tx, scope| catalog::get_product(tx, scope, &handle)).await
}
