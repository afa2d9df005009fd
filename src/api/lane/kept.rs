//! A finished answer: its bytes, ready-compressed forms of them made once each, and its headers.

use std::io::Write;
use std::sync::OnceLock;

use actix_web::http::StatusCode;
use actix_web::http::header::{
    AcceptEncoding, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, ETAG, Encoding, HeaderMap, HeaderValue, IF_NONE_MATCH,
    VARY,
};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, http::header::Header};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::types::Timestamp;

/// How long a public answer may be reused, and shown stale while it is fetched anew.
const PUBLIC: &str = "public, max-age=5, stale-while-revalidate=30";
/// What a public answer depends on beside its URL.
const DEPENDS_ON: &str = "Accept-Encoding, Accept-Language, Maru-Publishable-Key";
/// The same of a GraphQL answer, which has two media types.
const GRAPHQL_DEPENDS_ON: &str = "Accept, Accept-Encoding, Accept-Language, Maru-Publishable-Key";
/// Below this a compressed answer saves nobody anything.
const WORTH_COMPRESSING: usize = 860;

/// How an answer was asked for, which decides its media type and whether others may keep it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A GET of JSON.
    Json,
    /// GraphQL's older media type, by GET or by POST.
    GraphQl {
        /// `application/graphql-response+json` was asked for.
        modern: bool,
        /// A POST's answer is not for keeping.
        by_get: bool,
    },
}

impl Form {
    fn media_type(self) -> &'static str {
        if matches!(self, Self::GraphQl { modern: true, .. }) { "application/graphql-response+json" } else { "application/json" }
    }

    fn depends_on(self) -> &'static str {
        if self == Self::Json { DEPENDS_ON } else { GRAPHQL_DEPENDS_ON }
    }

    fn is_for_keeping(self) -> bool {
        !matches!(self, Self::GraphQl { by_get: false, .. })
    }
}

/// What an answer is made of.
pub struct Made {
    /// Its bytes.
    pub body: Vec<u8>,
    /// The language it is in.
    pub language: String,
    /// When time alone makes it another one.
    pub until: Option<Timestamp>,
}

/// A finished answer that anybody may see.
#[derive(Debug)]
pub struct Kept {
    body: Bytes,
    language: HeaderValue,
    tag: String,
    /// The tag of plain bytes, of brotli and of gzip.
    tags: [HeaderValue; 3],
    /// The revision of its channel that it is of.
    pub revision: i64,
    /// When time alone makes it another one.
    pub until: Option<Timestamp>,
    brotli: OnceLock<Option<Bytes>>,
    gzip: OnceLock<Option<Bytes>>,
}

impl Kept {
    /// What was made, as of a revision.
    pub fn new(made: Made, revision: i64) -> Self {
        let Made { body, language, until } = made;
        let tag = URL_SAFE_NO_PAD.encode(Sha256::digest(&body).get(..12).unwrap_or_default());
        let language = HeaderValue::try_from(language).unwrap_or_else(|_| HeaderValue::from_static("und"));
        let tags = ["", "-br", "-gz"].map(|coding| {
            let quoted = HeaderValue::try_from(format!("\"{tag}{coding}\""));
            quoted.unwrap_or_else(|_| HeaderValue::from_static("\"\""))
        });
        Self { body: Bytes::from(body), language, tag, tags, revision, until, brotli: OnceLock::new(), gzip: OnceLock::new() }
    }

    /// Its weight in a cache: the compressed forms come later and take about a third more.
    pub fn weight(&self) -> usize {
        self.body.len().saturating_add(self.body.len() / 3).saturating_add(400)
    }

    /// The answer to a request: compressed as it likes, or 304 when it has these very bytes.
    pub fn respond(&self, request: &HttpRequest, form: Form) -> HttpResponse {
        let headers = request.headers();
        let (coding, body) = self.coded(request);
        let [plain, brotli, gzip] = &self.tags;
        let tag = coding.map_or(plain, |c| if c == "br" { brotli } else { gzip });
        let unchanged = form.is_for_keeping() && self.is_known(headers);
        let mut response = HttpResponse::new(if unchanged { StatusCode::NOT_MODIFIED } else { StatusCode::OK });
        let out = response.headers_mut();
        out.insert(CONTENT_LANGUAGE, self.language.clone());
        out.insert(VARY, HeaderValue::from_static(form.depends_on()));
        if form.is_for_keeping() {
            out.insert(CACHE_CONTROL, HeaderValue::from_static(PUBLIC));
            out.insert(ETAG, tag.clone());
        } else {
            out.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        }
        if unchanged {
            return response;
        }
        out.insert(CONTENT_TYPE, HeaderValue::from_static(form.media_type()));
        if let Some(coding) = coding {
            out.insert(CONTENT_ENCODING, HeaderValue::from_static(coding));
        }
        response.set_body(actix_web::body::BoxBody::new(body))
    }

