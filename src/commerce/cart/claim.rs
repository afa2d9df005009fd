//! A guest's cart becomes a customer's, atomically: taken as it is, or put together with the cart that the account has
//! already. The answer tells what became of each variant. Quantities are what was wanted: what can be bought of them
//! is told by the cart itself, as always.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::checks::{MAX_CODES, MAX_LINES, MAX_QUANTITY};
use super::price::{Place, Priced};
use super::rows::{self, CartChanges, CartRow, LineRow};
use super::shapes::Cart;
use super::{CartStatus, CartTerms, take};
use crate::commerce::auth::{Caller, standing};
use crate::commerce::idempotency::Answer;
use crate::db::tables::carts;
use crate::db::{Tx, on_each};
use crate::error::{Error, Result};
use crate::types::text::text_enum;
use crate::types::{CartId, CartLineId, CustomerId, VariantId};

text_enum! {
    /// How a guest's cart and the account's are put together.
    pub enum ClaimStrategy {
        /// Quantities add up.
        Sum = "sum",
        /// The larger quantity of each variant.
        Max = "max",
        /// What the guest has, and nothing else.
        Guest = "guest",
        /// What the account has, and nothing else.
        Account = "account",
    }
}

text_enum! {
    /// What became of a variant when two carts were put together.
    pub enum MergeOutcome {
        /// It is as it was in the account's cart.
        Kept = "kept",
        /// It came from the guest's cart.
        Added = "added",
        /// Its quantity changed.
        Changed = "changed",
        /// It was in the account's cart, and is no longer.
        Removed = "removed",
        /// It was in the guest's cart, and was not taken over.
        LeftOut = "left_out",
    }
}

/// How to claim a guest's cart.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CartClaimInput {
    /// How it is put together with the account's cart, if there is one in this channel.
    pub strategy: ClaimStrategy,
}

/// A variant of two carts that were put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct CartLineMerge {
    /// What.
    pub variant_id: VariantId,
    /// What became of it.
    pub outcome: MergeOutcome,
    /// How many the account's cart held.
    pub account_quantity: i32,
    /// How many the guest's cart held.
    pub guest_quantity: i32,
    /// How many are wanted now.
    pub quantity: i32,
}

/// A cart that was claimed.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct CartClaim {
    /// The customer's cart now.
    pub cart: Cart,
    /// What became of each variant; empty when the account had no other cart: the guest's is its own now.
    pub lines: Vec<CartLineMerge>,
    /// The guest's cart, which is gone: what it held is in `cart`. Null when it is `cart` itself.
    pub merged_cart_id: Option<CartId>,
}

impl Answer for CartClaim {}

/// Makes a guest's cart, whose token the customer holds, the customer's.
pub fn claim(tx: &mut Tx, by: &Caller, terms: CartTerms, id: CartId, strategy: ClaimStrategy) -> Result<CartClaim> {
    let customer = by.customer()?;
    // Claims of one customer come one after the other: each finds the cart that the one before left.
    standing::hold(tx, customer)?;
    let guest = take(tx, by, terms, id, CartChanges::default())?;
    let account = if guest.customer_id.is_none() { newest(tx, by, customer)? } else { None };
    match account {
        Some(account) => merge(tx, by, terms, strategy, guest, account),
        None => {
            let changes = CartChanges { customer_id: Some(customer), ..CartChanges::default() };
            rows::change(tx, id, &changes)?;
            let lines = rows::lines(tx, id)?;
            let cart = CartRow { customer_id: Some(customer), ..guest };
            Ok(CartClaim { cart: shape(tx, by, cart, lines)?, lines: Vec::new(), merged_cart_id: None })
        }
    }
}

/// The customer's cart of this channel that was written last.
pub fn own(tx: &mut Tx, by: &Caller) -> Result<Cart> {
    let customer = by.customer()?;
    let id = newest(tx, by, customer)?.ok_or_else(|| Error::not_found("cart"))?;
    super::get(tx, by, id)
}

