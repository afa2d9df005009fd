//! Products as shoppers see them: in one channel, one currency, one language.

use serde::{Deserialize, Serialize};
use validator::Validate;

use super::{CategoryRef, CollectionRef, Media, PriceRange, ProductOption, ProductStatus, SelectedOption, Seo};
use crate::types::text::text_enum;
use crate::types::{MediaId, Metadata, MinorUnits, Money, ProductId, Timestamp, VariantId};

/// A product in a list: what a grid of products shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
#[graphql(complex, name = "Product")]
pub struct ProductSummary {
    /// Id.
    pub id: ProductId,
    /// Its place in URLs.
    pub slug: String,
    /// Title, in the locale of the answer.
    pub title: String,
    /// Brand or vendor.
    pub brand: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Its first picture.
    pub image: Option<Media>,
    /// The prices of its variants in the channel's currency.
    pub price_range: PriceRange,
    /// What the cheapest variant's price is compared with: a price struck through.
    pub compare_at_price: Option<Money>,
    /// Whether any variant can be bought now.
    pub available: bool,
    /// Sold to those only who are verified to have this age; null: to everybody.
    #[schema(example = 19)]
    pub minimum_age: Option<i32>,
    /// Since when shoppers see it.
    pub published_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A product with everything a product page shows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Product {
    /// Id.
    pub id: ProductId,
    /// Its place in URLs.
    pub slug: String,
    /// Title, in the locale of the answer.
    pub title: String,
    /// Sanitised HTML, in the locale of the answer.
    pub description: String,
    /// `active`: shoppers see no other.
    pub status: ProductStatus,
    /// Brand or vendor.
    pub brand: Option<String>,
    /// What kind of thing it is.
    pub product_type: Option<String>,
    /// Tags.
    pub tags: Vec<String>,
    /// Its categories; the first is its main one.
    pub categories: Vec<CategoryRef>,
    /// From the root of the category tree to its main category.
    pub breadcrumbs: Vec<CategoryRef>,
    /// Its published collections.
    pub collections: Vec<CollectionRef>,
    /// Its options.
    pub options: Vec<ProductOption>,
    /// Its variants for sale in this channel.
    pub variants: Vec<Variant>,
    /// Pictures and videos.
    pub media: Vec<Media>,
    /// The prices of its variants in the channel's currency.
    pub price_range: PriceRange,
    /// What the cheapest variant's price is compared with.
    pub compare_at_price: Option<Money>,
    /// Whether any variant can be bought now.
    pub available: bool,
    /// Sold to those only who are verified to have this age; null: to everybody.
    #[schema(example = 19)]
    pub minimum_age: Option<i32>,
    /// What search engines are shown.
    pub seo: Seo,
    /// What apps keep with it.
    pub metadata: Metadata,
    /// Since when shoppers see it.
    pub published_at: Timestamp,
    /// Changes with every write.
    pub version: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// A variant: what is priced, stocked and sold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct Variant {
    /// Id.
    pub id: VariantId,
    /// Stock-keeping unit.
    pub sku: Option<String>,
    /// EAN, UPC, ISBN ...
    pub barcode: Option<String>,
    /// Its option values as one text, in the locale of the answer; empty for a product without options.
    pub title: String,
    /// Its value of each option, in the locale of the answer.
    pub option_values: Vec<SelectedOption>,
    /// What it costs in this channel.
    pub price: Money,
    /// What the price is compared with: a price struck through.
    pub compare_at_price: Option<Money>,
    /// Whether it can be bought now.
    pub available: bool,
    /// How many are left for this channel: 0 to 4, or 5 for five or more; null when its stock is not counted.
    #[schema(example = 5, minimum = 0, maximum = 5)]
    pub quantity_available: Option<i32>,
    /// How many one order may hold.
    pub max_per_order: Option<i32>,
    /// Its picture among the product's media.
    pub media_id: Option<MediaId>,
    /// Weight.
    pub weight_grams: i32,
    /// Whether it is sent.
    pub requires_shipping: bool,
    /// Whether tax applies.
    pub taxable: bool,
    /// What apps keep with it.
    pub metadata: Metadata,
}

text_enum! {
    /// The order of a list of products.
    pub enum ProductSort {
        /// Published last comes first.
        Newest = "newest",
        /// Published first comes first.
        Oldest = "oldest",
        /// Cheapest first.
        PriceAsc = "price_asc",
        /// Dearest first.
        PriceDesc = "price_desc",
        /// By title, in the order of code points.
        Name = "name",
        /// As staff ordered the collection that the list is narrowed to.
        Manual = "manual",
    }
}

/// Which products a list holds: those that fit everything named.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct ProductFilter {
    /// A category's slug or id; its descendants count.
    #[validate(length(max = 200))]
    pub category: Option<String>,
    /// A collection's slug or id.
    #[validate(length(max = 200))]
    pub collection: Option<String>,
    /// A brand, as written.
    #[validate(length(max = 200))]
    pub brand: Option<String>,
    /// A tag; case does not matter.
    #[validate(length(max = 200))]
    pub tag: Option<String>,
    /// Option values: a variant with all the options named. Several values of one option are alternatives.
    #[graphql(default)]
    #[validate(length(max = 20), nested)]
    pub options: Vec<SelectedOption>,
    /// Lowest price in the channel's currency.
    pub price_min: Option<MinorUnits>,
    /// Highest price in the channel's currency.
    pub price_max: Option<MinorUnits>,
    /// Only what can be bought now; or, with false, only what cannot.
    pub in_stock: Option<bool>,
    /// Words in title, brand, tags or SKU, in any language.
    #[validate(length(max = 200))]
    pub q: Option<String>,
}
