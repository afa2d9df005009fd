//! What a cart costs now, and what changed under the customer since they put things into it.

use std::collections::HashMap;
use std::sync::Arc;

use super::rows::{CartRow, LineRow};
use super::{CartStatus, Warning};
use crate::commerce::auth::Caller;
use crate::commerce::catalog::{self, Purchasable, Purchasables};
use crate::commerce::channels::Channel;
use crate::commerce::identity;
use crate::commerce::pricing::{self, Discount, LineTotals, PricingInput, PricingLine, Totals};
use crate::commerce::promotions::{self, Applied, Basket};
use crate::commerce::shipping::{self, Parcel, ShippingQuote};
use crate::commerce::tax::{self, CountryRates};
use crate::db::{Seen, Tx};
use crate::error::Result;
use crate::types::{Country, CustomerId, Locale, LocationId, VariantId};

/// Where a cart is priced, and in which language its lines are told.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub channel: &'a Channel,
    pub locale: &'a Locale,
    /// Who buys, if they have an account.
    pub buyer: Option<CustomerId>,
}

impl<'a> Place<'a> {
    pub(super) fn of(by: &'a Caller) -> Self {
        Self { channel: &by.channel, locale: &by.locale, buyer: by.customer_id() }
    }
}

/// What the shop says now of the variants in a cart: one statement however many.
#[derive(Default)]
pub(super) struct Facts {
    items: HashMap<VariantId, Purchasable>,
    /// As of when.
    seen: Option<Seen>,
    /// How old the buyer is verified to be; asked only where something is not sold to everybody.
    age: Option<i32>,
}

impl Facts {
    pub(super) fn of(tx: &mut Tx, place: Place, mut variants: Vec<VariantId>) -> Result<Self> {
        if variants.is_empty() {
            return Ok(Self::default());
        }
        variants.sort_unstable();
        variants.dedup();
        let Purchasables { items, seen } = catalog::purchasables(tx, place.channel, place.locale, &variants)?;
        let is_asked = items.values().any(|item| item.minimum_age.is_some());
        let age = place.buyer.filter(|_| is_asked).map(|buyer| identity::age_of(tx, buyer)).transpose()?.flatten();
        Ok(Self { items, seen, age })
    }

    /// A variant that is sold here now, with its price.
    pub(super) fn sold(&self, variant: VariantId) -> Option<(&Purchasable, i64)> {
        let item = self.items.get(&variant)?;
        item.price.filter(|_| item.published).map(|price| (item, price))
    }

    /// Why an item is not sold to the buyer, for their age.
    pub(super) fn restricted(&self, item: &Purchasable) -> Option<String> {
        let minimum = item.minimum_age?;
        match self.age {
            Some(age) if age >= minimum => None,
            Some(_) => Some(format!("It is sold from the age of {minimum} on.")),
            None => Some(format!("It is sold from the age of {minimum} on: log in and verify your identity first.")),
        }
    }

    pub(super) fn exists(&self, variant: VariantId) -> bool {
        self.items.contains_key(&variant)
    }
}

/// A line with what it costs now.
pub(super) struct Line {
    pub row: LineRow,
    pub item: Option<Purchasable>,
    /// Where its stock is taken from first, if it is counted.
    pub first: Option<LocationId>,
    /// How many of the wanted ones can be bought.
    pub quantity: i32,
    pub unit_price: i64,
    pub tax_rate_ppm: i32,
    pub totals: LineTotals,
}

/// A cart with everything that makes its totals.
pub(super) struct Priced {
    pub cart: CartRow,
    pub lines: Vec<Line>,
    pub codes: Vec<Applied>,
    pub shipping: Option<ShippingQuote>,
    pub requires_shipping: bool,
    pub totals: Totals,
    pub prices_include_tax: bool,
    pub warnings: Vec<Warning>,
}

impl Priced {
    /// Loads what the lines are and prices them.
    pub(super) fn load(tx: &mut Tx, place: Place, cart: CartRow, lines: Vec<LineRow>) -> Result<Self> {
        let place = Place { buyer: cart.customer_id.or(place.buyer), ..place };
        let facts = Facts::of(tx, place, lines.iter().map(|l| l.variant_id).collect())?;
        Self::of(tx, place, cart, lines, &facts)
    }

