//! Checkout as clients send and see it.

use serde::{Deserialize, Serialize};
use validator::Validate;

use crate::commerce::idempotency::Answer;
use crate::commerce::orders::Order;
use crate::commerce::payments::{Payment, PaymentChoice};
use crate::commerce::secrets::ShopSecret;
use crate::error::Result;
use crate::types::{MinorUnits, OrderId};

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
