//! Coupon codes of a cart.

use super::checks::Violations;
use super::inputs::CartCodesAdd;
use super::price::{Place, Priced};
use super::rows::{self, CartChanges};
use super::shapes::Cart;
use super::{CartTerms, take};
use crate::commerce::auth::Caller;
use crate::commerce::promotions;
use crate::db::Tx;
use crate::error::{Error, Result, check};
use crate::types::CartId;

/// Adds one code or several; `code_not_applicable` with the reason for one that does not apply to the cart
/// as it is. One that is there already changes nothing.
pub fn add_codes(tx: &mut Tx, by: &Caller, terms: CartTerms, id: CartId, input: CartCodesAdd) -> Result<Cart> {
    check(&input)?;
    let (new, several) = match input {
        CartCodesAdd { code: Some(code), codes: None } => (vec![code], false),
        CartCodesAdd { code: None, codes: Some(codes) } => (codes, true),
        _ => return Err(Error::invalid_field("/code", "required", "Send one `code`, or `codes`.")),
    };
    let mut cart = take(tx, by, terms, id, CartChanges::default())?;
    let mut found = Violations::default();
    let at = |index: usize| if several { format!("/codes/{index}") } else { "/code".to_owned() };
    let places = found.add_codes(&mut cart.codes.0, &new, at);
    let lines = rows::lines(tx, id)?;
    let priced = Priced::load(tx, Place::of(by), cart, lines)?;
    found.inapplicable(&priced, places);
    found.refuse()?;
    keep(tx, priced)
}

/// Takes codes out of a cart; `not_found` for one it does not hold.
pub fn remove_codes(tx: &mut Tx, by: &Caller, terms: CartTerms, id: CartId, codes: Vec<String>) -> Result<Cart> {
    let mut cart = take(tx, by, terms, id, CartChanges::default())?;
    for code in codes {
        let code = promotions::normalise(&code);
        let place = cart.codes.0.iter().position(|held| *held == code).ok_or_else(|| Error::not_found("code in this cart"))?;
        cart.codes.0.remove(place);
    }
    let lines = rows::lines(tx, id)?;
    let priced = Priced::load(tx, Place::of(by), cart, lines)?;
    keep(tx, priced)
}

fn keep(tx: &mut Tx, priced: Priced) -> Result<Cart> {
    rows::change(tx, priced.cart.id, &CartChanges { codes: Some(priced.cart.codes.clone()), ..CartChanges::default() })?;
    Ok(priced.into())
}
