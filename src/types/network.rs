//! Addresses of the network: ranges of them, and how often something may come from one.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use ipnet::IpNet;

/// One range of addresses in CIDR notation (RFC 4632): `203.0.113.0/24`, `2001:db8::/32`; one address is a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network(IpNet);

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let range = text.parse::<IpNet>().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from));
        range.map(|range| Self(range.trunc())).ok_or_else(|| format!("{text:?} is no range of addresses such as 203.0.113.0/24"))
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Ranges of addresses; the empty one holds none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Networks(Vec<Network>);

impl Networks {
    /// Whether an address is in one of the ranges. An IPv4 address that arrives as IPv6 (RFC 4291, 2.5.5.2) is IPv4.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|range| range.0.contains(&address))
    }

    /// Whether each of other ranges lies in one of these.
    pub fn include(&self, others: &Self) -> bool {
        others.0.iter().all(|other| self.0.iter().any(|range| range.0.contains(&other.0)))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Of these ranges.
    pub fn of(ranges: &[String]) -> Result<Self, String> {
        ranges.iter().map(|text| text.trim().parse()).collect::<Result<_, _>>().map(Self)
    }
}

impl FromStr for Networks {
    type Err = String;

    /// Ranges separated by commas.
    fn from_str(text: &str) -> Result<Self, String> {
        text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::parse).collect::<Result<_, _>>().map(Self)
    }
}

/// What counts as one client: an IPv4 address, or the /64 that an IPv6 client is given whole (RFC 6177).
pub fn client_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => {
            let [a, b, c, d, ..] = v6.segments();
            IpAddr::from([a, b, c, d, 0, 0, 0, 0])
        }
        v4 => v4,
    }
}

/// How often: so many in so many seconds, all of them at once if wanted, then evenly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// How many; at least one.
    pub quota: std::num::NonZeroU32,
    /// In how many seconds; at least one.
    pub seconds: std::num::NonZeroU32,
}

/// A rate, or none: `600/60` is 600 in a minute, `0` sets no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OptionalRate(pub Option<Rate>);

impl FromStr for OptionalRate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text.trim() == "0" {
            return Ok(Self(None));
        }
        let parts = text.split_once('/').and_then(|(quota, seconds)| {
            let rate = Rate { quota: quota.trim().parse().ok()?, seconds: seconds.trim().parse().ok()? };
            (rate.quota.get() <= 100_000_000 && rate.seconds.get() <= 86_400).then_some(rate)
        });
        parts
            .map(|rate| Self(Some(rate)))
            .ok_or_else(|| format!("{text:?} is no rate such as 600/60 (600 in 60 seconds), and not 0 for none"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn ranges_hold_what_is_in_them() {
        let some: Networks = "10.0.0.0/8, 2001:db8::/32,192.0.2.7".parse().unwrap();
        for inside in ["10.1.2.3", "::ffff:10.1.2.3", "2001:db8:1::5", "192.0.2.7"] {
            assert!(some.contains(address(inside)), "{inside}");
        }
        for outside in ["11.0.0.1", "192.0.2.8", "2001:db9::1", "::1"] {
            assert!(!some.contains(address(outside)), "{outside}");
        }
        assert!(Networks::from_str("").unwrap().is_empty());
        assert!(Networks::from_str("10.0.0.0/33").is_err());
        assert!(Networks::from_str("everywhere").is_err());
    }

    #[test]
    fn ranges_lie_in_ranges() {
        let some: Networks = "10.0.0.0/8, 2001:db8::/32".parse().unwrap();
        for inside in ["10.0.0.0/8", "10.1.0.0/16,2001:db8:1::/48", "10.1.2.3", ""] {
            assert!(some.include(&inside.parse().unwrap()), "{inside}");
        }
        for outside in ["0.0.0.0/0", "8.0.0.0/7", "10.1.2.3, 11.0.0.1", "2001:db8::/31", "::/0"] {
            assert!(!some.include(&outside.parse().unwrap()), "{outside}");
        }
    }

    #[test]
    fn an_ipv6_client_is_its_64() {
        assert_eq!(client_of(address("2001:db8:1:2:3:4:5:6")), client_of(address("2001:db8:1:2:ffff::1")));
        assert_ne!(client_of(address("2001:db8:1:2::1")), client_of(address("2001:db8:1:3::1")));
        assert_eq!(client_of(address("::ffff:192.0.2.1")), address("192.0.2.1"));
    }

    #[test]
    fn rates_are_read_with_their_bounds() {
        let rate = "600/60".parse::<OptionalRate>().unwrap().0.unwrap();
        assert_eq!((rate.quota.get(), rate.seconds.get()), (600, 60));
        assert_eq!("0".parse::<OptionalRate>().unwrap().0, None);
        for wrong in ["", "600", "0/60", "5/0", "-1/60", "1/86401", "x/y"] {
            assert!(wrong.parse::<OptionalRate>().is_err(), "{wrong}");
        }
    }
}
