//! The cookies themselves: their names, their attributes, and how they are read. Their prefix makes browsers refuse
//! them from whoever is not this host (`__Host-`; draft-ietf-httpbis-rfc6265bis, 4.1.3).

use std::fmt::Write;

use actix_web::http::header::{COOKIE, HeaderMap};

use crate::config::{Browsers, Config};

/// One of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Cookie {
    /// The access token.
    Access,
    /// The refresh token.
    Refresh,
    /// The CSRF token, the only one that a page may read.
    Csrf,
}

/// How this shop's cookies are named and kept.
pub(super) struct Cookies {
    of: Browsers,
}

impl Cookies {
    pub(super) fn of(config: &Config) -> Self {
        Self { of: config.browsers.clone() }
    }

    /// A cookie's name.
    pub(super) fn name(&self, which: Cookie) -> String {
        let prefix = match (self.of.secure, &self.of.domain) {
            (false, _) => "",
            // Only a cookie of one host may have the stronger prefix.
            (true, Some(_)) => "__Secure-",
            (true, None) => "__Host-",
        };
        let name = match which {
            Cookie::Access => "maru_access",
            Cookie::Refresh => "maru_refresh",
            Cookie::Csrf => "maru_csrf",
        };
        format!("{prefix}{name}")
    }

    /// What a request sends of one. Two of a name are none: one of them was put there by somebody else.
    pub(super) fn sent<'r>(&self, headers: &'r HeaderMap, which: Cookie) -> Option<&'r str> {
        let name = self.name(which);
        let pairs = headers.get_all(COOKIE).filter_map(|line| line.to_str().ok()).flat_map(|line| line.split(';'));
        let mut values = pairs.filter_map(|pair| pair.trim().split_once('=')).filter(|(n, _)| *n == name).map(|(_, value)| value);
        match (values.next(), values.next()) {
            (Some(value), None) if !value.is_empty() => Some(value),
            _ => None,
        }
    }

    /// The line that sets one for so many seconds; none takes it back.
    pub(super) fn line(&self, which: Cookie, value: &str, seconds: i64) -> String {
        let mut line = format!("{}={value}; Path=/; Max-Age={seconds}; SameSite={}", self.name(which), self.of.same_site.as_str());
        if self.of.secure {
            line.push_str("; Secure");
        }
        if which != Cookie::Csrf {
            line.push_str("; HttpOnly");
        }
        if let Some(domain) = &self.of.domain {
            // Writing to a String does not fail.
            let _ = write!(line, "; Domain={domain}");
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::SameSite;

    fn cookies(secure: bool, domain: Option<&str>) -> Cookies {
        Cookies { of: Browsers { secure, domain: domain.map(str::to_owned), same_site: SameSite::Lax } }
    }

    #[test]
    fn a_prefix_says_whose_it_is() {
        let host = cookies(true, None);
        assert_eq!(host.line(Cookie::Access, "x", 900), "__Host-maru_access=x; Path=/; Max-Age=900; SameSite=Lax; Secure; HttpOnly");
        assert_eq!(host.line(Cookie::Csrf, "", 0), "__Host-maru_csrf=; Path=/; Max-Age=0; SameSite=Lax; Secure");
        let shared = cookies(true, Some("shop.example")).line(Cookie::Refresh, "x", 1);
        assert_eq!(shared, "__Secure-maru_refresh=x; Path=/; Max-Age=1; SameSite=Lax; Secure; HttpOnly; Domain=shop.example");
        assert_eq!(cookies(false, None).line(Cookie::Access, "x", 1), "maru_access=x; Path=/; Max-Age=1; SameSite=Lax; HttpOnly");
    }

    #[test]
    fn two_of_a_name_are_none() {
        let mut headers = HeaderMap::new();
        let mut read = |line: &'static str| {
            headers.append(COOKIE, line.parse().unwrap());
            cookies(true, None).sent(&headers, Cookie::Access).map(str::to_owned)
        };
        assert_eq!(read("a=b; maru_access=tossed; __Host-maru_accessory=c; __Host-maru_access="), None);
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, "a=b;__Host-maru_access=one.two; c".parse().unwrap());
        assert_eq!(cookies(true, None).sent(&headers, Cookie::Access), Some("one.two"));
        headers.append(COOKIE, "__Host-maru_access=three".parse().unwrap());
        assert_eq!(cookies(true, None).sent(&headers, Cookie::Access), None);
    }
}
