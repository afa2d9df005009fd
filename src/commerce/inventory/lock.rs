//! Locking levels: the one thing of stock that the two databases do differently.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::rows::LevelRow;
use super::shelf::{Level, Place};
use crate::db::tables::stock_levels as levels;
use crate::db::{Conn, Tx, any_of, on_each};
use crate::error::Result;
use crate::types::{LocationId, VariantId};

/// The levels of these variants at these locations, locked in (variant, location) order until the
/// transaction ends, so that two baskets of the same variants wait for each other and never in a circle.
/// One statement. SQLite has one writer at a time: its transaction is the lock.
pub(super) fn lock(tx: &mut Tx, variants: &[VariantId], locations: &[LocationId]) -> Result<BTreeMap<Place, Level>> {
    let (variants, locations) = (any_of(variants), any_of(locations));
    let wanted = levels::table
        .filter(levels::variant_id.eq_any(variants))
        .filter(levels::location_id.eq_any(locations))
        .order((levels::variant_id, levels::location_id))
        .select((levels::variant_id, levels::location_id, levels::on_hand, levels::reserved, levels::backordered));
    let rows: Vec<(VariantId, LocationId, i32, i32, i32)> = match tx.conn()? {
        Conn::Sqlite(c) => wanted.load(&mut **c)?,
        Conn::Postgres(c) => wanted.for_update().load(&mut **c)?,
    };
    let keyed = |(variant, location, on_hand, reserved, backordered)| ((variant, location), Level { on_hand, reserved, backordered });
    Ok(rows.into_iter().map(keyed).collect())
}

/// The same, after making the levels in `places` that do not exist yet: two statements more if any are missing.
pub(super) fn lock_or_make(
    tx: &mut Tx,
    variants: &[VariantId],
    locations: &[LocationId],
    places: &[Place],
) -> Result<BTreeMap<Place, Level>> {
    let found = lock(tx, variants, locations)?;
    let now = tx.now();
    let mut missing: Vec<Place> = places.iter().copied().filter(|place| !found.contains_key(place)).collect();
    missing.sort_unstable();
    missing.dedup();
    if missing.is_empty() {
        return Ok(found);
    }
    let rows: Vec<LevelRow> = missing
        .into_iter()
        .map(|(variant_id, location_id)| LevelRow { variant_id, location_id, on_hand: 0, reserved: 0, backordered: 0, updated_at: now })
        .collect();
    for chunk in rows.chunks(super::shelf::CHUNK) {
        // Somebody else may make the same one now: whoever comes second locks the first one's.
        on_each!(tx, |c| diesel::insert_into(levels::table)
            .values(chunk)
            .on_conflict((levels::variant_id, levels::location_id))
            .do_nothing()
            .execute(c))?;
    }
    lock(tx, variants, locations)
}
