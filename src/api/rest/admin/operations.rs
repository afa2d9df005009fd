//! Long work, imports and exports, for staff.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION};
use actix_web::web::{self, Bytes, BytesMut};
use actix_web::{HttpRequest, HttpResponse, get, post};
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::api::call::Call;
use crate::api::extract::{ListQuery, NoFilter, PathId, Query, expect_type};
use crate::api::openapi::{IdPath, Idempotency, Paging, ReadProblems, WriteProblems};
use crate::api::reply::{Answered, Reply};
use crate::commerce::idempotency::Written;
use crate::commerce::operations::{self, FileFormat, ImportOptions, Operation, PIECE_BYTES};
use crate::commerce::transfer::{self, ExportPage};
use crate::error::{Code, Error, Result};
use crate::types::{Currency, OperationId, Page};

/// List operations
///
/// Long work that was asked for, newest first. Needs `catalog:read`.
#[utoipa::path(operation_id = "list_operations", tag = "Operations", params(Paging), responses((status = 200, body = Page<Operation>), ReadProblems))]
#[get("/operations")]
pub async fn list(call: Call, query: ListQuery<NoFilter>) -> Answered<Page<Operation>> {
    let listing = call.read(move |tx, by| operations::list(tx, by, &query.page)).await?;
    Ok(Reply::ok(listing.into()))
}

/// Read an operation
///
/// Poll it: how far it is, and what came of it. Needs `catalog:read`.
#[utoipa::path(operation_id = "get_operation", tag = "Operations", params(IdPath), responses((status = 200, body = Operation), ReadProblems))]
#[get("/operations/{id}")]
pub async fn get(call: Call, PathId(id): PathId<OperationId>) -> Answered<Operation> {
    Ok(Reply::ok(call.read(move |tx, by| operations::get(tx, by, id)).await?))
}

/// What an import is asked for with.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportQuery {
    /// The file's format.
    format: FileFormat,
    /// The currency of the file's prices; the default channel's if absent.
    currency: Option<Currency>,
    /// Set the stock of variants that are there already too, not of new ones alone. Needs `stock:write`.
    #[serde(default)]
    #[param(required = false)]
    update_stock: bool,
}

/// That an import only tells what it would do.
#[derive(utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes a parameter; Call reads it")]
struct Rehearsal {
    /// `true` tells what would happen, in the operation's result, and writes nothing.
    dry_run: Option<bool>,
}

/// Import products
///
/// Takes a file of products as the body and answers an operation to poll. Loads all that can be loaded and
/// tells, row by row, what was decided about the rest; the same file a second time changes nothing. New
/// variants get the file's quantities if the key has `stock:write`. Needs `catalog:write`.
#[utoipa::path(operation_id = "start_import", tag = "Operations", params(ImportQuery, Rehearsal, Idempotency),
    request_body(content = String, content_type = "text/csv", description = "The file, UTF-8."),
    responses((status = 202, body = Operation), WriteProblems))]
#[post("/imports")]
pub async fn start_import(call: Call, Query(query): Query<ImportQuery>, request: HttpRequest, file: web::Payload) -> Answered<Operation> {
    expect_type(&request, &["text/csv"])?;
    let options = ImportOptions {
        format: query.format,
        dry_run: call.dry_run,
        currency: query.currency,
        update_stock: query.update_stock,
        may_set_stock: true,
    };
    let written = receive(&call, &request, options, file).await?;
    operations::wake(&call.app);
    let location = format!("/admin/v1/operations/{}", written.value.id);
    Ok(Reply::accepted(written, location))
}