    /// Prices lines of known facts. At most three statements: promotions if there are codes; tax if there are lines and
    /// shipping if an option is chosen, unless they are remembered.
    pub(super) fn of(tx: &mut Tx, place: Place, cart: CartRow, rows: Vec<LineRow>, facts: &Facts) -> Result<Self> {
        let is_open = cart.status == CartStatus::Active;
        let mut warnings = Vec::new();
        let mut lines: Vec<Line> = Vec::with_capacity(rows.len());
        for row in rows {
            let line = if is_open { assess(row, facts) } else { as_kept(row, facts) };
            warn_of_line(lines.len(), &line, facts, &mut warnings);
            lines.push(line);
        }
        let rates = if lines.is_empty() { Arc::default() } else { rates(tx, place.channel, &cart, facts.seen)? };
        for line in &mut lines {
            line.tax_rate_ppm = line.item.as_ref().filter(|i| i.taxable).map_or(0, |i| rates.of(&i.tax_class));
        }
        let codes = evaluate(tx, place, &cart, &lines)?;
        warn_of_codes(&codes, &mut warnings);
        let requires_shipping = lines.iter().any(|l| l.quantity > 0 && l.item.as_ref().is_some_and(|i| i.requires_shipping));
        let mut input = PricingInput {
            prices_include_tax: place.channel.prices_include_tax,
            lines: lines.iter().filter(|l| l.quantity > 0).map(pricing_line).collect(),
            discounts: codes.iter().filter_map(discount).collect(),
            shipping: None,
            shipping_tax_rate_ppm: rates.of_shipping(),
        };
        let shipping = if requires_shipping { chosen(tx, place, facts.seen, &cart, &lines, &input, &mut warnings)? } else { None };
        input.shipping = shipping.as_ref().map(|quote| quote.price.amount.0);
        let totals = pricing::calculate(&input)?;
        for (line, line_totals) in lines.iter_mut().filter(|l| l.quantity > 0).zip(&totals.lines) {
            line.totals = *line_totals;
        }
        if !is_open {
            warnings.clear();
        }
        let prices_include_tax = place.channel.prices_include_tax;
        Ok(Self { cart, lines, codes, shipping, requires_shipping, totals, prices_include_tax, warnings })
    }

    /// The ways to send what the cart holds to a country, and what each costs.
    pub(super) fn quotes(&self, tx: &mut Tx, place: Place, country: Country) -> Result<Vec<ShippingQuote>> {
        let shipping_discount: i64 = self.shipping.as_ref().map_or(0, |_| {
            let of_lines = self.totals.lines.iter().fold(0i64, |sum, l| sum.saturating_add(l.discount));
            self.totals.discount.saturating_sub(of_lines)
        });
        let goods = self.totals.subtotal.saturating_sub(self.totals.discount.saturating_sub(shipping_discount));
        shipping::quotes(tx, None, place.channel, place.locale, &parcel(country, &self.lines, goods))
    }
}

/// An open cart's line: what can be bought of it at today's price.
fn assess(row: LineRow, facts: &Facts) -> Line {
    let sold = facts.sold(row.variant_id);
    let quantity = sold.map_or(0, |(item, _)| {
        let wanted = item.max_per_order.map_or(row.quantity, |max| row.quantity.min(max));
        item.left().map_or(wanted, |left| i32::try_from(left).map_or(wanted, |left| wanted.min(left)))
    });
    let unit_price = sold.map_or(row.unit_price, |(_, price)| price);
    line(row, facts, quantity, unit_price)
}

/// A closed cart's line: as the customer last saw it.
fn as_kept(row: LineRow, facts: &Facts) -> Line {
    let (quantity, unit_price) = (row.quantity, row.unit_price);
    line(row, facts, quantity, unit_price)
}

fn line(row: LineRow, facts: &Facts, quantity: i32, unit_price: i64) -> Line {
    let item = facts.items.get(&row.variant_id).cloned();
    let first = item.as_ref().filter(|item| item.is_counted()).and_then(|item| item.first);
    Line { row, item, first, quantity, unit_price, tax_rate_ppm: 0, totals: LineTotals::default() }
}

fn warn_of_line(index: usize, line: &Line, facts: &Facts, warnings: &mut Vec<Warning>) {
    let mut warn = |code: &str, pointer: String, detail: String| warnings.push(Warning { code: code.to_owned(), pointer, detail });
    if line.quantity == 0 {
        let why = if facts.sold(line.row.variant_id).is_some() { "It is sold out." } else { "It is no longer sold." };
        warn("no_longer_available", format!("/lines/{index}"), why.to_owned());
        return;
    }
    if let Some(why) = line.item.as_ref().and_then(|item| facts.restricted(item)) {
        warn(AGE_RESTRICTED, format!("/lines/{index}"), why);
    }
    if line.quantity < line.row.quantity {
        let detail = format!("{} were wanted, {} can be bought.", line.row.quantity, line.quantity);
        warn("quantity_reduced", format!("/lines/{index}/quantity"), detail);
    }
    if line.unit_price != line.row.unit_price {
        let detail = format!("It was {} when it was put into the cart and is {} now (minor units).", line.row.unit_price, line.unit_price);
        warn("price_changed", format!("/lines/{index}/unit_price"), detail);
    }
}

