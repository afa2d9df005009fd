//! The arithmetic of totals.

use super::{Explanation, Gift, LineTotals, PricingInput, PricingLine, Totals, split};
use crate::error::{Error, Result};
use crate::types::MinorUnits;
use crate::types::money::mul_div;

/// A rate's whole: parts per million.
const MILLION: i64 = 1_000_000;
/// A percentage's whole: basis points.
const BASIS: i64 = 10_000;

/// The totals of an input. In order: subtotals of the lines; each discount on what the earlier ones left
/// (a percentage is rounded half away from zero on their sum, then split over the lines; an amount takes no
/// more than the lines cost; free shipping takes the rest of shipping off); tax of each line and of shipping
/// on what is left, each rounded half away from zero: `total * rate / (1 + rate)` where prices include tax,
/// `net * rate` where they do not. A negative price, quantity or rate, and an amount beyond 64 bits, are `invalid`.
pub fn calculate(input: &PricingInput) -> Result<Totals> {
    totals(input).ok_or_else(|| Error::invalid_field("", "range", "The amounts of this cart are too large to add up."))
}

fn totals(input: &PricingInput) -> Option<Totals> {
    let mut explain = Vec::new();
    let subtotals: Vec<i64> = input.lines.iter().map(line_subtotal).collect::<Option<_>>()?;
    let subtotal = sum(&subtotals)?;
    say(&mut explain, "subtotal", format!("Unit price times quantity of {} lines.", input.lines.len()), subtotal);

    let shipping = input.shipping.unwrap_or(0);
    if shipping < 0 {
        return None;
    }
    if input.shipping.is_some() {
        say(&mut explain, "shipping", "The chosen shipping option.".to_owned(), shipping);
    }
    let mut left = Left { lines: subtotals.clone(), shipping };
    let mut discounts = Vec::with_capacity(input.discounts.len());
    for discount in &input.discounts {
        let taken = left.take(&discount.code, discount.gift, &mut explain)?;
        discounts.push(taken);
    }

    let mut lines = Vec::with_capacity(input.lines.len());
    for ((line, before), net) in input.lines.iter().zip(&subtotals).zip(&left.lines) {
        let tax = tax_of(*net, line.tax_rate_ppm, input.prices_include_tax)?;
        let total = if input.prices_include_tax { *net } else { net.checked_add(tax)? };
        lines.push(LineTotals { subtotal: *before, discount: before.checked_sub(*net)?, tax, total });
    }
    explain_tax(&mut explain, input, &lines)?;
    let shipping_tax = tax_of(left.shipping, input.shipping_tax_rate_ppm, input.prices_include_tax)?;
    if shipping_tax != 0 {
        let detail = tax_detail(input.shipping_tax_rate_ppm, input.prices_include_tax, "shipping");
        say(&mut explain, "shipping_tax", detail, shipping_tax);
    }

    let mut total = lines.iter().try_fold(left.shipping, |sum, line| sum.checked_add(line.total))?;
    if !input.prices_include_tax {
        total = total.checked_add(shipping_tax)?;
    }
    let tax = lines.iter().try_fold(shipping_tax, |sum, line| sum.checked_add(line.tax))?;
    let detail = if input.prices_include_tax {
        "Subtotal less discount plus shipping; tax is a part of it."
    } else {
        "Subtotal less discount plus shipping plus tax."
    };
    say(&mut explain, "total", detail.to_owned(), total);
    Some(Totals { lines, discount: sum(&discounts)?, discounts, subtotal, shipping, tax, total, explain })
}

/// What discounts have left of the lines and of shipping.
struct Left {
    lines: Vec<i64>,
    shipping: i64,
}

impl Left {
    /// Takes a discount off; answers how much it was.
    fn take(&mut self, code: &str, gift: Gift, explain: &mut Vec<Explanation>) -> Option<i64> {
        let whole = sum(&self.lines)?;
        let (amount, detail) = match gift {
            Gift::FreeShipping => {
                let taken = std::mem::take(&mut self.shipping);
                say(explain, "shipping_discount", format!("{code}: shipping for nothing."), taken.checked_neg()?);
                return Some(taken);
            }
            Gift::Percentage(basis_points) => {
                let percent = rust_decimal::Decimal::new(i64::from(basis_points), 2).normalize();
                let amount = mul_div(whole, i64::from(basis_points), BASIS)?;
                (
                    amount,
                    format!(
                        "{code}: {percent} % of the {whole} that earlier codes left, rounded half away from zero, split over the lines by largest remainder."
                    ),
                )
            }
            Gift::FixedAmount(amount) => {
                (amount, format!("{code}: {amount} off, no more than the {whole} left, split over the lines by largest remainder."))
            }
        };
        if amount < 0 {
            return None;
        }
        let amount = amount.min(whole);
        let shares = split(amount, &self.lines)?;
        for (line, share) in self.lines.iter_mut().zip(shares) {
            *line = line.checked_sub(share)?;
        }
        say(explain, "discount", detail, amount.checked_neg()?);
        Some(amount)
    }
}

