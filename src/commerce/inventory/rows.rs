//! Stock as the database keeps it.

use diesel::prelude::*;

use super::shapes::{MovementKind, StockLevel, StockMovement};
use crate::commerce::address::Address;
use crate::db::tables::{stock_levels, stock_locations, stock_movements, stock_reservations};
use crate::types::text::text_enum;
use crate::types::{Json, LocationId, MovementId, OrderId, OrderLineId, ReservationId, Timestamp, VariantId};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = stock_locations, treat_none_as_null = true)]
pub(super) struct LocationRow {
    pub id: LocationId,
    pub code: String,
    pub name: String,
    pub address: Option<Json<Address>>,
    pub priority: i32,
    pub active: bool,
    pub version: i32,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = stock_levels, treat_none_as_default_value = false)]
pub(super) struct LevelRow {
    pub variant_id: VariantId,
    pub location_id: LocationId,
    pub on_hand: i32,
    pub reserved: i32,
    pub backordered: i32,
    pub updated_at: Timestamp,
}

impl From<LevelRow> for StockLevel {
    fn from(row: LevelRow) -> Self {
        Self {
            variant_id: row.variant_id,
            location_id: row.location_id,
            on_hand: row.on_hand,
            reserved: row.reserved,
            backordered: row.backordered,
            available: row.on_hand.saturating_sub(row.reserved),
            updated_at: row.updated_at,
        }
    }
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = stock_movements, treat_none_as_default_value = false)]
pub(super) struct MovementRow {
    pub id: MovementId,
    pub variant_id: VariantId,
    pub location_id: LocationId,
    pub kind: MovementKind,
    pub on_hand_delta: i32,
    pub reserved_delta: i32,
    pub backordered_delta: i32,
    pub reason: Option<String>,
    pub order_id: Option<OrderId>,
    pub actor: String,
    pub created_at: Timestamp,
}

impl From<MovementRow> for StockMovement {
    fn from(row: MovementRow) -> Self {
        Self {
            id: row.id,
            variant_id: row.variant_id,
            location_id: row.location_id,
            kind: row.kind,
            on_hand_delta: row.on_hand_delta,
            reserved_delta: row.reserved_delta,
            backordered_delta: row.backordered_delta,
            reason: row.reason,
            order_id: row.order_id,
            actor: row.actor,
            created_at: row.created_at,
        }
    }
}

text_enum! {
    /// How far what an order holds has come.
    pub enum ReservationState {
        /// Held for an order that is not paid yet.
        Reserved = "reserved",
        /// Held for a paid order.
        Allocated = "allocated",
        /// Nothing is held any more: shipped or given back.
        Closed = "closed",
    }
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = stock_reservations, treat_none_as_default_value = false)]
pub(super) struct ReservationRow {
    pub id: ReservationId,
    pub order_id: OrderId,
    pub order_line_id: OrderLineId,
    pub variant_id: VariantId,
    pub location_id: LocationId,
    pub quantity: i32,
    pub backordered: i32,
    pub fulfilled: i32,
    pub state: ReservationState,
    pub created_at: Timestamp,
}
