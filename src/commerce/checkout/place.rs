//! The first transaction of a checkout: a cart becomes an order, with all that it needs held, or nothing
//! happens at all. Stock comes last: its rows are the contended ones.

use chrono::Duration;
use serde_json::json;

use super::shapes::order_token;
use super::{CheckoutAnswer, CheckoutInput, Waiting};
use crate::app::App;
use crate::commerce::auth::{Caller, standing};
use crate::commerce::cart::{self, CartCreate, CartTerms, PricedCart, PricedLine};
use crate::commerce::flow::Step;
use crate::commerce::orders::{
    self, About, FulfilmentStatus, LineRow, OrderDiscount, OrderPaymentStatus, OrderRow, OrderShippingOption, OrderStatus, Whole,
};
use crate::commerce::payments::{self, AttemptKind, Chosen, PaymentRow, PaymentStatus};
use crate::commerce::pricing::LineTotals;
use crate::commerce::promotions::{self, Applied};
use crate::commerce::{inventory, secrets};
use crate::db::Tx;
use crate::error::{Code, Error, FieldError, Result};
use crate::types::{CartId, Json, Money, OrderId, PaymentId, PromotionId};

/// How long after a call to a provider began the job asks about it, beyond the call's own time limit.
const MARGIN_SECONDS: i64 = 30;

/// What is bought.
pub(super) enum Goods {
    /// What a cart holds.
    Cart(CartId),
    /// What the call itself names.
    Named(Box<CartCreate>),
}

/// Places the order. Nothing to pay, or nobody to ask about the payment: it is done at once.
pub(super) fn place(
    tx: &mut Tx,
    app: &App,
    by: &Caller,
    id: OrderId,
    goods: &Goods,
    input: &CheckoutInput,
    shape: &impl Fn(&Whole, PaymentId) -> Result<CheckoutAnswer>,
) -> Result<Step<CheckoutAnswer, Waiting>> {
    let (cart, cart_id) = match goods {
        Goods::Cart(id) => (cart::priced(tx, by, *id)?, Some(*id)),
        Goods::Named(named) => (cart::draft(tx, by, CartTerms::of(app.config(), None), (**named).clone())?, None),
    };
    refuse_incomplete(&cart)?;
    refuse_changed(&cart, input)?;
    let chosen = chosen(app, by, &cart, input)?;
    let payment = payment(tx, app, id, &chosen, Money::new(cart.totals.total, cart.currency));
    let (payment_id, is_free) = (payment.id, payment.amount == 0);
    let discounts = discounts(&cart);
    let uses: Vec<(PromotionId, i64)> = discounts.iter().map(|d| (d.promotion_id, d.amount.amount.0)).collect();
    let email = cart.email.clone().unwrap_or_default();
    let order = OrderRow { cart_id, ..order(tx, app, by, id, &cart, discounts)? };
    let lines = cart.lines.iter().zip(&cart.totals.lines).enumerate().map(|(i, (l, t))| line(tx, id, i, l, t)).collect();
    let mut request = payments::request(&payment, &order.number);
    request.return_url = chosen.return_url;
    let begun = if is_free { None } else { payments::begin_here(app, &chosen.provider, &request) };
    let mut whole = Whole::new(order, lines, vec![payment]);
    whole.tell(tx, by, "placed", json!({"cart_id": cart_id}));
    whole.emit("order.placed", About::Order);
    let waits = begun.is_none() && !is_free;
    let mut confirmed = is_free;
    if is_free {
        orders::take_nothing(tx, by, &mut whole, payment_id)?;
    } else if let Some(outcome) = begun {
        confirmed = orders::settle_at_once(tx, by, &mut whole, payment_id, outcome)?;
    } else {
        whole.attempt(payments::open_attempt(tx, request.attempt_id, payment_id, AttemptKind::Create, cart.totals.total));
    }
    if let Some(customer) = by.customer_id() {
        standing::hold_buyer_later(tx, customer)?;
    }
    whole.insert(tx)?;
    if cart_id.is_some() {
        cart::complete(tx, &cart, id)?;
    }
    if !uses.is_empty() {
        promotions::redeem(tx, id, &email, &uses)?;
    }
    hold_stock(tx, by, &whole, &cart)?;
    if confirmed {
        inventory::allocate(tx, id)?;
    }
    if !waits {
        return Ok(Step::Done(shape(&whole, payment_id)?));
    }
    Ok(Step::GoOn(Waiting { whole, payment: payment_id, provider: chosen.provider, request }))
}

