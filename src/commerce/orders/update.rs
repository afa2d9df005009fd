//! Small changes by staff: metadata, notes, attention.

use std::collections::BTreeMap;

use serde_json::json;

use super::shapes::{NoteInput, Order, OrderUpdate};
use super::whole::{About, OrderKey, View, Whole};
use crate::commerce::auth::{Caller, Permission};
use crate::db::Tx;
use crate::error::{Error, FieldError, Result, check};
use crate::types::Metadata;

/// Changes metadata, or marks what asked for attention as looked at.
pub fn update(tx: &mut Tx, by: &Caller, key: &OrderKey, expected_version: Option<i32>, input: OrderUpdate) -> Result<Order> {
    by.require(Permission::OrdersWrite)?;
    check(&input)?;
    let mut whole = Whole::lock_by(tx, key)?.at_version(expected_version)?;
    merge("/metadata", &mut whole.order.metadata.0, input.metadata)?;
    merge("/private_metadata", &mut whole.order.private_metadata.0, input.private_metadata)?;
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
    let mut whole = Whole::lock_by(tx, key)?;
    whole.tell(tx, by, "note", json!({"text": input.text}));
    whole.commit(tx)?;
    Ok(whole.shape(View::of(by)))
}

/// A merge patch of metadata: null removes a key. At most 50 entries, keys to 64 characters, values to 2,000.
fn merge(pointer: &str, kept: &mut Metadata, patch: Option<BTreeMap<String, Option<String>>>) -> Result<()> {
    let mut wrong = Vec::new();
    for (key, value) in patch.unwrap_or_default() {
        let fits = (1..=64).contains(&key.chars().count()) && value.as_ref().is_none_or(|v| v.chars().count() <= 2000);
        if !fits {
            let at = format!("{pointer}/{}", crate::types::text::pointer_escape(&key));
            wrong.push(FieldError::new(at, "length", "A key has 1 to 64 characters, a value 2,000 at most."));
            continue;
        }
        match value {
            Some(value) => kept.insert(key, value),
            None => kept.remove(&key),
        };
    }
    if kept.len() > 50 {
        wrong.push(FieldError::new(pointer, "length", "At most 50 entries."));
    }
    if wrong.is_empty() { Ok(()) } else { Err(Error::invalid(wrong)) }
}
