//! Reading promotions, for staff.

use diesel::prelude::*;

use super::evaluate::normalise;
use super::rows::PromotionRow;
use super::shapes::{Promotion, PromotionFilter};
use crate::commerce::auth::{Caller, Permission};
use crate::db::tables::promotions;
use crate::db::{Tx, on_each};
use crate::error::{Error, Result};
use crate::types::page::Direction;
use crate::types::{Listing, PageRequest, PromotionId};

/// A promotion, for staff.
pub fn get(tx: &mut Tx, by: &Caller, id: PromotionId) -> Result<Promotion> {
    by.require(Permission::PromotionsRead)?;
    load(tx, id).map(Promotion::from)
}

/// Promotions, newest first, for staff.
pub fn list(tx: &mut Tx, by: &Caller, filter: &PromotionFilter, page: &PageRequest) -> Result<Listing<Promotion>> {
    const LIST: &str = "promotions";
    by.require(Permission::PromotionsRead)?;
    let key: Option<PromotionId> = page.key(LIST)?;
    let code = filter.code.as_deref().map(normalise);
    let rows: Vec<PromotionRow> = on_each!(tx, |c| {
        let mut query = promotions::table.select(PromotionRow::as_select()).limit(page.fetch()).into_boxed();
        if let Some(code) = &code {
            query = query.filter(promotions::code.eq(code));
        }
        if let Some(active) = filter.active {
            query = query.filter(promotions::active.eq(active));
        }
        match (page.direction, key) {
            (Direction::Forward, None) => query.order(promotions::id.desc()),
            (Direction::Forward, Some(id)) => query.filter(promotions::id.lt(id)).order(promotions::id.desc()),
            (Direction::Backward, None) => query.order(promotions::id.asc()),
            (Direction::Backward, Some(id)) => query.filter(promotions::id.gt(id)).order(promotions::id.asc()),
        }
        .load(c)
    })?;
    Ok(page.listing(LIST, rows, |row| row.id).map(Promotion::from))
}

pub(super) fn load(tx: &mut Tx, id: PromotionId) -> Result<PromotionRow> {
    let row: Option<PromotionRow> = on_each!(tx, |c| promotions::table.find(id).select(PromotionRow::as_select()).first(c).optional())?;
    row.ok_or_else(|| Error::not_found("promotion"))
}