/// Everything that is missing, at once.
fn refuse_incomplete(cart: &PricedCart) -> Result<()> {
    let mut missing = Vec::new();
    let mut lacks = |pointer: &str, detail: &str| missing.push(FieldError::new(pointer, "required", detail));
    if cart.lines.is_empty() && cart.warnings.is_empty() {
        lacks("/lines", "The cart is empty.");
    }
    if cart.email.as_deref().is_none_or(str::is_empty) {
        lacks("/email", "The customer's e-mail is needed.");
    }
    if cart.requires_shipping && cart.shipping_address.is_none() {
        lacks("/shipping_address", "The cart holds goods to be sent: where to?");
    }
    if cart.requires_shipping && cart.shipping.is_none() {
        lacks("/shipping_option_id", "The cart holds goods to be sent: how? See its shipping options.");
    }
    if missing.is_empty() {
        return Ok(());
    }
    let names: Vec<&str> = missing.iter().map(|m| m.pointer.trim_start_matches('/')).collect();
    Err(Error::new(Code::CartIncomplete, format!("The cart lacks: {}.", names.join(", "))).with_fields(missing))
}

/// What changed under the customer stands in the way, unless the client says what total it showed.
fn refuse_changed(cart: &PricedCart, input: &CheckoutInput) -> Result<()> {
    let seen = input.expected_total.map(|t| t.0);
    let blocking: Vec<_> = cart.warnings.iter().filter(|w| !(w.code == "price_changed" && seen.is_some())).collect();
    let of = |code: &str| blocking.iter().any(|w| w.code == code);
    if !blocking.is_empty() {
        let code = if of(Code::AgeRestricted.as_str()) {
            Code::AgeRestricted
        } else if of("quantity_reduced") {
            Code::InsufficientStock
        } else if blocking.iter().all(|w| w.code == "code_not_applicable") {
            Code::CodeNotApplicable
        } else {
            Code::CartChanged
        };
        let fields = blocking.iter().map(|w| FieldError::new(w.pointer.clone(), w.code.clone(), w.detail.clone())).collect();
        let detail = blocking.first().map(|w| w.detail.clone()).unwrap_or_default();
        return Err(Error::new(code, detail).with_fields(fields));
    }
    match seen {
        Some(total) if total != cart.totals.total => {
            let detail = format!("The total is {} now.", Money::new(cart.totals.total, cart.currency));
            let field = FieldError::new("/expected_total", "price_changed", detail.clone());
            Err(Error::new(Code::CartChanged, detail).with_fields(vec![field]))
        }
        _ => Ok(()),
    }
}

fn chosen(app: &App, by: &Caller, cart: &PricedCart, input: &CheckoutInput) -> Result<Chosen> {
    if cart.totals.total == 0 {
        return Ok(Chosen { provider: "none".to_owned(), method: "none".to_owned(), return_url: None });
    }
    let choice = input.payment.as_ref();
    let choice = choice.ok_or_else(|| Error::invalid_field("/payment", "required", "How does the customer pay?"))?;
    payments::choose(app, &by.channel, choice, "/payment")
}

/// A payment about to be begun. Its first attempt has its own number.
pub(super) fn payment(tx: &Tx, app: &App, order: OrderId, chosen: &Chosen, amount: Money) -> PaymentRow {
    let limit = i64::try_from(app.config().payment_timeout_ms).unwrap_or(i64::MAX / 2);
    let first_check = tx.now().plus(Duration::milliseconds(limit)).plus(Duration::seconds(MARGIN_SECONDS));
    PaymentRow {
        id: tx.new_id(),
        order_id: order,
        provider: chosen.provider.clone(),
        method: chosen.method.clone(),
        status: PaymentStatus::Created,
        currency: amount.currency,
        amount: amount.amount.0,
        captured: 0,
        refunded: 0,
        received: 0,
        provider_reference: None,
        instructions: None,
        next_action: None,
        failure: None,
        due_at: None,
        next_check_at: Some(first_check),
        checks: 0,
        version: 1,
        created_at: tx.now(),
        updated_at: tx.now(),
    }
}

