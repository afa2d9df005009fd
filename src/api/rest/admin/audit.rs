//! The audit log, for staff.

use actix_web::get;

use crate::api::call::Call;
use crate::api::extract::ListQuery;
use crate::api::openapi::{Paging, ReadProblems};
use crate::api::reply::{Answered, Reply};
use crate::commerce::audit::{self, AuditEntry, AuditFilter};
use crate::types::Page;

/// List the audit log
///
/// Who changed what, from where, and how it was before; newest first. Entries are never changed, and each holds the
/// hash of the one before it. Needs `audit:read`, by a key that is not limited to a channel.
#[utoipa::path(operation_id = "list_audit_log", tag = "Audit log", params(Paging, AuditFilter),
    responses((status = 200, body = Page<AuditEntry>), ReadProblems))]
#[get("/audit-log")]
pub async fn list(call: Call, query: ListQuery<AuditFilter>) -> Answered<Page<AuditEntry>> {
    let listing = call.read(move |tx, by| audit::list(tx, by, &query.page, &query.filter)).await?;
    Ok(Reply::ok(listing.into()))
}
