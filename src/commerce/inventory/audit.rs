//! Recomputing every level from its ledger and from what is held.

use std::collections::{BTreeMap, BTreeSet};

use diesel::dsl::sum;
use diesel::prelude::*;

use super::rows::{LevelRow, ReservationState};
use super::shelf::Place;
use crate::commerce::audit::Difference;
use crate::db::tables::{stock_levels as levels, stock_movements as movements, stock_reservations as reservations};
use crate::db::{Tx, on_each};
use crate::error::Result;

/// Every level against the sum of its movements, and `reserved` and `backordered` against the sum of open
/// reservations. Empty when all is well. Run it in `Db::snapshot`: three statements that must see one state.
pub fn audit(tx: &mut Tx) -> Result<Vec<Difference>> {
    let balances: Vec<LevelRow> = on_each!(tx, |c| levels::table.select(LevelRow::as_select()).load(c))?;
    let balances: BTreeMap<Place, [i64; 3]> = balances
        .into_iter()
        .map(|row| ((row.variant_id, row.location_id), [i64::from(row.on_hand), i64::from(row.reserved), i64::from(row.backordered)]))
        .collect();
    let (moved, held) = (moved(tx)?, held(tx)?);
    let places: BTreeSet<&Place> = balances.keys().chain(moved.keys()).chain(held.keys()).collect();
    let mut differences = Vec::new();
    for place in places {
        let [on_hand, reserved, backordered] = balances.get(place).copied().unwrap_or_default();
        let [moved_on_hand, moved_reserved, moved_backordered] = moved.get(place).copied().unwrap_or_default();
        let [held_reserved, held_backordered] = held.get(place).copied().unwrap_or_default();
        let subject = || format!("{} at {}", place.0, place.1);
        differences.extend(
            [
                Difference::between("stock_levels.on_hand = movements", subject, moved_on_hand, on_hand),
                Difference::between("stock_levels.reserved = movements", subject, moved_reserved, reserved),
                Difference::between("stock_levels.backordered = movements", subject, moved_backordered, backordered),
                Difference::between("stock_levels.reserved = reservations", subject, held_reserved, reserved),
                Difference::between("stock_levels.backordered = reservations", subject, held_backordered, backordered),
            ]
            .into_iter()
            .flatten(),
        );
    }
    Ok(differences)
}

type Sum = Option<i64>;

fn moved(tx: &mut Tx) -> Result<BTreeMap<Place, [i64; 3]>> {
    let rows: Vec<(crate::types::VariantId, crate::types::LocationId, Sum, Sum, Sum)> = on_each!(tx, |c| movements::table
        .group_by((movements::variant_id, movements::location_id))
        .select((
            movements::variant_id,
            movements::location_id,
            sum(movements::on_hand_delta),
            sum(movements::reserved_delta),
            sum(movements::backordered_delta)
        ))
        .load(c))?;
    Ok(rows.into_iter().map(|(v, l, a, b, c)| ((v, l), [a, b, c].map(Option::unwrap_or_default))).collect())
}

fn held(tx: &mut Tx) -> Result<BTreeMap<Place, [i64; 2]>> {
    let rows: Vec<(crate::types::VariantId, crate::types::LocationId, Sum, Sum)> = on_each!(tx, |c| reservations::table
        .filter(reservations::state.ne(ReservationState::Closed))
        .group_by((reservations::variant_id, reservations::location_id))
        .select((reservations::variant_id, reservations::location_id, sum(reservations::quantity), sum(reservations::backordered)))
        .load(c))?;
    Ok(rows.into_iter().map(|(v, l, a, b)| ((v, l), [a, b].map(Option::unwrap_or_default))).collect())
}