fn discounts(cart: &PricedCart) -> Vec<OrderDiscount> {
    let applied = cart.codes.iter().filter_map(|code| match code {
        Applied::Yes { promotion_id, code, .. } => Some((*promotion_id, code.clone())),
        Applied::No { .. } => None,
    });
    applied
        .zip(&cart.totals.discounts)
        .map(|((promotion_id, code), amount)| OrderDiscount { code, promotion_id, amount: Money::new(*amount, cart.currency) })
        .collect()
}

fn order(tx: &Tx, app: &App, by: &Caller, id: OrderId, cart: &PricedCart, discounts: Vec<OrderDiscount>) -> Result<OrderRow> {
    let totals = &cart.totals;
    let expiry = Duration::minutes(i64::from(by.channel.order_expiry_minutes));
    let shipping_address = cart.shipping_address.clone().filter(|_| cart.requires_shipping);
    let billing_address = cart.billing_address.clone().or_else(|| cart.shipping_address.clone());
    Ok(OrderRow {
        id,
        number: orders::new_number(tx.now())?,
        token_hash: secrets::hash(&order_token(app.secret(), id)?),
        channel_id: by.channel.id,
        cart_id: None,
        currency: cart.currency,
        locale: cart.locale.clone(),
        email: cart.email.clone().unwrap_or_default().trim().to_lowercase(),
        shipping_address: shipping_address.map(Json),
        billing_address: billing_address.map(Json),
        status: OrderStatus::Pending,
        payment_status: OrderPaymentStatus::Unpaid,
        fulfilment_status: FulfilmentStatus::Unfulfilled,
        subtotal: totals.subtotal,
        discount: totals.discount,
        shipping: totals.shipping,
        tax: totals.tax,
        total: totals.total,
        prices_include_tax: by.channel.prices_include_tax,
        shipping_option: cart.shipping.as_ref().map(|s| Json(OrderShippingOption { id: s.id, name: s.name.clone() })),
        discounts: Json(discounts),
        explain: Json(totals.explain.clone()),
        metadata: Json(cart.metadata.clone()),
        private_metadata: Json(cart.private_metadata.clone()),
        placed_at: tx.now(),
        expires_at: Some(tx.now().plus(expiry)),
        cancel_reason: None,
        attention: Json(Vec::new()),
        version: 1,
        updated_at: tx.now(),
        customer_id: by.customer_id(),
        retain_until: None,
    })
}

fn line(tx: &Tx, order: OrderId, index: usize, line: &PricedLine, totals: &LineTotals) -> LineRow {
    let item = &line.item;
    LineRow {
        id: tx.new_id(),
        order_id: order,
        position: i32::try_from(index).unwrap_or(i32::MAX),
        variant_id: item.variant_id,
        product_id: item.product_id,
        product_slug: item.product_slug.clone(),
        sku: item.sku.clone(),
        product_title: item.product_title.clone(),
        variant_title: item.variant_title.clone(),
        image_url: item.image_url.clone(),
        quantity: line.quantity,
        fulfilled_quantity: 0,
        refunded_quantity: 0,
        cancelled_quantity: 0,
        unit_price: line.unit_price,
        subtotal: totals.subtotal,
        discount: totals.discount,
        tax: totals.tax,
        total: totals.total,
        tax_rate_ppm: line.tax_rate_ppm,
        weight_grams: item.weight_grams,
        requires_shipping: item.requires_shipping,
        track_inventory: item.track_inventory,
        backorder: item.backorder,
        metadata: Json(line.metadata.clone()),
    }
}

/// Holds the stock of the lines whose stock is counted; a refusal points at the cart's lines.
fn hold_stock(tx: &mut Tx, by: &Caller, whole: &Whole, cart: &PricedCart) -> Result<()> {
    let mut wants = whole.wants();
    for want in &mut wants {
        want.first = cart.lines.iter().find(|line| line.item.variant_id == want.variant_id).and_then(|line| line.first);
    }
    if wants.is_empty() {
        return Ok(());
    }
    inventory::reserve(tx, by, whole.id(), &wants).map_err(|mut error| {
        // Uncounted lines want nothing: a want's place is not its line's.
        let places: Vec<usize> = whole.lines.iter().enumerate().filter(|(_, l)| l.track_inventory).map(|(i, _)| i).collect();
        for field in &mut error.fields {
            let place = field.pointer.split('/').nth(2).and_then(|n| n.parse::<usize>().ok()).and_then(|n| places.get(n));
            if let Some(place) = place {
                field.pointer = format!("/lines/{place}/quantity");
            }
        }
        error
    })
}