/// Deletes a customer's carts; orders that became of some stay.
pub fn erase_of(tx: &mut Tx, customer: CustomerId) -> Result<()> {
    on_each!(tx, |c| diesel::delete(carts::table.filter(carts::customer_id.eq(customer))).execute(c))?;
    Ok(())
}

fn newest(tx: &mut Tx, by: &Caller, customer: CustomerId) -> Result<Option<CartId>> {
    let now = tx.now();
    Ok(on_each!(tx, |c| {
        carts::table
            .filter(carts::customer_id.eq(customer))
            .filter(carts::channel_id.eq(by.channel.id))
            .filter(carts::status.eq(CartStatus::Active))
            .filter(carts::expires_at.gt(now))
            .order((carts::updated_at.desc(), carts::id.desc()))
            .select(carts::id)
            .first(c)
            .optional()
    })?)
}

fn merge(tx: &mut Tx, by: &Caller, terms: CartTerms, strategy: ClaimStrategy, guest: CartRow, account: CartId) -> Result<CartClaim> {
    let terms = CartTerms { expected_version: None, ..terms };
    let mut cart = take(tx, by, terms, account, CartChanges::default())?;
    let (theirs, ours) = (rows::lines(tx, guest.id)?, rows::lines(tx, account)?);
    let outcomes = put_together(strategy, &ours, &theirs);
    let (lines, removed) = written(tx, account, &outcomes, ours, theirs);
    let merged = guest.id;
    adopt(&mut cart, guest);
    let changes = CartChanges {
        email: Some(cart.email.clone()),
        shipping_address: Some(cart.shipping_address.clone()),
        billing_address: Some(cart.billing_address.clone()),
        codes: Some(cart.codes.clone()),
        ..CartChanges::default()
    };
    rows::change(tx, account, &changes)?;
    rows::delete_lines(tx, &removed)?;
    rows::put_lines(tx, &lines)?;
    on_each!(tx, |c| diesel::delete(carts::table.find(merged)).execute(c))?;
    Ok(CartClaim { cart: shape(tx, by, cart, lines)?, lines: outcomes, merged_cart_id: Some(merged) })
}

/// What the account's cart does not say, the guest's says.
fn adopt(cart: &mut CartRow, guest: CartRow) {
    cart.email = cart.email.take().or(guest.email);
    cart.shipping_address = cart.shipping_address.take().or(guest.shipping_address);
    cart.billing_address = cart.billing_address.take().or(guest.billing_address);
    for code in guest.codes.0 {
        if !cart.codes.0.contains(&code) && cart.codes.0.len() < MAX_CODES {
            cart.codes.0.push(code);
        }
    }
}

/// What becomes of each variant: the account's in their order, then those that the guest alone has.
fn put_together(strategy: ClaimStrategy, account: &[LineRow], guest: &[LineRow]) -> Vec<CartLineMerge> {
    let of = |lines: &[LineRow], variant: VariantId| lines.iter().find(|l| l.variant_id == variant).map_or(0, |l| l.quantity);
    let mut variants: Vec<VariantId> = account.iter().map(|l| l.variant_id).collect();
    variants.extend(guest.iter().map(|l| l.variant_id).filter(|v| of(account, *v) == 0));
    let mut room = MAX_LINES;
    let outcome = |variant_id: VariantId| {
        let (ours, theirs) = (of(account, variant_id), of(guest, variant_id));
        let wanted = match strategy {
            ClaimStrategy::Sum => ours.saturating_add(theirs),
            ClaimStrategy::Max => ours.max(theirs),
            ClaimStrategy::Guest => theirs,
            ClaimStrategy::Account => ours,
        };
        let quantity = if room == 0 { 0 } else { wanted.min(MAX_QUANTITY) };
        if quantity > 0 {
            room = room.saturating_sub(1);
        }
        let outcome = match (ours, quantity) {
            (0, 0) => MergeOutcome::LeftOut,
            (0, _) => MergeOutcome::Added,
            (_, 0) => MergeOutcome::Removed,
            (before, now) if before == now => MergeOutcome::Kept,
            _ => MergeOutcome::Changed,
        };
        CartLineMerge { variant_id, outcome, account_quantity: ours, guest_quantity: theirs, quantity }
    };
    variants.into_iter().map(outcome).collect()
}

