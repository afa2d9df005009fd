//! Whether the page that asks is one of the shop's: by what browsers say and pages cannot forge, `Origin` and
//! `Sec-Fetch-Site` (Fetch standard, "Origin header"; W3C Fetch Metadata).

use actix_web::HttpRequest;
use actix_web::http::header::{HOST, ORIGIN};

/// Whether it is. Who says nothing of where they are from is no browser's page, and needs no cookies.
pub(super) fn is_own(request: &HttpRequest, listed: &[String], secure: bool) -> bool {
    let header = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap_or("null"));
    let site = header("sec-fetch-site");
    match header(ORIGIN.as_str()) {
        // What has no origin of its own may be anybody's.
        Some("null") => false,
        Some(origin) if listed.iter().any(|one| one != "*" && one == origin) => true,
        Some(origin) => site.is_none_or(|site| site == "same-origin") && own(request, secure).is_some_and(|own| own == origin),
        None => site == Some("same-origin"),
    }
}

/// This server's origin, as the browser named it.
fn own(request: &HttpRequest, secure: bool) -> Option<String> {
    let named = request.headers().get(HOST).and_then(|host| host.to_str().ok());
    let host = named.or_else(|| request.uri().authority().map(|authority| authority.as_str()))?;
    Some(format!("{}://{host}", if secure { "https" } else { "http" }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn asks(headers: &[(&'static str, &'static str)], secure: bool) -> bool {
        let request = headers.iter().fold(TestRequest::post(), |request, header| request.insert_header(*header));
        let listed = ["*".to_owned(), "https://www.shop.example".to_owned()];
        is_own(&request.insert_header(("host", "api.shop.example")).to_http_request(), &listed, secure)
    }

    #[test]
    fn a_page_is_the_shops_own_or_it_is_not() {
        for (headers, own) in [
            (&[("origin", "https://www.shop.example")][..], true),
            (&[("origin", "https://www.shop.example"), ("sec-fetch-site", "cross-site")], true),
            (&[("origin", "https://api.shop.example")], true),
            (&[("origin", "https://api.shop.example"), ("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("origin", "http://api.shop.example")], false),
            (&[("origin", "https://api.shop.example"), ("sec-fetch-site", "cross-site")], false),
            (&[("origin", "https://api.shop.example:8443")], false),
            (&[("origin", "https://evil.shop.example")], false),
            (&[("origin", "https://www.shop.example.evil.example")], false),
            (&[("origin", "https://evil.example"), ("sec-fetch-site", "same-origin")], false),
            (&[("origin", "null")], false),
            (&[("origin", "*")], false),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "none")], false),
            (&[], false),
        ] {
            assert_eq!(asks(headers, true), own, "{headers:?}");
        }
        assert!(asks(&[("origin", "http://api.shop.example")], false));
    }
}