fn warn_of_codes(codes: &[Applied], warnings: &mut Vec<Warning>) {
    warnings.extend(codes.iter().enumerate().filter_map(|(index, applied)| match applied {
        Applied::Yes { .. } => None,
        Applied::No { detail, .. } => {
            Some(Warning { code: "code_not_applicable".to_owned(), pointer: format!("/codes/{index}"), detail: detail.clone() })
        }
    }));
}

/// Until an address is known, tax is told for the channel's first country.
fn rates(tx: &mut Tx, channel: &Channel, cart: &CartRow, seen: Option<Seen>) -> Result<Arc<CountryRates>> {
    let country = cart.shipping_address.as_ref().map(|a| a.0.country).or_else(|| channel.countries.first().copied());
    country.map_or_else(|| Ok(Arc::default()), |country| tax::rates(tx, seen, country))
}

fn evaluate(tx: &mut Tx, place: Place, cart: &CartRow, lines: &[Line]) -> Result<Vec<Applied>> {
    if cart.codes.0.is_empty() {
        return Ok(Vec::new());
    }
    // Beyond 64 bits the totals refuse the cart; here it only has to be large.
    let subtotal = lines.iter().fold(0i64, |sum, l| sum.saturating_add(l.unit_price.saturating_mul(l.quantity.into())));
    promotions::evaluate(tx, &cart.codes.0, &Basket { now: tx.now(), currency: place.channel.currency, subtotal })
}

/// The quote of the chosen option; a warning if it is not offered (any more).
fn chosen(
    tx: &mut Tx,
    place: Place,
    seen: Option<Seen>,
    cart: &CartRow,
    lines: &[Line],
    input: &PricingInput,
    warnings: &mut Vec<Warning>,
) -> Result<Option<ShippingQuote>> {
    let Some(option) = cart.shipping_option_id else { return Ok(None) };
    let country = cart.shipping_address.as_ref().map(|a| a.0.country);
    let quote = match country {
        Some(country) => {
            let goods = pricing::calculate(input)?;
            let parcel = parcel(country, lines, goods.subtotal.saturating_sub(goods.discount));
            shipping::quotes(tx, seen, place.channel, place.locale, &parcel)?.into_iter().find(|q| q.id == option)
        }
        None => None,
    };
    if quote.is_none() {
        let detail = if country.is_some() { "It is not offered for this cart and address." } else { "It needs a shipping address." };
        let (code, pointer) = (SHIPPING_OPTION_UNAVAILABLE.to_owned(), "/shipping_option".to_owned());
        warnings.push(Warning { code, pointer, detail: detail.to_owned() });
    }
    Ok(quote)
}

/// The warning of what is not sold to the buyer, for their age.
pub(super) const AGE_RESTRICTED: &str = "age_restricted";
/// The warning of a chosen shipping option that is not offered.
pub(super) const SHIPPING_OPTION_UNAVAILABLE: &str = "shipping_option_unavailable";

fn parcel(country: Country, lines: &[Line], goods_amount: i64) -> Parcel {
    let sent = lines.iter().filter_map(|l| l.item.as_ref().filter(|i| i.requires_shipping).map(|item| (l.quantity, item.weight_grams)));
    let weight_grams = sent.fold(0i64, |sum, (quantity, weight)| sum.saturating_add(i64::from(quantity).saturating_mul(weight.into())));
    Parcel { country, weight_grams, goods_amount }
}

fn pricing_line(line: &Line) -> PricingLine {
    PricingLine { unit_price: line.unit_price, quantity: line.quantity, tax_rate_ppm: line.tax_rate_ppm }
}