/// The lines of the cart that stays, in order, and those that leave it.
fn written(tx: &Tx, cart: CartId, outcomes: &[CartLineMerge], ours: Vec<LineRow>, theirs: Vec<LineRow>) -> (Vec<LineRow>, Vec<CartLineId>) {
    let mut ids: Vec<CartLineId> = theirs.iter().map(|_| tx.new_id()).collect();
    ids.sort_unstable();
    let new = theirs.into_iter().zip(ids).map(|(line, id)| LineRow { id, cart_id: cart, created_at: tx.now(), ..line });
    let mut known = ours;
    for line in new {
        if known.iter().all(|l| l.variant_id != line.variant_id) {
            known.push(line);
        }
    }
    let quantity = |line: &LineRow| outcomes.iter().find(|o| o.variant_id == line.variant_id).map_or(0, |o| o.quantity);
    let (kept, gone): (Vec<LineRow>, Vec<LineRow>) = known.into_iter().partition(|line| quantity(line) > 0);
    let lines = kept.into_iter().map(|line| LineRow { quantity: quantity(&line), ..line }).collect();
    (lines, gone.into_iter().map(|line| line.id).collect())
}

fn shape(tx: &mut Tx, by: &Caller, cart: CartRow, lines: Vec<LineRow>) -> Result<Cart> {
    Ok(Priced::load(tx, Place::of(by), cart, lines)?.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{Clock, Json};

    fn lines(of: &[(u128, i32)]) -> Vec<LineRow> {
        let line = |(variant, quantity): &(u128, i32)| LineRow {
            id: uuid::Uuid::new_v4().into(),
            cart_id: uuid::Uuid::nil().into(),
            variant_id: uuid::Uuid::from_u128(*variant).into(),
            quantity: *quantity,
            unit_price: 1_000,
            metadata: Json::default(),
            created_at: Clock::System.now(),
        };
        of.iter().map(line).collect()
    }

    fn quantities(strategy: ClaimStrategy) -> Vec<(i32, MergeOutcome)> {
        let (account, guest) = (lines(&[(1, 2), (2, 5)]), lines(&[(2, 3), (3, 1)]));
        put_together(strategy, &account, &guest).into_iter().map(|m| (m.quantity, m.outcome)).collect()
    }

    #[test]
    fn each_strategy_says_what_became_of_each_variant() {
        use MergeOutcome::{Added, Changed, Kept, LeftOut, Removed};
        assert_eq!(quantities(ClaimStrategy::Sum), [(2, Kept), (8, Changed), (1, Added)]);
        assert_eq!(quantities(ClaimStrategy::Max), [(2, Kept), (5, Kept), (1, Added)]);
        assert_eq!(quantities(ClaimStrategy::Guest), [(0, Removed), (3, Changed), (1, Added)]);
        assert_eq!(quantities(ClaimStrategy::Account), [(2, Kept), (5, Kept), (0, LeftOut)]);
    }

    #[test]
    fn a_merged_cart_keeps_its_bounds() {
        let many = |from: u128| lines(&(from..from + 150).map(|v| (v, 9_999)).collect::<Vec<_>>());
        let merged = put_together(ClaimStrategy::Sum, &many(0), &many(100));
        assert_eq!(merged.iter().filter(|m| m.quantity > 0).count(), MAX_LINES);
        assert!(merged.iter().all(|m| m.quantity <= MAX_QUANTITY));
    }
}
