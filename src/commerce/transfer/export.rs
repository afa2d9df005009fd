//! The export: products in the order of their slugs, a page at a time, as the rows Shopify writes. What an
//! import reads from it is the same catalog. Archived variants, translations, categories and collections have
//! no place in the format.

use std::collections::HashMap;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::columns::{Column, GIFT_CARD, KEPT};
use super::existing;
use crate::commerce::auth::{Caller, Permission};
use crate::commerce::catalog::{Media, ProductStatus, SelectedOption, Seo};
use crate::commerce::setup;
use crate::db::tables::{prices, products, variants};
use crate::db::{Tx, any_of, on_each};
use crate::error::{Error, Result};
use crate::types::{Currency, Json, Listing, MediaId, Metadata, PageRequest, ProductId, Timestamp, VariantId};

/// Products of a page.
const PAGE_PRODUCTS: u32 = 100;

/// A part of an exported file. The first begins with the header; joined they are the whole.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct ExportPage {
    /// Rows of the file.
    pub content: String,
    /// Where the next part begins; null at the end.
    pub next_cursor: Option<String>,
    /// Products in this part.
    pub products: i32,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = products)]
struct ProductRow {
    id: ProductId,
    slug: String,
    status: ProductStatus,
    published_at: Option<Timestamp>,
    title: String,
    description: String,
    brand: Option<String>,
    product_type: Option<String>,
    tags: Json<Vec<String>>,
    options: Json<Vec<OptionName>>,
    media: Json<Vec<Media>>,
    seo: Json<Seo>,
    metadata: Json<Metadata>,
}

#[derive(Debug, Serialize, Deserialize)]
struct OptionName {
    name: String,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = variants)]
struct VariantRow {
    id: VariantId,
    product_id: ProductId,
    sku: Option<String>,
    barcode: Option<String>,
    option_values: Json<Vec<SelectedOption>>,
    weight_grams: i32,
    requires_shipping: bool,
    taxable: bool,
    track_inventory: bool,
    backorder: bool,
    media_id: Option<MediaId>,
}

/// A part of a product CSV, prices in `currency` (the default channel's if none). A fixed number of
/// statements a part. Quantities need `stock:read`; they are those of the default stock location.
pub fn export_page(tx: &mut Tx, by: &Caller, currency: Option<Currency>, cursor: Option<String>) -> Result<ExportPage> {
    by.require(Permission::CatalogRead)?;
    let page = PageRequest { limit: PAGE_PRODUCTS, cursor, ..PageRequest::default() };
    let first = page.cursor.is_none();
    let listing = read_products(tx, &page)?;
    let ids: Vec<ProductId> = listing.values().map(|p| p.id).collect();
    let mut exporter = Exporter {
        currency: currency.unwrap_or(by.channel.currency),
        now: tx.now(),
        variants: HashMap::new(),
        prices: HashMap::new(),
        on_hand: None,
    };
    if !ids.is_empty() {
        exporter.load(tx, by, &ids)?;
    }
    let mut csv = csv::Writer::from_writer(Vec::new());
    if first {
        csv.write_record(Column::exported().map(Column::name)).map_err(Error::internal)?;
    }
    for product in listing.values() {
        exporter.write(product, &mut csv)?;
    }
    let content = String::from_utf8(csv.into_inner().map_err(|e| Error::internal(e.to_string()))?).map_err(Error::internal)?;
    let next_cursor = if listing.has_next { listing.items.last().map(|(cursor, _)| cursor.clone()) } else { None };
    Ok(ExportPage { content, next_cursor, products: i32::try_from(ids.len()).unwrap_or(i32::MAX) })
}

fn read_products(tx: &mut Tx, page: &PageRequest) -> Result<Listing<ProductRow>> {
    const LIST: &str = "products:export";
    let after: Option<String> = page.key(LIST)?;
    let rows: Vec<ProductRow> = on_each!(tx, |c| {
        let mut query = products::table.select(ProductRow::as_select()).order(products::slug.asc()).limit(page.fetch()).into_boxed();
        if let Some(slug) = &after {
            query = query.filter(products::slug.gt(slug));
        }
        query.load(c)
    })?;
    Ok(page.listing(LIST, rows, |row| row.slug.clone()))
}

/// What a page's rows are made of.
struct Exporter {
    currency: Currency,
    now: Timestamp,
    variants: HashMap<ProductId, Vec<VariantRow>>,
    prices: HashMap<VariantId, (i64, Option<i64>)>,
    /// None for a caller who may not know.
    on_hand: Option<HashMap<VariantId, i32>>,
}

impl Exporter {
    fn load(&mut self, tx: &mut Tx, by: &Caller, ids: &[ProductId]) -> Result<()> {
        let sold = |ids: Vec<ProductId>| variants::product_id.eq_any(ids).and(variants::active.eq(true));
        let rows: Vec<VariantRow> = on_each!(tx, |c| {
            variants::table
                .filter(sold(any_of(ids)))
                .order((variants::product_id, variants::position, variants::id))
                .select(VariantRow::as_select())
                .load(c)
        })?;
        let currency = self.currency;
        let amounts: Vec<(VariantId, i64, Option<i64>)> = on_each!(tx, |c| {
            let of_page = variants::table.filter(sold(any_of(ids))).select(variants::id);
            prices::table
                .filter(prices::currency.eq(currency))
                .filter(prices::variant_id.eq_any(of_page))
                .select((prices::variant_id, prices::amount, prices::compare_at))
                .load(c)
        })?;
        self.prices = amounts.into_iter().map(|(id, amount, compare_at)| (id, (amount, compare_at))).collect();
        if by.may(Permission::StockRead)
            && let Some(location) = setup::default_location(tx)?
        {
            let ids: Vec<VariantId> = rows.iter().map(|v| v.id).collect();
            self.on_hand = Some(existing::on_hand(tx, location, &ids)?);
        }
        for row in rows {
            self.variants.entry(row.product_id).or_default().push(row);
        }
        Ok(())
    }

