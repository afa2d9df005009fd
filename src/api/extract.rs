//! Taking input: bodies, list parameters and path ids, bounded and typed, with a problem for each mistake.

use std::future::{Future, Ready, ready};
use std::pin::Pin;
use std::time::Duration;

use actix_web::dev::{Payload, ServiceRequest};
use actix_web::http::header::CONTENT_TYPE;
use actix_web::web::BytesMut;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use futures_util::StreamExt;
use serde::de::DeserializeOwned;

use super::call::CALL_PARAMETERS;
use super::strict::{CONTROLS, Strict};
use crate::app::App;
use crate::error::{Code, Error, FieldError, Result};
use crate::types::ids::{Id, IdError};
use crate::types::page::{DEFAULT_LIMIT, Direction, MAX_LIMIT, PageRequest};
use crate::types::text;

/// A JSON body of one type: unknown fields, wrong types and control characters are refused with a pointer.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Body<T> {
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let (request, payload) = (request.clone(), payload.take());
        Box::pin(async move {
            expect_type(&request, &["application/json", "application/merge-patch+json"])?;
            let bytes = read_body(&request, payload).await?;
            let bytes = if bytes.is_empty() { actix_web::web::Bytes::from_static(b"{}") } else { bytes };
            parse_json(&bytes).map(Self)
        })
    }
}

/// Refuses a body of another media type; a request without a body needs none.
pub fn expect_type(request: &HttpRequest, expected: &[&str]) -> Result<()> {
    let given = request.headers().get(CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let essence = given.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let headers = request.headers();
    let has_no_body = essence.is_empty()
        && !headers.contains_key("transfer-encoding")
        && headers.get("content-length").is_none_or(|length| length == "0");
    if has_no_body || expected.contains(&essence.as_str()) {
        Ok(())
    } else {
        Err(Error::new(Code::UnsupportedMediaType, format!("Send the body as {}.", expected.join(" or "))))
    }
}

/// How long a body may take to arrive.
const BODY_TIME: Duration = Duration::from_secs(30);

/// Reads a whole body, no more than configured.
pub async fn read_body(request: &HttpRequest, payload: Payload) -> Result<actix_web::web::Bytes> {
    let max = request.app_data::<actix_web::web::Data<App>>().map_or(1024 * 1024, |app| app.config().max_body_bytes);
    read_up_to(max, request, payload).await
}

/// Reads a short body, which stays there for whoever comes next.
pub async fn small_body(request: &mut ServiceRequest, max: usize) -> Result<actix_web::web::Bytes> {
    let payload = request.take_payload();
    let body = read_up_to(max, request.request(), payload).await?;
    request.set_payload(Payload::from(body.clone()));
    Ok(body)
}

async fn read_up_to(max: usize, request: &HttpRequest, mut payload: Payload) -> Result<actix_web::web::Bytes> {
    let too_large = || Error::new(Code::PayloadTooLarge, format!("A body may have {max} bytes at most."));
    let announced = request.headers().get("content-length").and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<usize>().ok());
    if announced.is_some_and(|length| length > max) {
        return Err(too_large());
    }
    if request.headers().get("content-encoding").is_some_and(|e| e != "identity") {
        return Err(Error::new(Code::UnsupportedMediaType, "Send the body without Content-Encoding."));
    }
    let whole = async {
        let mut body = BytesMut::with_capacity(announced.unwrap_or(1024));
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Error::malformed("The body ended early or could not be read."))?;
            if body.len().saturating_add(chunk.len()) > max {
                return Err(too_large());
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body.freeze())
    };
    let late = |_| Err(Error::new(Code::RequestTimeout, "The body took too long to arrive."));
    tokio::time::timeout(BODY_TIME, whole).await.unwrap_or_else(late)
}

/// Reads JSON into a type; text is put into NFC on the way.
pub fn parse_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(Strict(&mut json)).map_err(|e| at_path(e.path(), e.inner()))?;
    json.end().map_err(|e| Error::malformed(format!("Not JSON: {e}.")))?;
    Ok(value)
}

fn at_path(path: &serde_path_to_error::Path, error: &serde_json::Error) -> Error {
    use serde_path_to_error::Segment;
    let pointer: String = path
        .iter()
        .map(|segment| match segment {
            Segment::Seq { index } => format!("/{index}"),
            Segment::Map { key } => format!("/{}", text::pointer_escape(key)),
            Segment::Enum { variant } => format!("/{variant}"),
            Segment::Unknown => String::new(),
        })
        .collect();
    let detail = format!("{error}.");
    let code = if detail.starts_with("unknown field") {
        "unknown_field"
    } else if detail.starts_with("missing field") {
        "required"
    } else if detail.starts_with(CONTROLS) {
        "control_character"
    } else {
        "type"
    };
    Error::malformed(detail.clone()).with_fields(vec![FieldError::new(pointer, code, detail)])
}

