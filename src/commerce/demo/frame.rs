//! The demo shop's frame: a second channel, tax, shipping, coupons, categories, collections.

use std::collections::HashMap;

use serde::Deserialize;

use super::Text;
use crate::commerce::auth::Caller;
use crate::commerce::catalog::{self, CategoryCreate, CategoryTranslation, CollectionCreate, CollectionTranslation};
use crate::commerce::channels::{self, ChannelCreate};
use crate::commerce::inventory::{self, StockLocationUpdate};
use crate::commerce::promotions::{self, PromotionCreate, PromotionKind};
use crate::commerce::setup::{self, Shop, country, locale};
use crate::commerce::tax::{self, TaxRateCreate};
use crate::db::Tx;
use crate::error::Result;
use crate::types::{CategoryId, Currency, MinorUnits};

/// What `shop.toml` holds.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Frame {
    categories: Vec<DemoCategory>,
    collections: Vec<DemoCollection>,
    coupons: Vec<Coupon>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoCategory {
    slug: String,
    #[serde(default)]
    parent: Option<String>,
    name: Text,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DemoCollection {
    slug: String,
    title: Text,
    text: Text,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Coupon {
    code: String,
    name: Text,
    #[serde(default)]
    percent_bp: Option<i32>,
    #[serde(default)]
    amount: Option<i64>,
    #[serde(default)]
    minimum_spend: Option<i64>,
    #[serde(default)]
    free_shipping: bool,
    #[serde(default)]
    per_customer_limit: Option<i32>,
}

impl Frame {
    /// Makes all of it around the default channel.
    pub fn load(self, tx: &mut Tx, by: &Caller, shop: &Shop, usd: Currency) -> Result<()> {
        american_channel(tx, by, shop, usd)?;
        let mut made: HashMap<String, CategoryId> = HashMap::new();
        for category in self.categories {
            let parent_id = category.parent.as_ref().and_then(|slug| made.get(slug)).copied();
            let id = catalog::create_category(tx, by, category.input(parent_id)?)?.id;
            made.insert(category.slug, id);
        }
        for collection in self.collections {
            catalog::create_collection(tx, by, collection.input()?)?;
        }
        for coupon in self.coupons {
            promotions::create(tx, by, coupon.input(shop.channel.currency))?;
        }
        Ok(())
    }
}

/// A second channel, in dollars and English, with tax on top of its prices.
pub fn american_channel(tx: &mut Tx, by: &Caller, shop: &Shop, usd: Currency) -> Result<()> {
    let (en, us) = (locale("en")?, country("US")?);
    let input = ChannelCreate {
        code: "us".to_owned(),
        name: "United States".to_owned(),
        currency: usd,
        default_locale: en.clone(),
        locales: vec![en],
        countries: vec![us],
        prices_include_tax: false,
        payment_providers: vec!["test".to_owned(), "bank_transfer".to_owned()],
        is_default: false,
        order_expiry_minutes: None,
        allowed_origins: Vec::new(),
    };
    let channel = channels::create(tx, by, input)?;
    setup::create_shipping(tx, by, &channel)?;
    let sales_tax =
        TaxRateCreate { country: us, tax_class: None, name: "Sales tax".to_owned(), rate_ppm: 80_000, applies_to_shipping: false };
    tax::create(tx, by, sales_tax)?;
    let serves = StockLocationUpdate { channels: Some(vec![shop.channel.id, channel.id]), ..StockLocationUpdate::default() };
    inventory::update_location(tx, by, shop.location, None, serves)?;
    Ok(())
}

impl DemoCategory {
    fn input(&self, parent_id: Option<CategoryId>) -> Result<CategoryCreate> {
        let english = CategoryTranslation { locale: locale("en")?, name: Some(self.name.1.clone()), description: None, seo: None };
        Ok(CategoryCreate {
            name: self.name.0.clone(),
            slug: Some(self.slug.clone()),
            parent_id,
            translations: vec![english],
            ..CategoryCreate::default()
        })
    }
}

impl DemoCollection {
    fn input(&self) -> Result<CollectionCreate> {
        let english = CollectionTranslation {
            locale: locale("en")?,
            title: Some(self.title.1.clone()),
            description: Some(paragraph(&self.text.1)),
            seo: None,
        };
        Ok(CollectionCreate {
            title: self.title.0.clone(),
            slug: Some(self.slug.clone()),
            description: Some(paragraph(&self.text.0)),
            published: Some(true),
            translations: vec![english],
            ..CollectionCreate::default()
        })
    }
}

fn paragraph(text: &str) -> String {
    format!("<p>{text}</p>")
}

impl Coupon {
    fn input(self, currency: Currency) -> PromotionCreate {
        let kind = match (self.free_shipping, self.amount) {
            (true, _) => PromotionKind::FreeShipping,
            (false, Some(_)) => PromotionKind::FixedAmount,
            (false, None) => PromotionKind::Percentage,
        };
        let in_money = self.amount.is_some() || self.minimum_spend.is_some();
        PromotionCreate {
            code: self.code,
            name: format!("{} ({})", self.name.0, self.name.1),
            kind,
            percent_bp: self.percent_bp,
            currency: in_money.then_some(currency),
            amount: self.amount.map(MinorUnits),
            minimum_spend: self.minimum_spend.map(MinorUnits),
            starts_at: None,
            ends_at: None,
            usage_limit: None,
            per_customer_limit: self.per_customer_limit,
        }
    }
}
