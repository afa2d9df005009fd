//! A shop's first steps: what an empty database needs before it can sell. An import and the demo shop both
//! begin here; doing it again changes nothing.

use std::sync::Arc;

use diesel::prelude::*;

use crate::commerce::auth::Caller;
use crate::commerce::channels::{self, Channel, ChannelCreate};
use crate::commerce::inventory::{self, StockLocationCreate};
use crate::commerce::shipping::{self, ShippingOptionCreate, ShippingOptionTranslation, ShippingZoneCreate};
use crate::commerce::tax::{self, TaxRateCreate};
use crate::db::tables::stock_locations;
use crate::db::{Tx, on_each};
use crate::error::{Error, Result};
use crate::types::{Country, Currency, Locale, LocationId, MinorUnits};

/// Value added tax in Korea: 10 %.
const KOREAN_VAT_PPM: i32 = 100_000;

/// What sells and where its stock lies.
#[derive(Debug, Clone)]
pub struct Shop {
    /// The default channel.
    pub channel: Arc<Channel>,
    /// The default stock location.
    pub location: LocationId,
    /// Whether the channel was made just now.
    pub created: bool,
}

/// The currency of an empty shop's first channel: the won, unless what it shall sell is priced in cents,
/// which the won has not.
pub fn first_currency(has_cents: bool) -> Currency {
    if has_cents { Currency::parse("USD").unwrap_or(Currency::KRW) } else { Currency::KRW }
}

/// The default channel and stock location; an empty shop gets them, with shipping and Korean tax.
pub fn ensure(tx: &mut Tx, currency: Currency) -> Result<Shop> {
    let (channel, created) = match channels::default(tx)? {
        Some(channel) => (channel, false),
        None => (create_channel(tx, currency)?, true),
    };
    let by = Caller::system("setup", Arc::new(channel.clone()));
    let location = match default_location(tx)? {
        Some(location) => location,
        None => create_location(tx, &by)?,
    };
    if created {
        create_shipping(tx, &by, &channel)?;
        create_korean_vat(tx, &by)?;
    }
    Ok(Shop { channel: Arc::new(channel), location, created })
}

/// The location that stock is loaded into: of the active ones the first to be taken from.
pub fn default_location(tx: &mut Tx) -> Result<Option<LocationId>> {
    let found = on_each!(tx, |c| {
        stock_locations::table
            .filter(stock_locations::active.eq(true))
            .order((stock_locations::priority.asc(), stock_locations::id.asc()))
            .select(stock_locations::id)
            .first(c)
            .optional()
    })?;
    Ok(found)
}

/// Makes a channel that sells from every active stock location; a location's `channels` say otherwise later.
pub fn open_channel(tx: &mut Tx, by: &Caller, input: ChannelCreate) -> Result<Channel> {
    let channel = channels::create(tx, by, input)?;
    inventory::serve(tx, channel.id)?;
    Ok(channel)
}

fn create_channel(tx: &mut Tx, currency: Currency) -> Result<Channel> {
    let korean = currency == Currency::KRW;
    let (ko, en) = (locale("ko")?, locale("en")?);
    let input = ChannelCreate {
        code: if korean { "kr" } else { "default" }.to_owned(),
        name: if korean { "Korea" } else { "Default" }.to_owned(),
        currency,
        default_locale: if korean { ko.clone() } else { en.clone() },
        locales: vec![ko, en],
        countries: if korean { vec![Country::KR] } else { vec![country("US")?, Country::KR] },
        prices_include_tax: korean,
        payment_providers: vec!["test".to_owned(), "bank_transfer".to_owned()],
        is_default: true,
        order_expiry_minutes: None,
        allowed_origins: Vec::new(),
    };
    let by = Caller::system("setup", Arc::new(Channel::none_yet(tx.now())));
    channels::create(tx, &by, input)
}

fn create_location(tx: &mut Tx, by: &Caller) -> Result<LocationId> {
    let input =
        StockLocationCreate { code: "main".to_owned(), name: "Main warehouse".to_owned(), address: None, priority: 0, channels: None };
    Ok(inventory::create_location(tx, by, input)?.id)
}

/// A zone for each country of a channel, with a flat option that is free for large carts and an express one.
pub fn create_shipping(tx: &mut Tx, by: &Caller, channel: &Channel) -> Result<()> {
    let unit = 10i64.checked_pow(channel.currency.exponent()).ok_or_else(|| Error::internal("a currency of that many digits"))?;
    // About what a parcel costs: thousands of won, units of a currency with cents.
    let scale = if channel.currency.exponent() == 0 { 1_000 } else { unit };
    for country in &channel.countries {
        let zone = ShippingZoneCreate { name: country.to_string(), countries: vec![*country] };
        let zone = shipping::create_zone(tx, by, zone)?;
        for (position, (en, ko, price, free_over)) in
            [("Standard parcel", "일반 택배", 3, Some(50)), ("Express", "빠른 배송", 6, None)].into_iter().enumerate()
        {
            let scaled = |amount: i64| MinorUnits(amount.saturating_mul(scale));
            let (name, other, label) =
                if channel.default_locale.language() == "ko" { (ko, locale("en")?, en) } else { (en, locale("ko")?, ko) };
            let option = ShippingOptionCreate {
                zone_id: zone.id,
                name: name.to_owned(),
                description: None,
                currency: channel.currency,
                amount: scaled(price),
                per_weight_amount: None,
                per_weight_grams: None,
                free_over: free_over.map(scaled),
                max_weight_grams: None,
                position: i32::try_from(position).unwrap_or(0),
                translations: vec![ShippingOptionTranslation { locale: other, name: label.to_owned(), description: None }],
            };
            shipping::create_option(tx, by, option)?;
        }
    }
    Ok(())
}

fn create_korean_vat(tx: &mut Tx, by: &Caller) -> Result<()> {
    let input = TaxRateCreate {
        country: Country::KR,
        tax_class: None,
        name: "부가가치세".to_owned(),
        rate_ppm: KOREAN_VAT_PPM,
        applies_to_shipping: true,
    };
    tax::create(tx, by, input)?;
    Ok(())
}

/// A locale by its tag.
pub fn locale(tag: &str) -> Result<Locale> {
    Locale::parse(tag).ok_or_else(|| Error::internal(format!("{tag} is no locale")))
}

/// A country by its code.
pub fn country(code: &str) -> Result<Country> {
    Country::parse(code).ok_or_else(|| Error::internal(format!("{code} is no country")))
}