fn line_subtotal(line: &PricingLine) -> Option<i64> {
    let sane = line.unit_price >= 0 && line.quantity >= 0 && line.tax_rate_ppm >= 0;
    sane.then(|| line.unit_price.checked_mul(i64::from(line.quantity)))?
}

fn tax_of(amount: i64, rate_ppm: i32, included: bool) -> Option<i64> {
    let rate = i64::from(rate_ppm);
    if rate < 0 {
        return None;
    }
    mul_div(amount, rate, if included { MILLION.checked_add(rate)? } else { MILLION })
}

/// One step a rate, so that a cart of many lines stays readable.
fn explain_tax(explain: &mut Vec<Explanation>, input: &PricingInput, lines: &[LineTotals]) -> Option<()> {
    let mut by_rate = std::collections::BTreeMap::<i32, i64>::new();
    for (line, totals) in input.lines.iter().zip(lines) {
        let sum = by_rate.entry(line.tax_rate_ppm).or_default();
        *sum = sum.checked_add(totals.tax)?;
    }
    for (rate, tax) in by_rate.into_iter().filter(|(rate, _)| *rate > 0) {
        say(explain, "tax", tax_detail(rate, input.prices_include_tax, "each line after discounts"), tax);
    }
    Some(())
}

fn tax_detail(rate_ppm: i32, included: bool, of: &str) -> String {
    let percent = rust_decimal::Decimal::new(i64::from(rate_ppm), 4).normalize();
    if included {
        format!("{percent} % inside the price of {of}: amount * rate / (1 + rate), rounded half away from zero.")
    } else {
        format!("{percent} % on {of}: amount * rate, rounded half away from zero.")
    }
}

fn say(explain: &mut Vec<Explanation>, rule: &str, detail: String, amount: i64) {
    explain.push(Explanation { rule: rule.to_owned(), detail, amount: MinorUnits(amount) });
}

fn sum(amounts: &[i64]) -> Option<i64> {
    amounts.iter().try_fold(0i64, |sum, amount| sum.checked_add(*amount))
}

#[cfg(test)]
mod tests {
    use super::super::Discount;
    use super::*;
    use crate::error::Code;
    use proptest::prelude::*;

    fn line(unit_price: i64, quantity: i32, tax_rate_ppm: i32) -> PricingLine {
        PricingLine { unit_price, quantity, tax_rate_ppm }
    }

    fn discount(gift: Gift) -> Discount {
        Discount { promotion_id: uuid::Uuid::nil().into(), code: "CODE".into(), gift }
    }

    fn input(prices_include_tax: bool, lines: Vec<PricingLine>, gifts: Vec<Gift>, shipping: Option<i64>) -> PricingInput {
        let discounts = gifts.into_iter().map(discount).collect();
        PricingInput { prices_include_tax, lines, discounts, shipping, shipping_tax_rate_ppm: 100_000 }
    }

    #[test]
    fn korean_vat_is_a_part_of_the_price() {
        let totals = calculate(&input(true, vec![line(11_000, 2, 100_000)], vec![], Some(3_000))).unwrap();
        assert_eq!((totals.subtotal, totals.shipping, totals.tax, totals.total), (22_000, 3_000, 2_000 + 273, 25_000));
        assert_eq!(totals.lines[0].total, 22_000);
    }

    #[test]
    fn sales_tax_is_added_on_each_line_and_on_shipping() {
        let totals = calculate(&input(false, vec![line(1_050, 1, 82_500), line(99, 3, 0)], vec![], Some(500))).unwrap();
        assert_eq!(totals.lines[0].tax, 87, "86.625");
        assert_eq!((totals.subtotal, totals.tax, totals.total), (1_347, 87 + 50, 1_347 + 500 + 137));
    }

    #[test]
    fn a_percentage_counts_on_what_earlier_codes_left() {
        let gifts = vec![Gift::FixedAmount(1_000), Gift::Percentage(1_000)];
        let totals = calculate(&input(true, vec![line(10_000, 1, 0), line(1_000, 1, 0)], gifts, None)).unwrap();
        assert_eq!(totals.discounts, [1_000, 1_000]);
        assert_eq!(totals.lines.iter().map(|l| l.discount).collect::<Vec<_>>(), [1_818, 182]);
        assert_eq!(totals.total, 9_000);
    }

    #[test]
    fn an_amount_takes_no_more_than_the_lines_cost_and_free_shipping_takes_shipping() {
        let gifts = vec![Gift::FixedAmount(99_999), Gift::FreeShipping, Gift::FreeShipping];
        let totals = calculate(&input(false, vec![line(700, 1, 100_000)], gifts, Some(300))).unwrap();
        assert_eq!(totals.discounts, [700, 300, 0]);
        assert_eq!((totals.discount, totals.tax, totals.total, totals.shipping), (1_000, 0, 0, 300));
    }

