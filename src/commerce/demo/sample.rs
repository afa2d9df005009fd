//! What somebody can buy at once: for the lines that `serve --demo` prints.

use diesel::prelude::*;

use crate::commerce::address::Address;
use crate::commerce::auth::Caller;
use crate::commerce::catalog::{self, ProductStatus};
use crate::commerce::shipping::{self, Parcel};
use crate::db::tables::{prices, products, variants};
use crate::db::{Tx, on_each};
use crate::error::Result;
use crate::types::{Country, ShippingOptionId, VariantId};

/// Variants that are looked at.
const CANDIDATES: i64 = 200;

/// A variant that is there, and how it can be sent.
#[derive(Debug, Clone)]
pub struct Sample {
    /// For sale in the caller's channel now.
    pub variant: VariantId,
    /// An option for an address in the channel's first country.
    pub shipping_option: ShippingOptionId,
    /// Such an address.
    pub address: Address,
}

/// Something that the caller's channel sells and has.
pub fn sample(tx: &mut Tx, by: &Caller) -> Result<Option<Sample>> {
    let (now, currency) = (tx.now(), by.channel.currency);
    let ids: Vec<VariantId> = on_each!(tx, |c| {
        variants::table
            .inner_join(products::table.on(products::id.eq(variants::product_id)))
            .inner_join(prices::table.on(prices::variant_id.eq(variants::id)))
            .filter(products::status.eq(ProductStatus::Active).and(products::published_at.le(now)))
            .filter(variants::active.eq(true).and(prices::currency.eq(currency)).and(prices::amount.gt(0)))
            .order((products::slug.asc(), variants::position.asc()))
            .select(variants::id)
            .limit(CANDIDATES)
            .load(c)
    })?;
    let items = catalog::purchasables(tx, &by.channel, &by.locale, &ids)?.items;
    let Some(item) = ids.iter().filter_map(|id| items.get(id)).find(|item| item.free > 0) else { return Ok(None) };
    let country = by.channel.countries.first().copied().unwrap_or(Country::KR);
    let parcel = Parcel { country, weight_grams: item.weight_grams.into(), goods_amount: item.price.unwrap_or(0) };
    let quotes = shipping::quotes(tx, None, &by.channel, &by.locale, &parcel)?;
    Ok(quotes.first().map(|quote| Sample { variant: item.variant_id, shipping_option: quote.id, address: address(country) }))
}

fn address(country: Country) -> Address {
    let korean = country == Country::KR;
    let text = |ko: &str, en: &str| if korean { ko } else { en }.to_owned();
    Address {
        name: text("김미나", "Mina Kim"),
        company: None,
        phone: Some(text("010-1234-5678", "+1 212 555 0100")),
        country,
        postal_code: Some(text("04524", "10118")),
        region: if korean { None } else { Some("NY".to_owned()) },
        city: Some(text("서울", "New York")),
        line1: text("중구 세종대로 110", "350 Fifth Avenue"),
        line2: None,
    }
}
