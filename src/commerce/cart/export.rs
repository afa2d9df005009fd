//! What a customer's carts hold, for the customer's export: as it is kept, without prices.

use std::collections::HashMap;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::CartStatus;
use super::rows::{CartRow, LineRow};
use crate::commerce::address::Address;
use crate::db::tables::{cart_lines, carts};
use crate::db::{Tx, any_of, on_each};
use crate::error::Result;
use crate::types::{CartId, ChannelId, CustomerId, Metadata, Timestamp, VariantId};

/// A cart of a customer, as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CustomerCart {
    /// Id.
    pub id: CartId,
    /// Where it is sold.
    pub channel_id: ChannelId,
    /// Where it stands.
    pub status: CartStatus,
    /// Who buys.
    pub email: Option<String>,
    /// Where to.
    pub shipping_address: Option<Address>,
    /// Who pays.
    pub billing_address: Option<Address>,
    /// What was put into it.
    pub lines: Vec<CustomerCartLine>,
    /// What the app keeps with it.
    pub metadata: Metadata,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last written.
    pub updated_at: Timestamp,
}

/// What was put into a cart.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema)]
pub struct CustomerCartLine {
    /// What.
    pub variant_id: VariantId,
    /// How many.
    pub quantity: i32,
    /// What the app keeps with it.
    pub metadata: Metadata,
    /// When it was put there.
    pub created_at: Timestamp,
}

/// A customer's carts in every channel, newest first, `most` at most; those that became orders are told with these. Two
/// statements.
pub fn kept_of(tx: &mut Tx, customer: CustomerId, most: i64) -> Result<Vec<CustomerCart>> {
    let kept: Vec<CartRow> = on_each!(tx, |c| {
        carts::table
            .filter(carts::customer_id.eq(customer))
            .filter(carts::status.ne(CartStatus::Completed))
            .order(carts::id.desc())
            .limit(most)
            .select(CartRow::as_select())
            .load(c)
    })?;
    let ids: Vec<CartId> = kept.iter().map(|cart| cart.id).collect();
    let lines: Vec<LineRow> = on_each!(tx, |c| {
        let held = cart_lines::table.filter(cart_lines::cart_id.eq_any(any_of(&ids))).order(cart_lines::id.asc());
        held.select(LineRow::as_select()).load(c)
    })?;
    let mut of: HashMap<CartId, Vec<CustomerCartLine>> = HashMap::new();
    for line in lines {
        of.entry(line.cart_id).or_default().push(line.into());
    }
    Ok(kept.into_iter().map(|cart| shape(of.remove(&cart.id).unwrap_or_default(), cart)).collect())
}

fn shape(lines: Vec<CustomerCartLine>, cart: CartRow) -> CustomerCart {
    CustomerCart {
        id: cart.id,
        channel_id: cart.channel_id,
        status: cart.status,
        email: cart.email,
        shipping_address: cart.shipping_address.map(|address| address.0),
        billing_address: cart.billing_address.map(|address| address.0),
        lines,
        metadata: cart.metadata.0,
        created_at: cart.created_at,
        updated_at: cart.updated_at,
    }
}

impl From<LineRow> for CustomerCartLine {
    fn from(row: LineRow) -> Self {
        Self { variant_id: row.variant_id, quantity: row.quantity, metadata: row.metadata.0, created_at: row.created_at }
    }
}
