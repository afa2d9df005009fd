//! The levels a transaction has locked, changed in memory and saved in three batches whatever their
//! number: the only writer of levels, reservations and movements.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use diesel::upsert::excluded;

use super::rows::{LevelRow, MovementRow, ReservationRow, ReservationState};
use super::shapes::{MovementKind, StockLevel};
use crate::commerce::auth::Caller;
use crate::db::tables::{stock_levels as levels, stock_movements, stock_reservations, stock_reservations as reservations};
use crate::db::{Tx, add_later, any_of, on_each};
use crate::error::{Code, Error, Result};
use crate::types::{LocationId, OrderId, ReservationId, Timestamp, VariantId, shown_quantity};

/// Rows of one statement: SQLite takes 32,766 values at most.
pub(super) const CHUNK: usize = 2_000;

/// A variant at a location.
pub(super) type Place = (VariantId, LocationId);

/// A balance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Level {
    pub on_hand: i32,
    pub reserved: i32,
    pub backordered: i32,
}

impl Level {
    /// What can still be promised.
    pub fn free(self) -> i32 {
        self.on_hand.saturating_sub(self.reserved)
    }

    /// Whether shoppers see a difference to another balance.
    pub fn shows_as(self, other: Self) -> bool {
        shown_quantity(self.free().into()) == shown_quantity(other.free().into())
    }

    /// The balance after a change; none if that would break what always holds.
    pub fn after(self, change: &Change) -> Option<Self> {
        let next = Self {
            on_hand: self.on_hand.checked_add(change.on_hand)?,
            reserved: self.reserved.checked_add(change.reserved)?,
            backordered: self.backordered.checked_add(change.backordered)?,
        };
        (next.reserved >= 0 && next.backordered >= 0 && next.on_hand >= next.reserved).then_some(next)
    }
}

/// A change of a level: one movement.
#[derive(Debug, Clone, Default)]
pub(super) struct Change {
    pub on_hand: i32,
    pub reserved: i32,
    pub backordered: i32,
    pub reason: Option<String>,
    pub order_id: Option<OrderId>,
}

/// Locked levels and what this transaction does to them.
pub(super) struct Shelf {
    pub levels: BTreeMap<Place, Level>,
    /// What orders hold and this transaction changes.
    pub reservations: BTreeMap<ReservationId, ReservationRow>,
    /// What an order begins to hold.
    pub begun: Vec<ReservationRow>,
    actor: String,
    now: Timestamp,
    changed: BTreeSet<Place>,
    movements: Vec<MovementRow>,
    /// Where shoppers see a difference.
    seen: BTreeSet<LocationId>,
}

impl Shelf {
    /// A shelf of levels that are locked already.
    pub fn new(tx: &Tx, by: &Caller, levels: BTreeMap<Place, Level>) -> Self {
        let (actor, now) = (by.name(), tx.now());
        Self {
            levels,
            reservations: BTreeMap::new(),
            begun: Vec::new(),
            actor,
            now,
            changed: BTreeSet::new(),
            movements: Vec::new(),
            seen: BTreeSet::new(),
        }
    }

    /// What a place has; nothing if there is no level.
    pub fn level(&self, place: Place) -> Level {
        self.levels.get(&place).copied().unwrap_or_default()
    }

    /// A place as clients see it.
    pub fn shape(&self, (variant_id, location_id): Place) -> StockLevel {
        let Level { on_hand, reserved, backordered } = self.level((variant_id, location_id));
        StockLevel::from(LevelRow { variant_id, location_id, on_hand, reserved, backordered, updated_at: self.now })
    }

    /// Changes a level and notes the movement. The caller has made sure that it is possible.
    pub fn apply(&mut self, tx: &Tx, place: Place, kind: MovementKind, change: Change) -> Result<()> {
        let level = self.level(place);
        let next = level.after(&change).ok_or_else(|| Error::internal(format!("impossible change of stock: {kind} {change:?}")))?;
        if !level.shows_as(next) {
            self.seen.insert(place.1);
        }
        self.levels.insert(place, next);
        self.changed.insert(place);
        self.note(tx, place, kind, change);
        Ok(())
    }

    /// Notes the movement of a level that is changed already.
    pub fn note(&mut self, tx: &Tx, place: Place, kind: MovementKind, change: Change) {
        self.movements.push(MovementRow {
            id: tx.new_id(),
            variant_id: place.0,
            location_id: place.1,
            kind,
            on_hand_delta: change.on_hand,
            reserved_delta: change.reserved,
            backordered_delta: change.backordered,
            reason: change.reason,
            order_id: change.order_id,
            actor: self.actor.clone(),
            created_at: self.now,
        });
    }

    /// How many levels are changed.
    pub fn changes(&self) -> usize {
        self.changed.len()
    }

