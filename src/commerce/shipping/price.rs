//! What an option costs for a parcel.

use super::Parcel;
use super::rows::OptionRow;

/// Whether the parcel is light enough.
pub(super) fn carries(option: &OptionRow, parcel: &Parcel) -> bool {
    option.max_weight_grams.is_none_or(|max| parcel.weight_grams <= i64::from(max))
}

/// The flat amount and the amount of each started step of weight; nothing when the goods cost `free_over`
/// or more. Also tells whether it is that which makes it free. None beyond 64 bits.
pub(super) fn amount(option: &OptionRow, parcel: &Parcel) -> Option<(i64, bool)> {
    let steps = match option.per_weight_grams {
        Some(step) if step > 0 => {
            let (step, weight) = (i64::from(step), parcel.weight_grams.max(0));
            weight.checked_add(step.checked_sub(1)?)?.checked_div(step)?
        }
        _ => 0,
    };
    let full = option.per_weight_amount.checked_mul(steps)?.checked_add(option.amount)?;
    let free = full > 0 && option.free_over.is_some_and(|over| parcel.goods_amount >= over);
    Some((if free { 0 } else { full }, free))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Country, Currency, Json, Timestamp};
    use proptest::prelude::*;

    fn option(amount: i64, per_weight_amount: i64, per_weight_grams: Option<i32>, free_over: Option<i64>, max: Option<i32>) -> OptionRow {
        let now = Timestamp::from_micros(0).unwrap();
        OptionRow {
            id: uuid::Uuid::nil().into(),
            zone_id: uuid::Uuid::nil().into(),
            name: String::new(),
            description: None,
            currency: Currency::KRW,
            amount,
            per_weight_amount,
            per_weight_grams,
            free_over,
            max_weight_grams: max,
            position: 0,
            active: true,
            translations: Json(vec![]),
            version: 1,
            created_at: now,
            updated_at: now,
        }
    }

    fn parcel(weight_grams: i64, goods_amount: i64) -> Parcel {
        Parcel { country: Country::KR, weight_grams, goods_amount }
    }

    #[test]
    fn each_started_step_of_weight_costs() {
        let option = option(3_000, 500, Some(1_000), None, None);
        let cost = |grams| amount(&option, &parcel(grams, 0)).unwrap().0;
        assert_eq!([cost(0), cost(1), cost(1_000), cost(1_001), cost(-5)], [3_000, 3_500, 3_500, 4_000, 3_000]);
        assert_eq!(amount(&option, &parcel(i64::MAX, 0)), None);
    }

    #[test]
    fn free_over_an_amount_and_not_over_a_weight() {
        let option = option(3_000, 0, None, Some(50_000), Some(20_000));
        assert_eq!(amount(&option, &parcel(10, 49_999)), Some((3_000, false)));
        assert_eq!(amount(&option, &parcel(10, 50_000)), Some((0, true)));
        assert!(carries(&option, &parcel(20_000, 0)) && !carries(&option, &parcel(20_001, 0)));
        assert_eq!(amount(&self::option(0, 0, None, Some(0), None), &parcel(1, 1)), Some((0, false)), "free anyway");
    }

    proptest! {
        #[test]
        fn heavier_never_costs_less(flat in 0i64..100_000, per in 0i64..100_000, step in 1i32..100_000, a in 0i64..10_000_000, b in 0i64..10_000_000) {
            let option = option(flat, per, Some(step), None, None);
            let cost = |grams| amount(&option, &parcel(grams, 0)).unwrap().0;
            prop_assert!(cost(a.min(b)) <= cost(a.max(b)));
        }
    }
}
