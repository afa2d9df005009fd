//! Reading levels and the ledger, for staff.

use diesel::prelude::*;

use super::rows::{LevelRow, MovementRow};
use super::shapes::{LevelFilter, MovementFilter, StockLevel, StockMovement};
use super::shelf::Place;
use crate::commerce::auth::{Caller, Permission};
use crate::db::tables::{stock_levels as levels, stock_movements as movements};
use crate::db::{Tx, on_each};
use crate::error::Result;
use crate::types::page::Direction;
use crate::types::{Listing, MovementId, PageRequest};

/// Levels by variant and location, for staff.
pub fn list_levels(tx: &mut Tx, by: &Caller, filter: &LevelFilter, page: &PageRequest) -> Result<Listing<StockLevel>> {
    const LIST: &str = "stock_levels";
    by.require(Permission::StockRead)?;
    let key: Option<Place> = page.key(LIST)?;
    let rows: Vec<LevelRow> = on_each!(tx, |c| {
        let mut query = levels::table.select(LevelRow::as_select()).limit(page.fetch()).into_boxed();
        if let Some(variant) = filter.variant_id {
            query = query.filter(levels::variant_id.eq(variant));
        }
        if let Some(location) = filter.location_id {
            query = query.filter(levels::location_id.eq(location));
        }
        query = match (page.direction, key) {
            (_, None) => query,
            (Direction::Forward, Some((variant, location))) => {
                query.filter(levels::variant_id.gt(variant).or(levels::variant_id.eq(variant).and(levels::location_id.gt(location))))
            }
            (Direction::Backward, Some((variant, location))) => {
                query.filter(levels::variant_id.lt(variant).or(levels::variant_id.eq(variant).and(levels::location_id.lt(location))))
            }
        };
        match page.direction {
            Direction::Forward => query.order((levels::variant_id.asc(), levels::location_id.asc())).load(c),
            Direction::Backward => query.order((levels::variant_id.desc(), levels::location_id.desc())).load(c),
        }
    })?;
    let mut listing = page.listing(LIST, rows, |row| (row.variant_id, row.location_id)).map(StockLevel::from);
    if page.with_total {
        listing.total = Some(on_each!(tx, |c| {
            let mut query = levels::table.count().into_boxed();
            if let Some(variant) = filter.variant_id {
                query = query.filter(levels::variant_id.eq(variant));
            }
            if let Some(location) = filter.location_id {
                query = query.filter(levels::location_id.eq(location));
            }
            query.get_result(c)
        })?);
    }
    Ok(listing)
}

/// The ledger, newest first, for staff.
pub fn list_movements(tx: &mut Tx, by: &Caller, filter: &MovementFilter, page: &PageRequest) -> Result<Listing<StockMovement>> {
    const LIST: &str = "stock_movements";
    by.require(Permission::StockRead)?;
    let key: Option<MovementId> = page.key(LIST)?;
    let rows: Vec<MovementRow> = on_each!(tx, |c| {
        let mut query = movements::table.select(MovementRow::as_select()).limit(page.fetch()).into_boxed();
        if let Some(variant) = filter.variant_id {
            query = query.filter(movements::variant_id.eq(variant));
        }
        if let Some(location) = filter.location_id {
            query = query.filter(movements::location_id.eq(location));
        }
        match (page.direction, key) {
            (Direction::Forward, None) => query.order(movements::id.desc()),
            (Direction::Forward, Some(id)) => query.filter(movements::id.lt(id)).order(movements::id.desc()),
            (Direction::Backward, None) => query.order(movements::id.asc()),
            (Direction::Backward, Some(id)) => query.filter(movements::id.gt(id)).order(movements::id.asc()),
        }
        .load(c)
    })?;
    Ok(page.listing(LIST, rows, |row| row.id).map(StockMovement::from))
}
