//! Carts as the database keeps them.

use diesel::prelude::*;

use super::CartStatus;
use crate::commerce::address::Address;
use crate::db::tables::{cart_lines, carts};
use crate::db::{Tx, add_later, any_of, look_up, on_each, one, prepared};
use crate::error::Result;
use crate::types::{
    CartId, CartLineId, ChannelId, Currency, CustomerId, Json, Locale, Metadata, OrderId, ShippingOptionId, Timestamp, VariantId,
};

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = carts, treat_none_as_default_value = false)]
pub(super) struct CartRow {
    pub id: CartId,
    pub token_hash: String,
    pub channel_id: ChannelId,
    pub currency: Currency,
    pub locale: Locale,
    pub status: CartStatus,
    pub email: Option<String>,
    pub shipping_address: Option<Json<Address>>,
    pub billing_address: Option<Json<Address>>,
    pub shipping_option_id: Option<ShippingOptionId>,
    pub codes: Json<Vec<String>>,
    pub order_id: Option<OrderId>,
    pub metadata: Json<Metadata>,
    pub private_metadata: Json<Metadata>,
    pub version: i32,
    pub expires_at: Timestamp,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub customer_id: Option<CustomerId>,
}

#[derive(Debug, Clone, Queryable, Selectable, Insertable)]
#[diesel(table_name = cart_lines, treat_none_as_default_value = false)]
pub(super) struct LineRow {
    pub id: CartLineId,
    pub cart_id: CartId,
    pub variant_id: VariantId,
    pub quantity: i32,
    pub unit_price: i64,
    pub metadata: Json<Metadata>,
    pub created_at: Timestamp,
}

/// What a write says of a cart's own columns; what is none stays.
#[derive(Debug, Default, AsChangeset)]
#[diesel(table_name = carts)]
pub(super) struct CartChanges {
    pub locale: Option<Locale>,
    pub email: Option<Option<String>>,
    pub shipping_address: Option<Option<Json<Address>>>,
    pub billing_address: Option<Option<Json<Address>>>,
    pub shipping_option_id: Option<Option<ShippingOptionId>>,
    pub codes: Option<Json<Vec<String>>>,
    pub metadata: Option<Json<Metadata>>,
    pub customer_id: Option<CustomerId>,
}

pub(super) fn cart(tx: &mut Tx, id: CartId) -> Result<Option<CartRow>> {
    Ok(look_up!(tx, |c| carts::table.find(id).select(CartRow::as_select()).first(c).optional())?)
}

/// A cart and its lines, as of one moment: one statement.
pub(super) fn with_lines(tx: &mut Tx, id: CartId) -> Result<Option<(CartRow, Vec<LineRow>)>> {
    let rows: Vec<(CartRow, Option<LineRow>)> = look_up!(tx, |c| {
        carts::table
            .left_join(cart_lines::table.on(cart_lines::cart_id.eq(carts::id)))
            .filter(carts::id.eq(id))
            .order(cart_lines::id.asc())
            .select((CartRow::as_select(), Option::<LineRow>::as_select()))
            .load(c)
    })?;
    let (carts, lines): (Vec<CartRow>, Vec<Option<LineRow>>) = rows.into_iter().unzip();
    Ok(carts.into_iter().next().map(|cart| (cart, lines.into_iter().flatten().collect())))
}

/// The lines of a cart, in the order they were added: ids order by time.
pub(super) fn lines(tx: &mut Tx, id: CartId) -> Result<Vec<LineRow>> {
    Ok(look_up!(tx, |c| {
        cart_lines::table.filter(cart_lines::cart_id.eq(id)).order(cart_lines::id.asc()).select(LineRow::as_select()).load(c)
    })?)
}

/// Takes an active cart for writing: the first statement of every write. It locks the row until the
/// transaction ends, so that writes to one cart come one after the other and adds commute.
pub(super) fn take(tx: &mut Tx, id: CartId, expires_at: Timestamp, changes: &CartChanges) -> Result<Option<CartRow>> {
    let now = tx.now();
    Ok(on_each!(tx, |c| {
        let open = carts::table.find(id).filter(carts::status.eq(CartStatus::Active)).filter(carts::expires_at.gt(now));
        let change = (carts::version.eq(carts::version + 1), carts::updated_at.eq(now), carts::expires_at.eq(expires_at), changes);
        prepared(diesel::update(open).set(change).returning(CartRow::as_returning())).get_result(c).optional()
    })?)
}

/// Writes columns of a cart that this transaction has taken.
pub(super) fn change(tx: &mut Tx, id: CartId, changes: &CartChanges) -> Result<()> {
    on_each!(tx, |c| diesel::update(carts::table.find(id)).set(changes).execute(c))?;
    Ok(())
}

pub(super) fn insert(tx: &mut Tx, cart: &CartRow, lines: &[LineRow]) -> Result<()> {
    add_later!(tx, carts, vec![cart.clone()])?;
    add_later!(tx, cart_lines, lines.to_vec())
}

/// Writes lines, new ones and changed ones, in one statement.
pub(super) fn put_lines(tx: &mut Tx, lines: &[LineRow]) -> Result<()> {
    use diesel::upsert::excluded;
    let set = (
        cart_lines::quantity.eq(excluded(cart_lines::quantity)),
        cart_lines::unit_price.eq(excluded(cart_lines::unit_price)),
        cart_lines::metadata.eq(excluded(cart_lines::metadata)),
    );
    let key = (cart_lines::cart_id, cart_lines::variant_id);
    match lines {
        [] => return Ok(()),
        // A statement of one row stays prepared; one of many is parsed anew each time.
        [line] => on_each!(tx, |c| {
            prepared(diesel::insert_into(cart_lines::table).values(line).on_conflict(key).do_update().set(set).returning(one())).run(c)
        })?,
        many => on_each!(tx, |c| diesel::insert_into(cart_lines::table).values(many).on_conflict(key).do_update().set(set).execute(c))?,
    };
    Ok(())
}

pub(super) fn delete_lines(tx: &mut Tx, ids: &[CartLineId]) -> Result<()> {
    if !ids.is_empty() {
        on_each!(tx, |c| diesel::delete(cart_lines::table.filter(cart_lines::id.eq_any(any_of(ids)))).execute(c))?;
    }
    Ok(())
}
