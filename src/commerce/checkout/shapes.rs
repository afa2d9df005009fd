//! Checkout as clients send and see it.

use serde::{Deserialize, Serialize};
use validator::Validate;

use crate::commerce::address::Address;
use crate::commerce::cart::{CartCreate, CartLineAdd};
use crate::commerce::idempotency::Answer;
use crate::commerce::orders::Order;
use crate::commerce::payments::{Payment, PaymentChoice};
use crate::commerce::secrets::ShopSecret;
use crate::error::Result;
use crate::types::{Metadata, MinorUnits, OrderId, ShippingOptionId};

/// How to check a cart out.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject, Validate)]
#[serde(deny_unknown_fields)]
pub struct CheckoutInput {
    /// How the customer pays. Needed unless there is nothing to pay.
    #[serde(default)]
    #[validate(nested)]
    pub payment: Option<PaymentChoice>,
    /// What the customer was shown: checkout is refused with `cart_changed` when the total is another now.
    /// With it, prices that changed meanwhile are taken as seen.
    #[serde(default)]
    pub expected_total: Option<MinorUnits>,
}

/// Something to buy at once, without a cart: everything that a cart and its checkout would say.
#[derive(Debug, Clone, Serialize, Deserialize, utoipa::ToSchema, async_graphql::InputObject)]
#[serde(deny_unknown_fields)]
pub struct BuyNowInput {
    /// What is bought; a variant named twice adds up.
    pub lines: Vec<CartLineAdd>,
    /// Who buys.
    #[schema(example = "mina@example.com")]
    pub email: String,
    /// Where to: one of the channel's countries. Needed for goods that are sent.
    #[serde(default)]
    pub shipping_address: Option<Address>,
    /// Who pays; absent: the shipping address.
    #[serde(default)]
    pub billing_address: Option<Address>,
    /// How it is sent. Needed for goods that are sent.
    #[serde(default)]
    pub shipping_option_id: Option<ShippingOptionId>,
    /// Coupon codes.
    #[serde(default)]
    #[graphql(default)]
    pub codes: Vec<String>,
    /// What the app keeps with the order.
    #[serde(default)]
    #[graphql(default)]
    pub metadata: Metadata,
    /// How the customer pays. Needed unless there is nothing to pay.
    #[serde(default)]
    pub payment: Option<PaymentChoice>,
    /// What the customer was shown: refused with `cart_changed` when the total is another now.
    #[serde(default)]
    pub expected_total: Option<MinorUnits>,
}

impl BuyNowInput {
    /// The cart it stands for, and that cart's checkout. Each checks its own part.
    pub(super) fn parts(self) -> (CartCreate, CheckoutInput) {
        let goods = CartCreate {
            lines: self.lines,
            email: Some(self.email),
            shipping_address: self.shipping_address,
            billing_address: self.billing_address,
            shipping_option_id: self.shipping_option_id,
            codes: self.codes,
            metadata: self.metadata,
        };
        (goods, CheckoutInput { payment: self.payment, expected_total: self.expected_total })
    }
}

/// The order that a cart became, and its payment with what the client needs next.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct CheckoutAnswer {
    /// The order; a guest keeps its `token`.
    pub order: Order,
    /// Its payment. `failed` and `unknown` are answers too: the order waits, and can be paid again or is settled later.
    pub payment: Payment,
}

impl CheckoutAnswer {
    /// With the secret that opens the order to its guest.
    pub fn with_token(mut self, secret: &ShopSecret) -> Result<Self> {
        self.order.token = Some(order_token(secret, self.order.id)?);
        Ok(self)
    }
}

impl Answer for CheckoutAnswer {
    fn without_secrets(mut self) -> Self {
        self.order.token = None;
        self
    }

    fn with_secrets(self, secret: &ShopSecret) -> Result<Self> {
        self.with_token(secret)
    }
}

/// The secret of an order.
pub fn order_token(secret: &ShopSecret, order: OrderId) -> Result<String> {
    secret.token("ot", order)
}
