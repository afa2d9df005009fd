//! Recomputing every counter from the redemptions.

use std::collections::{BTreeMap, BTreeSet};

use diesel::dsl::count_star;
use diesel::prelude::*;

use crate::commerce::audit::Difference;
use crate::db::tables::{promotion_customer_uses as customers, promotion_redemptions as redemptions, promotions};
use crate::db::{Tx, on_each};
use crate::error::Result;
use crate::types::PromotionId;

/// Every promotion's and every customer's counter against the redemptions not given back. Empty when all
/// is well. Run it in `Db::snapshot`: three statements that must see one state.
pub fn audit(tx: &mut Tx) -> Result<Vec<Difference>> {
    let used: Vec<(PromotionId, String, i32)> =
        on_each!(tx, |c| promotions::table.select((promotions::id, promotions::code, promotions::used)).load(c))?;
    let counted: Vec<(PromotionId, String, i32)> =
        on_each!(tx, |c| customers::table.select((customers::promotion_id, customers::customer_key, customers::used)).load(c))?;
    let live: Vec<(PromotionId, String, i64)> = on_each!(tx, |c| redemptions::table
        .filter(redemptions::released_at.is_null())
        .group_by((redemptions::promotion_id, redemptions::customer_key))
        .select((redemptions::promotion_id, redemptions::customer_key, count_star()))
        .load(c))?;

    let mut of_promotion = BTreeMap::<PromotionId, i64>::new();
    for (promotion, _, uses) in &live {
        let sum = of_promotion.entry(*promotion).or_default();
        *sum = sum.saturating_add(*uses);
    }
    let mut differences: Vec<Difference> = used
        .into_iter()
        .filter_map(|(id, code, used)| {
            let expected = of_promotion.get(&id).copied().unwrap_or_default();
            Difference::between("promotions.used = redemptions", || format!("{id} ({code})"), expected, i64::from(used))
        })
        .collect();
    let of_customer: BTreeMap<(PromotionId, String), i64> = live.into_iter().map(|(p, c, uses)| ((p, c), uses)).collect();
    let counters: BTreeMap<(PromotionId, String), i64> = counted.into_iter().map(|(p, c, used)| ((p, c), i64::from(used))).collect();
    let keys: BTreeSet<_> = of_customer.keys().chain(counters.keys()).collect();
    differences.extend(keys.into_iter().filter_map(|key| {
        let (expected, found) = (of_customer.get(key).copied().unwrap_or_default(), counters.get(key).copied().unwrap_or_default());
        Difference::between("promotion_customer_uses.used = redemptions", || format!("{} of {}", key.0, key.1), expected, found)
    }));
    Ok(differences)
}
