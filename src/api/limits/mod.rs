//! How often clients may come: counted per address, per API key or customer, and per account for what guards
//! accounts; each kind of operation for itself. Rates hold evenly (GCRA) after a burst of the whole quota. Counted
//! in this process, or in Redis when several instances count together ([`shared`]); what is counted is bounded in
//! memory. Who is over is told 429 with `Retry-After`; everybody is told where they stand by `RateLimit` and
//! `RateLimit-Policy` (draft-ietf-httpapi-ratelimit-headers-10).

mod address;
mod class;
mod memory;
mod shared;

use std::net::IpAddr;
use std::num::NonZeroU32;

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

pub use class::{Class, account_in, class_of_field, class_of_request, is_graphql};

use crate::config::{Config, ForwardedHeader};
use crate::error::{Error, Result};
use crate::types::network::{Networks, OptionalRate, Rate, client_of};
use memory::Buckets;
use shared::Shared;

/// How many times as often an account may be tried from everywhere as from one address.
const EVERYWHERE: NonZeroU32 = NonZeroU32::MIN.saturating_add(9);

/// Who or what is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Who<'a> {
    /// A client's address, or its /64.
    Address(IpAddr),
    /// An API key or a customer, by the name of its actor.
    Caller(&'a str),
    /// An account, by a digest of what names it, from everywhere.
    Account(&'a str),
    /// An account from one address.
    AccountFrom(&'a str, IpAddr),
}

/// One limit: its name in the headers, its rate, its counts.
struct Policy {
    name: &'static str,
    rate: Rate,
    counts: memory::Limiter,
    /// Whether instances count it together. Reads are many, and what they cost falls on this process alone.
    together: bool,
}

/// Where a client stands with one limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The limit's name.
    pub policy: &'static str,
    /// How many in its window.
    pub quota: u32,
    /// The window, in seconds.
    pub window: u32,
    /// How many are left now.
    pub remaining: u32,
    /// In how many seconds the whole quota is there again; of one who is over: when one more may come.
    pub seconds: u32,
}

/// Every limit of this process.
pub struct Limits {
    trusted: Networks,
    header: ForwardedHeader,
    exempt: Networks,
    read: Option<Policy>,
    write: Option<Policy>,
    checkout: Option<Policy>,
    sensitive: Option<Policy>,
    account: Option<Policy>,
    everywhere: Option<Policy>,
    caller_read: Option<Policy>,
    caller_write: Option<Policy>,
    caller_checkout: Option<Policy>,
    known: memory::Known,
    shared: Option<Shared>,
}

impl Limits {
    /// As configured.
    pub fn of(config: &Config) -> Result<Self> {
        let (limits, transport) = (&config.limits, &config.transport);
        let counts = Buckets::default();
        let policy =
            |name, rate: OptionalRate, together| rate.0.map(|rate| Policy { name, rate, counts: memory::limiter(rate, &counts), together });
        let everywhere = OptionalRate(limits.account.0.map(|r| Rate { quota: r.quota.saturating_mul(EVERYWHERE), ..r }));
        Ok(Self {
            trusted: transport.trusted_proxies.clone(),
            header: transport.forwarded_header,
            exempt: limits.exempt.clone(),
            read: policy("address-read", limits.read, false),
            write: policy("address-write", limits.write, true),
            checkout: policy("address-checkout", limits.checkout, true),
            sensitive: policy("address-sensitive", limits.sensitive, true),
            account: policy("account", limits.account, true),
            everywhere: policy("account-everywhere", everywhere, true),
            caller_read: policy("caller-read", limits.caller_read, true),
            caller_write: policy("caller-write", limits.caller_write, true),
            caller_checkout: policy("caller-checkout", limits.caller_checkout, true),
            known: memory::known(),
            shared: limits.redis_url.as_ref().map(Shared::open).transpose()?,
        })
    }

    /// The address that a request comes from, past the proxies that are trusted.
    pub fn client(&self, peer: Option<IpAddr>, headers: &HeaderMap) -> Option<IpAddr> {
        peer.map(|peer| address::client(&self.trusted, self.header, peer, headers))
    }

    /// The same of a request.
    pub fn client_of(&self, request: &HttpRequest) -> Option<IpAddr> {
        self.client(request.peer_addr().map(|a| a.ip()), request.headers())
    }

    /// Counts an operation for the address it comes from; the error is the limit that it is over.
    pub async fn count_address(&self, class: Class, address: IpAddr) -> Result<Option<Standing>, Standing> {
        let policy = match class {
            Class::Sensitive => &self.sensitive,
            _ if self.exempt.contains(address) => return Ok(None),
            Class::Read => &self.read,
            Class::Write => &self.write,
            Class::Checkout => &self.checkout,
        };
        self.count(policy.as_ref(), Who::Address(client_of(address))).await
    }

    /// Counts an operation for the API key or customer that makes it.
    pub async fn count_caller(&self, class: Class, caller: &str, address: Option<IpAddr>) -> Result<Option<Standing>, Standing> {
        if address.is_some_and(|address| self.exempt.contains(address)) {
            return Ok(None);
        }
        let policy = match class {
            Class::Read => &self.caller_read,
            Class::Write | Class::Sensitive => &self.caller_write,
            Class::Checkout => &self.caller_checkout,
        };
        self.count(policy.as_ref(), Who::Caller(caller)).await
    }

    /// Counts an attempt at an account: from this address, and from everywhere, unless the account's owner has come
    /// from this address before. So whoever tries an account from many addresses slows down other strangers, and
    /// not its owner at home.
    pub async fn count_account(&self, account: &str, address: IpAddr) -> Result<Option<Standing>, Standing> {
        let address = client_of(address);
        let here = Who::AccountFrom(account, address);
        let standing = self.count(self.account.as_ref(), here).await?;
        if !self.is_known(here).await {
            self.count(self.everywhere.as_ref(), Who::Account(account)).await?;
        }
        Ok(standing)
    }

    /// Notes that an account's owner proved who they are from this address.
    pub async fn vouch(&self, account: &str, address: IpAddr) {
        let here = Who::AccountFrom(account, client_of(address));
        self.known.insert(memory::key("known", &here), ());
        if let Some(shared) = &self.shared {
            shared.remember(&here).await;
        }
    }

    async fn is_known(&self, here: Who<'_>) -> bool {
        if self.known.get(&memory::key("known", &here)).is_some() {
            return true;
        }
        match &self.shared {
            Some(shared) => shared.remembers(&here).await,
            None => false,
        }
    }

    async fn count(&self, policy: Option<&Policy>, who: Who<'_>) -> Result<Option<Standing>, Standing> {
        let Some(policy) = policy else { return Ok(None) };
        if let Some(shared) = self.shared.as_ref().filter(|_| policy.together)
            && let Some(counted) = shared.count(policy, &who).await
        {
            return counted.map(Some);
        }
        memory::count(policy, &who).map(Some)
    }
}

impl Standing {
    /// What one who is over is told.
    pub fn refusal(&self) -> Error {
        metrics::counter!("maru_limited_total", "policy" => self.policy).increment(1);
        Error::too_many(self.seconds)
    }
}

/// Where a request's caller stands, told to whoever writes the answer's headers.
#[derive(Debug, Clone, Default)]
pub struct Standings(pub Vec<Standing>);

/// Adds `RateLimit` and `RateLimit-Policy`.
pub fn tell(standings: &[Standing], headers: &mut HeaderMap) {
    if standings.is_empty() {
        return;
    }
    let list = |item: &dyn Fn(&Standing) -> String| {
        let items: Vec<String> = standings.iter().map(item).collect();
        HeaderValue::try_from(items.join(", "))
    };
    let policy = list(&|s| format!("\"{}\";q={};w={}", s.policy, s.quota, s.window));
    let now = list(&|s| format!("\"{}\";r={};t={}", s.policy, s.remaining, s.seconds));
    if let (Ok(policy), Ok(now)) = (policy, now) {
        headers.insert(HeaderName::from_static("ratelimit-policy"), policy);
        headers.insert(HeaderName::from_static("ratelimit"), now);
    }
}