    /// A row for each variant; the product's own cells stand in the first, its pictures run down beside them.
    fn write(&self, product: &ProductRow, csv: &mut csv::Writer<Vec<u8>>) -> Result<()> {
        let variants = self.variants.get(&product.id).map(Vec::as_slice).unwrap_or_default();
        let rows = variants.len().max(product.media.0.len()).max(1);
        for index in 0..rows {
            let row =
                ExportRow { exporter: self, product, first: index == 0, variant: variants.get(index), picture: product.media.0.get(index) };
            csv.write_record(Column::exported().map(|column| row.cell(column))).map_err(Error::internal)?;
        }
        Ok(())
    }
}

struct ExportRow<'a> {
    exporter: &'a Exporter,
    product: &'a ProductRow,
    first: bool,
    variant: Option<&'a VariantRow>,
    picture: Option<&'a Media>,
}

impl ExportRow<'_> {
    fn cell(&self, column: Column) -> String {
        match column {
            Column::Handle => self.product.slug.clone(),
            Column::ImageSrc => self.picture.map(|p| p.url.clone()).unwrap_or_default(),
            Column::ImageAlt => self.picture.and_then(|p| p.alt.clone()).unwrap_or_default(),
            _ => match (self.product_cell(column), self.variant) {
                (Some(text), _) if self.first => text,
                (Some(_), _) | (None, None) => String::new(),
                (None, Some(variant)) => self.variant_cell(variant, column),
            },
        }
    }

    /// What the first row of a product says; none for the columns of variants.
    fn product_cell(&self, column: Column) -> Option<String> {
        let product = self.product;
        let optional = |text: &Option<String>| Some(text.clone().unwrap_or_default());
        match column {
            Column::Title => Some(product.title.clone()),
            Column::Body => Some(product.description.clone()),
            Column::Vendor => optional(&product.brand),
            Column::Type => optional(&product.product_type),
            Column::Tags => Some(product.tags.0.join(", ")),
            Column::Published => Some(product.published_at.is_some().to_string()),
            Column::OptionName(index) => Some(match (product.options.0.get(index), index) {
                (Some(option), _) => option.name.clone(),
                (None, 0) => "Title".to_owned(),
                (None, _) => String::new(),
            }),
            Column::GiftCard => Some(product.metadata.0.get(GIFT_CARD).map_or("false", String::as_str).to_owned()),
            Column::SeoTitle => optional(&product.seo.0.title),
            Column::SeoDescription => optional(&product.seo.0.description),
            Column::Kept(index) => Some(KEPT.get(index).and_then(|key| product.metadata.0.get(*key)).cloned().unwrap_or_default()),
            Column::Status => Some(product.status.as_str().to_owned()),
            Column::PublishAt => {
                let scheduled = product.published_at.filter(|at| *at > self.exporter.now);
                Some(scheduled.map(|at| at.to_string()).unwrap_or_default())
            }
            _ => None,
        }
    }

    fn variant_cell(&self, variant: &VariantRow, column: Column) -> String {
        let price = self.exporter.prices.get(&variant.id);
        let major = |amount: i64| self.exporter.currency.format_major(amount);
        match column {
            Column::OptionValue(index) => self.option_value(variant, index),
            Column::Sku => variant.sku.as_deref().map(escaped).unwrap_or_default(),
            Column::Barcode => variant.barcode.as_deref().map(escaped).unwrap_or_default(),
            Column::Grams => variant.weight_grams.to_string(),
            Column::Tracker if variant.track_inventory => "shopify".to_owned(),
            Column::Quantity if variant.track_inventory => {
                let count = |on_hand: &HashMap<VariantId, i32>| on_hand.get(&variant.id).copied().unwrap_or(0).to_string();
                self.exporter.on_hand.as_ref().map(count).unwrap_or_default()
            }
            Column::Policy => if variant.backorder { "continue" } else { "deny" }.to_owned(),
            Column::FulfillmentService => "manual".to_owned(),
            Column::Price => price.map(|(amount, _)| major(*amount)).unwrap_or_default(),
            Column::CompareAt => price.and_then(|(_, compare_at)| *compare_at).map(major).unwrap_or_default(),
            Column::RequiresShipping => variant.requires_shipping.to_string(),
            Column::Taxable => variant.taxable.to_string(),
            Column::WeightUnit => "g".to_owned(),
            Column::VariantImage => {
                let pictures = &self.product.media.0;
                let own = pictures.iter().find(|p| variant.media_id == Some(p.id));
                own.map(|p| p.url.clone()).unwrap_or_default()
            }
            _ => String::new(),
        }
    }

    fn option_value(&self, variant: &VariantRow, index: usize) -> String {
        let options = &self.product.options.0;
        let named = |name: &str| variant.option_values.0.iter().find(|v| v.option == name).map(|v| v.value.clone());
        match options.get(index) {
            Some(option) => named(&option.name).unwrap_or_default(),
            None if index == 0 => "Default Title".to_owned(),
            None => String::new(),
        }
    }
}

/// An import takes one apostrophe off: a code that begins with one is written with two.
fn escaped(code: &str) -> String {
    if code.starts_with('\'') { format!("'{code}") } else { code.to_owned() }
}
