//! Counts in Redis, for several instances together: one atomic script a count, by Redis' own clock. Redis is never
//! a reason to refuse: when it does not answer in time, this process counts for itself, and says so.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use secrecy::{ExposeSecret, SecretString};
use sha2::{Digest, Sha256};

use super::{Policy, Standing, Who};
use crate::error::{Error, Result};

/// How long a count may take.
const PATIENCE: Duration = Duration::from_millis(100);
/// How long Redis is left alone after it did not answer.
const PAUSE: Duration = Duration::from_secs(1);
/// How long an account is known at an address, in seconds.
const KNOWN_FOR: u64 = 30 * 86_400;

/// GCRA: the key holds when the next one would come if all came evenly, in microseconds. Answers whether this one
/// may, how many are left, microseconds until one more may come, microseconds until all may.
const SCRIPT: &str = r"
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local interval, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local due = tonumber(redis.call('GET', KEYS[1]) or now)
if due < now then due = now end
local after = due + interval
local earliest = after - interval * burst
if now < earliest then return {0, 0, earliest - now, due - now} end
redis.call('SET', KEYS[1], string.format('%.0f', after), 'PX', math.ceil((after - now) / 1000) + 1)
return {1, math.floor((now - earliest) / interval), 0, after - now}
";

/// A Redis server that several instances count in.
pub(super) struct Shared {
    redis: ConnectionManager,
    script: redis::Script,
    /// When it may be asked again, in milliseconds since `opened`.
    again: AtomicU64,
    opened: Instant,
}

impl Shared {
    /// Connects at the first count, so that a server starts without it.
    pub(super) fn open(url: &SecretString) -> Result<Self> {
        let settings = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(Duration::from_secs(1)))
            .set_response_timeout(Some(PATIENCE))
            .set_number_of_retries(1);
        let client = redis::Client::open(url.expose_secret()).map_err(Error::internal)?;
        let redis = ConnectionManager::new_lazy_with_config(client, settings).map_err(Error::internal)?;
        Ok(Self { redis, script: redis::Script::new(SCRIPT), again: AtomicU64::new(0), opened: Instant::now() })
    }

    /// Counts once; none when Redis does not answer.
    pub(super) async fn count(&self, policy: &Policy, who: &Who<'_>) -> Option<Result<Standing, Standing>> {
        let (quota, window) = (policy.rate.quota.get(), policy.rate.seconds.get());
        let interval = u64::from(window).saturating_mul(1_000_000).checked_div(quota.into())?.max(1);
        let mut invocation = self.script.key(key(policy.name, who));
        invocation.arg(interval).arg(quota);
        let mut redis = self.redis.clone();
        let (may, remaining, wait, whole): (u8, u32, u64, u64) = self.ask(invocation.invoke_async(&mut redis)).await?;
        let standing = |remaining, micros: u64| Standing {
            policy: policy.name,
            quota,
            window,
            remaining,
            seconds: u32::try_from(micros.div_ceil(1_000_000)).unwrap_or(u32::MAX),
        };
        Some(if may == 1 { Ok(standing(remaining, whole)) } else { Err(standing(0, wait)) })
    }

    /// Notes that an account's owner came from an address.
    pub(super) async fn remember(&self, who: &Who<'_>) {
        let mut redis = self.redis.clone();
        let mut command = redis::cmd("SET");
        command.arg(key("known", who)).arg(1).arg("EX").arg(KNOWN_FOR);
        let _: Option<()> = self.ask(command.query_async(&mut redis)).await;
    }

    /// Whether an account's owner came from an address before.
    pub(super) async fn remembers(&self, who: &Who<'_>) -> bool {
        let mut redis = self.redis.clone();
        let mut command = redis::cmd("EXISTS");
        command.arg(key("known", who));
        self.ask(command.query_async(&mut redis)).await == Some(1u8)
    }

    async fn ask<T>(&self, question: impl Future<Output = redis::RedisResult<T>>) -> Option<T> {
        let now = u64::try_from(self.opened.elapsed().as_millis()).unwrap_or(u64::MAX);
        if now < self.again.load(Ordering::Relaxed) {
            return None;
        }
        let failure = match tokio::time::timeout(PATIENCE, question).await {
            Ok(Ok(answer)) => return Some(answer),
            Ok(Err(error)) => error.to_string(),
            Err(_) => "no answer in time".to_owned(),
        };
        let pause = u64::try_from(PAUSE.as_millis()).unwrap_or(0);
        self.again.store(now.saturating_add(pause), Ordering::Relaxed);
        metrics::counter!("maru_limits_redis_failures_total").increment(1);
        tracing::warn!(failure, "limits are counted by this process alone: Redis does not answer");
        None
    }
}

/// Whose count, without telling Redis who it is.
fn key(policy: &str, who: &Who) -> String {
    let name = match who {
        Who::Address(address) => address.to_string(),
        Who::Caller(name) | Who::Account(name) => (*name).to_owned(),
        Who::AccountFrom(account, address) => format!("{account} {address}"),
    };
    let digest = hex::encode(Sha256::digest(name.as_bytes()));
    format!("maru:limit:{policy}:{}", digest.get(..32).unwrap_or_default())
}
