//! GraphQL over HTTP: POST and GET, limits, and statuses as the GraphQL-over-HTTP specification says.

use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_LANGUAGE};
use actix_web::{HttpRequest, HttpResponse, web};
use async_graphql::{EmptySubscription, ErrorExtensionValues, ObjectType, Request, Response, Schema, Variables};
use serde::Deserialize;

use super::persisted::PersistedQueries;
use super::{Schemas, guard, limits, public};
use crate::api::browser::field_lets_in;
use crate::api::call::Call;
use crate::api::extract::{expect_type, parse_json, read_body};
use crate::api::lane::{Form, Kept, Lane, Made, meaning_key};
use crate::api::middleware::request_id;
use crate::api::public::Reader;
use crate::commerce::catalog;
use crate::error::{Code, Error, Result};
use crate::types::{ChannelId, text};

/// A GraphQL request, in a body or in a query string.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Posted {
    query: Option<String>,
    #[serde(rename = "operationName")]
    operation_name: Option<String>,
    variables: Option<serde_json::Value>,
    extensions: Option<serde_json::Map<String, serde_json::Value>>,
}

/// Adds both endpoints.
pub fn routes(schemas: Schemas) -> impl FnOnce(&mut web::ServiceConfig) {
    move |config| {
        config
            .service(endpoint("/store/graphql", Endpoint { schema: schemas.store, queries: schemas.store_queries, has_public: true }))
            .service(endpoint("/admin/graphql", Endpoint { schema: schemas.admin, queries: schemas.admin_queries, has_public: false }));
    }
}

/// One surface: its schema and its persisted queries.
struct Endpoint<Q, M> {
    schema: Schema<Q, M, EmptySubscription>,
    queries: PersistedQueries,
    /// Whether some of its fields are for everybody.
    has_public: bool,
}

impl<Q, M> Clone for Endpoint<Q, M> {
    fn clone(&self) -> Self {
        Self { schema: self.schema.clone(), queries: self.queries.clone(), has_public: self.has_public }
    }
}

fn endpoint<Q: ObjectType + 'static, M: ObjectType + 'static>(path: &str, endpoint: Endpoint<Q, M>) -> actix_web::Resource {
    let for_get = endpoint.clone();
    web::resource(path)
        .route(web::post().to(move |request: HttpRequest, payload: web::Payload| post(endpoint.clone(), request, payload.into_inner())))
        .route(web::get().to(move |request: HttpRequest| get(for_get.clone(), request)))
}

async fn post<Q: ObjectType + 'static, M: ObjectType + 'static>(
    endpoint: Endpoint<Q, M>,
    request: HttpRequest,
    payload: Payload,
) -> Result<HttpResponse> {
    expect_type(&request, &["application/json", "application/graphql-response+json"])?;
    let call = Call::of(request.clone()).await?;
    let body = read_body(&request, payload).await?;
    let posted: Posted = parse_json(&body)?;
    let sent = Sent { text: String::from_utf8(body.into()).unwrap_or_default(), by_get: false };
    execute(endpoint, request, call, posted, sent).await
}

async fn get<Q: ObjectType + 'static, M: ObjectType + 'static>(endpoint: Endpoint<Q, M>, request: HttpRequest) -> Result<HttpResponse> {
    let accepts_html = request.headers().get(ACCEPT).and_then(|a| a.to_str().ok()).is_some_and(|a| a.contains("text/html"));
    let serves_docs = request.app_data::<web::Data<crate::app::App>>().is_some_and(|app| app.config().docs);
    if serves_docs && accepts_html && request.query_string().is_empty() {
        return Ok(crate::api::docs::graphiql());
    }
    let call = Call::of(request.clone()).await?;
    let mut posted = Posted { query: None, operation_name: None, variables: None, extensions: None };
    for (name, value) in url::form_urlencoded::parse(request.query_string().as_bytes()) {
        let json = || serde_json::from_str(&value).map_err(|_| Error::malformed(format!("{name}: not JSON")));
        match name.as_ref() {
            "query" => posted.query = Some(value.into_owned()),
            "operationName" => posted.operation_name = Some(value.into_owned()),
            "variables" => posted.variables = Some(json()?),
            "extensions" => posted.extensions = json()?.as_object().cloned(),
            "locale" => {}
            other => return Err(Error::new(Code::UnknownParameter, format!("unknown parameter {other:?}"))),
        }
    }
    let sent = Sent { text: request.query_string().to_owned(), by_get: true };
    execute(endpoint, request, call, posted, sent).await
}

