//! A made-up product for a number: pure, and the same for the same seed on every machine and in every
//! version of every library, so that a second run finds what the first one made.

use super::dice::Dice;
use super::words::{self, Leaf, Word};
use crate::commerce::catalog::{
    MediaInput, MediaTranslation, OptionInput, OptionTranslation, OptionValueTranslation, PriceInput, ProductStatus, ProductTranslation,
    ProductUpsert, SelectedOption, VariantUpsert,
};
use crate::commerce::setup::locale;
use crate::error::Result;
use crate::types::{Currency, MinorUnits, Patch, Timestamp};

/// 2024-01-01: what is shown already was published from here on, within `PUBLISHED_HOURS`.
const FIRST_PUBLISHED: i64 = 1_704_067_200;
const PUBLISHED_HOURS: u32 = 24 * 880;
/// 2040-01-01: what is scheduled appears from here on, within a year.
const FIRST_SCHEDULED: i64 = 2_208_988_800;
/// What a dollar costs in these shops, in won.
const WON_OF_A_DOLLAR: i64 = 1_300;

/// A product, and what belongs to it beside the catalog.
pub struct Made {
    /// As the catalog takes it, without its categories.
    pub item: ProductUpsert,
    /// The slugs of its leaves of [`words::TREE`], the main one first.
    pub shelves: Vec<&'static str>,
    /// How many of each variant lie there, in the variants' order.
    pub stock: Vec<i32>,
}

/// The product of a number in the catalog of a seed.
pub fn product(seed: u64, number: u32, usd: Currency) -> Result<Made> {
    let mut dice = Dice::of(seed, number);
    let leaves: Vec<&Leaf> = words::leaves().collect();
    let (Some(leaf), Some(other)) = (dice.one(&leaves), dice.one(&leaves)) else {
        return Err(crate::error::Error::internal("there are no categories to make products for"));
    };
    let title = title(&mut dice, leaf);
    let slug = format!("{}-{number:06}", title.1.to_lowercase().replace(['\'', '&'], "").replace(' ', "-"));
    let options = options(&mut dice, leaf);
    let variants = variants(&mut dice, leaf, &options, number, usd);
    let stock = variants.iter().map(|_| stock(&mut dice)).collect();
    let pictures: Vec<String> =
        (0..dice.between(1, 3)).map(|view| format!("https://picsum.photos/seed/maru-{seed}-{number}-{view}/1200/1200")).collect();
    let (status, published_at) = publication(&mut dice);
    let description = description(&title, leaf);
    let item = ProductUpsert {
        external_key: Some(key(number)),
        slug: Some(slug),
        translations: Some(vec![english(&title, description.1, &options, &pictures)?]),
        media: Some(pictures.into_iter().map(|url| picture(url, &title.0)).collect()),
        title: Some(title.0),
        description: Some(description.0),
        brand: Patch::Set(dice.pick(words::BRANDS).to_owned()),
        product_type: Patch::Set(leaf.name.0.to_owned()),
        status: Some(status),
        published_at,
        tags: Some((0..dice.between(1, 4)).map(|_| dice.pick(words::TAGS).to_owned()).collect()),
        options: Some(options.iter().map(Choice::input).collect()),
        variants: Some(variants),
        replace_variants: true,
        ..ProductUpsert::default()
    };
    let shelves = if dice.chance(15) { vec![leaf.slug, other.slug] } else { vec![leaf.slug] };
    Ok(Made { item, shelves, stock })
}

/// What a product's number is called outside.
pub fn key(number: u32) -> String {
    format!("demo-{number:06}")
}

fn title(dice: &mut Dice, leaf: &Leaf) -> (String, String) {
    let (adjective, material, noun) = (dice.pick(leaf.family.adjectives), dice.pick(leaf.family.materials), dice.pick(leaf.nouns));
    (format!("{} {} {}", adjective.0, material.0, noun.0), format!("{} {} {}", adjective.1, material.1, noun.1))
}

fn description(title: &(String, String), leaf: &Leaf) -> (String, String) {
    (
        format!("<p>{}입니다. 매일 쓰기 좋게 만들었습니다.</p><p>{} 모음에서 더 보세요.</p>", title.0, leaf.name.0),
        format!("<p>{}, made for every day.</p><p>See more in {}.</p>", title.1, leaf.name.1),
    )
}

/// An option with the values that a product has of it.
struct Choice {
    name: Word,
    values: Vec<Word>,
    step_percent: u32,
}

