//! Putting things into a cart, changing how many, taking them out. Adding adds up: it needs no version,
//! and any number of adds at once sum up, because each takes the cart first.

use super::checks::{MAX_LINES, Violations};
use super::inputs::{CartLineAdd, CartLineChange, CartLineUpdate, CartLinesAdd, CartLinesUpdate};
use super::price::{Facts, Place, Priced};
use super::rows::{self, CartChanges, LineRow};
use super::shapes::Cart;
use super::{CartTerms, take};
use crate::commerce::auth::Caller;
use crate::db::Tx;
use crate::error::{Error, Result, check};
use crate::types::json::merge_metadata;
use crate::types::{CartId, CartLineId, Json, Patch, VariantId};

/// Puts one thing or several into a cart; what it holds already adds up.
pub fn add_lines(tx: &mut Tx, by: &Caller, terms: CartTerms, id: CartId, input: CartLinesAdd) -> Result<Cart> {
    check(&input)?;
    let (wants, several) = wants(input)?;
    let at = |index: usize| if several { format!("/lines/{index}") } else { String::new() };
    let cart = take(tx, by, terms, id, CartChanges::default())?;
    let mut lines = Lines::of(id, rows::lines(tx, id)?);
    let place = Place::of(by);
    let held = lines.rows.iter().map(|l| l.variant_id);
    let variants: Vec<VariantId> = held.chain(wants.iter().map(|w| w.variant_id)).collect();
    let facts = Facts::of(tx, place, variants)?;
    let mut found = Violations::default();
    lines.add(tx, &facts, &wants, at, &mut found);
    found.refuse()?;
    rows::put_lines(tx, &lines.touched())?;
    Ok(Priced::of(tx, place, cart, lines.rows, &facts)?.into())
}

/// Changes several lines of a cart; a quantity of 0 removes one.
pub fn update_lines(tx: &mut Tx, by: &Caller, terms: CartTerms, id: CartId, input: CartLinesUpdate) -> Result<Cart> {
    check(&input)?;
    change(tx, by, terms, id, input.lines, |index, field| format!("/lines/{index}{field}"))
}

/// Changes one line of a cart; a quantity of 0 removes it.
pub fn update_line(tx: &mut Tx, by: &Caller, terms: CartTerms, id: CartId, line: CartLineId, input: CartLineUpdate) -> Result<Cart> {
    check(&input)?;
    let change_of_one = CartLineChange { id: line, quantity: input.quantity, metadata: input.metadata };
    change(tx, by, terms, id, vec![change_of_one], |_, field| field.to_owned()).map_err(|e| unknown_line(e, "/id"))
}

/// Takes lines out of a cart.
pub fn remove_lines(tx: &mut Tx, by: &Caller, terms: CartTerms, id: CartId, lines: Vec<CartLineId>) -> Result<Cart> {
    if lines.len() > MAX_LINES {
        return Err(Error::invalid_field("/line_ids", "length", format!("At most {MAX_LINES} lines.")));
    }
    let removed = |id| CartLineChange { id, quantity: Some(0), metadata: Patch::Keep };
    let changes = lines.into_iter().map(removed).collect();
    change(tx, by, terms, id, changes, |index, field| if field == "/id" { format!("/line_ids/{index}") } else { field.to_owned() })
}

/// Takes one line out of a cart.
pub fn remove_line(tx: &mut Tx, by: &Caller, terms: CartTerms, id: CartId, line: CartLineId) -> Result<Cart> {
    remove_lines(tx, by, terms, id, vec![line]).map_err(|e| unknown_line(e, "/line_ids/0"))
}

/// A line named by the path is a resource of its own.
fn unknown_line(error: Error, pointer: &str) -> Error {
    let is_unknown = error.fields.iter().any(|f| f.code == "not_found" && f.pointer == pointer);
    if is_unknown { Error::not_found("line") } else { error }
}

fn wants(input: CartLinesAdd) -> Result<(Vec<CartLineAdd>, bool)> {
    match input {
        CartLinesAdd { lines: Some(lines), variant_id: None, quantity: None, metadata: None } => Ok((lines, true)),
        CartLinesAdd { lines: None, variant_id: Some(variant_id), quantity, metadata } => {
            Ok((vec![CartLineAdd { variant_id, quantity: quantity.unwrap_or(1), metadata }], false))
        }
        _ => Err(Error::invalid_field("/variant_id", "required", "Send one `variant_id` (with quantity and metadata), or `lines`.")),
    }
}

