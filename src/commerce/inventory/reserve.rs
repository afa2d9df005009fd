//! Holding stock for an order.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::lock::{lock, lock_or_make};
use super::rows::{ReservationRow, ReservationState};
use super::shapes::MovementKind;
use super::shelf::{Change, Level, Place, Shelf};
use crate::commerce::auth::Caller;
use crate::db::tables::{channel_stock_locations, stock_levels as levels, stock_locations};
use crate::db::{Again, Tx, count_later, on_each, prepared};
use crate::error::{Code, Error, FieldError, Result};
use crate::types::{ChannelId, LocationId, MOST_SHOWN, OrderId, OrderLineId, VariantId};

/// What an order line wants held. Lines whose stock is not counted want nothing.
#[derive(Debug, Clone)]
pub struct Want {
    /// The line.
    pub order_line_id: OrderLineId,
    /// The variant.
    pub variant_id: VariantId,
    /// How many.
    pub quantity: i32,
    /// Whether more than there is may be sold.
    pub backorder: bool,
    /// Where this transaction saw that it is taken from first, if it looked.
    pub first: Option<LocationId>,
}

/// Holds stock for an order from the active locations of the caller's channel: all of it or
/// `insufficient_stock` with a pointer `/lines/{index}/quantity` for each want that cannot be met. The last
/// thing a transaction does: its rows are the contended ones, locked in (variant, location) order. Five
/// statements, two more when something is backordered where it never was stocked; three for one want that
/// the first location can meet, the commonest case and that of a rush; all put off where there is plenty.
pub fn reserve(tx: &mut Tx, by: &Caller, order: OrderId, wants: &[Want]) -> Result<()> {
    if wants.is_empty() {
        return Ok(());
    }
    if let Some(taken) = plenty(tx, wants) {
        return take_of_plenty(tx, by, order, &taken);
    }
    if let [want] = wants
        && let Some(location) = take_at_once(tx, by.channel.id, want)?
    {
        let mut shelf = Shelf::new(tx, by, BTreeMap::new());
        let taken = Taken { line: want.order_line_id, place: (want.variant_id, location), quantity: want.quantity, backordered: 0 };
        shelf.note(tx, taken.place, MovementKind::Reserve, taken.change(order));
        shelf.begun.push(taken.reservation(tx, order));
        return shelf.save(tx);
    }
    let locations = serving(tx, by.channel.id)?;
    let variants: Vec<VariantId> = wants.iter().map(|w| w.variant_id).collect();
    let mut levels = lock(tx, &variants, &locations)?;
    let mut taken = plan(&levels, &locations, wants)?;
    let new: Vec<Place> = taken.iter().map(|t| t.place).filter(|place| !levels.contains_key(place)).collect();
    if !new.is_empty() {
        levels = lock_or_make(tx, &variants, &locations, &new)?;
        taken = plan(&levels, &locations, wants)?;
    }
    let mut shelf = Shelf::new(tx, by, levels);
    for taken in taken {
        shelf.apply(tx, taken.place, MovementKind::Reserve, taken.change(order))?;
        shelf.begun.push(taken.reservation(tx, order));
    }
    shelf.save(tx)
}

/// What each want takes where there is hope that it may be put off: in the order of variants, each once, where it was seen.
fn plenty(tx: &Tx, wants: &[Want]) -> Option<Vec<Taken>> {
    let taken = wants.iter().map(|want| {
        let place = (want.variant_id, want.first?);
        (want.quantity > 0).then_some(Taken { line: want.order_line_id, place, quantity: want.quantity, backordered: 0 })
    });
    let mut taken = taken.collect::<Option<Vec<_>>>().filter(|_| tx.may_be_one_statement())?;
    taken.sort_by_key(|taken| taken.place);
    let is_twice = taken.windows(2).any(|pair| matches!(pair, [a, b] if a.place.0 == b.place.0));
    (!is_twice).then_some(taken)
}

/// Takes what leaves as much as shoppers see no difference of. Where it does not, the transaction runs again, in which
/// [`take_at_once`] and [`lock`] tell exactly.
fn take_of_plenty(tx: &mut Tx, by: &Caller, order: OrderId, all: &[Taken]) -> Result<()> {
    let now = tx.now();
    let mut shelf = Shelf::new(tx, by, BTreeMap::new());
    for taken in all {
        let place = taken.place;
        let take = move |quantity: i32| {
            let level = levels::table.find(place).filter(levels::reserved.le(levels::on_hand - quantity.saturating_add(MOST_SHOWN)));
            diesel::update(level).set((levels::reserved.eq(levels::reserved + quantity), levels::updated_at.eq(now)))
        };
        let scarce = || Error::unavailable(Again("stock is scarce"));
        count_later!(tx, stock_levels, [place.0.into(), place.1.into()], taken.quantity, take, Some(scarce))?;
        shelf.note(tx, taken.place, MovementKind::Reserve, taken.change(order));
        shelf.begun.push(taken.reservation(tx, order));
    }
    shelf.save(tx)
}