impl Choice {
    fn input(&self) -> OptionInput {
        let values = self.values.iter().map(|v| v.0.to_owned()).collect();
        OptionInput { name: self.name.0.to_owned(), values, ..OptionInput::default() }
    }

    fn english(&self) -> OptionTranslation {
        let value = |v: &Word| OptionValueTranslation { value: v.0.to_owned(), label: v.1.to_owned() };
        OptionTranslation { name: self.name.0.to_owned(), label: self.name.1.to_owned(), values: self.values.iter().map(value).collect() }
    }
}

/// None, sizes, colours, or both: twelve combinations at most.
fn options(dice: &mut Dice, leaf: &Leaf) -> Vec<Choice> {
    let mut options = Vec::new();
    if !leaf.sizes.values.is_empty() && dice.chance(80) {
        let values = dice.run(leaf.sizes.values, 4);
        options.push(Choice { name: leaf.sizes.name, values, step_percent: leaf.sizes.step_percent });
    }
    if leaf.family.coloured && dice.chance(70) {
        options.push(Choice { name: words::COLOUR, values: dice.run(words::COLOURS, 3), step_percent: 0 });
    }
    options
}

/// Every combination of the options' values, the last option changing fastest, each with how much more than
/// the first it costs and weighs, in percent.
fn combinations(options: &[Choice]) -> Vec<(Vec<SelectedOption>, u32)> {
    options.iter().fold(vec![(Vec::new(), 0)], |lines, option| {
        let grown = |(line, more): &(Vec<SelectedOption>, u32)| {
            let values = (0u32..).zip(&option.values).map(|(index, value)| {
                let selected = SelectedOption { option: option.name.0.to_owned(), value: value.0.to_owned() };
                let line = line.iter().cloned().chain([selected]).collect();
                (line, more.saturating_add(index.saturating_mul(option.step_percent)))
            });
            values.collect::<Vec<_>>()
        };
        lines.iter().flat_map(grown).collect()
    })
}

fn variants(dice: &mut Dice, leaf: &Leaf, options: &[Choice], number: u32, usd: Currency) -> Vec<VariantUpsert> {
    let thousands = i64::from(dice.between(leaf.price.0, leaf.price.1));
    let grams = dice.between(leaf.grams.0, leaf.grams.1);
    let reduced = dice.chance(20).then(|| i64::from(dice.between(10, 50)));
    let mut made = Vec::new();
    for (index, (option_values, more)) in (1u32..).zip(combinations(options)) {
        let thousands = grow(thousands, more.into());
        let was = reduced.map(|percent| grow(thousands, percent).saturating_add(1));
        let price = |currency, amount: i64, compare_at: Option<i64>| PriceInput {
            currency,
            amount: MinorUnits(amount),
            compare_at: compare_at.map(MinorUnits),
        };
        let dollars = cents(thousands);
        made.push(VariantUpsert {
            sku: Patch::Set(format!("DM-{number:06}-{index:02}")),
            option_values: Some(option_values),
            prices: Some(vec![
                price(Currency::KRW, won(thousands), was.map(won)),
                price(usd, dollars, was.map(|was| cents(was).max(dollars.saturating_add(100)))),
            ]),
            weight_grams: i32::try_from(grow(grams.into(), more.into())).ok(),
            ..VariantUpsert::default()
        });
    }
    made
}

fn grow(amount: i64, percent: i64) -> i64 {
    amount.saturating_add(amount.saturating_mul(percent) / 100)
}

/// A price as shops write it: 9,900, 12,900; from 100,000 on 109,000, 119,000.
fn won(thousands: i64) -> i64 {
    if thousands < 100 {
        thousands.saturating_mul(1_000).saturating_add(900)
    } else {
        (thousands / 10).saturating_mul(10_000).saturating_add(9_000)
    }
}

/// About the same in dollars: 9.99.
fn cents(thousands: i64) -> i64 {
    (thousands.saturating_mul(1_000) / WON_OF_A_DOLLAR).saturating_mul(100).saturating_add(99)
}

/// Nothing, a few, or many.
fn stock(dice: &mut Dice) -> i32 {
    let count = match dice.below(100) {
        0..10 => 0,
        10..35 => dice.between(1, 9),
        _ => dice.between(20, 5_000),
    };
    i32::try_from(count).unwrap_or(0)
}