fn change(
    tx: &mut Tx,
    by: &Caller,
    terms: CartTerms,
    id: CartId,
    changes: Vec<CartLineChange>,
    at: impl Fn(usize, &str) -> String,
) -> Result<Cart> {
    let cart = take(tx, by, terms, id, CartChanges::default())?;
    let mut lines = Lines::of(id, rows::lines(tx, id)?);
    let place = Place::of(by);
    let facts = Facts::of(tx, place, lines.rows.iter().map(|l| l.variant_id).collect())?;
    let mut found = Violations::default();
    for (index, change) in changes.into_iter().enumerate() {
        lines.change(&facts, change, |field| at(index, field), &mut found);
    }
    found.refuse()?;
    rows::put_lines(tx, &lines.touched())?;
    rows::delete_lines(tx, &lines.removed)?;
    Ok(Priced::of(tx, place, cart, lines.rows, &facts)?.into())
}

/// A cart's lines while they are changed in memory.
pub(super) struct Lines {
    cart: CartId,
    pub rows: Vec<LineRow>,
    touched: Vec<CartLineId>,
    removed: Vec<CartLineId>,
}

impl Lines {
    pub(super) fn of(cart: CartId, rows: Vec<LineRow>) -> Self {
        Self { cart, rows, touched: Vec::new(), removed: Vec::new() }
    }

    /// The rows to write.
    fn touched(&self) -> Vec<LineRow> {
        self.rows.iter().filter(|row| self.touched.contains(&row.id)).cloned().collect()
    }

    /// Puts things in; what is there already adds up. `at` points to the want of an index.
    pub(super) fn add(&mut self, tx: &Tx, facts: &Facts, wants: &[CartLineAdd], at: impl Fn(usize) -> String, found: &mut Violations) {
        // Ids of one moment are in no order: sorted, the lines keep the order they were sent in.
        let mut ids: Vec<CartLineId> = wants.iter().map(|_| tx.new_id()).collect();
        ids.sort_unstable();
        for ((index, want), id) in wants.iter().enumerate().zip(ids) {
            let pointer = at(index);
            let Some((item, unit_price)) = facts.sold(want.variant_id) else {
                refuse_unsold(facts, want.variant_id, &format!("{pointer}/variant_id"), found);
                continue;
            };
            let row = match self.rows.iter_mut().position(|row| row.variant_id == want.variant_id) {
                Some(place) => self.rows.get_mut(place),
                None => {
                    self.rows.push(self.row(tx, id, want.variant_id));
                    self.rows.last_mut()
                }
            };
            let Some(row) = row else { continue };
            row.quantity = row.quantity.saturating_add(want.quantity.max(0));
            row.unit_price = unit_price;
            if let Some(metadata) = &want.metadata {
                row.metadata = Json(metadata.clone());
            }
            found.age(&pointer, item, facts);
            found.quantity(&pointer, item, row.quantity);
            self.touched.push(row.id);
        }
        if self.rows.len() > MAX_LINES {
            found.invalid("/lines", "length", format!("A cart has {MAX_LINES} lines at most."));
        }
    }

    fn row(&self, tx: &Tx, id: CartLineId, variant_id: VariantId) -> LineRow {
        LineRow { id, cart_id: self.cart, variant_id, quantity: 0, unit_price: 0, metadata: Json::default(), created_at: tx.now() }
    }

    fn change(&mut self, facts: &Facts, change: CartLineChange, at: impl Fn(&str) -> String, found: &mut Violations) {
        let Some(place) = self.rows.iter().position(|row| row.id == change.id) else {
            return found.invalid(at("/id"), "not_found", "The cart has no such line.");
        };
        if change.quantity == Some(0) {
            self.removed.push(change.id);
            self.touched.retain(|id| *id != change.id);
            self.rows.remove(place);
            return;
        }
        let Some(row) = self.rows.get_mut(place) else { return };
        if let Some(quantity) = change.quantity {
            match facts.sold(row.variant_id) {
                Some((item, unit_price)) => {
                    // Fewer may stay: checkout refuses them.
                    if quantity > row.quantity {
                        found.age(&at(""), item, facts);
                    }
                    row.quantity = quantity;
                    row.unit_price = unit_price;
                    found.quantity(&at(""), item, quantity);
                }
                None => refuse_unsold(facts, row.variant_id, &at("/id"), found),
            }
        }
        merge_metadata(&mut row.metadata.0, change.metadata);
        found.metadata(&at("/metadata"), &row.metadata.0);
        self.touched.push(change.id);
    }
}

fn refuse_unsold(facts: &Facts, variant: VariantId, pointer: &str, found: &mut Violations) {
    if facts.exists(variant) {
        found.invalid(pointer, "not_for_sale", "This variant is not sold in this channel now.");
    } else {
        found.invalid(pointer, "not_found", "There is no such variant.");
    }
}
