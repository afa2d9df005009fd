//! Stock locations, and which channels they serve.

use std::collections::{BTreeSet, HashMap};

use diesel::prelude::*;

use super::rows::LocationRow;
use super::shapes::{StockLocation, StockLocationCreate, StockLocationUpdate};
use crate::commerce::auth::{Caller, Permission};
use crate::commerce::events;
use crate::db::tables::{channel_stock_locations as links, channels, stock_locations as locations};
use crate::db::{Tx, any_of, on_each};
use crate::error::{Code, Error, OnUnique, Result, check, check_at};
use crate::types::page::Direction;
use crate::types::{ChannelId, Json, Listing, LocationId, PageRequest};

/// A stock location, for staff.
pub fn get_location(tx: &mut Tx, by: &Caller, id: LocationId) -> Result<StockLocation> {
    by.require(Permission::StockRead)?;
    let row = load(tx, id)?;
    shaped(tx, vec![row])?.pop().ok_or_else(|| Error::not_found("stock location"))
}

/// All stock locations, oldest first, for staff. Two statements.
pub fn list_locations(tx: &mut Tx, by: &Caller, page: &PageRequest) -> Result<Listing<StockLocation>> {
    const LIST: &str = "stock_locations";
    by.require(Permission::StockRead)?;
    let key: Option<LocationId> = page.key(LIST)?;
    let rows: Vec<LocationRow> = on_each!(tx, |c| {
        let query = locations::table.select(LocationRow::as_select()).limit(page.fetch()).into_boxed();
        match (page.direction, key) {
            (Direction::Forward, None) => query.order(locations::id.asc()),
            (Direction::Forward, Some(id)) => query.filter(locations::id.gt(id)).order(locations::id.asc()),
            (Direction::Backward, None) => query.order(locations::id.desc()),
            (Direction::Backward, Some(id)) => query.filter(locations::id.lt(id)).order(locations::id.desc()),
        }
        .load(c)
    })?;
    let listing = page.listing(LIST, rows, |row| row.id);
    let mut served = served(tx, &listing.values().map(|row| row.id).collect::<Vec<_>>())?;
    Ok(listing.map(|row| shape(row, &mut served)))
}

/// Makes a stock location. Without `channels` it serves all there are.
pub fn create_location(tx: &mut Tx, by: &Caller, input: StockLocationCreate) -> Result<StockLocation> {
    by.require(Permission::StockWrite)?;
    check(&input)?;
    if !input.code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        return Err(Error::invalid_field("/code", "format", "Lower-case letters, digits and hyphens only."));
    }
    let row = LocationRow {
        id: tx.new_id(),
        code: input.code,
        name: input.name,
        address: input.address.map(Json),
        priority: input.priority,
        active: true,
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    };
    on_each!(tx, |c| diesel::insert_into(locations::table).values(&row).execute(c))
        .on_unique(|| Error::new(Code::AlreadyExists, "A stock location has this code already."))?;
    let serving = match input.channels {
        Some(channels) => known_channels(tx, channels)?,
        None => on_each!(tx, |c| channels::table.order(channels::id).select(channels::id).load(c))?,
    };
    link(tx, row.id, &serving)?;
    written(tx, row, serving, "stock_location.created")
}

/// Changes a stock location. `expected_version` refuses to write over a version not seen (412).
pub fn update_location(
    tx: &mut Tx,
    by: &Caller,
    id: LocationId,
    expected_version: Option<i32>,
    input: StockLocationUpdate,
) -> Result<StockLocation> {
    by.require(Permission::StockWrite)?;
    check(&input)?;
    if let Some(address) = input.address.value() {
        check_at("/address", address)?;
    }
    let mut row = load(tx, id)?;
    let seen = row.version;
    if expected_version.is_some_and(|v| v != seen) {
        return Err(Error::new(Code::VersionMismatch, format!("The stock location is at version {seen} now.")));
    }
    row.name = input.name.unwrap_or(row.name);
    input.address.map(Json).apply(&mut row.address);
    row.priority = input.priority.unwrap_or(row.priority);
    row.active = input.active.unwrap_or(row.active);
    row.version = seen.saturating_add(1);
    row.updated_at = tx.now();
    let changed = on_each!(tx, |c| diesel::update(locations::table.find(id).filter(locations::version.eq(seen))).set(&row).execute(c))?;
    if changed == 0 {
        return Err(Error::new(Code::VersionMismatch, "The stock location changed meanwhile."));
    }
    let serving = match input.channels {
        Some(channels) => {
            let channels = known_channels(tx, channels)?;
            on_each!(tx, |c| diesel::delete(links::table.filter(links::location_id.eq(id))).execute(c))?;
            link(tx, id, &channels)?;
            channels
        }
        None => served(tx, &[id])?.remove(&id).unwrap_or_default(),
    };
    written(tx, row, serving, "stock_location.updated")
}

