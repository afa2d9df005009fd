//! Who buys, where to, how it is sent, what the app keeps with it.

use super::checks::Violations;
use super::inputs::{CartAddresses, CartEmail, CartShippingMethod, CartUpdate};
use super::price::{Place, Priced};
use super::rows::{self, CartChanges};
use super::shapes::{Cart, CartDeleted};
use super::{CartStatus, CartTerms, take};
use crate::commerce::auth::Caller;
use crate::db::tables::carts;
use crate::db::{Tx, on_each};
use crate::error::{Result, check_at};
use crate::types::json::merge_metadata;
use crate::types::{CartId, Json, Patch};

/// Changes a cart's own fields: what is absent stays, null clears.
pub fn update(tx: &mut Tx, by: &Caller, terms: CartTerms, id: CartId, input: CartUpdate) -> Result<Cart> {
    let mut found = Violations::default();
    if let Some(address) = input.shipping_address.value() {
        found.shipping_address(by, "/shipping_address", address);
    }
    if let Some(address) = input.billing_address.value() {
        found.of_shape(check_at("/billing_address", address));
    }
    let changes = CartChanges {
        email: written(input.email.map(|email| found.email("/email", &email))),
        shipping_address: written(input.shipping_address.map(Json)),
        billing_address: written(input.billing_address.map(Json)),
        shipping_option_id: written(input.shipping_option_id),
        ..CartChanges::default()
    };
    found.refuse()?;
    let chose_option = matches!(changes.shipping_option_id, Some(Some(_)));
    let mut cart = take(tx, by, terms, id, changes)?;
    if !input.metadata.is_keep() {
        let mut found = Violations::default();
        merge_metadata(&mut cart.metadata.0, input.metadata);
        found.metadata("/metadata", &cart.metadata.0);
        found.refuse()?;
        rows::change(tx, id, &CartChanges { metadata: Some(cart.metadata.clone()), ..CartChanges::default() })?;
    }
    let lines = rows::lines(tx, id)?;
    let priced = Priced::load(tx, Place::of(by), cart, lines)?;
    if chose_option {
        let mut found = Violations::default();
        found.unavailable_option(&priced);
        found.refuse()?;
    }
    Ok(priced.into())
}

fn written<T>(patch: Patch<T>) -> Option<Option<T>> {
    match patch {
        Patch::Keep => None,
        Patch::Clear => Some(None),
        Patch::Set(value) => Some(Some(value)),
    }
}

/// Sets both addresses of a cart.
pub fn set_addresses(tx: &mut Tx, by: &Caller, terms: CartTerms, id: CartId, input: CartAddresses) -> Result<Cart> {
    let (shipping_address, billing_address) = (input.shipping_address.into(), input.billing_address.into());
    update(tx, by, terms, id, CartUpdate { shipping_address, billing_address, ..CartUpdate::default() })
}

/// Sets who buys.
pub fn set_email(tx: &mut Tx, by: &Caller, terms: CartTerms, id: CartId, input: CartEmail) -> Result<Cart> {
    update(tx, by, terms, id, CartUpdate { email: Patch::Set(input.email), ..CartUpdate::default() })
}

/// Sets how a cart is sent.
pub fn set_shipping_method(tx: &mut Tx, by: &Caller, terms: CartTerms, id: CartId, input: CartShippingMethod) -> Result<Cart> {
    update(tx, by, terms, id, CartUpdate { shipping_option_id: input.shipping_option_id.into(), ..CartUpdate::default() })
}

/// Deletes a cart that is no order yet, with everything in it.
pub fn delete(tx: &mut Tx, by: &Caller, terms: CartTerms, id: CartId) -> Result<CartDeleted> {
    use diesel::prelude::*;
    take(tx, by, terms, id, CartChanges::default())?;
    on_each!(tx, |c| diesel::delete(carts::table.find(id).filter(carts::status.eq(CartStatus::Active))).execute(c))?;
    Ok(CartDeleted { id })
}
