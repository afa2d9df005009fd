//! What can still be promised.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::db::tables::{channel_stock_locations, stock_levels as levels, stock_locations};
use crate::db::{Tx, any_of, look_up};
use crate::error::Result;
use crate::types::{ChannelId, LocationId, VariantId};

/// What a channel can still promise of a variant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Available {
    /// How many its active locations have together, on hand less reserved.
    pub free: i64,
    /// The location of these that is taken from first; none if the variant has no level.
    pub first: Option<LocationId>,
}

/// What the channel can still promise of each variant, in one statement.
pub fn available(tx: &mut Tx, channel: ChannelId, variants: &[VariantId]) -> Result<HashMap<VariantId, Available>> {
    let mut available: HashMap<VariantId, Available> = variants.iter().map(|id| (*id, Available::default())).collect();
    if variants.is_empty() {
        return Ok(available);
    }
    let wanted = any_of(variants);
    let rows: Vec<(VariantId, LocationId, i32, i32)> = look_up!(tx, |c| {
        levels::table
            .inner_join(stock_locations::table.on(stock_locations::id.eq(levels::location_id)))
            .inner_join(channel_stock_locations::table.on(channel_stock_locations::location_id.eq(levels::location_id)))
            .filter(channel_stock_locations::channel_id.eq(channel))
            .filter(stock_locations::active.eq(true))
            .filter(levels::variant_id.eq_any(&wanted))
            .order((stock_locations::priority, stock_locations::id))
            .select((levels::variant_id, levels::location_id, levels::on_hand, levels::reserved))
            .load(c)
    })?;
    for (variant, location, on_hand, reserved) in rows {
        let of = available.entry(variant).or_default();
        of.free = of.free.saturating_add(i64::from(on_hand)).saturating_sub(i64::from(reserved));
        of.first.get_or_insert(location);
    }
    Ok(available)
}