/// Takes the file in, a piece at a time, and queues its import; nothing is left of a file that breaks off.
async fn receive(call: &Call, request: &HttpRequest, options: ImportOptions, file: web::Payload) -> Result<Written<Operation>> {
    let (by, asked) = (call.caller.clone(), options.clone());
    let id = call.app.write(move |tx| operations::begin_import(tx, &by, asked.clone())).await?.id;
    let queued = match store(call, request, id, file).await {
        Ok(digest) => {
            // A dry run is the import's, not the request's: the operation itself is kept.
            let call = Call { dry_run: false, ..call.clone() };
            call.write("start_import", (options, digest), move |tx, by, _| operations::start_import(tx, by, id)).await
        }
        Err(error) => Err(error),
    };
    if !matches!(&queued, Ok(written) if written.value.id == id) {
        let by = call.caller.clone();
        call.app.write(move |tx| operations::abandon(tx, &by, id)).await?;
    }
    queued
}

/// Stores a body in pieces; answers its digest.
async fn store(call: &Call, request: &HttpRequest, id: OperationId, mut file: web::Payload) -> Result<String> {
    let max = call.app.config().max_upload_bytes;
    let too_large = || Error::new(Code::PayloadTooLarge, format!("A file may have {max} bytes at most."));
    let announced = request.headers().get("content-length").and_then(|v| v.to_str().ok()).and_then(|v| v.parse::<usize>().ok());
    if announced.is_some_and(|length| length > max) {
        return Err(too_large());
    }
    if request.headers().get("content-encoding").is_some_and(|e| e != "identity") {
        return Err(Error::new(Code::UnsupportedMediaType, "Send the file without Content-Encoding."));
    }
    let (mut digest, mut pending, mut position, mut size) = (Sha256::new(), BytesMut::new(), 0i32, 0usize);
    while let Some(chunk) = file.next().await {
        let chunk = chunk.map_err(|_| Error::malformed("The file ended early or could not be read."))?;
        size = size.saturating_add(chunk.len());
        if size > max {
            return Err(too_large());
        }
        digest.update(&chunk);
        pending.extend_from_slice(&chunk);
        while pending.len() >= PIECE_BYTES {
            keep(call, id, position, pending.split_to(PIECE_BYTES).freeze()).await?;
            position = position.saturating_add(1);
        }
    }
    if size == 0 {
        return Err(Error::malformed("Send the file as the body."));
    }
    if !pending.is_empty() {
        keep(call, id, position, pending.freeze()).await?;
    }
    Ok(hex::encode(digest.finalize()))
}

async fn keep(call: &Call, id: OperationId, position: i32, piece: Bytes) -> Result<()> {
    let by = call.caller.clone();
    call.app.write(move |tx| operations::store_piece(tx, &by, id, position, &piece)).await
}

/// What an export is asked for with.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExportQuery {
    /// The file's format.
    format: FileFormat,
    /// The currency of the prices; the default channel's if absent.
    currency: Option<Currency>,
}

/// Export products
///
/// Streams all products as a file that imports back to the same catalog. Quantities need `stock:read` and
/// are those of the default stock location. Needs `catalog:read`.
#[utoipa::path(operation_id = "export_products", tag = "Operations", params(ExportQuery),
    responses((status = 200, body = String, content_type = "text/csv"), ReadProblems))]
#[get("/exports")]
pub async fn export(call: Call, Query(query): Query<ExportQuery>) -> Result<HttpResponse> {
    // The first page is read before the answer begins, so that a refusal is a problem and not a broken file.
    let first = page(&call, query, None).await?;
    let rest = stream::unfold(first.next_cursor.clone(), move |cursor| {
        let call = call.clone();
        async move {
            let cursor = cursor?;
            Some(match page(&call, query, Some(cursor)).await {
                Ok(page) => (Ok(Bytes::from(page.content)), page.next_cursor),
                Err(error) => (Err(error), None),
            })
        }
    });
    let file = stream::iter([Ok(Bytes::from(first.content))]).chain(rest);
    Ok(HttpResponse::Ok()
        .content_type("text/csv; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_DISPOSITION, "attachment; filename=\"products.csv\""))
        .streaming(file))
}

async fn page(call: &Call, query: ExportQuery, cursor: Option<String>) -> Result<ExportPage> {
    let FileFormat::ShopifyCsv = query.format;
    call.read(move |tx, by| transfer::export_page(tx, by, query.currency, cursor)).await
}