/// Holds what one want asks for at the location that is taken from first, if that has as much, by one
/// guarded update: whoever wants the same waits for it to commit and for nothing else.
fn take_at_once(tx: &mut Tx, channel: ChannelId, want: &Want) -> Result<Option<LocationId>> {
    let (now, quantity) = (tx.now(), want.quantity);
    if quantity <= 0 {
        return Ok(None);
    }
    let first = stock_locations::table
        .inner_join(channel_stock_locations::table.on(channel_stock_locations::location_id.eq(stock_locations::id)))
        .filter(channel_stock_locations::channel_id.eq(channel))
        .filter(stock_locations::active.eq(true))
        .order((stock_locations::priority, stock_locations::id))
        .select(stock_locations::id)
        .limit(1);
    let place = levels::table
        .filter(levels::variant_id.eq(want.variant_id))
        .filter(levels::location_id.nullable().eq(first.single_value()))
        .filter(levels::reserved.le(levels::on_hand - quantity));
    let change = (levels::reserved.eq(levels::reserved + quantity), levels::updated_at.eq(now));
    let told = (levels::location_id, levels::on_hand, levels::reserved, levels::backordered);
    let taken: Option<(LocationId, i32, i32, i32)> =
        on_each!(tx, |c| prepared(diesel::update(place).set(change).returning(told)).get_result(c).optional())?;
    Ok(taken.map(|(location, on_hand, reserved, backordered)| {
        let now = Level { on_hand, reserved, backordered };
        if !now.shows_as(Level { reserved: reserved.saturating_sub(quantity), ..now }) {
            tx.touch_stock(location);
        }
        location
    }))
}

/// The active locations that serve a channel, first to be taken from first: one statement.
pub(super) fn serving(tx: &mut Tx, channel: ChannelId) -> Result<Vec<LocationId>> {
    Ok(on_each!(tx, |c| {
        stock_locations::table
            .inner_join(channel_stock_locations::table.on(channel_stock_locations::location_id.eq(stock_locations::id)))
            .filter(channel_stock_locations::channel_id.eq(channel))
            .filter(stock_locations::active.eq(true))
            .order((stock_locations::priority, stock_locations::id))
            .select(stock_locations::id)
            .load(c)
    })?)
}

/// What a line takes from a place.
#[derive(Debug, PartialEq, Eq)]
struct Taken {
    line: OrderLineId,
    place: Place,
    quantity: i32,
    backordered: i32,
}

impl Taken {
    fn change(&self, order: OrderId) -> Change {
        Change { reserved: self.quantity, backordered: self.backordered, order_id: Some(order), ..Change::default() }
    }

    fn reservation(&self, tx: &Tx, order: OrderId) -> ReservationRow {
        ReservationRow {
            id: tx.new_id(),
            order_id: order,
            order_line_id: self.line,
            variant_id: self.place.0,
            location_id: self.place.1,
            quantity: self.quantity,
            backordered: self.backordered,
            fulfilled: 0,
            state: ReservationState::Reserved,
            created_at: tx.now(),
        }
    }
}

/// Decides: each want in turn takes what is free, location by location; what then lacks is backordered at
/// the first location if the variant allows it. Every want that cannot be met is told.
fn plan(levels: &BTreeMap<Place, Level>, locations: &[LocationId], wants: &[Want]) -> Result<Vec<Taken>> {
    let mut levels = levels.clone();
    let mut taken: Vec<Taken> = Vec::with_capacity(wants.len());
    let mut short = Vec::new();
    for (index, want) in wants.iter().enumerate() {
        if want.quantity <= 0 {
            return Err(Error::invalid_field(format!("/lines/{index}/quantity"), "range", "Must be at least 1."));
        }
        let from = taken.len();
        let lacking = take_free(&mut levels, locations, want, &mut taken);
        if lacking == 0 {
            continue;
        }
        match locations.first() {
            Some(first) if want.backorder => wait_for(&mut levels, (want.variant_id, *first), want, lacking, &mut taken, from)?,
            _ => {
                let detail = format!("Only {} left.", want.quantity.saturating_sub(lacking));
                short.push(FieldError::new(format!("/lines/{index}/quantity"), Code::InsufficientStock.as_str(), detail));
            }
        }
    }
    if short.is_empty() {
        Ok(taken)
    } else {
        Err(Error::new(Code::InsufficientStock, "There is not enough stock for this order.").with_fields(short))
    }
}

