//! Stock: a balance per variant and location, a ledger of its movements, and what live orders hold.
//!
//! What always holds: `0 <= reserved <= on_hand` at every location; every change of a level is a movement,
//! so the movements sum to the level; what open reservations hold sums to `reserved` and `backordered`;
//! what becomes free goes to who waits, oldest first. Levels are changed by [`shelf`] alone, under a lock
//! taken in (variant, location) order; reservations change only under the lock of their level.
//! It knows nothing of orders but their ids.

mod adjust;
mod audit;
mod fill;
mod holds;
mod levels;
mod locations;
mod lock;
mod reserve;
mod rows;
mod shapes;
mod shelf;

pub use adjust::{adjust, adjust_bulk, set_levels};
pub use audit::audit;
pub use holds::{allocate, fulfil, release, release_lines, restock};
pub use levels::{list_levels, list_movements};
pub use locations::{create_location, deactivate_location, get_location, list_locations, serve, update_location};
pub use reserve::{Want, reserve};
pub use shapes::{
    LevelFilter, MovementFilter, MovementKind, StockAdjustment, StockAdjustmentBulk, StockAdjustmentProblem, StockAdjustmentResult,
    StockAdjustmentResults, StockLevel, StockLocation, StockLocationCreate, StockLocationUpdate, StockMovement,
};
