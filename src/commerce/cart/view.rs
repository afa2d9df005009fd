//! A priced cart as clients see it.

use super::price::{Line, Priced};
use super::shapes::{Cart, CartCode, CartLine, CartProduct, CartTotals};
use crate::commerce::promotions::Applied;
use crate::types::{Currency, Money};

impl From<Priced> for Cart {
    fn from(priced: Priced) -> Self {
        let cart = priced.cart;
        let money = |amount: i64| Money::new(amount, cart.currency);
        let totals = CartTotals {
            subtotal: money(priced.totals.subtotal),
            discount: money(priced.totals.discount),
            shipping: money(priced.totals.shipping),
            tax: money(priced.totals.tax),
            total: money(priced.totals.total),
            tax_included: priced.prices_include_tax,
            explain: Some(priced.totals.explain),
        };
        Self {
            id: cart.id,
            token: None,
            status: cart.status,
            currency: cart.currency,
            locale: cart.locale,
            lines: priced.lines.into_iter().map(|l| line(l, cart.currency)).collect(),
            codes: codes(priced.codes, &priced.totals.discounts, cart.currency),
            email: cart.email,
            shipping_address: cart.shipping_address.map(|a| a.0),
            billing_address: cart.billing_address.map(|a| a.0),
            shipping_option: priced.shipping,
            requires_shipping: priced.requires_shipping,
            totals,
            warnings: priced.warnings,
            metadata: cart.metadata.0,
            order_id: cart.order_id,
            customer_id: cart.customer_id,
            version: cart.version,
            expires_at: cart.expires_at,
            created_at: cart.created_at,
            updated_at: cart.updated_at,
        }
    }
}

fn line(line: Line, currency: Currency) -> CartLine {
    let money = |amount: i64| Money::new(amount, currency);
    let (row, item) = (line.row, line.item);
    let (product, sku, title, image_url, requires_shipping) = item.map_or_else(
        || (None, None, String::new(), None, false),
        |i| {
            let product = CartProduct { id: i.product_id, slug: i.product_slug, title: i.product_title };
            (Some(product), i.sku, i.variant_title, i.image_url, i.requires_shipping)
        },
    );
    CartLine {
        id: row.id,
        variant_id: row.variant_id,
        product,
        sku,
        title,
        image_url,
        quantity: line.quantity,
        quantity_wanted: row.quantity,
        unit_price: money(line.unit_price),
        subtotal: money(line.totals.subtotal),
        discount: money(line.totals.discount),
        tax: money(line.totals.tax),
        total: money(line.totals.total),
        requires_shipping,
        available: line.quantity > 0,
        metadata: row.metadata.0,
    }
}

/// The discounts are those of the codes that apply, in their order.
fn codes(codes: Vec<Applied>, discounts: &[i64], currency: Currency) -> Vec<CartCode> {
    let mut discounts = discounts.iter().copied();
    let code = |applied| match applied {
        Applied::Yes { code, .. } => {
            let discount = Money::new(discounts.next().unwrap_or(0), currency);
            CartCode { code, applied: true, discount, reason: None, detail: None }
        }
        Applied::No { code, reason, detail } => {
            let discount = Money::new(0, currency);
            CartCode { code, applied: false, discount, reason: Some(reason.to_owned()), detail: Some(detail) }
        }
    };
    codes.into_iter().map(code).collect()
}
