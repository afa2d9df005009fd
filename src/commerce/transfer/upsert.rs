//! A product of a file as the catalog takes it. A column that the file does not have says nothing: what the
//! shop has stays.

use super::columns::{Column, Columns, GIFT_CARD, KEPT};
use super::existing::Existing;
use super::product::{ShopifyImage, ShopifyProduct, ShopifyVariant, Status};
use crate::commerce::catalog::{
    MediaInput, OptionInput, PriceInput, ProductStatus, ProductUpsert, SelectedOption, SeoPatch, VariantUpsert,
};
use crate::types::{Currency, MetadataPatch, MinorUnits, Patch, Timestamp};

/// Reads products into what the catalog takes.
pub struct Converter<'a> {
    pub columns: &'a Columns,
    pub currency: Currency,
    pub now: Timestamp,
}

impl Converter<'_> {
    /// The upsert of a product, beside what the shop has under its handle.
    pub fn product(&self, product: &ShopifyProduct, existing: Option<&Existing>) -> ProductUpsert {
        ProductUpsert {
            slug: Some(product.handle.clone()),
            // A file with some columns only updates those; a new product still needs a title.
            title: (self.has(Column::Title) || existing.is_none()).then(|| product.title.clone()),
            description: self.has(Column::Body).then(|| product.body.clone()),
            brand: self.patch(Column::Vendor, product.vendor.clone()),
            product_type: self.patch(Column::Type, product.product_type.clone()),
            status: status(product, existing),
            published_at: self.published_at(product, existing),
            tags: self.has(Column::Tags).then(|| product.tags.clone()),
            options: (self.has(Column::OptionValue(0)) && !product.variants.is_empty())
                .then(|| product.options.iter().map(|name| option(name)).collect()),
            media: self.media(product, existing),
            seo: Some(SeoPatch {
                title: self.patch(Column::SeoTitle, product.seo_title.clone()),
                description: self.patch(Column::SeoDescription, product.seo_description.clone()),
            }),
            metadata: Patch::Set(self.metadata(product)),
            variants: self.variants(product, existing),
            ..ProductUpsert::default()
        }
    }

    fn has(&self, column: Column) -> bool {
        self.columns.has(column)
    }

    fn patch<T>(&self, column: Column, value: Option<T>) -> Patch<T> {
        match (self.has(column), value) {
            (false, _) => Patch::Keep,
            (true, None) => Patch::Clear,
            (true, Some(value)) => Patch::Set(value),
        }
    }

    /// What is shown stays shown since when it was, and what is scheduled stays scheduled.
    fn published_at(&self, product: &ShopifyProduct, existing: Option<&Existing>) -> Patch<Timestamp> {
        let already = existing.and_then(|e| e.published_at);
        match (product.publish_at, product.published) {
            (Some(at), true) => Patch::Set(at),
            (_, false) => Patch::Clear,
            (None, true) if already.is_some() || (existing.is_some() && !self.has(Column::Published)) => Patch::Keep,
            (None, true) => Patch::Set(self.now),
        }
    }

    /// The file's pictures; what the shop knows of one beyond the file stays.
    fn media(&self, product: &ShopifyProduct, existing: Option<&Existing>) -> Option<Vec<MediaInput>> {
        let input = |image: &ShopifyImage| {
            let known = existing.and_then(|e| e.media.iter().find(|m| m.url == image.url));
            MediaInput {
                url: image.url.clone(),
                alt: image.alt.clone(),
                kind: known.map(|m| m.kind),
                width: known.and_then(|m| m.width),
                height: known.and_then(|m| m.height),
                position: None,
            }
        };
        self.has(Column::ImageSrc).then(|| product.images.iter().map(input).collect())
    }

    /// The file's own entries; those that apps and staff added stay.
    fn metadata(&self, product: &ShopifyProduct) -> MetadataPatch {
        let columns = KEPT.iter().enumerate().map(|(index, key)| (*key, Column::Kept(index)));
        let of_file = columns.chain([(GIFT_CARD, Column::GiftCard)]).filter(|(_, column)| self.has(*column));
        of_file.map(|(key, _)| (key.to_owned(), product.metadata.get(key).cloned())).collect()
    }

    /// A file about products alone leaves variants as they are; a new product needs one.
    fn variants(&self, product: &ShopifyProduct, existing: Option<&Existing>) -> Option<Vec<VariantUpsert>> {
        match (product.variants.is_empty(), existing) {
            (true, Some(_)) => None,
            (true, None) => Some(vec![VariantUpsert { option_values: Some(Vec::new()), ..VariantUpsert::default() }]),
            (false, _) => Some(product.variants.iter().map(|variant| self.variant(product, variant)).collect()),
        }
    }

    fn variant(&self, product: &ShopifyProduct, variant: &ShopifyVariant) -> VariantUpsert {
        let select = |(option, value): (&String, &String)| SelectedOption { option: option.clone(), value: value.clone() };
        let price = |amount: i64| PriceInput {
            currency: self.currency,
            amount: MinorUnits(amount),
            compare_at: variant.compare_at.map(MinorUnits),
        };
        VariantUpsert {
            sku: self.patch(Column::Sku, variant.sku.clone()),
            barcode: self.patch(Column::Barcode, variant.barcode.clone()),
            option_values: self.has(Column::OptionValue(0)).then(|| product.options.iter().zip(&variant.values).map(select).collect()),
            prices: variant.price.map(|amount| vec![price(amount)]),
            weight_grams: (self.has(Column::Grams) || self.has(Column::Weight)).then_some(variant.grams),
            requires_shipping: self.has(Column::RequiresShipping).then_some(variant.requires_shipping),
            taxable: self.has(Column::Taxable).then_some(variant.taxable),
            track_inventory: self.has(Column::Tracker).then_some(variant.tracked),
            backorder: self.has(Column::Policy).then_some(variant.backorder),
            media: self.patch(Column::VariantImage, variant.image.clone()),
            ..VariantUpsert::default()
        }
    }
}

fn option(name: &str) -> OptionInput {
    OptionInput { name: name.to_owned(), ..OptionInput::default() }
}

/// A new product is active unless the file says otherwise; whether it is shown is `Published`'s to say.
fn status(product: &ShopifyProduct, existing: Option<&Existing>) -> Option<ProductStatus> {
    match product.status {
        Some(Status::Active) => Some(ProductStatus::Active),
        Some(Status::Draft) => Some(ProductStatus::Draft),
        Some(Status::Archived) => Some(ProductStatus::Archived),
        None if existing.is_none() => Some(ProductStatus::Active),
        None => None,
    }
}
