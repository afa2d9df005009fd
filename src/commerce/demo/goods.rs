//! The demo shop's products, as the catalog takes them.

use chrono::Duration;
use serde::Deserialize;

use super::Text;
use crate::commerce::catalog::{
    MediaInput, MediaTranslation, OptionInput, OptionTranslation, OptionValueTranslation, PriceInput, ProductStatus, ProductTranslation,
    ProductUpsert, SelectedOption, VariantUpsert,
};
use crate::commerce::setup::locale;
use crate::error::Result;
use crate::types::{Currency, MinorUnits, Patch, Timestamp};

/// A product of `products.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Good {
    slug: String,
    sku: String,
    title: Text,
    text: Text,
    brand: String,
    kind: String,
    category: String,
    tags: Vec<String>,
    #[serde(default)]
    collections: Vec<String>,
    #[serde(default)]
    options: Vec<GoodOption>,
    price: i64,
    usd: i64,
    #[serde(default)]
    compare_at: Option<i64>,
    #[serde(default)]
    usd_compare_at: Option<i64>,
    weight: i32,
    stock: i32,
    #[serde(default)]
    steps: Vec<i64>,
    #[serde(default)]
    usd_steps: Vec<i64>,
    /// Shown only after so many days.
    #[serde(default)]
    scheduled_days: Option<i64>,
    /// The last variant has nothing left and is sold all the same.
    #[serde(default)]
    backorder: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct GoodOption {
    name: Text,
    values: Vec<Text>,
}

impl Good {
    /// The product.
    pub fn upsert(&self, now: Timestamp, usd: Currency) -> Result<ProductUpsert> {
        let published = self.scheduled_days.map_or(now, |days| now.plus(Duration::days(days)));
        let option = |o: &GoodOption| OptionInput {
            name: o.name.0.clone(),
            values: o.values.iter().map(|v| v.0.clone()).collect(),
            ..OptionInput::default()
        };
        Ok(ProductUpsert {
            slug: Some(self.slug.clone()),
            title: Some(self.title.0.clone()),
            description: Some(format!("<p>{}</p>", self.text.0)),
            brand: Patch::Set(self.brand.clone()),
            product_type: Patch::Set(self.kind.clone()),
            status: Some(ProductStatus::Active),
            published_at: Patch::Set(published),
            tags: Some(self.tags.clone()),
            options: Some(self.options.iter().map(option).collect()),
            media: Some(self.pictures().into_iter().map(|url| picture(url, &self.title.0)).collect()),
            translations: Some(vec![self.english()?]),
            categories: Some(vec![self.category.clone()]),
            collections: Some(self.collections.clone()),
            variants: Some(self.combinations().into_iter().enumerate().map(|(i, values)| self.variant(i, &values, usd)).collect()),
            ..ProductUpsert::default()
        })
    }

    /// How many of each variant are there, in the variants' order: fewer and fewer down the list, none of the
    /// last of a backordered product.
    pub fn stock(&self) -> Vec<i32> {
        let last = self.combinations().len().saturating_sub(1);
        let count = |index: usize| {
            let less = i32::try_from(index).unwrap_or(0).saturating_mul(3);
            self.stock.saturating_sub(less % self.stock.max(1)).max(0)
        };
        (0..=last).map(|index| if self.backorder && index == last { 0 } else { count(index) }).collect()
    }

    fn pictures(&self) -> [String; 2] {
        ["front", "detail"].map(|view| format!("https://picsum.photos/seed/maru-{}-{view}/1200/1200", self.slug))
    }

    fn english(&self) -> Result<ProductTranslation> {
        let value = |(value, label): &Text| OptionValueTranslation { value: value.clone(), label: label.clone() };
        let option = |o: &GoodOption| OptionTranslation {
            name: o.name.0.clone(),
            label: o.name.1.clone(),
            values: o.values.iter().map(value).collect(),
        };
        let alt = |url| MediaTranslation { url, alt: self.title.1.clone() };
        Ok(ProductTranslation {
            locale: locale("en")?,
            title: Some(self.title.1.clone()),
            description: Some(format!("<p>{}</p>", self.text.1)),
            seo: None,
            options: self.options.iter().map(option).collect(),
            media: self.pictures().into_iter().map(alt).collect(),
        })
    }

    /// Every combination of the options' values, by their indices, the last option changing fastest.
    fn combinations(&self) -> Vec<Vec<usize>> {
        self.options.iter().fold(vec![Vec::new()], |lines, option| {
            let grown = |line: &Vec<usize>| {
                (0..option.values.len()).map(|index| line.iter().copied().chain([index]).collect()).collect::<Vec<Vec<usize>>>()
            };
            lines.iter().flat_map(grown).collect()
        })
    }

    fn variant(&self, index: usize, values: &[usize], usd: Currency) -> VariantUpsert {
        let step = |steps: &[i64]| values.last().and_then(|last| steps.get(*last)).copied().unwrap_or(0);
        let price = |currency, amount: i64, compare_at: Option<i64>, step: i64| PriceInput {
            currency,
            amount: MinorUnits(amount.saturating_add(step)),
            compare_at: compare_at.map(|c| MinorUnits(c.saturating_add(step))),
        };
        let selected = self.options.iter().zip(values).filter_map(|(option, value)| {
            Some(SelectedOption { option: option.name.0.clone(), value: option.values.get(*value)?.0.clone() })
        });
        let alone = self.combinations().len() == 1;
        let is_last = index.saturating_add(1) == self.combinations().len();
        VariantUpsert {
            sku: Patch::Set(if alone { self.sku.clone() } else { format!("{}-{:02}", self.sku, index.saturating_add(1)) }),
            option_values: Some(selected.collect()),
            prices: Some(vec![
                price(Currency::KRW, self.price, self.compare_at, step(&self.steps)),
                price(usd, self.usd, self.usd_compare_at, step(&self.usd_steps)),
            ]),
            weight_grams: Some(self.weight),
            backorder: Some(self.backorder && is_last),
            ..VariantUpsert::default()
        }
    }
}

fn picture(url: String, alt: &str) -> MediaInput {
    MediaInput { url, alt: Some(alt.to_owned()), kind: None, width: Some(1_200), height: Some(1_200), position: None }
}

#[cfg(test)]
mod tests {
    #[test]
    fn variants_are_the_combinations_of_options() {
        let goods = super::super::goods().unwrap();
        let tee = goods.iter().find(|g| g.slug == "hanji-cotton-tee").unwrap();
        assert_eq!(tee.combinations().len(), 12);
        assert_eq!(tee.combinations()[1], [0, 1]);
        assert_eq!(tee.stock().len(), 12);
        let coat = goods.iter().find(|g| g.slug == "wool-coat").unwrap();
        assert_eq!(coat.stock().last(), Some(&0));
        let variants: usize = goods.iter().map(|g| g.combinations().len()).sum();
        assert!((55..=70).contains(&goods.len()) && (180..=220).contains(&variants), "{} {variants}", goods.len());
    }
}
