//! Settings of limits, of proxies in front, and of the transport.

use std::path::PathBuf;

use secrecy::SecretString;
use serde::{Deserialize, Serialize};

use super::Raw;
use crate::types::network::{Networks, OptionalRate};

/// Which header tells for whom a trusted proxy asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ForwardedHeader {
    /// What most proxies append to.
    XForwardedFor,
    /// RFC 7239.
    Forwarded,
}

/// How often clients may come. Each is off when there is no rate.
#[derive(Debug, Clone)]
pub struct Limits {
    /// Reads from one address.
    pub read: OptionalRate,
    /// Writes from one address.
    pub write: OptionalRate,
    /// Checkouts and payments from one address.
    pub checkout: OptionalRate,
    /// Log-ins, codes, resets and registrations from one address.
    pub sensitive: OptionalRate,
    /// The same for one account, from one address and, ten times as many, from everywhere.
    pub account: OptionalRate,
    /// Reads of one API key or customer.
    pub caller_read: OptionalRate,
    /// Writes of one API key or customer.
    pub caller_write: OptionalRate,
    /// Checkouts and payments of one API key or customer.
    pub caller_checkout: OptionalRate,
    /// Addresses that only the limits of accounts and sensitive operations hold for.
    pub exempt: Networks,
    /// Where several instances count together; unset: each counts for itself.
    pub redis_url: Option<SecretString>,
}

/// How clients reach the server.
#[derive(Debug, Clone)]
pub struct Transport {
    /// Proxies that are believed when they say for whom they ask.
    pub trusted_proxies: Networks,
    /// In which header they say it.
    pub forwarded_header: ForwardedHeader,
    /// A PEM file of the certificate and its chain; with `tls_key` the server speaks TLS.
    pub tls_cert: Option<PathBuf>,
    /// A PEM file of the certificate's private key.
    pub tls_key: Option<PathBuf>,
    /// For how many seconds browsers are told to come by HTTPS only (RFC 6797); 0: not told.
    pub hsts_seconds: u64,
    /// How many requests may be under way at once before a 503.
    pub max_in_flight: usize,
}

impl Raw {
    /// Reads and checks how often clients may come; tells each problem.
    pub(super) fn limits(&self, problems: &mut Vec<String>) -> Limits {
        if self.limits_redis_url.as_ref().is_some_and(|url| redis::Client::open(url.as_str()).is_err()) {
            problems.push(
                "limits_redis_url (MARU_LIMITS_REDIS_URL): expected redis://host:6379 or rediss://user:password@host:6379".to_owned(),
            );
        }
        Limits {
            read: parsed("limit_read", &self.limit_read, problems),
            write: parsed("limit_write", &self.limit_write, problems),
            checkout: parsed("limit_checkout", &self.limit_checkout, problems),
            sensitive: parsed("limit_sensitive", &self.limit_sensitive, problems),
            account: parsed("limit_account", &self.limit_account, problems),
            caller_read: parsed("limit_caller_read", &self.limit_caller_read, problems),
            caller_write: parsed("limit_caller_write", &self.limit_caller_write, problems),
            caller_checkout: parsed("limit_caller_checkout", &self.limit_caller_checkout, problems),
            exempt: parsed("limits_exempt", &self.limits_exempt, problems),
            redis_url: self.limits_redis_url.clone().map(SecretString::from),
        }
    }

    /// Reads and checks how clients reach the server; tells each problem.
    pub(super) fn transport(&self, problems: &mut Vec<String>) -> Transport {
        if self.tls_cert.is_some() != self.tls_key.is_some() {
            problems.push("tls_cert and tls_key (MARU_TLS_CERT, MARU_TLS_KEY): both or neither".to_owned());
        }
        let year = if self.tls_cert.is_some() { 31_536_000 } else { 0 };
        Transport {
            trusted_proxies: parsed("trusted_proxies", &self.trusted_proxies, problems),
            forwarded_header: self.forwarded_header,
            tls_cert: self.tls_cert.clone(),
            tls_key: self.tls_key.clone(),
            hsts_seconds: self.hsts_seconds.unwrap_or(year),
            max_in_flight: self.max_in_flight,
        }
    }
}

/// A setting of a type with a text form; a problem and its default if the text is none.
fn parsed<T: std::str::FromStr<Err = String> + Default>(name: &str, text: &str, problems: &mut Vec<String>) -> T {
    text.parse().unwrap_or_else(|problem| {
        problems.push(format!("{name} (MARU_{}): {problem}", name.to_uppercase()));
        T::default()
    })
}