    /// The same from a door behind our own compression, which keeps away from what says how it is coded; the entrance
    /// takes `identity` out again.
    pub fn respond_from_door(&self, request: &HttpRequest, form: Form) -> HttpResponse {
        let mut response = self.respond(request, form);
        if !response.headers().contains_key(CONTENT_ENCODING) {
            response.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("identity"));
        }
        response
    }

    fn coded(&self, request: &HttpRequest) -> (Option<&'static str>, Bytes) {
        if self.body.len() < WORTH_COMPRESSING || !request.headers().contains_key("accept-encoding") {
            return (None, self.body.clone());
        }
        const OFFERED: [Encoding; 3] = [Encoding::brotli(), Encoding::gzip(), Encoding::identity()];
        let liked = AcceptEncoding::parse(request).ok().and_then(|accepted| accepted.negotiate(OFFERED.iter()));
        let (name, form) = match liked {
            Some(coding) if coding == Encoding::brotli() => ("br", self.brotli.get_or_init(|| brotli(&self.body))),
            Some(coding) if coding == Encoding::gzip() => ("gzip", self.gzip.get_or_init(|| gzip(&self.body))),
            _ => return (None, self.body.clone()),
        };
        form.clone().map_or_else(|| (None, self.body.clone()), |form| (Some(name), form))
    }

    /// Whether the client has these bytes, in whatever coding (RFC 9110: `If-None-Match` compares weakly).
    fn is_known(&self, headers: &HeaderMap) -> bool {
        let Some(header) = headers.get(IF_NONE_MATCH).and_then(|v| v.to_str().ok()) else { return false };
        header.split(',').map(str::trim).any(|tag| {
            let tag = tag.trim_start_matches("W/").trim_matches('"');
            tag == "*" || tag.strip_suffix("-br").or_else(|| tag.strip_suffix("-gz")).unwrap_or(tag) == self.tag
        })
    }
}

fn gzip(body: &[u8]) -> Option<Bytes> {
    let mut writer = flate2::write::GzEncoder::new(Vec::with_capacity(body.len() / 4), flate2::Compression::new(6));
    writer.write_all(body).ok()?;
    writer.finish().ok().map(Bytes::from)
}

fn brotli(body: &[u8]) -> Option<Bytes> {
    let mut out = Vec::with_capacity(body.len() / 4);
    // A window as long as nearly all answers are: the usual one takes megabytes for each.
    let settings = brotli::enc::BrotliEncoderParams { quality: 5, lgwin: 18, size_hint: body.len(), ..Default::default() };
    brotli::BrotliCompress(&mut &*body, &mut out, &settings).ok()?;
    Some(Bytes::from(out))
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn kept(length: usize) -> Kept {
        Kept::new(Made { body: vec![b'a'; length], language: "ko".into(), until: None }, 1)
    }

    fn answer(kept: &Kept, headers: &[(&'static str, &str)]) -> (u16, String, String) {
        let request = headers.iter().fold(TestRequest::get(), |r, h| r.insert_header((h.0, h.1))).to_http_request();
        let response = kept.respond(&request, Form::Json);
        let header = |name: &str| response.headers().get(name).and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        (response.status().as_u16(), header("content-encoding"), header("etag"))
    }

    #[test]
    fn each_coding_has_its_own_tag_and_any_of_them_is_known() {
        let kept = kept(5_000);
        let (_, plain, tag) = answer(&kept, &[]);
        let (_, br, tag_br) = answer(&kept, &[("accept-encoding", "gzip, br")]);
        let (_, gz, tag_gz) = answer(&kept, &[("accept-encoding", "gzip")]);
        assert_eq!((plain.as_str(), br.as_str(), gz.as_str()), ("", "br", "gzip"));
        assert!(tag != tag_br && tag_br != tag_gz);
        for known in [&tag, &tag_br, &tag_gz, &format!("W/{tag}"), &format!("\"x\", {tag_gz}"), &"*".to_owned()] {
            assert_eq!(answer(&kept, &[("if-none-match", known)]).0, 304, "{known}");
        }
        assert_eq!(answer(&kept, &[("if-none-match", "\"other\"")]).0, 200);
    }

    #[test]
    fn what_is_short_or_not_wanted_is_not_compressed() {
        assert_eq!(answer(&kept(100), &[("accept-encoding", "br")]).1, "");
        assert_eq!(answer(&kept(5_000), &[("accept-encoding", "br;q=0, identity")]).1, "");
    }
}