/// An id in a path: of another kind it is a 404, malformed a 400.
pub fn path_id<I: Id>(segment: &str, what: &str) -> Result<I> {
    I::parse(segment).map_err(|e| match e {
        IdError::OtherKind => Error::not_found(what),
        IdError::Malformed => Error::malformed(format!("{segment:?} is not an id of a {what} ({}_...).", I::PREFIX)),
    })
}

/// The one id in a path, `{id}`.
pub struct PathId<I>(pub I);

impl<I: Id> FromRequest for PathId<I> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(path_id(request.match_info().query("id"), "resource").map(Self))
    }
}

/// The two ids in a path, `{id}` and `{sub}`.
pub struct PathIds<I, J>(pub I, pub J);

impl<I: Id, J: Id> FromRequest for PathIds<I, J> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let info = request.match_info();
        ready(path_id(info.query("id"), "resource").and_then(|i| Ok(Self(i, path_id(info.query("sub"), "resource")?))))
    }
}

/// `{id}` of a path as text, for resources that a slug or a number names too.
pub struct PathText(pub String);

impl FromRequest for PathText {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let raw = request.match_info().query("id");
        ready(text::clean(raw).filter(|t| t.len() <= 300).map(|t| Self(t.into_owned())).ok_or_else(|| Error::not_found("resource")))
    }
}

/// Query parameters of one type: unknown ones are refused.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Query<T> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(pairs(request).and_then(typed).map(Self))
    }
}

/// The parameters of a list: its page, and its own filters and sort.
pub struct ListQuery<T> {
    /// Which page.
    pub page: PageRequest,
    /// The list's own parameters.
    pub filter: T,
    /// Parameters with a dot, `option.color=red`, in order.
    pub dotted: Vec<(String, String)>,
}

/// A list without parameters of its own.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NoFilter {}

impl<T: DeserializeOwned> FromRequest for ListQuery<T> {
    type Error = Error;
    type Future = Ready<Result<Self>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(pairs(request).and_then(|pairs| {
            let mut page = PageRequest::default();
            let (mut own, mut dotted) = (Vec::new(), Vec::new());
            for (name, value) in pairs {
                match name.as_str() {
                    "limit" => page.limit = limit(&value)?,
                    "cursor" => page.cursor = Some(value),
                    "include" if value == "total" => page.with_total = true,
                    "include" => return Err(unknown("include", "expected `total`")),
                    _ if name.contains('.') => dotted.push((name, value)),
                    _ => own.push((name, value)),
                }
            }
            page.direction = Direction::Forward;
            Ok(Self { page, filter: typed(own)?, dotted })
        }))
    }
}

/// A page's size: 1 to 100.
pub fn limit(text: &str) -> Result<u32> {
    text.parse().ok().filter(|l| (1..=MAX_LIMIT).contains(l)).ok_or_else(|| {
        let detail = format!("limit: expected 1 to {MAX_LIMIT} ({DEFAULT_LIMIT} if absent).");
        Error::malformed(detail.clone()).with_fields(vec![FieldError::new("?limit", "range", detail)])
    })
}

fn unknown(name: &str, detail: &str) -> Error {
    Error::new(Code::UnknownParameter, format!("{name}: {detail}.")).with_fields(vec![FieldError::new(
        format!("?{name}"),
        "unknown",
        detail,
    )])
}

fn pairs(request: &HttpRequest) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for (name, value) in url::form_urlencoded::parse(request.query_string().as_bytes()) {
        if CALL_PARAMETERS.contains(&name.as_ref()) {
            continue;
        }
        // U+FFFD stands where the bytes were no UTF-8.
        let clean = |t: &str| text::clean(t).filter(|c| !c.contains('\u{fffd}')).map(|c| c.into_owned());
        match (clean(&name), clean(&value)) {
            (Some(name), Some(value)) if value.len() <= 2_000 => found.push((name, value)),
            _ => return Err(Error::malformed("A query parameter is too long, holds control characters or is not UTF-8.")),
        }
    }
    Ok(found)
}

fn typed<T: DeserializeOwned>(pairs: Vec<(String, String)>) -> Result<T> {
    let encoded = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
    serde_urlencoded::from_str(&encoded).map_err(|e| {
        let detail = e.to_string();
        if detail.starts_with("unknown field") {
            Error::new(Code::UnknownParameter, detail)
        } else {
            Error::malformed(format!("A query parameter is wrong: {detail}."))
        }
    })
}

/// How several things at once are written.
#[derive(Debug, Clone, Default, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BulkMode {
    /// `true`: all or none. Absent: each that can be; the answer tells of each.
    #[serde(default)]
    #[param(required = false)]
    pub atomic: bool,
}