/// Takes what is free; answers what lacks.
fn take_free(levels: &mut BTreeMap<Place, Level>, locations: &[LocationId], want: &Want, taken: &mut Vec<Taken>) -> i32 {
    let mut lacking = want.quantity;
    for location in locations {
        let place = (want.variant_id, *location);
        let Some(level) = levels.get_mut(&place) else { continue };
        let quantity = level.free().min(lacking);
        if quantity > 0 {
            level.reserved = level.reserved.saturating_add(quantity);
            lacking = lacking.saturating_sub(quantity);
            taken.push(Taken { line: want.order_line_id, place, quantity, backordered: 0 });
        }
    }
    lacking
}

/// Backorders what lacks at a place, on the same reservation as what the want took there.
fn wait_for(
    levels: &mut BTreeMap<Place, Level>,
    place: Place,
    want: &Want,
    lacking: i32,
    taken: &mut Vec<Taken>,
    from: usize,
) -> Result<()> {
    let level = levels.entry(place).or_default();
    level.backordered = level.backordered.checked_add(lacking).ok_or_else(|| Error::internal("backorders beyond 32 bits"))?;
    let own = taken.iter_mut().skip(from).find(|t| t.place == place);
    match own {
        Some(own) => own.backordered = lacking,
        None => taken.push(Taken { line: want.order_line_id, place, quantity: 0, backordered: lacking }),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id<I: crate::types::ids::Id>(n: u128) -> I {
        uuid::Uuid::from_u128(n).into()
    }

    fn want(line: u128, variant: u128, quantity: i32, backorder: bool) -> Want {
        Want { order_line_id: id(line), variant_id: id(variant), quantity, backorder, first: None }
    }

    fn level(on_hand: i32, reserved: i32) -> Level {
        Level { on_hand, reserved, backordered: 0 }
    }

    fn took(line: u128, variant: u128, location: u128, quantity: i32, backordered: i32) -> Taken {
        Taken { line: id(line), place: (id(variant), id(location)), quantity, backordered }
    }

    #[test]
    fn takes_from_locations_in_their_order() {
        let levels = [((id(1), id(10)), level(5, 3)), ((id(1), id(20)), level(4, 0))].into();
        let taken = plan(&levels, &[id(20), id(10)], &[want(1, 1, 5, false)]).unwrap();
        assert_eq!(taken, [took(1, 1, 20, 4, 0), took(1, 1, 10, 1, 0)]);
    }

    #[test]
    fn two_wants_of_one_variant_share_what_there_is() {
        let levels = [((id(1), id(10)), level(5, 0))].into();
        let error = plan(&levels, &[id(10)], &[want(1, 1, 3, false), want(2, 1, 3, false), want(3, 9, 1, false)]).unwrap_err();
        assert_eq!(error.code, Code::InsufficientStock);
        assert_eq!(error.fields.iter().map(|f| f.pointer.as_str()).collect::<Vec<_>>(), ["/lines/1/quantity", "/lines/2/quantity"]);
    }

    #[test]
    fn what_lacks_waits_at_the_first_location() {
        let levels = [((id(1), id(10)), level(2, 0)), ((id(1), id(20)), level(1, 0))].into();
        let taken = plan(&levels, &[id(10), id(20)], &[want(1, 1, 5, true), want(2, 1, 1, true)]).unwrap();
        assert_eq!(taken, [took(1, 1, 10, 2, 2), took(1, 1, 20, 1, 0), took(2, 1, 10, 0, 1)]);
        assert!(plan(&levels, &[], &[want(1, 1, 5, true)]).is_err(), "a channel without locations sells nothing");
    }

    proptest! {
        #[test]
        fn never_more_than_there_is(stock in prop::collection::vec((0i32..20, 0i32..20), 1..4), wants in prop::collection::vec((0u128..3, 1i32..8, any::<bool>()), 1..8)) {
            let locations: Vec<LocationId> = (0..stock.len()).map(|n| id(100 + u128::try_from(n).unwrap())).collect();
            let mut levels = BTreeMap::new();
            for variant in 0..3u128 {
                for (location, (on_hand, reserved)) in locations.iter().zip(&stock) {
                    levels.insert((id(variant), *location), level(*on_hand, (*reserved).min(*on_hand)));
                }
            }
            let wants: Vec<Want> = wants.iter().enumerate().map(|(n, (v, q, b))| want(u128::try_from(n).unwrap(), *v, *q, *b)).collect();
            if let Ok(taken) = plan(&levels, &locations, &wants) {
                for w in &wants {
                    let held: i32 = taken.iter().filter(|t| t.line == w.order_line_id).map(|t| t.quantity + t.backordered).sum();
                    prop_assert_eq!(held, w.quantity);
                }
                for t in taken {
                    let entry = levels.get_mut(&t.place).unwrap();
                    *entry = entry.after(&Change { reserved: t.quantity, backordered: t.backordered, ..Change::default() }).expect("covered by stock");
                }
            } else {
                let short = wants.iter().any(|w| !w.backorder);
                prop_assert!(short, "only a want that may not wait is refused");
            }
        }
    }
}
