//! What an order holds: paid for, shipped, given back, put back.

use std::collections::BTreeMap;

use diesel::prelude::*;

use super::lock::lock;
use super::rows::{ReservationRow, ReservationState};
use super::shapes::MovementKind;
use super::shelf::{Change, Shelf};
use crate::commerce::auth::Caller;
use crate::db::tables::{stock_reservations, stock_reservations as reservations};
use crate::db::{Tx, change_later, on_each, thing};
use crate::error::{Code, Error, FieldError, Result};
use crate::types::{LocationId, OrderId, OrderLineId, VariantId};

/// Marks what an order holds as paid for. One statement.
pub fn allocate(tx: &mut Tx, order: OrderId) -> Result<()> {
    change_later!(
        tx,
        stock_reservations,
        thing(order),
        {order_id: order} and reservations::state.eq(ReservationState::Reserved) => {state: ReservationState::Allocated},
        None
    )
}

/// Gives back all that an order still holds: cancelled, expired. Doing it again changes nothing. What
/// becomes free goes to who waits for it.
pub fn release(tx: &mut Tx, by: &Caller, order: OrderId) -> Result<()> {
    let Some((mut shelf, mut held)) = holds(tx, by, order)? else { return Ok(()) };
    for row in &mut held {
        let (quantity, backordered) = (row.quantity, row.backordered);
        give_back(tx, &mut shelf, row, quantity, backordered)?;
    }
    shelf.fill_and_save(tx)?;
    Ok(())
}

/// Gives back what an order holds of these lines, not all: a part is refunded before it ships. What is
/// still backordered goes first; more than is held gives back what is held.
pub fn release_lines(tx: &mut Tx, by: &Caller, order: OrderId, items: &[(OrderLineId, i32)]) -> Result<()> {
    let Some((mut shelf, mut held)) = holds(tx, by, order)? else { return Ok(()) };
    for (line, mut left) in merged(items)? {
        // From the location last taken from backwards.
        for row in held.iter_mut().rev().filter(|row| row.order_line_id == line) {
            let backordered = row.backordered.min(left);
            left = left.saturating_sub(backordered);
            give_back(tx, &mut shelf, row, 0, backordered)?;
        }
        for row in held.iter_mut().rev().filter(|row| row.order_line_id == line) {
            let quantity = row.quantity.min(left);
            left = left.saturating_sub(quantity);
            give_back(tx, &mut shelf, row, quantity, 0)?;
        }
    }
    shelf.fill_and_save(tx)?;
    Ok(())
}

/// Takes shipped quantities out of stock and out of what the order holds; `insufficient_stock` with a
/// pointer `/lines/{index}/quantity` for a quantity that is still backordered or no longer held. A line
/// whose stock is not counted holds nothing and is passed over.
pub fn fulfil(tx: &mut Tx, by: &Caller, order: OrderId, items: &[(OrderLineId, i32)]) -> Result<()> {
    let Some((mut shelf, mut held)) = holds(tx, by, order)? else { return Ok(()) };
    let mut short = Vec::new();
    for (line, wanted) in merged(items)? {
        let mut counted = false;
        let mut left = wanted;
        for row in held.iter_mut().filter(|row| row.order_line_id == line) {
            counted = true;
            let shipped = row.quantity.min(left);
            if shipped > 0 {
                left = left.saturating_sub(shipped);
                row.quantity = row.quantity.saturating_sub(shipped);
                row.fulfilled = row.fulfilled.saturating_add(shipped);
                let out = shipped.saturating_neg();
                let change = Change { on_hand: out, reserved: out, order_id: Some(order), ..Change::default() };
                shelf.apply(tx, (row.variant_id, row.location_id), MovementKind::Fulfil, change)?;
                shelf.reservations.insert(row.id, row.clone());
            }
        }
        if counted && left > 0 {
            let index = items.iter().position(|(id, _)| *id == line).unwrap_or_default();
            let detail = format!("Only {} of this line are in stock to be sent.", wanted.saturating_sub(left));
            short.push(FieldError::new(format!("/lines/{index}/quantity"), Code::InsufficientStock.as_str(), detail));
        }
    }
    if !short.is_empty() {
        return Err(Error::new(Code::InsufficientStock, "Not all of this can be sent yet.").with_fields(short));
    }
    shelf.fill_and_save(tx)?;
    Ok(())
}

