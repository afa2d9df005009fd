//! Channels: where the shop sells. A channel has one currency, its locales and countries, whether its
//! prices include tax, and the stock locations that serve it. One channel is the default.

mod rows;
mod scope;
mod shapes;
mod write;

use diesel::prelude::*;

pub use scope::Scope;
pub use shapes::{Channel, ChannelCreate, ChannelUpdate};
pub use write::{create, update};

use crate::commerce::auth::{Caller, Permission};
use crate::db::tables::channels;
use crate::db::{Tx, on_each};
use crate::error::{Error, Result};
use crate::types::page::Direction;
use crate::types::{ChannelId, Currency, Json, Listing, PageRequest};
use rows::ChannelRow;

/// A channel by its id, active or not.
pub fn by_id(tx: &mut Tx, id: ChannelId) -> Result<Option<Channel>> {
    let row: Option<ChannelRow> = on_each!(tx, |c| channels::table.find(id).select(ChannelRow::as_select()).first(c).optional())?;
    Ok(row.map(Channel::from))
}

/// A channel by its code, active or not.
pub fn by_code(tx: &mut Tx, code: &str) -> Result<Option<Channel>> {
    let coded = channels::table.filter(channels::code.eq(code));
    let row: Option<ChannelRow> = on_each!(tx, |c| coded.select(ChannelRow::as_select()).first(c).optional())?;
    Ok(row.map(Channel::from))
}

/// The default channel.
pub fn default(tx: &mut Tx) -> Result<Option<Channel>> {
    let row: Option<ChannelRow> =
        on_each!(tx, |c| channels::table.filter(channels::is_default.eq(true)).select(ChannelRow::as_select()).first(c).optional())?;
    Ok(row.map(Channel::from))
}

/// Whether an active channel sells in a currency.
pub fn sells_in(tx: &mut Tx, currency: Currency) -> Result<bool> {
    let selling = channels::table.filter(channels::currency.eq(currency)).filter(channels::active.eq(true)).count();
    let count: i64 = on_each!(tx, |c| selling.get_result(c))?;
    Ok(count > 0)
}

/// The origins that any active channel allows.
pub fn allowed_origins(tx: &mut Tx) -> Result<Vec<String>> {
    let of_active = channels::table.filter(channels::active.eq(true)).select(channels::allowed_origins);
    let rows: Vec<Json<Vec<String>>> = on_each!(tx, |c| of_active.load(c))?;
    Ok(rows.into_iter().flat_map(|row| row.0).collect())
}

/// A channel, for staff.
pub fn get(tx: &mut Tx, by: &Caller, id: ChannelId) -> Result<Channel> {
    by.require(Permission::SettingsRead)?;
    by_id(tx, id)?.filter(|channel| by.reaches(channel.id)).ok_or_else(|| Error::not_found("channel"))
}

/// All channels, oldest first, for staff.
pub fn list(tx: &mut Tx, by: &Caller, page: &PageRequest) -> Result<Listing<Channel>> {
    const LIST: &str = "channels";
    by.require(Permission::SettingsRead)?;
    let key: Option<ChannelId> = page.key(LIST)?;
    let rows: Vec<ChannelRow> = on_each!(tx, |c| {
        let mut query = channels::table.select(ChannelRow::as_select()).limit(page.fetch()).into_boxed();
        if let Some(only) = by.only_channel() {
            query = query.filter(channels::id.eq(only));
        }
        match (page.direction, key) {
            (Direction::Forward, None) => query.order(channels::id.asc()),
            (Direction::Forward, Some(id)) => query.filter(channels::id.gt(id)).order(channels::id.asc()),
            (Direction::Backward, None) => query.order(channels::id.desc()),
            (Direction::Backward, Some(id)) => query.filter(channels::id.lt(id)).order(channels::id.desc()),
        }
        .load(c)
    })?;
    Ok(page.listing(LIST, rows, |row| row.id).map(Channel::from))
}