fn publication(dice: &mut Dice) -> (ProductStatus, Patch<Timestamp>) {
    let at = |first: i64, hours: u32| Timestamp::from_micros(first.saturating_add(i64::from(hours) * 3_600).saturating_mul(1_000_000));
    match dice.below(100) {
        0..5 => (ProductStatus::Draft, Patch::Clear),
        5..8 => (ProductStatus::Active, at(FIRST_SCHEDULED, dice.below(24 * 365)).map_or(Patch::Clear, Patch::Set)),
        _ => (ProductStatus::Active, at(FIRST_PUBLISHED, dice.below(PUBLISHED_HOURS)).map_or(Patch::Clear, Patch::Set)),
    }
}

fn english(title: &(String, String), description: String, options: &[Choice], pictures: &[String]) -> Result<ProductTranslation> {
    Ok(ProductTranslation {
        locale: locale("en")?,
        title: Some(title.1.clone()),
        description: Some(description),
        seo: None,
        options: options.iter().map(Choice::english).collect(),
        media: pictures.iter().map(|url| MediaTranslation { url: url.clone(), alt: title.1.clone() }).collect(),
    })
}

fn picture(url: String, alt: &str) -> MediaInput {
    MediaInput { url, alt: Some(alt.to_owned()), kind: None, width: Some(1_200), height: Some(1_200), position: None }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    const PRODUCTS: u32 = 2_000;

    fn all(seed: u64) -> Vec<Made> {
        let usd = Currency::parse("USD").unwrap();
        (1..=PRODUCTS).map(|number| product(seed, number, usd).unwrap()).collect()
    }

    #[test]
    fn a_seed_says_everything() {
        let (a, b, c) = (all(7), all(7), all(8));
        assert!(a.iter().zip(&b).all(|(a, b)| a.item == b.item && a.stock == b.stock && a.shelves == b.shelves));
        assert!(a.iter().zip(&c).any(|(a, c)| a.item != c.item));
        // What it says today it says for ever: shops that were filled stay as they are.
        let first = serde_json::to_value(&a[0].item).unwrap();
        assert_eq!(first["external_key"], "demo-000001");
    }

    #[test]
    fn products_stay_within_their_bounds() {
        let leaves: HashSet<&str> = words::leaves().map(|l| l.slug).collect();
        let (mut drafts, mut scheduled, mut sold_out, mut variants) = (0, 0, 0, 0);
        for made in all(1) {
            let item = &made.item;
            crate::error::check(item).unwrap();
            let own = item.variants.as_ref().unwrap();
            assert!((1..=12).contains(&own.len()) && own.len() == made.stock.len(), "{item:?}");
            assert!(item.options.as_ref().unwrap().len() <= 2);
            let kinds: HashSet<String> = own.iter().map(|v| format!("{:?}", v.option_values)).collect();
            assert_eq!(kinds.len(), own.len());
            assert!(made.shelves.iter().all(|s| leaves.contains(s)));
            for price in own.iter().flat_map(|v| v.prices.as_ref().unwrap()) {
                assert!(price.amount.0 > 0 && price.compare_at.is_none_or(|c| c.0 > price.amount.0), "{price:?}");
                let ending = if price.currency == Currency::KRW { price.amount.0 % 100 == 0 } else { price.amount.0 % 100 == 99 };
                assert!(ending, "{price:?}");
            }
            assert!(own.iter().all(|v| v.weight_grams.is_some_and(|w| (1..100_000).contains(&w))));
            assert!(made.stock.iter().all(|s| (0..=5_000).contains(s)));
            drafts += usize::from(item.status == Some(ProductStatus::Draft));
            scheduled += usize::from(item.published_at.value().is_some_and(|at| at.micros() >= FIRST_SCHEDULED * 1_000_000));
            sold_out += made.stock.iter().filter(|s| **s == 0).count();
            variants += own.len();
        }
        assert!(drafts > 40 && scheduled > 20 && sold_out > variants / 20, "{drafts} {scheduled} {sold_out} of {variants}");
        assert!(variants > 4_000, "{variants}");
    }

    #[test]
    fn slugs_and_keys_are_distinct() {
        let made = all(3);
        let slugs: HashSet<_> = made.iter().map(|m| m.item.slug.clone()).collect();
        assert_eq!(slugs.len(), made.len());
        let slugs = words::TREE.iter().flat_map(|root| {
            let below = root.branches.iter().flat_map(|b| std::iter::once(b.slug).chain(b.leaves.iter().map(|l| l.slug)));
            std::iter::once(root.slug).chain(below)
        });
        let slugs: Vec<&str> = slugs.collect();
        assert!((40..=60).contains(&slugs.len()), "{}", slugs.len());
        assert_eq!(slugs.iter().collect::<HashSet<_>>().len(), slugs.len());
    }
}
