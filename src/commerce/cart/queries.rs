//! Reading carts: by the guest who holds one, and by staff.

use std::collections::HashMap;

use diesel::dsl::count_star;
use diesel::prelude::*;

use super::price::{Place, Priced};
use super::rows::{self, CartRow, LineRow};
use super::shapes::{Cart, CartSummary, PaymentMethod, PaymentMethods, ShippingOptions};
use super::{CartStatus, is_held, is_open};
use crate::commerce::auth::{Caller, Permission};
use crate::commerce::channels;
use crate::db::tables::{cart_lines, carts};
use crate::db::{Tx, any_of, on_each};
use crate::error::{Code, Error, FieldError, Result};
use crate::providers::payment::PaymentProviders;
use crate::types::page::Direction;
use crate::types::{CartId, Country, Listing, PageRequest};

/// A cart of the caller, priced now. One that became an order tells which; an expired one is `not_found`.
pub fn get(tx: &mut Tx, by: &Caller, id: CartId) -> Result<Cart> {
    let (cart, lines) = held(tx, by, id)?;
    Ok(Priced::load(tx, Place::of(by), cart, lines)?.into())
}

fn held(tx: &mut Tx, by: &Caller, id: CartId) -> Result<(CartRow, Vec<LineRow>)> {
    let found = rows::with_lines(tx, id)?.filter(|(c, _)| is_held(by, c) && (c.status == CartStatus::Completed || is_open(tx, c)));
    found.ok_or_else(|| Error::not_found("cart"))
}

/// The ways to send a cart, to its shipping address or to a country asked for; `cart_incomplete` without either.
pub fn shipping_options(tx: &mut Tx, by: &Caller, id: CartId, country: Option<Country>) -> Result<ShippingOptions> {
    if let Some(country) = country.filter(|c| !by.sells_to(*c)) {
        return Err(Error::invalid_field("?country", "not_sold_to", format!("This channel does not ship to {country}.")));
    }
    let (cart, lines) = held(tx, by, id)?;
    let Some(country) = country.or_else(|| cart.shipping_address.as_ref().map(|a| a.0.country)) else {
        let detail = "Set a shipping address, or ask with ?country=.";
        let field = FieldError::new("/shipping_address", "required", detail);
        return Err(Error::new(Code::CartIncomplete, detail).with_fields(vec![field]));
    };
    let place = Place::of(by);
    // The option chosen so far plays no part in what the others cost.
    let priced = Priced::load(tx, place, CartRow { shipping_option_id: None, ..cart }, lines)?;
    let data = if priced.requires_shipping { priced.quotes(tx, place, country)? } else { Vec::new() };
    Ok(ShippingOptions { data })
}

/// The ways to pay a cart: the providers of its channel that this server has, with their methods.
pub fn payment_methods(tx: &mut Tx, by: &Caller, providers: &PaymentProviders, id: CartId) -> Result<PaymentMethods> {
    held(tx, by, id)?;
    let offered = by.channel.payment_providers.iter().filter_map(|name| providers.get(name));
    let method = |provider: std::sync::Arc<dyn crate::providers::payment::PaymentProvider>| PaymentMethod {
        provider: provider.name().to_owned(),
        methods: provider.methods().into_iter().map(str::to_owned).collect(),
    };
    Ok(PaymentMethods { data: offered.map(method).collect() })
}

/// Any cart, priced now in its channel, for staff.
pub fn get_any(tx: &mut Tx, by: &Caller, id: CartId) -> Result<Cart> {
    by.require(Permission::CartsRead)?;
    let found = rows::with_lines(tx, id)?.filter(|(cart, _)| by.reaches(cart.channel_id));
    let (cart, lines) = found.ok_or_else(|| Error::not_found("cart"))?;
    if cart.channel_id == by.channel.id {
        return Ok(Priced::load(tx, Place::of(by), cart, lines)?.into());
    }
    let channel = channels::by_id(tx, cart.channel_id)?.ok_or_else(|| Error::internal("a cart without its channel"))?;
    Ok(Priced::load(tx, Place { channel: &channel, ..Place::of(by) }, cart, lines)?.into())
}

/// All carts, newest first, for staff.
pub fn list(tx: &mut Tx, by: &Caller, status: Option<CartStatus>, page: &PageRequest) -> Result<Listing<CartSummary>> {
    const LIST: &str = "carts";
    by.require(Permission::CartsRead)?;
    let key: Option<CartId> = page.key(LIST)?;
    let rows: Vec<CartRow> = on_each!(tx, |c| {
        let mut query = carts::table.select(CartRow::as_select()).limit(page.fetch()).into_boxed();
        if let Some(only) = by.only_channel() {
            query = query.filter(carts::channel_id.eq(only));
        }
        if let Some(status) = status {
            query = query.filter(carts::status.eq(status));
        }
        match (page.direction, key) {
            (Direction::Forward, None) => query.order(carts::id.desc()),
            (Direction::Forward, Some(id)) => query.filter(carts::id.lt(id)).order(carts::id.desc()),
            (Direction::Backward, None) => query.order(carts::id.asc()),
            (Direction::Backward, Some(id)) => query.filter(carts::id.gt(id)).order(carts::id.asc()),
        }
        .load(c)
    })?;
    let ids: Vec<CartId> = rows.iter().map(|row| row.id).collect();
    let counts = line_counts(tx, &ids)?;
    Ok(page.listing(LIST, rows, |row| row.id).map(|row| summary(row, &counts)))
}

fn line_counts(tx: &mut Tx, ids: &[CartId]) -> Result<HashMap<CartId, i64>> {
    let counts: Vec<(CartId, i64)> = on_each!(tx, |c| {
        cart_lines::table
            .filter(cart_lines::cart_id.eq_any(any_of(ids)))
            .group_by(cart_lines::cart_id)
            .select((cart_lines::cart_id, count_star()))
            .load(c)
    })?;
    Ok(counts.into_iter().collect())
}

fn summary(row: CartRow, counts: &HashMap<CartId, i64>) -> CartSummary {
    CartSummary {
        id: row.id,
        channel_id: row.channel_id,
        status: row.status,
        currency: row.currency,
        locale: row.locale,
        email: row.email,
        line_count: counts.get(&row.id).and_then(|count| i32::try_from(*count).ok()).unwrap_or(0),
        order_id: row.order_id,
        version: row.version,
        expires_at: row.expires_at,
        created_at: row.created_at,
        updated_at: row.updated_at,
    }
}
