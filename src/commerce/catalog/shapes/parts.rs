//! What products are made of, the same for shoppers and staff.

use serde::{Deserialize, Serialize};
use validator::Validate;

use crate::types::text::text_enum;
use crate::types::{CategoryId, CollectionId, Currency, Locale, MediaId, MinorUnits, Money, OptionId};

/// An option of a product, such as its colour, with the values it comes in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct ProductOption {
    /// Id.
    pub id: OptionId,
    /// Its name, in the locale of the answer.
    pub name: String,
    /// Its values, in order.
    pub values: Vec<ProductOptionValue>,
}

/// A value of an option.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct ProductOptionValue {
    /// Id.
    pub id: OptionId,
    /// The value, in the locale of the answer.
    pub value: String,
}

/// The value a variant has of one option.
#[derive(
    Debug,
    Clone,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    async_graphql::SimpleObject,
    async_graphql::InputObject,
    Validate,
)]
#[serde(deny_unknown_fields)]
#[graphql(input_name = "SelectedOptionInput")]
pub struct SelectedOption {
    /// The option's name.
    #[validate(length(min = 1, max = 100))]
    #[schema(example = "Color")]
    pub option: String,
    /// The value.
    #[validate(length(min = 1, max = 200))]
    #[schema(example = "Red")]
    pub value: String,
}

text_enum! {
    /// What a medium is.
    pub enum MediaKind {
        /// A picture.
        Image = "image",
        /// A film.
        Video = "video",
    }
}

/// A picture or video of a product, by its URL.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct Media {
    /// Id.
    pub id: MediaId,
    /// Where it is.
    pub url: String,
    /// What it shows, for those who cannot see it; in the locale of the answer.
    pub alt: Option<String>,
    /// What it is.
    #[serde(rename = "type")]
    #[graphql(name = "type")]
    pub kind: MediaKind,
    /// Pixels.
    pub width: Option<i32>,
    /// Pixels.
    pub height: Option<i32>,
}

/// What search engines are shown.
#[derive(
    Debug,
    Clone,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    utoipa::ToSchema,
    async_graphql::SimpleObject,
    async_graphql::InputObject,
    Validate,
)]
#[serde(deny_unknown_fields, default)]
#[graphql(input_name = "SeoInput")]
pub struct Seo {
    /// The page's title; the product's own if absent.
    #[validate(length(max = 500))]
    pub title: Option<String>,
    /// The page's description.
    #[validate(length(max = 2000))]
    pub description: Option<String>,
}

/// The lowest and the highest price of a product's variants.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct PriceRange {
    /// Of the cheapest variant.
    pub min: Money,
    /// Of the dearest variant.
    pub max: Money,
}

/// A variant's price in one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct Price {
    /// Currency.
    pub currency: Currency,
    /// What it costs.
    pub amount: MinorUnits,
    /// What it is compared with: a price struck through.
    pub compare_at: Option<MinorUnits>,
}

/// A category by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct CategoryRef {
    /// Id.
    pub id: CategoryId,
    /// Slug.
    pub slug: String,
    /// Name, in the locale of the answer.
    pub name: String,
}

/// A collection by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct CollectionRef {
    /// Id.
    pub id: CollectionId,
    /// Slug.
    pub slug: String,
    /// Title, in the locale of the answer.
    pub title: String,
}

/// A product's texts in another language. What is absent falls back to the product's own text.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject, async_graphql::InputObject, Validate,
)]
#[serde(deny_unknown_fields)]
#[graphql(input_name = "ProductTranslationInput")]
pub struct ProductTranslation {
    /// The language.
    pub locale: Locale,
    /// Title.
    #[serde(default)]
    #[validate(length(min = 1, max = 500))]
    pub title: Option<String>,
    /// HTML; sanitised on the way in.
    #[serde(default)]
    #[validate(length(max = 200_000))]
    pub description: Option<String>,
    /// What search engines are shown.
    #[serde(default)]
    #[validate(nested)]
    pub seo: Option<Seo>,
    /// The names and values of options.
    #[serde(default)]
    #[graphql(default)]
    #[validate(length(max = 3), nested)]
    pub options: Vec<OptionTranslation>,
    /// What pictures show.
    #[serde(default)]
    #[graphql(default)]
    #[validate(length(max = 250), nested)]
    pub media: Vec<MediaTranslation>,
}

/// An option's name and values in another language.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject, async_graphql::InputObject, Validate,
)]
#[serde(deny_unknown_fields)]
#[graphql(input_name = "OptionTranslationInput")]
pub struct OptionTranslation {
    /// The option's own name.
    #[validate(length(min = 1, max = 100))]
    pub name: String,
    /// Its name in this language.
    #[validate(length(min = 1, max = 100))]
    pub label: String,
    /// Its values.
    #[serde(default)]
    #[graphql(default)]
    #[validate(length(max = 1000), nested)]
    pub values: Vec<OptionValueTranslation>,
}

/// An option's value in another language.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject, async_graphql::InputObject, Validate,
)]
#[serde(deny_unknown_fields)]
#[graphql(input_name = "OptionValueTranslationInput")]
pub struct OptionValueTranslation {
    /// The value itself.
    #[validate(length(min = 1, max = 200))]
    pub value: String,
    /// The value in this language.
    #[validate(length(min = 1, max = 200))]
    pub label: String,
}

/// What a picture shows, in another language.
#[derive(
    Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject, async_graphql::InputObject, Validate,
)]
#[serde(deny_unknown_fields)]
#[graphql(input_name = "MediaTranslationInput")]
pub struct MediaTranslation {
    /// The medium's URL.
    #[validate(length(min = 1, max = 2000))]
    pub url: String,
    /// What it shows.
    #[validate(length(min = 1, max = 500))]
    pub alt: String,
}
