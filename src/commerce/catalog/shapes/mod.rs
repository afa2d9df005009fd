//! The catalog as clients send and see it.

mod category;
mod collection;
mod input;
mod managed;
mod outcome;
mod parts;
mod product;

pub use category::{
    Category, CategoryCreate, CategoryMove, CategoryNode, CategoryOrder, CategoryReorder, CategoryTranslation, CategoryTree,
    CategoryUpdate, ManagedCategory,
};
pub use collection::{Collection, CollectionCreate, CollectionProductsInput, CollectionTranslation, CollectionUpdate, ManagedCollection};
pub(in crate::commerce::catalog) use input::check_url;
pub use input::{MediaInput, OptionInput, PriceInput, PricesInput, ProductUpsert, SeoPatch, VariantUpsert};
pub use managed::{
    ManagedOption, ManagedOptionValue, ManagedProduct, ManagedProductFilter, ManagedProductSort, ManagedVariant, ProductStatus,
    VariantFilter,
};
pub use outcome::{BulkAnswer, BulkInput, CatalogWarning, ItemError, UpsertOutcome, UpsertStatus};
pub use parts::{
    CategoryRef, CollectionRef, Media, MediaKind, MediaTranslation, OptionTranslation, OptionValueTranslation, Price, PriceRange,
    ProductOption, ProductOptionValue, ProductTranslation, SelectedOption, Seo,
};
pub use product::{Product, ProductFilter, ProductSort, ProductSummary, Variant};
