//! Changing what lies on the shelf: by staff with a reason, by an import.

use std::collections::{BTreeMap, HashSet};

use diesel::prelude::*;

use super::lock::{lock, lock_or_make};
use super::shapes::{
    MovementKind, StockAdjustment, StockAdjustmentBulk, StockAdjustmentProblem, StockAdjustmentResult, StockAdjustmentResults, StockLevel,
};
use super::shelf::{Change, Place, Shelf};
use crate::commerce::auth::{Caller, Permission};
use crate::commerce::events;
use crate::db::tables::{stock_locations, variants};
use crate::db::{Tx, any_of, on_each};
use crate::error::{Code, Error, FieldError, Result, check};
use crate::types::{LocationId, VariantId};

/// The most a shelf holds: far from where 32 bits end.
const MAX_ON_HAND: i32 = 1_000_000_000;
/// Levels locked at once by a batch.
const BATCH: usize = 1_000;

/// Adjusts one level and answers it. Never below what orders hold: `insufficient_stock`. What comes in
/// goes to backorders first, oldest first.
pub fn adjust(tx: &mut Tx, by: &Caller, input: StockAdjustment) -> Result<StockLevel> {
    by.require(Permission::StockWrite)?;
    check(&input)?;
    let place = (input.variant_id, input.location_id);
    let (shelf, refused) = apply(tx, by, &[input], "")?;
    if let Some((_, code, field)) = refused.into_iter().next() {
        return Err(Error::new(code, field.detail.clone()).with_fields(vec![field]));
    }
    let shelf = shelf.fill_and_save(tx)?;
    announce(tx, &shelf, &[place])?;
    Ok(shelf.shape(place))
}

/// Adjusts up to 1,000 levels, in order. With `atomic` all or none, else each that can be; the number of
/// statements does not grow with theirs.
pub fn adjust_bulk(tx: &mut Tx, by: &Caller, input: StockAdjustmentBulk, atomic: bool) -> Result<StockAdjustmentResults> {
    by.require(Permission::StockWrite)?;
    check(&input)?;
    let items = input.adjustments;
    let (shelf, refused) = apply(tx, by, &items, "/adjustments")?;
    if atomic && let Some((_, code, first)) = refused.first() {
        let detail = format!("Nothing was adjusted: {}", first.detail);
        return Err(Error::new(*code, detail).with_fields(refused.into_iter().map(|(_, _, field)| field).collect()));
    }
    let shelf = shelf.fill_and_save(tx)?;
    let mut problems: BTreeMap<usize, FieldError> = refused.into_iter().map(|(index, _, field)| (index, field)).collect();
    let places: Vec<Place> =
        items.iter().enumerate().filter(|(i, _)| !problems.contains_key(i)).map(|(_, item)| (item.variant_id, item.location_id)).collect();
    announce(tx, &shelf, &places)?;
    let count = |n: usize| i32::try_from(n).unwrap_or(i32::MAX);
    let (done, refused) = (count(places.len()), count(problems.len()));
    let results = items
        .iter()
        .enumerate()
        .map(|(index, item)| match problems.remove(&index) {
            Some(FieldError { pointer, code, detail }) => {
                StockAdjustmentResult { level: None, error: Some(StockAdjustmentProblem { code, pointer, detail }) }
            }
            None => StockAdjustmentResult { level: Some(shelf.shape((item.variant_id, item.location_id))), error: None },
        })
        .collect();
    Ok(StockAdjustmentResults { done, refused, results })
}

/// Sets what a location has of these variants, for imports and the demo shop: answers how many levels
/// changed; a second identical call changes none and writes nothing. Never below what orders hold: such a
/// level is set to what they hold. A negative count is 0. Asks no permission: its caller has.
pub fn set_levels(tx: &mut Tx, by: &Caller, location: LocationId, counts: &[(VariantId, i32)], reason: &str) -> Result<usize> {
    let mut changed = 0usize;
    // A variant named twice has its last count.
    let counts: Vec<(VariantId, i32)> = counts.iter().copied().collect::<BTreeMap<_, _>>().into_iter().collect();
    for batch in counts.chunks(BATCH) {
        let ids: Vec<VariantId> = batch.iter().map(|(id, _)| *id).collect();
        let new: Vec<Place> = batch.iter().filter(|(_, count)| *count > 0).map(|(id, _)| (*id, location)).collect();
        let levels = lock_or_make(tx, &ids, &[location], &new)?;
        let mut shelf = Shelf::new(tx, by, levels);
        for (variant, count) in batch {
            let place = (*variant, location);
            let level = shelf.level(place);
            let delta = (*count).clamp(level.reserved, MAX_ON_HAND.max(level.reserved)).saturating_sub(level.on_hand);
            if delta != 0 {
                let change = Change { on_hand: delta, reason: Some(reason.to_owned()), ..Change::default() };
                shelf.apply(tx, place, MovementKind::Import, change)?;
            }
        }
        changed = changed.saturating_add(shelf.changes());
        shelf.fill_and_save(tx)?;
    }
    if changed > 0 {
        let data = serde_json::json!({"location_id": location, "changed": changed, "reason": reason});
        events::emit(tx, "stock.imported", Some(location.into()), &data)?;
    }
    Ok(changed)
}

