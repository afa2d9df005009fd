//! Numbers without order that are the same everywhere for the same seed.

use super::words::Word;

/// `SplitMix64` (Steele, Lea, Flood 2014): written out, because a library's numbers may change with its version.
pub struct Dice(u64);

impl Dice {
    /// The dice of a number in the catalog of a seed.
    pub fn of(seed: u64, number: u32) -> Self {
        let (mut seeds, mut numbers) = (Self(seed), Self(number.into()));
        Self(seeds.next() ^ numbers.next().rotate_left(32))
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// From 0 to below `end`.
    pub fn below(&mut self, end: u32) -> u32 {
        u32::try_from((u128::from(self.next()) * u128::from(end)) >> 64).unwrap_or(0)
    }

    /// From `low` to `high`.
    pub fn between(&mut self, low: u32, high: u32) -> u32 {
        low.saturating_add(self.below(high.saturating_sub(low).saturating_add(1)))
    }

    /// True so often.
    pub fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    /// One of these, if there are any.
    pub fn one<T: Copy>(&mut self, from: &[T]) -> Option<T> {
        let at = self.below(u32::try_from(from.len()).unwrap_or(u32::MAX));
        from.get(usize::try_from(at).ok()?).copied()
    }

    /// One of these, or the default of none.
    pub fn pick<T: Copy + Default>(&mut self, from: &[T]) -> T {
        self.one(from).unwrap_or_default()
    }

    /// Some values beside each other, in their order: one to `most`.
    pub fn run(&mut self, from: &[Word], most: u32) -> Vec<Word> {
        let count = self.between(1, most.min(u32::try_from(from.len()).unwrap_or(most)));
        let first = self.below(u32::try_from(from.len()).unwrap_or(0).saturating_sub(count).saturating_add(1));
        let at = |n: u32| usize::try_from(n).unwrap_or(0);
        from.iter().skip(at(first)).take(at(count)).copied().collect()
    }
}
