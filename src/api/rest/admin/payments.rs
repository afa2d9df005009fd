//! Payments, for staff.

use actix_web::{get, post};

use crate::api::call::Call;
use crate::api::extract::{Body, ListQuery, PathId};
use crate::api::openapi::{DryRun, IdPath, Paging, ReadProblems, RequiredIdempotency, WriteProblems};
use crate::api::reply::{Answered, Reply};
use crate::commerce::orders::{self, PaymentAnswer};
use crate::commerce::payments::{self, DepositInput, Payment, PaymentFilter};
use crate::types::{Page, PaymentId};

/// List payments
///
/// Newest first. Needs `orders:read`.
#[utoipa::path(operation_id = "list_payments", tag = "Payments", params(Paging, PaymentFilter),
    responses((status = 200, body = Page<Payment>), ReadProblems))]
#[get("/payments")]
pub async fn list(call: Call, query: ListQuery<PaymentFilter>) -> Answered<Page<Payment>> {
    let listing = call.read(move |tx, by| payments::list(tx, by, &query.page, &query.filter)).await?;
    Ok(Reply::ok(listing.into()))
}

/// Read a payment
///
/// Needs `orders:read`.
#[utoipa::path(operation_id = "get_payment", tag = "Payments", params(IdPath), responses((status = 200, body = Payment), ReadProblems))]
#[get("/payments/{id}")]
pub async fn get(call: Call, PathId(id): PathId<PaymentId>) -> Answered<Payment> {
    let payment = call.read(move |tx, by| payments::get(tx, by, id)).await?;
    Ok(Reply::ok(payment).version(|p| p.version))
}

/// Record a deposit
///
/// Money that came into a payment's account. Less than asked is told and waited on, more is told and left to staff,
/// too late revives the order if its goods are still there and goes back otherwise. The same reference counts once.
/// Accounts of the sandbox (`test`, method `virtual_account`) are paid into in the same way. Needs `payments:write`.
#[utoipa::path(operation_id = "confirm_payment_deposit", tag = "Payments", params(IdPath, RequiredIdempotency, DryRun),
    request_body = DepositInput, responses((status = 201, body = PaymentAnswer), WriteProblems))]
#[post("/payments/{id}/deposits")]
pub async fn confirm_deposit(call: Call, PathId(id): PathId<PaymentId>, Body(input): Body<DepositInput>) -> Answered<PaymentAnswer> {
    if !call.dry_run {
        call.required_claim("confirm_payment_deposit", &(id, &input))?;
    }
    let written =
        call.write("confirm_payment_deposit", (id, input), |tx, by, (id, input)| orders::confirm_deposit(tx, by, id, input)).await?;
    Ok(Reply::created(written))
}
