//! Stock: a balance per variant and location, a ledger of its movements, and what live orders hold.
//! (Being built; these signatures are the room's face to checkout and orders.)

use std::collections::HashMap;

use crate::commerce::auth::Caller;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::types::{ChannelId, OrderId, OrderLineId, VariantId};

/// What an order line wants held.
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
}

/// How many of each variant the channel's active locations can still promise (on hand less reserved), in
/// one statement. A variant without a level has 0.
pub fn available(_tx: &mut Tx, _channel: ChannelId, _variants: &[VariantId]) -> Result<HashMap<VariantId, i64>> {
    Err(Error::internal("being built"))
}

/// Holds stock for an order: all of it or `insufficient_stock` with a pointer `/lines/{index}/quantity` for
/// each want that cannot be met. The last thing a transaction does: its rows are the contended ones, locked
/// in (variant, location) order. The number of statements does not grow with the wants.
pub fn reserve(_tx: &mut Tx, _by: &Caller, _order: OrderId, _wants: &[Want]) -> Result<()> {
    Err(Error::internal("being built"))
}

/// Marks what an order holds as paid for.
pub fn allocate(_tx: &mut Tx, _order: OrderId) -> Result<()> {
    Err(Error::internal("being built"))
}

/// Gives back all that an order still holds: cancelled, expired.
pub fn release(_tx: &mut Tx, _by: &Caller, _order: OrderId) -> Result<()> {
    Err(Error::internal("being built"))
}

/// Takes shipped quantities out of stock and out of what the order holds; `insufficient_stock` for a
/// quantity that is still backordered.
pub fn fulfil(_tx: &mut Tx, _by: &Caller, _order: OrderId, _items: &[(OrderLineId, i32)]) -> Result<()> {
    Err(Error::internal("being built"))
}

/// Gives back what an order holds of these lines, not all: a part is refunded before it ships.
pub fn release_lines(_tx: &mut Tx, _by: &Caller, _order: OrderId, _items: &[(OrderLineId, i32)]) -> Result<()> {
    Err(Error::internal("being built"))
}

/// Puts returned goods back on the shelf they were shipped from (the line's reservation knows where).
pub fn restock(_tx: &mut Tx, _by: &Caller, _order: OrderId, _items: &[(OrderLineId, i32)]) -> Result<()> {
    Err(Error::internal("being built"))
}