fn discount(applied: &Applied) -> Option<Discount> {
    match applied {
        Applied::Yes { promotion_id, code, gift } => Some(Discount { promotion_id: *promotion_id, code: code.clone(), gift: *gift }),
        Applied::No { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{CartId, CartLineId, Json, ProductId, Timestamp};

    fn id<I: From<uuid::Uuid>>() -> I {
        uuid::Uuid::new_v4().into()
    }

    fn row(variant_id: VariantId, quantity: i32, unit_price: i64) -> LineRow {
        let created_at = Timestamp::from_micros(0).unwrap();
        LineRow { id: id::<CartLineId>(), cart_id: id::<CartId>(), variant_id, quantity, unit_price, metadata: Json::default(), created_at }
    }

    fn item(variant_id: VariantId) -> Purchasable {
        Purchasable {
            variant_id,
            product_id: id::<ProductId>(),
            product_slug: "cup".into(),
            product_title: "Cup".into(),
            variant_title: "Blue".into(),
            sku: None,
            image_url: None,
            price: Some(1000),
            compare_at: None,
            tax_class: "standard".into(),
            taxable: true,
            weight_grams: 300,
            requires_shipping: true,
            track_inventory: true,
            backorder: false,
            max_per_order: None,
            minimum_age: None,
            free: 9,
            first: None,
            published: true,
        }
    }

    /// What a line of 5, seen at 1000, becomes: quantity, unit price, warnings.
    fn becomes(change: impl FnOnce(&mut Purchasable), available: i64) -> (i32, i64, Vec<String>) {
        let variant = id();
        let mut item = item(variant);
        item.free = available;
        change(&mut item);
        let facts = Facts { items: [(variant, item)].into(), seen: None, age: Some(19) };
        let line = assess(row(variant, 5, 1000), &facts);
        let mut warnings = Vec::new();
        warn_of_line(0, &line, &facts, &mut warnings);
        (line.quantity, line.unit_price, warnings.into_iter().map(|w| format!("{} {}", w.code, w.pointer)).collect())
    }

    #[test]
    fn a_line_is_told_as_it_can_be_bought_now() {
        assert_eq!(becomes(|_| {}, 5), (5, 1000, vec![]));
        assert_eq!(becomes(|_| {}, 3), (3, 1000, vec!["quantity_reduced /lines/0/quantity".into()]));
        assert_eq!(becomes(|_| {}, 0), (0, 1000, vec!["no_longer_available /lines/0".into()]));
        assert_eq!(becomes(|_| {}, -2), (0, 1000, vec!["no_longer_available /lines/0".into()]));
        assert_eq!(becomes(|i| i.backorder = true, 0), (5, 1000, vec![]));
        assert_eq!(becomes(|i| i.track_inventory = false, 0), (5, 1000, vec![]));
        assert_eq!(becomes(|i| i.max_per_order = Some(2), 5), (2, 1000, vec!["quantity_reduced /lines/0/quantity".into()]));
        assert_eq!(becomes(|i| i.price = Some(900), 5), (5, 900, vec!["price_changed /lines/0/unit_price".into()]));
        assert_eq!(becomes(|i| i.price = None, 5), (0, 1000, vec!["no_longer_available /lines/0".into()]));
        assert_eq!(becomes(|i| i.minimum_age = Some(19), 5), (5, 1000, vec![]));
        assert_eq!(becomes(|i| i.minimum_age = Some(20), 5), (5, 1000, vec!["age_restricted /lines/0".into()]));
        assert_eq!(becomes(|i| i.published = false, 5), (0, 1000, vec!["no_longer_available /lines/0".into()]));
    }

    #[test]
    fn a_line_whose_variant_is_gone_stays_and_says_so() {
        let line = assess(row(id(), 5, 700), &Facts::default());
        assert_eq!((line.quantity, line.unit_price, line.item.is_none()), (0, 700, true));
    }

    #[test]
    fn a_closed_cart_keeps_what_was_seen() {
        let variant = id();
        let facts = Facts { items: [(variant, item(variant))].into(), ..Facts::default() };
        let line = as_kept(row(variant, 5, 700), &facts);
        assert_eq!((line.quantity, line.unit_price), (5, 700));
    }

    #[test]
    fn a_parcel_weighs_what_is_sent() {
        let (sent, downloaded) = (id(), id());
        let mut download = item(downloaded);
        download.requires_shipping = false;
        let facts = Facts { items: [(sent, item(sent)), (downloaded, download)].into(), seen: None, age: Some(19) };
        let lines = [assess(row(sent, 2, 1000), &facts), assess(row(downloaded, 3, 1000), &facts)];
        let parcel = parcel(Country::KR, &lines, 5000);
        assert_eq!((parcel.weight_grams, parcel.goods_amount), (600, 5000));
    }
}