    #[test]
    fn explains_every_step() {
        let totals = calculate(&input(true, vec![line(9_999, 1, 100_000)], vec![Gift::Percentage(1_250)], Some(2_500))).unwrap();
        let steps: Vec<_> = totals.explain.iter().map(|e| (e.rule.as_str(), e.amount.0)).collect();
        assert_eq!(
            steps,
            [("subtotal", 9_999), ("shipping", 2_500), ("discount", -1_250), ("tax", 795), ("shipping_tax", 227), ("total", 11_249)]
        );
        assert!(totals.explain[2].detail.starts_with("CODE: 12.5 % of the 9999"), "{}", totals.explain[2].detail);
    }

    #[test]
    fn amounts_beyond_64_bits_are_invalid() {
        for wrong in [
            input(true, vec![line(i64::MAX, 2, 0)], vec![], None),
            input(true, vec![line(i64::MAX, 1, 0), line(1, 1, 0)], vec![], None),
            input(false, vec![line(i64::MAX, 1, 100_000)], vec![], None),
            input(true, vec![line(i64::MAX, 1, 0)], vec![], Some(1)),
            input(true, vec![line(-1, 1, 0)], vec![], None),
            input(true, vec![line(1, -1, 0)], vec![], None),
            input(true, vec![], vec![], Some(-1)),
            input(true, vec![line(1, 1, 0)], vec![Gift::FixedAmount(-1)], None),
        ] {
            assert_eq!(calculate(&wrong).unwrap_err().code, Code::Invalid, "{wrong:?}");
        }
    }

    fn gifts() -> impl Strategy<Value = Gift> {
        prop_oneof![(1i32..=10_000).prop_map(Gift::Percentage), (1i64..10_000_000).prop_map(Gift::FixedAmount), Just(Gift::FreeShipping)]
    }

    fn inputs() -> impl Strategy<Value = PricingInput> {
        let lines = prop::collection::vec((0i64..1_000_000_000, 1i32..10_000, 0i32..=1_000_000), 0..20);
        let shipping = prop::option::of(0i64..1_000_000);
        (any::<bool>(), lines, prop::collection::vec(gifts(), 0..5), shipping, 0i32..=1_000_000).prop_map(
            |(included, lines, gifts, shipping, shipping_rate)| {
                let lines = lines.into_iter().map(|(price, quantity, rate)| line(price, quantity, rate)).collect();
                PricingInput { shipping_tax_rate_ppm: shipping_rate, ..input(included, lines, gifts, shipping) }
            },
        )
    }

    proptest! {
        #[test]
        fn parts_always_sum_to_the_whole(input in inputs()) {
            let t = calculate(&input).unwrap();
            let sum = |part: fn(&LineTotals) -> i64| t.lines.iter().map(part).sum::<i64>();
            let off_shipping = t.discount - sum(|l| l.discount);
            let shipping_tax = t.tax - sum(|l| l.tax);
            prop_assert_eq!(sum(|l| l.subtotal), t.subtotal);
            prop_assert_eq!(t.discounts.iter().sum::<i64>(), t.discount);
            prop_assert!(off_shipping == 0 || off_shipping == t.shipping);
            prop_assert!(shipping_tax >= 0 && shipping_tax <= t.shipping);
            let added = if input.prices_include_tax { 0 } else { t.tax };
            prop_assert_eq!(t.total, t.subtotal - t.discount + t.shipping + added);
            prop_assert_eq!(t.total, sum(|l| l.total) + t.shipping - off_shipping + if input.prices_include_tax { 0 } else { shipping_tax });
            for line in &t.lines {
                prop_assert!(line.discount >= 0 && line.discount <= line.subtotal && line.tax >= 0 && line.total >= 0);
                let added = if input.prices_include_tax { 0 } else { line.tax };
                prop_assert_eq!(line.total, line.subtotal - line.discount + added);
                prop_assert!(!input.prices_include_tax || line.tax <= line.total);
            }
        }

        #[test]
        fn no_input_panics(included: bool, price: i64, quantity: i32, rate: i32, off: i64, percent: i32, shipping: Option<i64>, shipping_rate: i32) {
            let lines = vec![line(price, quantity, rate), line(price, 1, rate)];
            let input = PricingInput {
                shipping_tax_rate_ppm: shipping_rate,
                ..input(included, lines, vec![Gift::Percentage(percent), Gift::FixedAmount(off), Gift::FreeShipping], shipping)
            };
            if let Ok(totals) = calculate(&input) {
                prop_assert!(totals.total >= 0 && totals.discount >= 0);
            }
        }
    }
}
