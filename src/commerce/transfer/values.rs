//! Single cells: what their text means, and what is done with text that means nothing.

use std::hash::{DefaultHasher, Hash, Hasher};

use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

use super::columns::Column;
use super::product::{Cells, Status};
use super::report::IssueAction;
use crate::types::money::MAX_AMOUNT;
use crate::types::{Currency, Timestamp};

/// Most tags of a product that are taken.
const MAX_TAGS: usize = 250;

/// A handle as a slug: kept where it can stand in an address, else made one.
pub fn handle(handle: &str, cells: &mut Cells) -> Option<String> {
    let plain = handle.chars().all(|c| c.is_alphanumeric() || c == '-') && handle.len() <= 200;
    if plain {
        return Some(handle.to_owned());
    }
    let made: String = slug::slugify(handle).chars().take(200).collect();
    if made.is_empty() {
        cells.issue(
            Some(Column::Handle),
            "invalid_handle",
            IssueAction::Refused,
            "No address can be made of the handle; the product was left out.",
        );
        return None;
    }
    let detail = format!("The handle cannot stand in an address; {made} was taken.");
    cells.issue(Some(Column::Handle), "invalid_handle", IssueAction::Changed, detail);
    Some(made)
}

/// HTML; the catalog cleans it, and what needed it is told.
pub fn body(cells: &mut Cells) -> String {
    const ACTIVE: [&str; 6] = ["<script", "<style", "<iframe", "<form", "javascript:", "onclick="];
    let html = cells.html(Column::Body, 200_000).unwrap_or_default();
    let lower = html.to_ascii_lowercase();
    if ACTIVE.iter().any(|mark| lower.contains(mark)) {
        let detail = "Scripts, styles, frames and forms were taken out of the description.";
        cells.issue(Some(Column::Body), "html_cleaned", IssueAction::Changed, detail);
    }
    html
}

/// Tags between commas, each once.
pub fn tags(cells: &mut Cells) -> Vec<String> {
    let all = cells.text(Column::Tags, 20_000).unwrap_or_default();
    let mut tags: Vec<String> = Vec::new();
    for tag in all.split(',').map(str::trim).filter(|t| !t.is_empty()) {
        let tag: String = tag.chars().take(100).collect();
        if tags.iter().all(|t| t.to_lowercase() != tag.to_lowercase()) {
            tags.push(tag);
        }
    }
    if tags.len() > MAX_TAGS {
        let detail = format!("A product has {MAX_TAGS} tags at most; the rest were left out.");
        cells.issue(Some(Column::Tags), "too_many_tags", IssueAction::Changed, detail);
        tags.truncate(MAX_TAGS);
    }
    tags
}

/// `active`, `draft` or `archived`.
pub fn status(cells: &mut Cells) -> Option<Status> {
    match cells.raw(Column::Status).to_ascii_lowercase().as_str() {
        "" => None,
        "active" => Some(Status::Active),
        "draft" => Some(Status::Draft),
        "archived" => Some(Status::Archived),
        _ => {
            let detail = "Expected active, draft or archived; the product was loaded as a draft.";
            cells.issue(Some(Column::Status), "invalid_status", IssueAction::Changed, detail);
            Some(Status::Draft)
        }
    }
}

/// When a scheduled product is to be shown.
pub fn publish_at(cells: &mut Cells) -> Option<Timestamp> {
    let raw = cells.raw(Column::PublishAt);
    if raw.is_empty() {
        return None;
    }
    let parsed = serde_json::from_value(serde_json::Value::String(raw.to_owned())).ok();
    if parsed.is_none() {
        cells.issue(Some(Column::PublishAt), "invalid_time", IssueAction::Dropped, "Expected a time such as 2026-12-24T00:00:00Z.");
    }
    parsed
}