    /// Gives what is free to who waits, then saves everything.
    pub fn fill_and_save(mut self, tx: &mut Tx) -> Result<Self> {
        self.fill(tx)?;
        self.save(tx)?;
        Ok(self)
    }

    /// Backorders at changed places with free stock are filled, oldest first: one statement if there are any.
    fn fill(&mut self, tx: &mut Tx) -> Result<()> {
        let waiting: Vec<Place> = self
            .changed
            .iter()
            .copied()
            .filter(|place| {
                let level = self.level(*place);
                level.backordered > 0 && level.free() > 0
            })
            .collect();
        if waiting.is_empty() {
            return Ok(());
        }
        let variants = any_of(&waiting.iter().map(|place| place.0).collect::<Vec<_>>());
        let locations = any_of(&waiting.iter().map(|place| place.1).collect::<Vec<_>>());
        let rows: Vec<ReservationRow> = on_each!(tx, |c| {
            reservations::table
                .filter(reservations::variant_id.eq_any(&variants))
                .filter(reservations::location_id.eq_any(&locations))
                .filter(reservations::backordered.gt(0))
                .order(reservations::id)
                .select(ReservationRow::as_select())
                .load(c)
        })?;
        for row in rows {
            // What this transaction has changed already is newer than the row.
            let mut row = self.reservations.get(&row.id).cloned().unwrap_or(row);
            let place = (row.variant_id, row.location_id);
            let filled = super::fill::filled(self.level(place), row.backordered);
            if filled == 0 || !waiting.contains(&place) {
                continue;
            }
            row.backordered = row.backordered.saturating_sub(filled);
            row.quantity = row.quantity.saturating_add(filled);
            let change =
                Change { reserved: filled, backordered: filled.saturating_neg(), order_id: Some(row.order_id), ..Change::default() };
            self.apply(tx, place, MovementKind::BackorderFill, change)?;
            self.reservations.insert(row.id, row);
        }
        Ok(())
    }

    /// Writes levels, reservations and movements: a batch each, whatever their number.
    pub fn save(&self, tx: &mut Tx) -> Result<()> {
        let now = self.now;
        self.seen.iter().for_each(|location| tx.touch_stock(*location));
        let rows: Vec<LevelRow> = self
            .changed
            .iter()
            .map(|place| {
                let level = self.level(*place);
                LevelRow {
                    variant_id: place.0,
                    location_id: place.1,
                    on_hand: level.on_hand,
                    reserved: level.reserved,
                    backordered: level.backordered,
                    updated_at: now,
                }
            })
            .collect();
        for chunk in rows.chunks(CHUNK) {
            on_each!(tx, |c| diesel::insert_into(levels::table)
                .values(chunk)
                .on_conflict((levels::variant_id, levels::location_id))
                .do_update()
                .set((
                    levels::on_hand.eq(excluded(levels::on_hand)),
                    levels::reserved.eq(excluded(levels::reserved)),
                    levels::backordered.eq(excluded(levels::backordered)),
                    levels::updated_at.eq(excluded(levels::updated_at)),
                ))
                .execute(c))?;
        }
        self.save_changed(tx)?;
        self.save_begun(tx)?;
        for chunk in self.movements.chunks(CHUNK) {
            add_later!(tx, stock_movements, chunk.to_vec())?;
        }
        Ok(())
    }

    fn save_changed(&self, tx: &mut Tx) -> Result<()> {
        let held: Vec<ReservationRow> = self.reservations.values().cloned().collect();
        for chunk in held.chunks(CHUNK) {
            // The state is closed below and never otherwise changed: `allocate` does that beside us.
            on_each!(tx, |c| diesel::insert_into(reservations::table)
                .values(chunk)
                .on_conflict(reservations::id)
                .do_update()
                .set((
                    reservations::quantity.eq(excluded(reservations::quantity)),
                    reservations::backordered.eq(excluded(reservations::backordered)),
                    reservations::fulfilled.eq(excluded(reservations::fulfilled)),
                ))
                .execute(c))?;
        }
        let closed: Vec<ReservationId> = held
            .iter()
            .filter(|row| row.quantity == 0 && row.backordered == 0 && row.state != ReservationState::Closed)
            .map(|row| row.id)
            .collect();
        for chunk in closed.chunks(CHUNK) {
            let ids = any_of(chunk);
            on_each!(tx, |c| diesel::update(reservations::table.filter(reservations::id.eq_any(&ids)))
                .set(reservations::state.eq(ReservationState::Closed))
                .execute(c))?;
        }
        Ok(())
    }

    /// A line that gave back all it held may hold anew; one that still holds stock cannot hold more.
    fn save_begun(&self, tx: &mut Tx) -> Result<()> {
        for chunk in self.begun.chunks(CHUNK) {
            let twice = |_: &str| Error::new(Code::Conflict, "This order holds its stock already.");
            add_later!(tx, stock_reservations, chunk.to_vec(), Some(twice))?;
        }
        Ok(())
    }
}
