//! Splitting an amount over weights so that the parts sum to it.

/// Shares of `amount` in proportion to `weights`: each rounded down, and the units left over go one each
/// to the largest remainders; where remainders are equal to the larger weight, then to the earlier one.
/// For `0 <= amount <= sum(weights)` no share is more than its weight. None when a weight or the amount is
/// negative, when the sum passes 64 bits, or when there is something to split and nothing to split it over.
pub fn split(amount: i64, weights: &[i64]) -> Option<Vec<i64>> {
    let whole = weights.iter().try_fold(0i64, |sum, w| if *w < 0 { None } else { sum.checked_add(*w) })?;
    if amount == 0 {
        return Some(vec![0; weights.len()]);
    }
    if amount < 0 || whole == 0 {
        return None;
    }
    let mut shares = Vec::with_capacity(weights.len());
    let mut left = amount;
    for (index, weight) in weights.iter().enumerate() {
        let product = i128::from(amount).checked_mul(i128::from(*weight))?;
        let share = i64::try_from(product / i128::from(whole)).ok()?;
        left = left.checked_sub(share)?;
        shares.push((index, *weight, product % i128::from(whole), share));
    }
    shares.sort_by(|a, b| b.2.cmp(&a.2).then(b.1.cmp(&a.1)).then(a.0.cmp(&b.0)));
    for share in shares.iter_mut().take(usize::try_from(left).ok()?) {
        share.3 = share.3.checked_add(1)?;
    }
    shares.sort_by_key(|share| share.0);
    Some(shares.into_iter().map(|share| share.3).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_left_over_goes_to_the_largest_remainder_then_the_largest_line() {
        assert_eq!(split(100, &[1, 1, 1]), Some(vec![34, 33, 33]));
        assert_eq!(split(10, &[10, 20, 30]), Some(vec![2, 3, 5]));
        // 5 * 15/60 = 1.25, 5 * 15/60 = 1.25, 5 * 30/60 = 2.5: the half wins.
        assert_eq!(split(5, &[15, 15, 30]), Some(vec![1, 1, 3]));
        // Equal remainders: 1 * 1/4, 3 * ... the larger line is given the unit.
        assert_eq!(split(1, &[2, 2, 4]), Some(vec![0, 0, 1]));
        assert_eq!(split(0, &[0, 0]), Some(vec![0, 0]));
        assert_eq!(split(1, &[0]), None);
        assert_eq!(split(1, &[-1, 3]), None);
        assert_eq!(split(1, &[i64::MAX, 1]), None);
    }

    proptest! {
        #[test]
        fn shares_sum_to_the_amount_and_fit_their_weights(weights in prop::collection::vec(0i64..1_000_000_000_000, 1..40), part in 0i64..=10_000) {
            let whole: i64 = weights.iter().sum();
            let amount = i64::try_from(i128::from(whole) * i128::from(part) / 10_000).unwrap();
            prop_assume!(whole > 0);
            let shares = split(amount, &weights).unwrap();
            prop_assert_eq!(shares.iter().sum::<i64>(), amount);
            for (share, weight) in shares.iter().zip(&weights) {
                prop_assert!(*share >= 0 && share <= weight);
                let exact = i128::from(amount) * i128::from(*weight);
                prop_assert!((exact - i128::from(*share) * i128::from(whole)).abs() < i128::from(whole), "within one unit of its share");
            }
        }
    }
}
