//! Products, variants, prices, categories, collections, media, search. A product is read and written as a
//! whole (`store`), changed by pure functions (`change*`) and shown in two ways: to shoppers in one channel
//! and language, to staff in all. What lists need (price ranges, tags, option values, words to search) is
//! written with the product. It does not know stock beyond reading what is left.

mod change;
mod change_options;
mod change_variants;
mod documents;
mod purchasable;
mod rows;
mod search;
mod shapes;
mod store;
mod text;
mod upsert;

pub use purchasable::{Purchasable, purchasables};
pub use shapes::*;
pub use upsert::upsert_products;
