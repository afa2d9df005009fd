//! How shoppers' lists are narrowed. What few products pass is gathered by an index of its own and put in order; what many
//! pass is asked of each product on the way through the order, where a page is soon full. Neither database can tell the two
//! apart by itself: a plan that is kept is one for all values.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::ProductFilter;
use super::filters::{of_brand, of_category, of_cheap, of_dear, of_option, of_tag};
use super::matching::FEW;
use crate::commerce::channels::Channel;
use crate::db::tables::{
    categories, category_ancestors, product_categories, product_price_ranges as ranges, product_tags, products, variant_options,
};
use crate::db::{Tx, on_each};
use crate::error::{Error, Result};
use crate::types::ids::Id;
use crate::types::{CategoryId, ProductId};

/// The same where a list is narrowed several times: what passes all may be rare, however common each is.
const FEW_OF_SEVERAL: i64 = 20_000;

/// How many products are few to a list.
pub(super) fn most_of_few(filter: &ProductFilter) -> i64 {
    let ProductFilter { category, collection, brand, tag, price_min, price_max, q, options, .. } = filter;
    let is_given = [category.is_some(), collection.is_some(), brand.is_some(), tag.is_some(), q.is_some(), !options.is_empty()];
    let given = is_given.into_iter().chain([price_min.is_some(), price_max.is_some()]).filter(|is| *is).count();
    if given > 1 { FEW_OF_SEVERAL } else { FEW }
}

/// What of a filter few products pass, as it was some minutes ago: one thing at most. What it leaves is asked of each of the
/// few; PostgreSQL looks through a second array from end to end for each of the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Few {
    OfTag,
    OfBrand,
    OfOption,
    InCategory,
    SoDear,
    SoCheap,
}

impl Few {
    pub(super) fn of(
        tx: &mut Tx,
        channel: &Channel,
        filter: &ProductFilter,
        options: &BTreeMap<String, Vec<String>>,
    ) -> Result<Option<Self>> {
        let most = most_of_few(filter);
        macro_rules! few {
            ($few:ident, $of:expr, $products:expr) => {
                let is_few = tx.guess(stringify!($few), &format!("{most} {}", $of), |tx| {
                    let found: Vec<ProductId> = on_each!(tx, |c| $products.limit(most.saturating_add(1)).load(c))?;
                    Ok(i64::try_from(found.len()).map_err(Error::internal)? <= most)
                })?;
                if is_few {
                    return Ok(Some(Self::$few));
                }
            };
        }
        if let Some(tag) = &filter.tag {
            few!(OfTag, tag, of_tag!(tag));
        }
        if let Some(brand) = &filter.brand {
            few!(OfBrand, brand, of_brand!(brand));
        }
        if let Some((name, values)) = options.first_key_value() {
            few!(OfOption, format!("{name:?} {values:?}"), of_option!(name, values));
        }
        if let Some(handle) = &filter.category {
            few!(InCategory, handle, of_category!(handle));
        }
        if let Some(min) = filter.price_min {
            few!(SoDear, format!("{} {}", channel.currency, min.0), of_dear!(channel, min.0));
        }
        if let Some(max) = filter.price_max {
            few!(SoCheap, format!("{} {}", channel.currency, max.0), of_cheap!(channel, max.0));
        }
        Ok(None)
    }
}

/// Everything shoppers of a channel may see, narrowed by a filter.
macro_rules! narrowed {
    ($query:expr, $by:expr) => {{
        let by = &$by;
        let query = $query.filter(ranges::currency.eq(by.channel.currency)).into_boxed();
        let mut query = if by.in_order_of_price && by.backend == Backend::Sqlite {
            // SQLite, which thinks little of a limit, would sort all that are shown: it is not to see an index for it.
            let shown = "(coalesce(products.status, '') = 'active' AND coalesce(products.published_at, products.published_at) <= ";
            query.filter(diesel::dsl::sql::<diesel::sql_types::Bool>(shown).bind::<crate::types::sql::Instant, _>(by.now).sql(")"))
        } else {
            query.filter(products::status.eq(ProductStatus::Active)).filter(products::published_at.le(by.now))
        };
        if let Some(handle) = &by.filter.category {
            query = if by.few == Some(Few::InCategory) {
                query.filter(gathered(products::id, of_category!(handle)))
            } else {
                query.filter(exists(of_category!(handle).filter(product_categories::product_id.eq(products::id)).offset(0)))
            };
        }
        if let Some(handle) = &by.filter.collection {
            query = query.filter(in_collection!(handle));
        }
        if let Some(brand) = &by.filter.brand {
            query = if by.few == Some(Few::OfBrand) {
                query.filter(gathered(products::id, of_brand!(brand)))
            } else {
                query.filter(products::brand.concat("").eq(brand))
            };
        }
        if let Some(tag) = &by.filter.tag {
            query = if by.few == Some(Few::OfTag) {
                query.filter(gathered(products::id, of_tag!(tag)))
            } else {
                query.filter(exists(of_tag!(tag).filter(product_tags::product_id.eq(products::id)).offset(0)))
            };
        }
        if let Some(min) = by.filter.price_min {
            query = query.filter(ranges::max_amount.ge(min.0));
            if by.few == Some(Few::SoDear) {
                query = query.filter(gathered(products::id, of_dear!(by.channel, min.0)));
            }
        }
        if let Some(max) = by.filter.price_max {
            query = query.filter(ranges::min_amount.le(max.0));
            if by.few == Some(Few::SoCheap) {
                query = query.filter(gathered(products::id, of_cheap!(by.channel, max.0)));
            }
        }
        if let Some((name, values)) = by.options.first_key_value() {
            query = if by.few == Some(Few::OfOption) {
                query.filter(gathered(products::id, of_option!(name, values)))
            } else {
                query.filter(exists(of_option!(name, values).filter(variant_options::product_id.eq(products::id)).offset(0)))
            };
        }
        if by.options.len() > 1 {
            // One variant has them all. Only active ones have rows of their options.
            let mut fitting = variants::table.filter(variants::active.eq(true)).select(variants::product_id).into_boxed();
            for (name, values) in &by.options {
                let having = variant_options::table.filter(variant_options::name.eq(name)).filter(variant_options::value.eq_any(values));
                fitting = fitting.filter(variants::id.eq_any(having.select(variant_options::variant_id)));
            }
            query = query.filter(products::id.eq_any(fitting));
        }
        match by.filter.in_stock {
            Some(true) => query = query.filter(can_be_bought!(by.channel)),
            Some(false) => query = query.filter(diesel::dsl::not(can_be_bought!(by.channel))),
            None => {}
        }
        matching!(query, by.backend, &by.matching)
    }};
}
pub(super) use narrowed;
