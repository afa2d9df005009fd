//! What can still be promised.

use std::collections::HashMap;

use diesel::prelude::*;

use crate::db::tables::{channel_stock_locations, stock_levels as levels, stock_locations};
use crate::db::{Tx, any_of, on_each};
use crate::error::Result;
use crate::types::{ChannelId, VariantId};

/// How many of each variant the channel's active locations can still promise (on hand less reserved), in
/// one statement. A variant without a level has 0.
pub fn available(tx: &mut Tx, channel: ChannelId, variants: &[VariantId]) -> Result<HashMap<VariantId, i64>> {
    let mut free: HashMap<VariantId, i64> = variants.iter().map(|id| (*id, 0)).collect();
    if variants.is_empty() {
        return Ok(free);
    }
    let wanted = any_of(variants);
    let rows: Vec<(VariantId, i32, i32)> = on_each!(tx, |c| {
        levels::table
            .inner_join(stock_locations::table.on(stock_locations::id.eq(levels::location_id)))
            .inner_join(channel_stock_locations::table.on(channel_stock_locations::location_id.eq(levels::location_id)))
            .filter(channel_stock_locations::channel_id.eq(channel))
            .filter(stock_locations::active.eq(true))
            .filter(levels::variant_id.eq_any(&wanted))
            .select((levels::variant_id, levels::on_hand, levels::reserved))
            .load(c)
    })?;
    for (variant, on_hand, reserved) in rows {
        let sum = free.entry(variant).or_default();
        *sum = sum.saturating_add(i64::from(on_hand)).saturating_sub(i64::from(reserved));
    }
    Ok(free)
}