/// A request as it was sent: what the fast lane knows it by.
struct Sent {
    text: String,
    by_get: bool,
}

async fn execute<Q: ObjectType + 'static, M: ObjectType + 'static>(
    endpoint: Endpoint<Q, M>,
    request: HttpRequest,
    call: Call,
    posted: Posted,
    sent: Sent,
) -> Result<HttpResponse> {
    let query = endpoint.queries.resolve(posted.query, posted.extensions.as_ref())?;
    guard::refuse_text(&query)?;
    // Escapes are the only way left for a control character to enter through a literal.
    let query = text::clean(&query)
        .filter(|q| !["\\u00", "\\b", "\\f"].iter().any(|escape| q.contains(escape)))
        .ok_or_else(|| Error::malformed("The query's text holds control characters; send text in variables."))?;
    let mut variables = posted.variables.unwrap_or_default();
    if !(variables.is_null() || variables.is_object()) {
        return Err(Error::malformed("variables: expected an object"));
    }
    text::clean_json(&mut variables).map_err(|pointer| Error::malformed(format!("variables{pointer}: text holds control characters")))?;
    let asked = Asked { query: query.into_owned(), operation: posted.operation_name, variables };
    if endpoint.has_public
        && let Some(kept) = through_the_lane(&endpoint, &request, &call, &asked, &sent).await
    {
        return Ok(kept.respond_from_door(&request, Form::GraphQl { modern: is_modern(&request), by_get: sent.by_get }));
    }
    let reader = Reader::new(call.app.clone(), call.caller.scope().into());
    let mut graphql = asked.request(&reader);
    let is_mutation = is_mutation(&mut graphql);
    if sent.by_get && is_mutation {
        return Err(Error::new(Code::MethodNotAllowed, "GET runs queries only; POST a mutation."));
    }
    let mut lets_in = false;
    if let Ok(document) = graphql.parsed_query() {
        guard::refuse_size(document)?;
        limits::count(&call, document, asked.operation.as_deref(), &asked.variables).await?;
        let of_store = endpoint.has_public;
        lets_in = public::asks_only(document, asked.operation.as_deref(), |name| field_lets_in(of_store, name));
    }
    let call = call.admitted(is_mutation, lets_in)?;
    let graphql = graphql.data(call.clone());
    let mut response = endpoint.schema.execute(graphql).await;
    complete_errors(&mut response);
    Ok(answer(&request, &call, &response))
}

/// What is to be run.
struct Asked {
    query: String,
    operation: Option<String>,
    variables: serde_json::Value,
}

impl Asked {
    /// As the library takes it, with what anybody may read in reach.
    fn request(&self, reader: &Reader) -> Request {
        let request = Request::new(self.query.clone())
            .variables(Variables::from_json(self.variables.clone()))
            .data(super::store::products::loader(reader))
            .data(reader.clone());
        match &self.operation {
            Some(name) => request.operation_name(name),
            None => request,
        }
    }
}

/// How often an answer is made anew whose statements saw the catalog change.
const TRIES: usize = 3;

