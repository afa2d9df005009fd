//! From which address a request truly comes: proxies that are trusted say for whom they ask, and nobody else is
//! believed.

use std::net::{IpAddr, SocketAddr};

use actix_web::http::header::HeaderMap;

use crate::config::ForwardedHeader;
use crate::types::network::Networks;

/// The client's address: the last one that a trusted proxy wrote down, from the right. What stands left of an
/// address that is not trusted may be made up.
pub(super) fn client(trusted: &Networks, header: ForwardedHeader, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    let mut nearest = peer.to_canonical();
    if !trusted.contains(nearest) {
        return nearest;
    }
    let name = match header {
        ForwardedHeader::XForwardedFor => "x-forwarded-for",
        ForwardedHeader::Forwarded => "forwarded",
    };
    let lines: Vec<&str> = headers.get_all(name).map(|line| line.to_str().unwrap_or("?")).collect();
    for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        let said = match header {
            ForwardedHeader::XForwardedFor => address(hop),
            ForwardedHeader::Forwarded => forwarded_for(hop),
        };
        // A hop that is no address ends what can be known.
        let Some(said) = said else { return nearest };
        nearest = said;
        if !trusted.contains(nearest) {
            return nearest;
        }
    }
    nearest
}

/// `for=` of one element of `Forwarded` (RFC 7239).
fn forwarded_for(element: &str) -> Option<IpAddr> {
    let pairs = element.split(';').filter_map(|pair| pair.split_once('='));
    let mut named = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
    named.next().and_then(|(_, value)| address(value.trim().trim_matches('"')))
}

/// An address with or without a port; IPv6 with or without brackets.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let bare = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    let found = bare.parse::<IpAddr>().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|s| s.ip()));
    found.map(|found| found.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::http::header::{HeaderName, HeaderValue};

    fn found(header: ForwardedHeader, peer: &str, lines: &[&str]) -> String {
        let trusted: Networks = "10.0.0.0/8, 127.0.0.1, 2001:db8:ffff::/48".parse().unwrap();
        let name = if header == ForwardedHeader::Forwarded { "forwarded" } else { "x-forwarded-for" };
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(HeaderName::from_static(name), HeaderValue::from_str(line).unwrap());
        }
        client(&trusted, header, peer.parse().unwrap(), &headers).to_string()
    }

    #[test]
    fn the_rightmost_that_is_not_trusted() {
        let x = |peer, lines: &[&str]| found(ForwardedHeader::XForwardedFor, peer, lines);
        assert_eq!(x("192.0.2.1", &["203.0.113.9"]), "192.0.2.1", "a stranger is not believed");
        assert_eq!(x("10.0.0.1", &[]), "10.0.0.1");
        assert_eq!(x("10.0.0.1", &["203.0.113.9"]), "203.0.113.9");
        assert_eq!(x("10.0.0.1", &["6.6.6.6, 203.0.113.9, 10.0.0.7"]), "203.0.113.9", "what the client made up is not looked at");
        assert_eq!(x("10.0.0.1", &["6.6.6.6", "203.0.113.9"]), "203.0.113.9", "over several lines");
        assert_eq!(x("10.0.0.1", &["10.0.0.5, 10.0.0.6"]), "10.0.0.5");
        assert_eq!(x("10.0.0.1", &["6.6.6.6, unknown, 10.0.0.7"]), "10.0.0.7", "nonsense ends it");
        assert_eq!(x("::ffff:10.0.0.1", &["203.0.113.9:4711"]), "203.0.113.9");
        assert_eq!(x("127.0.0.1", &["[2001:db8::7]:443"]), "2001:db8::7");
    }

    #[test]
    fn the_standard_header_when_it_is_the_proxys() {
        let f = |lines: &[&str]| found(ForwardedHeader::Forwarded, "10.0.0.1", lines);
        assert_eq!(f(&["for=6.6.6.6, For=\"[2001:db8:cafe::17]:4711\";proto=https, for=10.0.0.9"]), "2001:db8:cafe::17");
        assert_eq!(f(&["proto=https;for=203.0.113.9"]), "203.0.113.9");
        assert_eq!(f(&["for=_hidden"]), "10.0.0.1");
        assert_eq!(f(&["by=10.0.0.2"]), "10.0.0.1");
    }
}