/// Puts returned goods back on the shelf they were shipped from, last shipped first; `conflict` for more
/// than was shipped. What waits for them is given them. A line whose stock is not counted is passed over.
pub fn restock(tx: &mut Tx, by: &Caller, order: OrderId, items: &[(OrderLineId, i32)]) -> Result<()> {
    let Some((mut shelf, mut held)) = holds(tx, by, order)? else { return Ok(()) };
    for (line, mut left) in merged(items)? {
        let mut counted = false;
        for row in held.iter_mut().rev().filter(|row| row.order_line_id == line) {
            counted = true;
            let back = row.fulfilled.min(left);
            if back > 0 {
                left = left.saturating_sub(back);
                row.fulfilled = row.fulfilled.saturating_sub(back);
                let change = Change { on_hand: back, order_id: Some(order), ..Change::default() };
                shelf.apply(tx, (row.variant_id, row.location_id), MovementKind::Restock, change)?;
                shelf.reservations.insert(row.id, row.clone());
            }
        }
        if counted && left > 0 {
            return Err(Error::new(Code::Conflict, "More would be put back than was shipped."));
        }
    }
    shelf.fill_and_save(tx)?;
    Ok(())
}

/// The levels an order's reservations stand on, locked, and the reservations as they are under that lock:
/// another order's adjustment may fill a backorder until then. None if the order has no reservations.
fn holds(tx: &mut Tx, by: &Caller, order: OrderId) -> Result<Option<(Shelf, Vec<ReservationRow>)>> {
    let places: Vec<(VariantId, LocationId)> = on_each!(tx, |c| reservations::table
        .filter(reservations::order_id.eq(order))
        .select((reservations::variant_id, reservations::location_id))
        .load(c))?;
    if places.is_empty() {
        return Ok(None);
    }
    let (variants, locations): (Vec<_>, Vec<_>) = places.into_iter().unzip();
    let levels = lock(tx, &variants, &locations)?;
    let held: Vec<ReservationRow> = on_each!(tx, |c| reservations::table
        .filter(reservations::order_id.eq(order))
        .order(reservations::id)
        .select(ReservationRow::as_select())
        .load(c))?;
    Ok(Some((Shelf::new(tx, by, levels), held)))
}

fn give_back(tx: &Tx, shelf: &mut Shelf, row: &mut ReservationRow, quantity: i32, backordered: i32) -> Result<()> {
    if quantity == 0 && backordered == 0 {
        return Ok(());
    }
    row.quantity = row.quantity.saturating_sub(quantity);
    row.backordered = row.backordered.saturating_sub(backordered);
    let change = Change {
        reserved: quantity.saturating_neg(),
        backordered: backordered.saturating_neg(),
        order_id: Some(row.order_id),
        ..Change::default()
    };
    shelf.apply(tx, (row.variant_id, row.location_id), MovementKind::Release, change)?;
    shelf.reservations.insert(row.id, row.clone());
    Ok(())
}

/// A line named twice counts once with both quantities.
fn merged(items: &[(OrderLineId, i32)]) -> Result<BTreeMap<OrderLineId, i32>> {
    let mut lines = BTreeMap::<OrderLineId, i32>::new();
    for (index, (line, quantity)) in items.iter().enumerate() {
        let sum = lines.entry(*line).or_default();
        *sum = sum
            .checked_add(*quantity)
            .filter(|_| *quantity > 0)
            .ok_or_else(|| Error::invalid_field(format!("/lines/{index}/quantity"), "range", "Must be at least 1."))?;
    }
    Ok(lines)
}