/// An adjustment that cannot be: its place among the items, and why.
type Refused = (usize, Code, FieldError);

/// Applies what can be to the locked levels; tells each that cannot, with its index and code.
fn apply(tx: &mut Tx, by: &Caller, items: &[StockAdjustment], base: &str) -> Result<(Shelf, Vec<Refused>)> {
    let (variants, locations) = existing(tx, items)?;
    let known = |item: &StockAdjustment| variants.contains(&item.variant_id) && locations.contains(&item.location_id);
    let place = |item: &StockAdjustment| (item.variant_id, item.location_id);
    let new: Vec<Place> = items.iter().filter(|item| item.delta > 0 && known(item)).map(place).collect();
    let all_variants: Vec<VariantId> = variants.iter().copied().collect();
    let all_locations: Vec<LocationId> = locations.iter().copied().collect();
    let levels = if all_variants.is_empty() || all_locations.is_empty() {
        BTreeMap::new()
    } else if new.is_empty() {
        lock(tx, &all_variants, &all_locations)?
    } else {
        lock_or_make(tx, &all_variants, &all_locations, &new)?
    };
    let mut shelf = Shelf::new(tx, by, levels);
    let mut refused = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let at = if base.is_empty() { String::new() } else { format!("{base}/{index}") };
        let mut refuse = |code: Code, name: &str, word: &str, detail: String| {
            refused.push((index, code, FieldError::new(format!("{at}/{name}"), word, detail)));
        };
        let level = shelf.level(place(item));
        let change = Change { on_hand: item.delta, reason: Some(item.reason.clone()), ..Change::default() };
        if !variants.contains(&item.variant_id) {
            refuse(Code::NotFound, "variant_id", "not_found", "There is no such variant.".to_owned());
        } else if !locations.contains(&item.location_id) {
            refuse(Code::NotFound, "location_id", "not_found", "There is no such stock location.".to_owned());
        } else if item.delta == 0 {
            refuse(Code::Invalid, "delta", "range", "Must not be 0.".to_owned());
        } else if level.on_hand.saturating_add(item.delta) > MAX_ON_HAND {
            refuse(Code::Invalid, "delta", "range", format!("A location holds {MAX_ON_HAND} at most."));
        } else if level.after(&change).is_none() {
            let detail = format!("{} on hand, {} of them held by orders.", level.on_hand, level.reserved);
            refuse(Code::InsufficientStock, "delta", Code::InsufficientStock.as_str(), detail);
        } else {
            shelf.apply(tx, place(item), MovementKind::Adjustment, change)?;
        }
    }
    Ok((shelf, refused))
}

fn existing(tx: &mut Tx, items: &[StockAdjustment]) -> Result<(HashSet<VariantId>, HashSet<LocationId>)> {
    let variant_ids = any_of(&items.iter().map(|i| i.variant_id).collect::<Vec<_>>());
    let location_ids = any_of(&items.iter().map(|i| i.location_id).collect::<Vec<_>>());
    let found: Vec<VariantId> = on_each!(tx, |c| variants::table.filter(variants::id.eq_any(&variant_ids)).select(variants::id).load(c))?;
    let places: Vec<LocationId> =
        on_each!(tx, |c| stock_locations::table.filter(stock_locations::id.eq_any(&location_ids)).select(stock_locations::id).load(c))?;
    Ok((found.into_iter().collect(), places.into_iter().collect()))
}

fn announce(tx: &mut Tx, shelf: &Shelf, places: &[Place]) -> Result<()> {
    let mut things = Vec::with_capacity(places.len());
    for place in places.iter().collect::<std::collections::BTreeSet<_>>() {
        things.push((Some(place.0.into()), serde_json::to_value(shelf.shape(*place))?));
    }
    events::emit_all(tx, "stock.adjusted", things)
}
