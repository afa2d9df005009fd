//! Settings of browsers: the cookies that sessions may live in, and who asks for passkeys.

use serde::{Deserialize, Serialize};

use super::Raw;

/// How cookies are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Browsers {
    /// The domain whose hosts all get them; unset: this host alone.
    pub domain: Option<String>,
    /// When other sites' pages send them along.
    pub same_site: SameSite,
    /// Whether they travel by HTTPS only; not for development on a loopback address.
    pub secure: bool,
}

/// When other sites' pages send cookies along (draft-ietf-httpbis-rfc6265bis, 5.6.7).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SameSite {
    /// Never.
    Strict,
    /// When somebody follows a link.
    Lax,
    /// Always: for a shop whose pages are of another site than its API.
    None,
}

impl SameSite {
    /// As the attribute spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Strict => "Strict",
            Self::Lax => "Lax",
            Self::None => "None",
        }
    }
}

/// Who asks for passkeys (the relying party of Web Authentication).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PasskeysFor {
    /// The domain that passkeys are bound to.
    pub rp_id: String,
    /// Where they may be used: the domain's pages, and apps.
    pub origins: Vec<url::Url>,
}

impl Raw {
    /// Reads and checks how cookies are kept; tells each problem.
    pub(super) fn browsers(&self, problems: &mut Vec<String>) -> Browsers {
        let is_domain = |text: &str| text.contains('.') && is_host(text);
        if self.cookies_domain.as_deref().is_some_and(|domain| !is_domain(domain)) {
            problems.push("cookies_domain (MARU_COOKIES_DOMAIN): expected a domain such as shop.example.com".to_owned());
        }
        if !self.cookies_secure {
            let is_loopback = self.listen.parse::<std::net::SocketAddr>().is_ok_and(|listen| listen.ip().is_loopback());
            if !is_loopback || self.tls_cert.is_some() {
                problems.push("cookies_secure (MARU_COOKIES_SECURE): false is for plain HTTP on a loopback address".to_owned());
            }
            if self.cookies_samesite == SameSite::None {
                problems.push("cookies_samesite (MARU_COOKIES_SAMESITE): none needs cookies_secure".to_owned());
            }
        }
        Browsers { domain: self.cookies_domain.clone(), same_site: self.cookies_samesite, secure: self.cookies_secure }
    }

    /// Reads and checks who asks for passkeys; tells each problem.
    pub(super) fn passkeys(&self, problems: &mut Vec<String>) -> Option<PasskeysFor> {
        let Some(rp_id) = self.passkeys_rp_id.clone() else {
            if self.passkeys_origins.is_some() {
                problems.push("passkeys_rp_id (MARU_PASSKEYS_RP_ID): passkeys_origins needs it".to_owned());
            }
            return None;
        };
        if !is_host(&rp_id) {
            problems.push(format!("passkeys_rp_id (MARU_PASSKEYS_RP_ID): {rp_id:?} is no domain in lower case such as shop.example.com"));
        }
        let origins = self.passkeys_origins.clone().unwrap_or_else(|| format!("https://{rp_id}"));
        let mut read = Vec::new();
        for text in origins.split(',').map(str::trim).filter(|text| !text.is_empty()) {
            match url::Url::parse(text).ok().filter(|url| is_origin_of(&rp_id, text, url)) {
                Some(url) => read.push(url),
                None => problems.push(format!(
                    "passkeys_origins (MARU_PASSKEYS_ORIGINS): {text:?} is neither https://{rp_id}, nor one of its hosts, nor android:apk-key-hash:..."
                )),
            }
        }
        if !read.iter().any(url::Url::has_host) {
            problems.push("passkeys_origins (MARU_PASSKEYS_ORIGINS): at least one page's, such as https://shop.example.com".to_owned());
        }
        Some(PasskeysFor { rp_id, origins: read })
    }
}

fn is_host(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    text.len() <= 253 && text.split('.').all(is_label)
}

/// Whether an app or a page may use passkeys of this domain: its own host or one below it, by HTTPS but on the
/// developer's machine (Web Authentication Level 3, 5.1.3 and 13.4.9).
fn is_origin_of(rp_id: &str, text: &str, url: &url::Url) -> bool {
    if text.starts_with("android:apk-key-hash:") || text.starts_with("ios:bundle-id:") {
        return true;
    }
    let host = url.host_str().unwrap_or_default();
    let is_below = host == rp_id || host.strip_suffix(rp_id).is_some_and(|sub| sub.ends_with('.'));
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && (host == "localhost" || host.ends_with(".localhost")));
    is_below && is_safe && url.origin().ascii_serialization() == text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problems(change: impl FnOnce(&mut Raw)) -> Vec<String> {
        let mut raw = Raw::default();
        change(&mut raw);
        let mut problems = Vec::new();
        raw.browsers(&mut problems);
        raw.passkeys(&mut problems);
        problems
    }

    #[test]
    fn cookies_are_secure_but_on_the_developers_machine() {
        assert!(problems(|_| {}).is_empty());
        assert!(problems(|raw| raw.cookies_secure = false).is_empty());
        assert!(problems(|raw| raw.cookies_domain = Some("shop.example.com".into())).is_empty());
        assert_eq!(problems(|raw| raw.cookies_domain = Some("com; Path=/".into())).len(), 1);
        assert_eq!(problems(|raw| (raw.cookies_secure, raw.listen) = (false, "0.0.0.0:80".into())).len(), 1);
        assert_eq!(problems(|raw| (raw.cookies_secure, raw.cookies_samesite) = (false, SameSite::None)).len(), 1);
    }

    #[test]
    fn passkeys_are_used_at_home_only() {
        let of = |rp_id: &str, origins: Option<&str>| {
            let (rp_id, origins) = (rp_id.to_owned(), origins.map(str::to_owned));
            problems(move |raw| (raw.passkeys_rp_id, raw.passkeys_origins) = (Some(rp_id), origins)).len()
        };
        assert_eq!(of("shop.example", None), 0);
        let android = "android:apk-key-hash:sjYxqUM11Op8oHJuOdbrsCqtvYvbKHhQoKBlt28dLec";
        assert_eq!(of("shop.example", Some(&format!("https://shop.example, https://www.shop.example:8443,{android}"))), 0);
        assert_eq!(of("localhost", Some("http://localhost:5173")), 0);
        for foreign in ["http://shop.example", "https://evilshop.example", "https://example", "https://shop.example/", "shop.example", ""] {
            assert!(of("shop.example", Some(foreign)) > 0, "{foreign}");
        }
        assert!(of("https://shop.example", None) > 0);
        assert_eq!(problems(|raw| raw.passkeys_origins = Some("https://shop.example".into())).len(), 1);
    }
}
