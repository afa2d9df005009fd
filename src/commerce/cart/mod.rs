//! Carts of guests and customers: lines, codes, addresses, shipping, totals with warnings. A cart's id opens nothing:
//! its secret token does, or its customer's log-in. Prices and stock are read anew each time; what changed under the customer is a
//! warning, never an error, and a cart holds no stock. A line keeps the quantity that was wanted: what can
//! be bought of it makes the totals, so that it comes back when stock does. Writes to one cart come one
//! after the other (its row is locked first), so adds commute. An expired cart is not found by reads and
//! `cart_closed` to writes. Carts emit no events: orders do.

mod checks;
mod claim;
mod codes;
mod create;
mod details;
mod export;
mod inputs;
mod lines;
mod price;
mod queries;
mod rows;
mod shapes;
mod view;

use chrono::Duration;
use diesel::prelude::*;

pub use claim::{CartClaim, CartClaimInput, CartLineMerge, ClaimStrategy, MergeOutcome, claim, erase_of, own};
pub use codes::{add_codes, remove_codes};
pub use create::{create, draft};
pub use details::{delete, set_addresses, set_email, set_shipping_method, update};
pub use export::{CustomerCart, CustomerCartLine, kept_of};
pub use inputs::{
    CartAddresses, CartCodesAdd, CartCreate, CartEmail, CartLineAdd, CartLineChange, CartLineUpdate, CartLinesAdd, CartLinesUpdate,
    CartShippingMethod, CartUpdate,
};
pub use lines::{add_lines, remove_line, remove_lines, update_line, update_lines};
pub use queries::{get, get_any, list, payment_methods, shipping_options};
pub use shapes::{
    Cart, CartCode, CartDeleted, CartLine, CartProduct, CartStatus, CartSummary, CartTotals, PaymentMethod, PaymentMethods,
    ShippingOptions, Warning,
};

use crate::commerce::address::Address;
use crate::commerce::auth::{Actor, Caller};
use crate::commerce::catalog::Purchasable;
use crate::commerce::pricing::Totals;
use crate::commerce::promotions::Applied;
use crate::commerce::shipping::ShippingQuote;
use crate::config::Config;
use crate::db::tables::carts;
use crate::db::{Tx, change_later, on_each, thing};
use crate::error::{Code, Error, Result};
use crate::types::{CartId, CartLineId, Currency, Locale, LocationId, Metadata, OrderId};
use price::{Place, Priced};
use rows::{CartChanges, CartRow};

/// On what terms a cart is written.
#[derive(Debug, Clone, Copy)]
pub struct CartTerms {
    /// How long it lives untouched: each write begins that time anew.
    pub life: Duration,
    /// The version the client saw, if it insists on it.
    pub expected_version: Option<i32>,
}

impl CartTerms {
    /// The shop's terms.
    pub fn of(config: &Config, expected_version: Option<i32>) -> Self {
        Self { life: Duration::days(config.cart_days.into()), expected_version }
    }
}

/// A cart with everything that makes its totals, as of this transaction.
#[derive(Debug, Clone)]
pub struct PricedCart {
    /// The cart.
    pub id: CartId,
    /// Its version, for the guarded update that closes it.
    pub version: i32,
    /// Currency.
    pub currency: Currency,
    /// Locale.
    pub locale: Locale,
    /// Who buys.
    pub email: Option<String>,
    /// Where to.
    pub shipping_address: Option<Address>,
    /// Who pays; the shipping address if absent.
    pub billing_address: Option<Address>,
    /// The chosen way to send, if it is still offered.
    pub shipping: Option<ShippingQuote>,
    /// Whether any line is sent.
    pub requires_shipping: bool,
    /// Lines that can be bought, in order, each with the quantity that can be.
    pub lines: Vec<PricedLine>,
    /// What the codes do.
    pub codes: Vec<Applied>,
    /// Totals of `lines`.
    pub totals: Totals,
    /// What changed under the customer.
    pub warnings: Vec<Warning>,
    /// Public metadata.
    pub metadata: Metadata,
    /// Private metadata.
    pub private_metadata: Metadata,
}

/// A line of a priced cart.
#[derive(Debug, Clone)]
pub struct PricedLine {
    /// The line.
    pub id: CartLineId,
    /// How many.
    pub quantity: i32,
    /// What is bought.
    pub item: Purchasable,
    /// Where its stock is taken from first, if it is counted.
    pub first: Option<LocationId>,
    /// Price of one now.
    pub unit_price: i64,
    /// Tax rate.
    pub tax_rate_ppm: i32,
    /// Public metadata.
    pub metadata: Metadata,
}

