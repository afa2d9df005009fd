//! Shipping zones, for staff.

use diesel::prelude::*;

use super::rows::ZoneRow;
use super::shapes::{ShippingZone, ShippingZoneCreate, ShippingZoneUpdate};
use crate::commerce::auth::{Caller, Permission};
use crate::commerce::events;
use crate::db::tables::shipping_zones as zones;
use crate::db::{Tx, on_each};
use crate::error::{Code, Error, OnReference, Result, check};
use crate::types::page::Direction;
use crate::types::{Country, Json, Listing, PageRequest, ShippingZoneId};

/// A zone, for staff.
pub fn get_zone(tx: &mut Tx, by: &Caller, id: ShippingZoneId) -> Result<ShippingZone> {
    by.require(Permission::SettingsRead)?;
    at_version(tx, id, None).map(ShippingZone::from)
}

/// All zones, oldest first, for staff.
pub fn list_zones(tx: &mut Tx, by: &Caller, page: &PageRequest) -> Result<Listing<ShippingZone>> {
    const LIST: &str = "shipping_zones";
    by.require(Permission::SettingsRead)?;
    let key: Option<ShippingZoneId> = page.key(LIST)?;
    let rows: Vec<ZoneRow> = on_each!(tx, |c| {
        let query = zones::table.select(ZoneRow::as_select()).limit(page.fetch()).into_boxed();
        match (page.direction, key) {
            (Direction::Forward, None) => query.order(zones::id.asc()),
            (Direction::Forward, Some(id)) => query.filter(zones::id.gt(id)).order(zones::id.asc()),
            (Direction::Backward, None) => query.order(zones::id.desc()),
            (Direction::Backward, Some(id)) => query.filter(zones::id.lt(id)).order(zones::id.desc()),
        }
        .load(c)
    })?;
    Ok(page.listing(LIST, rows, |row| row.id).map(ShippingZone::from))
}

/// Makes a zone.
pub fn create_zone(tx: &mut Tx, by: &Caller, input: ShippingZoneCreate) -> Result<ShippingZone> {
    by.require_everywhere(Permission::SettingsWrite)?;
    check(&input)?;
    let (id, now) = (tx.new_id(), tx.now());
    let row = ZoneRow { id, name: input.name, countries: distinct(input.countries), version: 1, created_at: now, updated_at: now };
    on_each!(tx, |c| diesel::insert_into(zones::table).values(&row).execute(c))?;
    let zone = ShippingZone::from(row);
    events::emit(tx, "shipping_zone.created", Some(zone.id.into()), &zone)?;
    Ok(zone)
}

/// Changes a zone. `expected_version` refuses to write over a version not seen (412).
pub fn update_zone(
    tx: &mut Tx,
    by: &Caller,
    id: ShippingZoneId,
    expected_version: Option<i32>,
    input: ShippingZoneUpdate,
) -> Result<ShippingZone> {
    by.require_everywhere(Permission::SettingsWrite)?;
    check(&input)?;
    let mut row = at_version(tx, id, expected_version)?;
    let seen = row.version;
    row.name = input.name.unwrap_or(row.name);
    row.countries = input.countries.map_or(row.countries, distinct);
    row.version = seen.saturating_add(1);
    row.updated_at = tx.now();
    let changed = on_each!(tx, |c| diesel::update(zones::table.find(id).filter(zones::version.eq(seen))).set(&row).execute(c))?;
    if changed == 0 {
        return Err(Error::new(Code::VersionMismatch, "The shipping zone changed meanwhile."));
    }
    let zone = ShippingZone::from(row);
    events::emit(tx, "shipping_zone.updated", Some(zone.id.into()), &zone)?;
    Ok(zone)
}

/// Deletes a zone without options, `in_use` otherwise; answers it as it was.
pub fn delete_zone(tx: &mut Tx, by: &Caller, id: ShippingZoneId, expected_version: Option<i32>) -> Result<ShippingZone> {
    by.require_everywhere(Permission::SettingsWrite)?;
    let zone = ShippingZone::from(at_version(tx, id, expected_version)?);
    on_each!(tx, |c| diesel::delete(zones::table.find(id)).execute(c))
        .on_reference(|| Error::new(Code::InUse, "The zone has shipping options: delete them first."))?;
    events::emit(tx, "shipping_zone.deleted", Some(id.into()), &zone)?;
    Ok(zone)
}

fn at_version(tx: &mut Tx, id: ShippingZoneId, expected: Option<i32>) -> Result<ZoneRow> {
    let row: Option<ZoneRow> = on_each!(tx, |c| zones::table.find(id).select(ZoneRow::as_select()).first(c).optional())?;
    let row = row.ok_or_else(|| Error::not_found("shipping zone"))?;
    let version = row.version;
    if expected.is_some_and(|v| v != version) {
        return Err(Error::new(Code::VersionMismatch, format!("The shipping zone is at version {version} now.")));
    }
    Ok(row)
}

fn distinct(countries: Vec<Country>) -> Json<Vec<Country>> {
    Json(countries.into_iter().collect::<std::collections::BTreeSet<_>>().into_iter().collect())
}
