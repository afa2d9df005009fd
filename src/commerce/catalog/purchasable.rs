//! What a cart needs to know of a variant to sell it.

use std::collections::HashMap;

use crate::commerce::channels::Channel;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::types::{Locale, ProductId, VariantId};

/// A variant as a cart line sees it, in one channel and locale.
#[derive(Debug, Clone)]
pub struct Purchasable {
    /// The variant.
    pub variant_id: VariantId,
    /// Its product.
    pub product_id: ProductId,
    /// The product's slug.
    pub product_slug: String,
    /// The product's title in the locale.
    pub product_title: String,
    /// The variant's title in the locale.
    pub variant_title: String,
    /// SKU.
    pub sku: Option<String>,
    /// A picture of the variant, or the product's first.
    pub image_url: Option<String>,
    /// The price in the channel's currency; none: not for sale here.
    pub price: Option<i64>,
    /// The price it is compared with.
    pub compare_at: Option<i64>,
    /// The product's tax class.
    pub tax_class: String,
    /// Whether tax applies.
    pub taxable: bool,
    /// Weight of one.
    pub weight_grams: i32,
    /// Whether it is sent.
    pub requires_shipping: bool,
    /// Whether its stock is counted; if not there is always enough.
    pub track_inventory: bool,
    /// Whether it is sold when out of stock.
    pub backorder: bool,
    /// How many one order may hold.
    pub max_per_order: Option<i32>,
    /// Whether product and variant are active and published now.
    pub published: bool,
}

/// The variants that exist, in one statement; a missing one is absent from the answer.
pub fn purchasables(_tx: &mut Tx, _channel: &Channel, _locale: &Locale, _ids: &[VariantId]) -> Result<HashMap<VariantId, Purchasable>> {
    Err(Error::internal("being built"))
}