/// Stops taking new orders' stock from a location. What is held there already can still be sent. Doing it
/// again changes nothing.
pub fn deactivate_location(tx: &mut Tx, by: &Caller, id: LocationId, expected_version: Option<i32>) -> Result<StockLocation> {
    by.require(Permission::StockWrite)?;
    if !load(tx, id)?.active {
        return get_location(tx, by, id);
    }
    update_location(tx, by, id, expected_version, StockLocationUpdate { active: Some(false), ..StockLocationUpdate::default() })
}

/// Lets every active location serve a new channel, as a new location serves every channel.
pub fn serve(tx: &mut Tx, channel: ChannelId) -> Result<()> {
    let active: Vec<LocationId> =
        on_each!(tx, |c| locations::table.filter(locations::active.eq(true)).order(locations::id).select(locations::id).load(c))?;
    let rows: Vec<_> = active.into_iter().map(|location| (links::channel_id.eq(channel), links::location_id.eq(location))).collect();
    if !rows.is_empty() {
        on_each!(tx, |c| diesel::insert_into(links::table).values(&rows).execute(c))?;
    }
    Ok(())
}

fn load(tx: &mut Tx, id: LocationId) -> Result<LocationRow> {
    let row: Option<LocationRow> = on_each!(tx, |c| locations::table.find(id).select(LocationRow::as_select()).first(c).optional())?;
    row.ok_or_else(|| Error::not_found("stock location"))
}

fn known_channels(tx: &mut Tx, wanted: Vec<ChannelId>) -> Result<Vec<ChannelId>> {
    if wanted.is_empty() {
        return Ok(wanted);
    }
    let ids = any_of(&wanted);
    let known: Vec<ChannelId> =
        on_each!(tx, |c| channels::table.filter(channels::id.eq_any(&ids)).order(channels::id).select(channels::id).load(c))?;
    match wanted.iter().position(|id| !known.contains(id)) {
        Some(index) => Err(Error::invalid_field(format!("/channels/{index}"), "not_found", "There is no such channel.")),
        None => Ok(known),
    }
}

fn link(tx: &mut Tx, location: LocationId, serving: &[ChannelId]) -> Result<()> {
    let serving: BTreeSet<ChannelId> = serving.iter().copied().collect();
    let rows: Vec<_> = serving.into_iter().map(|channel| (links::channel_id.eq(channel), links::location_id.eq(location))).collect();
    if !rows.is_empty() {
        on_each!(tx, |c| diesel::insert_into(links::table).values(&rows).execute(c))?;
    }
    Ok(())
}

fn served(tx: &mut Tx, ids: &[LocationId]) -> Result<HashMap<LocationId, Vec<ChannelId>>> {
    let mut found = HashMap::<LocationId, Vec<ChannelId>>::new();
    if ids.is_empty() {
        return Ok(found);
    }
    let ids = any_of(ids);
    let rows: Vec<(LocationId, ChannelId)> = on_each!(tx, |c| links::table
        .filter(links::location_id.eq_any(&ids))
        .order(links::channel_id)
        .select((links::location_id, links::channel_id))
        .load(c))?;
    for (location, channel) in rows {
        found.entry(location).or_default().push(channel);
    }
    Ok(found)
}

fn shaped(tx: &mut Tx, rows: Vec<LocationRow>) -> Result<Vec<StockLocation>> {
    let mut served = served(tx, &rows.iter().map(|row| row.id).collect::<Vec<_>>())?;
    Ok(rows.into_iter().map(|row| shape(row, &mut served)).collect())
}

fn shape(row: LocationRow, served: &mut HashMap<LocationId, Vec<ChannelId>>) -> StockLocation {
    StockLocation {
        channels: served.remove(&row.id).unwrap_or_default(),
        id: row.id,
        code: row.code,
        name: row.name,
        address: row.address.map(|a| a.0),
        priority: row.priority,
        active: row.active,
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}

fn written(tx: &mut Tx, row: LocationRow, serving: Vec<ChannelId>, event: &str) -> Result<StockLocation> {
    let location = shape(row, &mut HashMap::new());
    let location = StockLocation { channels: serving, ..location };
    events::emit(tx, event, Some(location.id.into()), &location)?;
    Ok(location)
}
