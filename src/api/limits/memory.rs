//! Counts in this process: `governor`'s cells in a cache of bounded size, which forgets who has not come for long
//! (whose quota is whole again by then) and, when too many come, who came least.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed, StateStore};
use governor::{Quota, RateLimiter};

use super::{Policy, Standing, Who};
use crate::types::network::Rate;

/// How many counts are kept; about 100 bytes each.
const COUNTS: u64 = 200_000;
/// How long a count is kept that nobody asks for: the longest window.
const IDLE: Duration = Duration::from_secs(86_400);
/// How many pairs of account and address are known, and for how long.
const KNOWN: u64 = 100_000;
const KNOWN_FOR: Duration = Duration::from_secs(30 * 86_400);

/// The counts of one limit.
pub(super) type Limiter = RateLimiter<u64, Buckets, DefaultClock, StateInformationMiddleware>;
/// Accounts whose owners came from an address before.
pub(super) type Known = moka::sync::Cache<u64, ()>;

/// Counts of every limit, in one bounded cache.
#[derive(Clone)]
pub(super) struct Buckets(moka::sync::Cache<u64, Arc<InMemoryState>>);

impl Default for Buckets {
    fn default() -> Self {
        Self(moka::sync::Cache::builder().max_capacity(COUNTS).time_to_idle(IDLE).build())
    }
}

impl std::fmt::Debug for Buckets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Buckets({})", self.0.entry_count())
    }
}

impl StateStore for Buckets {
    type Key = u64;

    fn measure_and_replace<T, F, E>(&self, key: &u64, measure: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        self.0.get_with(*key, Arc::default).measure_and_replace(&NotKeyed::NonKey, measure)
    }
}

/// The counts of one limit among all.
pub(super) fn limiter(rate: Rate, counts: &Buckets) -> Limiter {
    let interval = Duration::from_secs(rate.seconds.get().into()).checked_div(rate.quota.get()).unwrap_or_default();
    // So many that each has less than a nanosecond are as many as there can be.
    let quota = Quota::with_period(interval.max(Duration::from_nanos(1))).unwrap_or_else(|| Quota::per_second(rate.quota));
    RateLimiter::new(quota.allow_burst(rate.quota), counts.clone(), DefaultClock::default())
}

/// Nobody known yet.
pub(super) fn known() -> Known {
    moka::sync::Cache::builder().max_capacity(KNOWN).time_to_live(KNOWN_FOR).build()
}

/// The key of a count: by a secret of this process, so that nobody can aim at another's.
pub(super) fn key(policy: &'static str, who: &Who) -> u64 {
    static SECRET: LazyLock<RandomState> = LazyLock::new(RandomState::new);
    SECRET.hash_one((policy, who))
}

/// Counts once; the error is where one stands who is over.
pub(super) fn count(policy: &Policy, who: &Who) -> Result<Standing, Standing> {
    let (quota, window) = (policy.rate.quota.get(), policy.rate.seconds.get());
    let standing = |remaining, seconds| Standing { policy: policy.name, quota, window, remaining, seconds };
    match policy.counts.check_key(&key(policy.name, who)) {
        Ok(state) => {
            let remaining = state.remaining_burst_capacity();
            Ok(standing(remaining, refill(quota.saturating_sub(remaining), policy.rate)))
        }
        Err(until) => {
            let wait = until.wait_time_from(DefaultClock::default().now());
            Err(standing(0, seconds(wait)))
        }
    }
}

/// In how many seconds so many are there again.
fn refill(missing: u32, rate: Rate) -> u32 {
    let seconds = u64::from(missing).saturating_mul(rate.seconds.get().into()).div_ceil(rate.quota.get().into());
    u32::try_from(seconds).unwrap_or(u32::MAX)
}

fn seconds(wait: Duration) -> u32 {
    let whole = wait.as_secs().saturating_add(u64::from(wait.subsec_nanos() > 0));
    u32::try_from(whole).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(rate: &str, counts: &Buckets) -> Policy {
        let rate = rate.parse::<crate::types::network::OptionalRate>().unwrap().0.unwrap();
        Policy { name: "test", rate, counts: limiter(rate, counts), together: false }
    }

    #[test]
    fn the_whole_quota_at_once_then_evenly_and_each_for_themselves() {
        let policy = policy("3/60", &Buckets::default());
        let (a, b) = (Who::Caller("a"), Who::Caller("b"));
        let left: Vec<u32> = (0..3).map(|_| count(&policy, &a).unwrap().remaining).collect();
        assert_eq!(left, [2, 1, 0]);
        let over = count(&policy, &a).unwrap_err();
        assert_eq!((over.remaining, over.quota, over.window), (0, 3, 60));
        assert!((19..=20).contains(&over.seconds), "one every 20 seconds: {over:?}");
        assert_eq!(count(&policy, &b).unwrap(), Standing { policy: "test", quota: 3, window: 60, remaining: 2, seconds: 20 });
    }

    #[test]
    fn counts_are_bounded() {
        let counts = Buckets::default();
        let policy = policy("3/60", &counts);
        for number in 0..(COUNTS + COUNTS / 4) {
            let _ = count(&policy, &Who::Caller(&number.to_string()));
        }
        counts.0.run_pending_tasks();
        assert!(counts.0.entry_count() <= COUNTS, "{}", counts.0.entry_count());
    }
}
