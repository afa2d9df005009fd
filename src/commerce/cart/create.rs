//! Making a cart, with as much as the client knows already.

use diesel::prelude::*;

use super::checks::{MAX_CODES, MAX_LINES, Violations};
use super::inputs::CartCreate;
use super::lines::Lines;
use super::price::{Facts, Place, Priced};
use super::rows::{self, CartRow, LineRow};
use super::shapes::Cart;
use super::{CartStatus, CartTerms, PricedCart};
use crate::commerce::auth::Caller;
use crate::commerce::auth::standing::{CustomerStatus, gone};
use crate::commerce::secrets::{self, ShopSecret};
use crate::db::tables::customers;
use crate::db::{Tx, look_up};
use crate::error::{Result, check};
use crate::types::{CartId, Json, Metadata};

/// Makes a cart and answers it with its token, this once (and to a retry with the same `Idempotency-Key`).
/// Everything that is wrong is told at once. What was written is not read again.
pub fn create(tx: &mut Tx, by: &Caller, secret: &ShopSecret, terms: CartTerms, input: CartCreate) -> Result<Cart> {
    let id: CartId = tx.new_id();
    let token = Cart::token_of(secret, id)?;
    let (priced, lines) = drafted(tx, by, id, secrets::hash(&token), terms, input)?;
    rows::insert(tx, &priced.cart, &lines)?;
    Ok(Cart { token: Some(token), ..priced.into() })
}

/// What a cart of this would be, for an order without one: checked and priced the same, written nowhere.
pub fn draft(tx: &mut Tx, by: &Caller, terms: CartTerms, input: CartCreate) -> Result<PricedCart> {
    let id = tx.new_id();
    Ok(drafted(tx, by, id, String::new(), terms, input)?.0.into())
}

fn drafted(
    tx: &mut Tx,
    by: &Caller,
    id: CartId,
    token_hash: String,
    terms: CartTerms,
    input: CartCreate,
) -> Result<(Priced, Vec<LineRow>)> {
    let mut found = Violations::default();
    found.of_shape(check(&input));
    if input.lines.len() > MAX_LINES || input.codes.len() > MAX_CODES {
        // Too many to look up.
        std::mem::take(&mut found).refuse()?;
    }
    let own = own_email(tx, by)?;
    let email = match input.email {
        Some(email) => Some(found.email("/email", &email)),
        None => own,
    };
    if let Some(address) = input.shipping_address.as_ref().filter(|a| !by.sells_to(a.country)) {
        // Its shape was checked with the rest.
        found.invalid("/shipping_address/country", "not_sold_to", format!("This channel does not ship to {}.", address.country));
    }
    let place = Place::of(by);
    let facts = Facts::of(tx, place, input.lines.iter().map(|l| l.variant_id).collect())?;
    let mut lines = Lines::of(id, Vec::new());
    lines.add(tx, &facts, &input.lines, |index| format!("/lines/{index}"), &mut found);
    let mut codes = Vec::new();
    let places = found.add_codes(&mut codes, &input.codes, |index| format!("/codes/{index}"));
    let cart = CartRow {
        id,
        token_hash,
        channel_id: by.channel.id,
        currency: by.channel.currency,
        locale: by.locale.clone(),
        status: CartStatus::Active,
        email,
        shipping_address: input.shipping_address.map(Json),
        billing_address: input.billing_address.map(Json),
        shipping_option_id: input.shipping_option_id,
        codes: Json(codes),
        order_id: None,
        metadata: Json(input.metadata),
        private_metadata: Json(Metadata::new()),
        version: 1,
        expires_at: tx.now().plus(terms.life),
        created_at: tx.now(),
        updated_at: tx.now(),
        customer_id: by.customer_id(),
    };
    let priced = Priced::of(tx, place, cart, lines.rows.clone(), &facts)?;
    found.inapplicable(&priced, places);
    found.unavailable_option(&priced);
    found.refuse()?;
    Ok((priced, lines.rows))
}

/// The address of the customer who is logged in, and may act: their cart need not be told it.
fn own_email(tx: &mut Tx, by: &Caller) -> Result<Option<String>> {
    let Some(customer) = by.customer_id() else { return Ok(None) };
    let found: Option<Option<String>> = look_up!(tx, |c| {
        let active = customers::table.find(customer).filter(customers::status.eq(CustomerStatus::Active));
        active.select(customers::email).first(c).optional()
    })?;
    found.ok_or_else(gone)
}
