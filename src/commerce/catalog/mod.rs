//! Products, variants, prices, categories, collections, media, search. A product is read and written as a
//! whole (`store`), changed by pure functions (`change*`) and shown in two ways: to shoppers in one channel
//! and language, to staff in all. What lists need (price ranges, tags, option values, words to search) is
//! written with the product. It does not know stock beyond reading what is left.

mod by_words;
mod categories;
mod category_write;
mod change;
mod change_options;
mod change_variants;
mod collections;
mod detail;
mod documents;
mod filters;
mod group_rows;
mod listing;
mod managed;
mod matching;
mod narrowing;
mod parts;
mod purchasable;
mod rows;
mod search;
mod shapes;
mod store;
mod text;
mod tree;
mod upsert;
mod variants;
mod write;

pub use categories::{category_tree, get_category, get_managed_category, list_categories};
pub use category_write::{create_category, delete_category, move_category, reorder_categories, update_category};
pub use collections::{
    add_collection_products, create_collection, delete_collection, get_collection, get_managed_collection, list_collections,
    list_managed_collections, remove_collection_products, reorder_collection_products, update_collection,
};
pub use detail::get_product;
pub use listing::{get_product_summary, list_products, next_publication};
pub use managed::{get_managed_product, list_managed_products};
pub use parts::{Placing, ProductTexts, collections_of, placings_of, texts_of, variants_of};
pub use purchasable::{Purchasable, Purchasables, purchasables};
pub use shapes::*;
pub use upsert::upsert_products;
pub use variants::{archive_variant, create_variant, get_variant, get_variant_by_sku, list_variants, set_prices, update_variant};
pub use write::{archive_product, bulk_upsert_products, create_product, update_product};

use crate::error::{Error, Result};
use crate::types::ids::{Id, IdError};

/// The id that a handle is, or none when it is a slug; an id of another kind names nothing.
fn handle<I: Id>(text: &str, what: &str) -> Result<Option<I>> {
    match I::parse(text) {
        Ok(id) => Ok(Some(id)),
        Err(IdError::OtherKind) => Err(Error::not_found(what)),
        Err(IdError::Malformed) => Ok(None),
    }
}