/// Whether shoppers see the product.
pub fn published(cells: &mut Cells) -> bool {
    let published = flag(cells, Column::Published, true);
    if !published {
        let detail = "The product is not published: it was loaded, and shoppers do not see it.";
        cells.issue(Some(Column::Published), "unpublished", IssueAction::Kept, detail);
    }
    published
}

/// Yes or no; `default` where the cell is empty or says neither.
pub fn flag(cells: &mut Cells, column: Column, default: bool) -> bool {
    match cells.raw(column).to_ascii_lowercase().as_str() {
        "" => default,
        "true" | "yes" | "1" | "y" => true,
        "false" | "no" | "0" | "n" => false,
        _ => {
            let detail = format!("Expected true or false; {default} was taken.");
            cells.issue(Some(column), "invalid_flag", IssueAction::Changed, detail);
            default
        }
    }
}

/// A SKU or barcode. Spreadsheets write `'30235` so that a number stays text; the apostrophe is no part of it.
pub fn code(cells: &mut Cells, column: Column) -> Option<String> {
    let text = cells.text(column, if column == Column::Barcode { 100 } else { 200 })?;
    match text.strip_prefix('\'') {
        None => Some(text),
        Some(bare) => {
            cells.note("spreadsheet_apostrophe", "The apostrophe that spreadsheets put before numbers was taken off SKUs and barcodes.");
            Some(bare.trim().to_owned()).filter(|t| !t.is_empty())
        }
    }
}

/// Grams, from `Variant Grams`, or from a weight and its unit.
pub fn grams(cells: &mut Cells) -> i32 {
    let (column, per_unit) = match (cells.raw(Column::Grams), cells.raw(Column::Weight)) {
        ("", "") => return 0,
        ("", _) => (Column::Weight, grams_in(cells.raw(Column::WeightUnit))),
        _ => (Column::Grams, Some(Decimal::ONE)),
    };
    let weight = cells.raw(column).parse::<Decimal>().ok();
    let grams = weight.zip(per_unit).and_then(|(w, unit)| w.checked_mul(unit)).map(|g| half_up(g, 0));
    grams.and_then(|g| g.to_i32()).filter(|g| *g >= 0).unwrap_or_else(|| {
        cells.issue(Some(column), "invalid_weight", IssueAction::Dropped, "Not a weight; the variant was loaded with 0 g.");
        0
    })
}

fn grams_in(unit: &str) -> Option<Decimal> {
    match unit.to_ascii_lowercase().as_str() {
        "g" | "" => Some(Decimal::ONE),
        "kg" => Some(Decimal::new(1_000, 0)),
        "lb" => Some(Decimal::new(45_359_237, 5)),
        "oz" => Some(Decimal::new(28_349_523_125, 9)),
        _ => None,
    }
}

fn half_up(value: Decimal, digits: u32) -> Decimal {
    value.round_dp_with_strategy(digits, RoundingStrategy::MidpointAwayFromZero)
}

/// How many are there; less than none is none. Where stock is not counted there is nothing to say.
pub fn quantity(cells: &mut Cells, tracked: bool) -> Option<i32> {
    let raw = cells.raw(Column::Quantity);
    if raw.is_empty() {
        return None;
    }
    if !tracked {
        if raw.starts_with('-') {
            let detail = format!("{raw} of a variant whose stock is not counted; the quantity was left out.");
            cells.issue(Some(Column::Quantity), "negative_quantity", IssueAction::Dropped, detail);
        }
        return None;
    }
    let whole = raw.parse::<Decimal>().ok().filter(|d| d.fract().is_zero()).and_then(|d| d.to_i32());
    match whole {
        None => {
            cells.issue(Some(Column::Quantity), "invalid_quantity", IssueAction::Dropped, "Not a whole number; the stock was left alone.");
            None
        }
        Some(quantity) if quantity < 0 => {
            let detail = format!("{quantity} were sold that were not there; the stock was loaded as 0.");
            cells.issue(Some(Column::Quantity), "negative_quantity", IssueAction::Changed, detail);
            Some(0)
        }
        quantity => quantity,
    }
}

