//! How often what shoppers of a channel see has changed. A transaction notes what it changes of that; its
//! last statement counts the channels' revisions up, and this process knows at once. Other processes ask.

use std::collections::{BTreeSet, HashMap};
use std::sync::{PoisonError, RwLock};

use diesel::prelude::*;

use super::tables::{channel_revisions as revisions, channel_stock_locations as serving};
use super::{Tx, any_of, on_each};
use crate::error::Result;
use crate::types::{ChannelId, LocationId};

/// What a transaction changed of what shoppers see.
#[derive(Debug, Default)]
pub(super) struct Touched {
    everything: bool,
    locations: BTreeSet<LocationId>,
}

impl Touched {
    /// Whether it changed nothing of that.
    pub(super) fn is_nothing(&self) -> bool {
        !self.everything && self.locations.is_empty()
    }

    /// Something that every channel shows.
    pub(super) fn everything(&mut self) {
        self.everything = true;
    }

    /// What the channels show that a stock location serves.
    pub(super) fn stock_of(&mut self, location: LocationId) {
        self.locations.insert(location);
    }
}

/// Counts up what was touched: one statement if anything was. The last one before the commit, because its rows
/// are every writer's.
pub(super) fn count_up(tx: &mut Tx, touched: &Touched) -> Result<Vec<(ChannelId, i64)>> {
    let next = revisions::revision.eq(revisions::revision + 1);
    let told = (revisions::channel_id, revisions::revision);
    if touched.everything {
        return Ok(on_each!(tx, |c| diesel::update(revisions::table).set(next).returning(told).get_results(c))?);
    }
    if touched.locations.is_empty() {
        return Ok(Vec::new());
    }
    let locations: Vec<LocationId> = touched.locations.iter().copied().collect();
    Ok(on_each!(tx, |c| {
        let served = serving::table.filter(serving::location_id.eq_any(any_of(&locations))).select(serving::channel_id);
        diesel::update(revisions::table.filter(revisions::channel_id.eq_any(served))).set(next).returning(told).get_results(c)
    })?)
}

/// The revisions that this process knows of.
#[derive(Debug, Default)]
pub struct Revisions(RwLock<HashMap<ChannelId, i64>>);

impl Revisions {
    /// A channel's newest known revision; 0 before the first is known.
    pub fn of(&self, channel: ChannelId) -> i64 {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&channel).copied().unwrap_or(0)
    }

    /// Takes note of revisions; older ones than are known say nothing.
    pub fn learn(&self, news: &[(ChannelId, i64)]) {
        let is_known = |known: &HashMap<ChannelId, i64>| news.iter().all(|(channel, r)| known.get(channel).is_some_and(|k| k >= r));
        if is_known(&self.0.read().unwrap_or_else(PoisonError::into_inner)) {
            return;
        }
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for (channel, revision) in news {
            let newest = known.entry(*channel).or_default();
            *newest = (*newest).max(*revision);
        }
    }
}

/// All channels' revisions as the database has them.
pub(super) fn all(tx: &mut Tx) -> Result<Vec<(ChannelId, i64)>> {
    Ok(on_each!(tx, |c| revisions::table.select((revisions::channel_id, revisions::revision)).load(c))?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_never_go_back() {
        let (known, channel) = (Revisions::default(), ChannelId::from(uuid::Uuid::from_u128(7)));
        assert_eq!(known.of(channel), 0);
        known.learn(&[(channel, 3)]);
        known.learn(&[(channel, 2)]);
        assert_eq!(known.of(channel), 3);
    }
}
