//! Small changes by staff: metadata, notes, attention.

use serde_json::json;

use super::shapes::{NoteInput, Order, OrderUpdate};
use super::view::View;
use super::whole::{About, OrderKey, Whole};
use crate::commerce::auth::{Caller, Permission};
use crate::db::Tx;
use crate::error::{Error, Result, check};
use crate::types::json::{check_metadata, merge_metadata};

/// Changes metadata, or marks what asked for attention as looked at.
pub fn update(tx: &mut Tx, by: &Caller, key: &OrderKey, expected_version: Option<i32>, input: OrderUpdate) -> Result<Order> {
    by.require(Permission::OrdersWrite)?;
    check(&input)?;
    let mut whole = Whole::lock_by(tx, key)?.reached_by(by)?.at_version(expected_version)?;
    merge_metadata(&mut whole.order.metadata.0, input.metadata);
    merge_metadata(&mut whole.order.private_metadata.0, input.private_metadata);
    for (pointer, metadata) in [("/metadata", &whole.order.metadata.0), ("/private_metadata", &whole.order.private_metadata.0)] {
        check_metadata(metadata).map_err(|e| Error::invalid_field(pointer, &e.code, e.message.unwrap_or_default()))?;
    }
    if input.attention_resolved == Some(true) && !whole.order.attention.0.is_empty() {
        let was = std::mem::take(&mut whole.order.attention.0);
        whole.tell(tx, by, "attention", json!({"resolved": was}));
    }
    whole.emit("order.updated", About::Order);
    whole.commit(tx)?;
    Ok(whole.shape(View::of(by)))
}

/// Puts a note for colleagues on the timeline.
pub fn note(tx: &mut Tx, by: &Caller, key: &OrderKey, input: NoteInput) -> Result<Order> {
    by.require(Permission::OrdersWrite)?;
    check(&input)?;
    let mut whole = Whole::lock_by(tx, key)?.reached_by(by)?;
    whole.tell(tx, by, "note", json!({"text": input.text}));
    whole.commit(tx)?;
    Ok(whole.shape(View::of(by)))
}
