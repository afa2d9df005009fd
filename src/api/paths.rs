//! Paths as the router reads them. What is decided by a path is decided by this spelling of it, and by no other: a limit or
//! a guard that read the path as it was sent would be walked past by writing it otherwise.

use std::borrow::Cow;

use actix_web::HttpRequest;

/// The path of a request: percent-decoded, without empty segments and without a slash at its end.
pub fn plain(request: &HttpRequest) -> Cow<'_, str> {
    // Decoded by the router already, but for what would be read otherwise then: `%`, `/` and `+`.
    joined(request.match_info().as_str())
}

fn joined(path: &str) -> Cow<'_, str> {
    let trimmed = path.trim_end_matches('/');
    if trimmed.contains("//") {
        return trimmed.split('/').filter(|segment| !segment.is_empty()).flat_map(|segment| ["/", segment]).collect();
    }
    Cow::Borrowed(if trimmed.is_empty() { "/" } else { trimmed })
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    #[test]
    fn a_path_is_one_however_it_is_written() {
        for written in [
            "/store/v1/auth/login",
            "/store/v1/auth/login/",
            "//store/v1///auth//login//",
            "/store/v1/%61uth/l%6Fgin",
            "/%73tore/v1/auth/%6cogin/?x=//",
        ] {
            assert_eq!(plain(&TestRequest::post().uri(written).to_http_request()), "/store/v1/auth/login", "{written}");
        }
        for (written, read) in [("/", "/"), ("//", "/"), ("/a%2Fb", "/a%2Fb"), ("/a%25", "/a%25")] {
            assert_eq!(plain(&TestRequest::post().uri(written).to_http_request()), read, "{written}");
        }
    }
}
