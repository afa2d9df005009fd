//! The caller's channel.

use actix_web::get;

use crate::api::call::Call;
use crate::api::openapi::ReadProblems;
use crate::api::reply::{Answered, Reply};
use crate::commerce::channels::Channel;

/// The caller's channel
///
/// Currency, locales, countries and payment providers of the channel that `Maru-Publishable-Key` names.
#[utoipa::path(operation_id = "get_channel", tag = "Channel", responses((status = 200, body = Channel), ReadProblems))]
#[get("/channel")]
pub async fn get(call: Call) -> Answered<Channel> {
    let channel = call.caller.channel.as_ref().clone();
    Ok(Reply::public(&call, channel))
}