/// Loads and prices a cart the caller holds the token of: `not_found` otherwise, `cart_closed` when it is
/// an order already or expired. A fixed number of statements.
pub fn priced(tx: &mut Tx, by: &Caller, id: CartId) -> Result<PricedCart> {
    let found = rows::with_lines(tx, id)?.filter(|(cart, _)| is_held(by, cart));
    let (cart, lines) = found.ok_or_else(|| Error::not_found("cart"))?;
    if !is_open(tx, &cart) {
        return Err(closed(&cart));
    }
    let place = Place::of(by);
    Ok(Priced::load(tx, place, cart, lines)?.into())
}

/// Closes a cart that became an order: one guarded update on status and version, `cart_changed` if it lost.
pub fn complete(tx: &mut Tx, cart: &PricedCart, order: OrderId) -> Result<()> {
    change_later!(
        tx,
        carts,
        thing(cart.id),
        {id: cart.id, status: CartStatus::Active, version: cart.version} =>
            {status: CartStatus::Completed, order_id: order, version: cart.version.saturating_add(1), updated_at: tx.now()},
        Some(|| Error::new(Code::CartChanged, "The cart changed meanwhile; read it again."))
    )
}

/// Closes carts whose time is over, oldest first, at most `limit`; answers how many.
pub fn expire_stale(tx: &mut Tx, limit: i64) -> Result<usize> {
    let now = tx.now();
    Ok(on_each!(tx, |c| {
        let stale = diesel::alias!(carts as stale);
        let ids = stale
            .filter(stale.field(carts::status).eq(CartStatus::Active))
            .filter(stale.field(carts::expires_at).le(now))
            .order(stale.field(carts::expires_at).asc())
            .limit(limit)
            .select(stale.field(carts::id));
        // Asked again of the row itself: a customer may have come back meanwhile.
        diesel::update(
            carts::table.filter(carts::id.eq_any(ids)).filter(carts::status.eq(CartStatus::Active)).filter(carts::expires_at.le(now)),
        )
        .set((carts::status.eq(CartStatus::Expired), carts::version.eq(carts::version + 1), carts::updated_at.eq(now)))
        .execute(c)
    })?)
}

/// Takes a cart of the caller for writing: the first statement of every write.
fn take(tx: &mut Tx, by: &Caller, terms: CartTerms, id: CartId, changes: CartChanges) -> Result<CartRow> {
    let changes = CartChanges { locale: Some(by.locale.clone()), ..changes };
    let expires_at = tx.now().plus(terms.life);
    let Some(cart) = rows::take(tx, id, expires_at, &changes)? else {
        let there = rows::cart(tx, id)?.filter(|c| is_held(by, c));
        return Err(there.map_or_else(|| Error::not_found("cart"), |cart| closed(&cart)));
    };
    if !is_held(by, &cart) {
        return Err(Error::not_found("cart"));
    }
    let seen = cart.version.saturating_sub(1);
    match terms.expected_version {
        Some(expected) if expected != seen => Err(Error::new(Code::VersionMismatch, format!("The cart is at version {seen} now."))),
        _ => Ok(cart),
    }
}

/// Whether the caller may use a cart: in its channel, as the customer whose it is, or with the token of one that is
/// nobody's. A customer's cart is not opened by its token: whoever was a guest on the same device may hold that.
fn is_held(by: &Caller, cart: &CartRow) -> bool {
    let holds = match (&by.actor, cart.customer_id) {
        (Actor::System(_), _) => true,
        (_, Some(owner)) => by.customer_id() == Some(owner),
        (_, None) => by.holds_cart_token(&cart.token_hash),
    };
    cart.channel_id == by.channel.id && holds
}

fn is_open(tx: &Tx, cart: &CartRow) -> bool {
    cart.status == CartStatus::Active && cart.expires_at > tx.now()
}

fn closed(cart: &CartRow) -> Error {
    let detail =
        cart.order_id.map_or_else(|| "The cart has expired; begin a new one.".to_owned(), |o| format!("The cart became the order {o}."));
    Error::new(Code::CartClosed, detail)
}

impl From<Priced> for PricedCart {
    fn from(priced: Priced) -> Self {
        let cart = priced.cart;
        let buyable = priced.lines.into_iter().filter(|l| l.quantity > 0);
        let lines = buyable.filter_map(|line| {
            line.item.map(|item| PricedLine {
                id: line.row.id,
                quantity: line.quantity,
                item,
                first: line.first,
                unit_price: line.unit_price,
                tax_rate_ppm: line.tax_rate_ppm,
                metadata: line.row.metadata.0,
            })
        });
        Self {
            id: cart.id,
            version: cart.version,
            currency: cart.currency,
            locale: cart.locale,
            email: cart.email,
            shipping_address: cart.shipping_address.map(|a| a.0),
            billing_address: cart.billing_address.map(|a| a.0),
            shipping: priced.shipping,
            requires_shipping: priced.requires_shipping,
            lines: lines.collect(),
            codes: priced.codes,
            totals: priced.totals,
            warnings: priced.warnings,
            metadata: cart.metadata.0,
            private_metadata: cart.private_metadata.0,
        }
    }
}