/// Whether the variant is sold when out of stock.
pub fn backorder(cells: &mut Cells) -> bool {
    match cells.raw(Column::Policy).to_ascii_lowercase().as_str() {
        "continue" | "true" => {
            let detail = "The variant is sold when out of stock (backorder), as the file says.";
            cells.issue(Some(Column::Policy), "backorder", IssueAction::Kept, detail);
            true
        }
        "deny" | "false" | "" => false,
        _ => {
            let detail = "Expected deny or continue; deny was taken.";
            cells.issue(Some(Column::Policy), "invalid_policy", IssueAction::Changed, detail);
            false
        }
    }
}

/// What one costs, in minor units; none: not for sale until somebody gives it a price.
pub fn price(cells: &mut Cells, currency: Currency) -> Option<i64> {
    if cells.raw(Column::Price).is_empty() {
        let detail = "The variant has no price; it was loaded and is not for sale.";
        cells.issue(Some(Column::Price), "no_price", IssueAction::Kept, detail);
        return None;
    }
    let price = amount(cells, Column::Price, currency, "it was loaded without a price and is not for sale");
    if price == Some(0) {
        let detail = "The price is 0: the variant is given away. Give it a price or make its product a draft if that is not meant.";
        cells.issue(Some(Column::Price), "zero_price", IssueAction::Kept, detail);
    }
    price
}

/// What it cost before; only a higher price than today's means something.
pub fn compare_at(cells: &mut Cells, currency: Currency, price: Option<i64>) -> Option<i64> {
    if cells.raw(Column::CompareAt).is_empty() {
        return None;
    }
    let compare_at = amount(cells, Column::CompareAt, currency, "it was left out")?;
    // Zero is how many tools write "none".
    if compare_at == 0 {
        return None;
    }
    let price = price?;
    if compare_at <= price {
        let detail = "The price to compare with is not higher than the price; it was left out.";
        cells.issue(Some(Column::CompareAt), "compare_at_not_higher", IssueAction::Dropped, detail);
        return None;
    }
    Some(compare_at)
}

fn amount(cells: &mut Cells, column: Column, currency: Currency, done: &str) -> Option<i64> {
    let raw = cells.raw(column);
    let in_range = |amount: &i64| (0..=MAX_AMOUNT).contains(amount);
    if let Some(amount) = currency.parse_major(raw).filter(in_range) {
        return Some(amount);
    }
    let (code, found) = match raw.parse::<Decimal>() {
        Ok(decimal) if decimal.is_sign_negative() => ("invalid_price", format!("{raw} is less than nothing")),
        Ok(decimal) if !half_up(decimal, currency.exponent()).eq(&decimal) => {
            ("currency_digits", format!("{raw} has more digits than {currency} has ({})", currency.exponent()))
        }
        Ok(_) => ("invalid_price", format!("{raw} is too much")),
        Err(_) => ("invalid_price", "this is no amount".to_owned()),
    };
    cells.issue(Some(column), code, IssueAction::Dropped, format!("{found}; {done}."));
    None
}

/// An http(s) address.
pub fn url(cells: &mut Cells, column: Column) -> Option<String> {
    let text = cells.text(column, 4_000)?;
    // Old themes wrote addresses without their scheme.
    let text = if text.starts_with("//") { format!("https:{text}") } else { text };
    let fits = text.len() <= 2_000 && url::Url::parse(&text).is_ok_and(|u| matches!(u.scheme(), "http" | "https") && u.has_host());
    if !fits {
        cells.issue(Some(column), "invalid_url", IssueAction::Dropped, "Not an http(s) address of a picture; it was left out.");
    }
    fits.then_some(text)
}

/// A SKU's hash: what is remembered of it.
pub fn hashed(sku: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    sku.hash(&mut hasher);
    hasher.finish()
}