/// The kept answer to a query of public fields only. None: it is another query, or its answer is not for keeping
/// (it has errors, or the catalog changes faster than it is read).
async fn through_the_lane<Q: ObjectType + 'static, M: ObjectType + 'static>(
    endpoint: &Endpoint<Q, M>,
    request: &HttpRequest,
    call: &Call,
    asked: &Asked,
    sent: &Sent,
) -> Option<Arc<Kept>> {
    let lane = request.app_data::<web::Data<Lane>>().filter(|lane| lane.is_open())?;
    let document = async_graphql::parser::parse_query(&asked.query).ok()?;
    if guard::refuse_size(&document).is_err() || !public::is_public(&document, asked.operation.as_deref()) {
        return None;
    }
    let scope = Arc::new(call.caller.scope());
    let known = lane.known(request).or_else(|| lane.learn(request, &scope))?;
    let language = scope.locale.to_string();
    // The URL of a GET may name another language than the headers.
    let meaning = public::meaning(&asked.query, asked.operation.as_deref(), &asked.variables)?;
    let meaning = format!("{language} {meaning}");
    let (channel, reader) = (scope.channel.id, Reader::new(call.app.clone(), scope));
    let made = async {
        let not_for_keeping = || Error::new(Code::Internal, "not for keeping");
        for _ in 0..TRIES {
            let before = revision(call, channel).await?;
            let (until, scope) = reader.read(|tx, scope| Ok((catalog::next_publication(tx)?, scope.renewed(tx)?))).await?;
            let reader = Reader::new(call.app.clone(), scope.into());
            let response = endpoint.schema.execute(asked.request(&reader)).await;
            if !response.errors.is_empty() {
                return Err(not_for_keeping());
            }
            if revision(call, channel).await? == before {
                return Ok(Made { body: serde_json::to_vec(&response)?, language: reader.scope().locale.to_string(), until });
            }
        }
        Err(not_for_keeping())
    };
    let kept = lane.answer(&meaning_key(&known, &meaning), channel, made).await.ok()?;
    lane.learn_meaning(sent.text.clone(), &meaning);
    Some(kept)
}

/// A channel's revision as the database has it.
async fn revision(call: &Call, channel: ChannelId) -> Result<i64> {
    let db = call.app.db().clone();
    let asked = tokio::task::spawn_blocking(move || db.refresh_revisions().map(|()| db.revisions().of(channel)));
    asked.await.map_err(Error::internal)?
}

fn is_mutation(request: &mut Request) -> bool {
    use async_graphql::parser::types::OperationType;
    let name = request.operation_name.clone();
    request.parsed_query().is_ok_and(|document| {
        document
            .operations
            .iter()
            .any(|(n, op)| op.node.ty != OperationType::Query && (name.is_none() || n.map(|n| n.as_str()) == name.as_deref()))
    })
}

/// The library's own errors (syntax, validation, limits) get a code too.
fn complete_errors(response: &mut Response) {
    for error in &mut response.errors {
        let extensions = error.extensions.get_or_insert_with(ErrorExtensionValues::default);
        if extensions.get("code").is_none() {
            let limited =
                error.message.contains("too complex") || error.message.contains("too deep") || error.message.contains("recursion");
            let code = if limited { Code::QueryTooComplex } else { Code::Malformed };
            extensions.set("code", code.as_str());
            extensions.set("status", code.kind().status());
            extensions.set("request_id", request_id());
        }
    }
}

fn answer(request: &HttpRequest, call: &Call, response: &Response) -> HttpResponse {
    let modern = is_modern(request);
    // A request that never ran has no data: with the modern media type that is an error status.
    let failed = response.data == async_graphql::Value::Null && !response.errors.is_empty();
    let status = if modern && failed { status_of(response) } else { 200 };
    let mut http = HttpResponse::build(actix_web::http::StatusCode::from_u16(status).unwrap_or_default());
    http.insert_header((CACHE_CONTROL, "no-store")).insert_header((CONTENT_LANGUAGE, call.caller.locale.as_str()));
    http.content_type(if modern { "application/graphql-response+json" } else { "application/json" });
    match serde_json::to_vec(response) {
        Ok(body) => http.body(body),
        Err(e) => actix_web::ResponseError::error_response(&Error::internal(e)),
    }
}

fn is_modern(request: &HttpRequest) -> bool {
    request.headers().get(ACCEPT).and_then(|a| a.to_str().ok()).is_some_and(|a| a.contains("application/graphql-response+json"))
}

fn status_of(response: &Response) -> u16 {
    let status = response.errors.first().and_then(|e| e.extensions.as_ref()).and_then(|x| x.get("status").cloned());
    match status {
        Some(async_graphql::Value::Number(n)) => n.as_u64().and_then(|n| u16::try_from(n).ok()).unwrap_or(400),
        _ => 400,
    }
}
