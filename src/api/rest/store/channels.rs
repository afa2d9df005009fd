//! The caller's channel.

use actix_web::{HttpResponse, get};

use crate::api::openapi::ReadProblems;
use crate::api::public::PublicCall;
use crate::commerce::channels::Channel;
use crate::error::Result;

/// The caller's channel
///
/// Currency, locales, countries and payment providers of the channel that `Maru-Publishable-Key` names.
#[utoipa::path(operation_id = "get_channel", tag = "Channel", responses((status = 200, body = Channel), ReadProblems))]
#[get("/channel")]
pub async fn get(call: PublicCall) -> Result<HttpResponse> {
    call.answer(|_, scope| Ok(scope.channel.as_ref().clone())).await
}
