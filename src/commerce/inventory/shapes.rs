//! Stock as clients send and see it.

use serde::{Deserialize, Serialize};
use validator::Validate;

use crate::commerce::address::Address;
use crate::commerce::idempotency::Answer;
use crate::types::text::text_enum;
use crate::types::{ChannelId, LocationId, MovementId, OrderId, Patch, Timestamp, VariantId};

/// Where stock lies: a warehouse, a shop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct StockLocation {
    /// Id.
    pub id: LocationId,
    /// Short stable name, unique in the shop.
    pub code: String,
    /// For people.
    pub name: String,
    /// Where it is.
    pub address: Option<Address>,
    /// Orders take from locations with a lower number first.
    pub priority: i32,
    /// Whether new orders take from it. What is held already can still be sent.
    pub active: bool,
    /// The channels it serves.
    pub channels: Vec<ChannelId>,
    /// Changes with every write.
    pub version: i32,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Answer for StockLocation {}

/// A stock location to make.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct StockLocationCreate {
    /// Short stable name: lower-case letters, digits and hyphens.
    #[validate(length(min = 1, max = 64))]
    #[schema(example = "seoul")]
    pub code: String,
    /// For people.
    #[validate(length(min = 1, max = 200))]
    #[schema(example = "Seoul warehouse")]
    pub name: String,
    /// Where it is.
    #[serde(default)]
    #[validate(nested)]
    pub address: Option<Address>,
    /// Orders take from locations with a lower number first; 0 if absent.
    #[serde(default)]
    #[graphql(default)]
    #[validate(range(min = 0, max = 10_000))]
    pub priority: i32,
    /// The channels it serves; all of them if absent.
    #[serde(default)]
    #[validate(length(max = 1000))]
    pub channels: Option<Vec<ChannelId>>,
}

/// Changes to a stock location (RFC 7396: what is absent stays). The code cannot change.
#[derive(Debug, Clone, Default, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields, default)]
pub struct StockLocationUpdate {
    /// For people.
    #[validate(length(min = 1, max = 200))]
    pub name: Option<String>,
    /// Where it is; null: not said.
    #[schema(value_type = Option<Address>)]
    pub address: Patch<Address>,
    /// Orders take from locations with a lower number first.
    #[validate(range(min = 0, max = 10_000))]
    pub priority: Option<i32>,
    /// Whether new orders take from it.
    pub active: Option<bool>,
    /// All channels it serves from now on.
    #[validate(length(max = 1000))]
    pub channels: Option<Vec<ChannelId>>,
}

/// What one location has of one variant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct StockLevel {
    /// The variant.
    pub variant_id: VariantId,
    /// The location.
    pub location_id: LocationId,
    /// What lies there.
    pub on_hand: i32,
    /// How much of it orders hold.
    pub reserved: i32,
    /// What was sold beyond it and waits for more.
    pub backordered: i32,
    /// What can still be sold: `on_hand - reserved`.
    pub available: i32,
    /// When it last changed.
    pub updated_at: Timestamp,
}

impl Answer for StockLevel {}

text_enum! {
    /// Why stock moved.
    pub enum MovementKind {
        /// Set by an import.
        Import = "import",
        /// Adjusted by staff.
        Adjustment = "adjustment",
        /// Held for an order.
        Reserve = "reserve",
        /// Given back by an order.
        Release = "release",
        /// Sent.
        Fulfil = "fulfil",
        /// Returned and put back.
        Restock = "restock",
        /// Came in for an order that waited.
        BackorderFill = "backorder_fill",
    }
}

/// A line of the stock ledger: the deltas of a variant at a location sum to its level.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct StockMovement {
    /// Id.
    pub id: MovementId,
    /// The variant.
    pub variant_id: VariantId,
    /// The location.
    pub location_id: LocationId,
    /// Why.
    pub kind: MovementKind,
    /// Change of what lies there.
    pub on_hand_delta: i32,
    /// Change of what orders hold of it.
    pub reserved_delta: i32,
    /// Change of what waits for more.
    pub backordered_delta: i32,
    /// What staff gave as reason.
    pub reason: Option<String>,
    /// The order it was for.
    pub order_id: Option<OrderId>,
    /// Who did it: `guest`, `key_...`, `system:...`.
    pub actor: String,
    /// When.
    pub created_at: Timestamp,
}

/// Which levels to list.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LevelFilter {
    /// Of this variant alone.
    pub variant_id: Option<VariantId>,
    /// At this location alone.
    pub location_id: Option<LocationId>,
}

/// Which movements to list.
#[derive(Debug, Clone, Default, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct MovementFilter {
    /// Of this variant alone.
    pub variant_id: Option<VariantId>,
    /// At this location alone.
    pub location_id: Option<LocationId>,
}

/// More or less of a variant at a location.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct StockAdjustment {
    /// The variant.
    pub variant_id: VariantId,
    /// The location.
    pub location_id: LocationId,
    /// How many came (positive) or went (negative); not 0.
    #[validate(range(min = -1_000_000, max = 1_000_000))]
    #[schema(example = 24, minimum = -1_000_000, maximum = 1_000_000)]
    pub delta: i32,
    /// Why, for the ledger.
    #[validate(length(min = 1, max = 200))]
    #[schema(example = "delivery 2026-11-20")]
    pub reason: String,
}

/// Several adjustments at once.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct StockAdjustmentBulk {
    /// 1 to 1,000, done in this order.
    #[validate(length(min = 1, max = 1000), nested)]
    #[schema(min_items = 1, max_items = 1000)]
    pub adjustments: Vec<StockAdjustment>,
}

/// What became of each adjustment, in the order sent.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct StockAdjustmentResults {
    /// How many were done.
    pub done: i32,
    /// How many were refused.
    pub refused: i32,
    /// Each one's outcome.
    pub results: Vec<StockAdjustmentResult>,
}

impl Answer for StockAdjustmentResults {}

/// What became of one adjustment.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct StockAdjustmentResult {
    /// The level after all of them; null when refused.
    pub level: Option<StockLevel>,
    /// Why it was refused; null when done.
    pub error: Option<StockAdjustmentProblem>,
}

/// Why an adjustment was refused.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct StockAdjustmentProblem {
    /// Stable: `insufficient_stock`, `not_found`, `range`.
    pub code: String,
    /// JSON pointer into the request.
    pub pointer: String,
    /// For the developer.
    pub detail: String,
}
