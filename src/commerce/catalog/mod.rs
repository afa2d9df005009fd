//! Products, variants, prices, categories, collections, media, search. (Being built.)

mod purchasable;

pub use purchasable::{Purchasable, purchasables};
