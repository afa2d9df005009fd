//! Payment providers: what a gateway must be able to do for the shop. Every call carries the id of a
//! recorded attempt as its idempotency key; a lost answer is [`ProviderError::Unknown`], never a guess.

mod bank_transfer;
mod sandbox;

use std::sync::Arc;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::config::Config;
use crate::types::{AttemptId, Clock, Money, PaymentId, Timestamp};

pub use bank_transfer::BankTransfer;
pub use sandbox::Sandbox;

/// What a provider is told about a payment.
#[derive(Debug, Clone)]
pub struct PaymentRequest {
    /// The payment.
    pub payment_id: PaymentId,
    /// The recorded attempt: the provider's idempotency key.
    pub attempt_id: AttemptId,
    /// The order's number, for the customer's statement.
    pub order_number: String,
    /// What to charge.
    pub amount: Money,
    /// The method asked for, in the provider's own words.
    pub method: String,
    /// The provider's name for the payment, once it has one.
    pub reference: Option<String>,
    /// Where a customer returns from the provider's page.
    pub return_url: Option<String>,
    /// When the payment was made here.
    pub created_at: Timestamp,
    /// What the client brought back from the provider.
    pub client_data: serde_json::Map<String, serde_json::Value>,
}

/// Where a payment stands, as the provider says.
#[derive(Debug, Clone, PartialEq)]
pub enum PaymentOutcome {
    /// The money is ours: how much the provider says it took.
    Captured {
        /// The provider's name for the payment.
        reference: String,
        /// What was taken, to be held against what was asked.
        amount: Money,
    },
    /// The customer must do something in the client.
    RequiresAction {
        /// The provider's name for the payment.
        reference: String,
        /// What the client's SDK needs.
        next_action: NextAction,
    },
    /// The customer is to pay into an account.
    AwaitingDeposit {
        /// The provider's name for the payment.
        reference: String,
        /// Where to pay and until when.
        instructions: DepositInstructions,
    },
    /// The provider still works on it.
    Pending,
    /// No.
    Failed(Failure),
}

/// What the customer must do, for the client's SDK.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct NextAction {
    /// `redirect`: open the URL and come back to `return_url`; `confirm`: call confirm with `data`.
    #[serde(rename = "type")]
    #[graphql(name = "type")]
    #[schema(example = "confirm")]
    pub kind: String,
    /// The page to open, for `redirect`.
    pub url: Option<String>,
    /// What the provider's SDK needs.
    #[schema(value_type = Object)]
    pub data: serde_json::Value,
}

/// Where a deposit is to be paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct DepositInstructions {
    /// The bank.
    pub bank: String,
    /// The account's number.
    pub account_number: String,
    /// The account's holder.
    pub holder: String,
    /// Until when the deposit counts.
    pub due_at: Timestamp,
}

/// Why a payment failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema, async_graphql::SimpleObject)]
pub struct Failure {
    /// `card_declined`, `insufficient_funds`, `expired_card`, `incorrect_cvc`, `fraud_suspected`,
    /// `limit_exceeded`, `processing_error`, `cancelled_by_customer`, `amount_mismatch`, `expired`, `not_found`.
    pub code: String,
    /// For the developer.
    pub detail: String,
}

/// Why a call to a provider has no outcome.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// The answer was lost or late: it may have happened. Ask later.
    #[error("no answer from the provider: {0}")]
    Unknown(String),
    /// Refused for good: it did not happen.
    #[error("refused by the provider: {}", .0.detail)]
    Refused(Failure),
}

/// A payment gateway.
#[async_trait]
pub trait PaymentProvider: Send + Sync {
    /// The stable name that clients choose it by.
    fn name(&self) -> &'static str;

    /// The methods it offers, the first one by default.
    fn methods(&self) -> Vec<&'static str>;

    /// Whether the method is one it takes (a sandbox takes magic values too).
    fn accepts(&self, method: &str) -> bool {
        self.methods().contains(&method)
    }

    /// What beginning a payment comes to where nobody outside needs to be asked, because no gateway is behind
    /// the provider: an answer that cannot be lost, so that order and payment are one transaction.
    fn begin_here(&self, _request: &PaymentRequest) -> Option<PaymentOutcome> {
        None
    }

    /// Begins a payment.
    async fn create(&self, request: &PaymentRequest) -> Result<PaymentOutcome, ProviderError>;

    /// Goes on with what the client brought back; the outcome is the provider's word, never the client's.
    async fn confirm(&self, request: &PaymentRequest) -> Result<PaymentOutcome, ProviderError>;

    /// Asks where a payment stands; never changes anything.
    async fn inquire(&self, request: &PaymentRequest) -> Result<PaymentOutcome, ProviderError>;

    /// Gives up a payment that is not captured.
    async fn cancel(&self, request: &PaymentRequest) -> Result<(), ProviderError>;

    /// Gives money back; `request.amount` is how much. Repeating it with the same attempt refunds once.
    async fn refund(&self, request: &PaymentRequest) -> Result<String, ProviderError>;
}

/// The providers a process offers.
#[derive(Clone)]
pub struct PaymentProviders(Vec<Arc<dyn PaymentProvider>>);

impl PaymentProviders {
    /// Those that the configuration names.
    pub fn from_config(config: &Config, clock: Clock) -> Self {
        let mut all: Vec<Arc<dyn PaymentProvider>> = vec![Arc::new(BankTransfer::new(config, clock.clone()))];
        if config.payments_test {
            all.push(Arc::new(Sandbox::new(clock)));
        }
        Self(all)
    }

    /// With one more: a test's scripted gateway.
    pub fn and(mut self, provider: Arc<dyn PaymentProvider>) -> Self {
        self.0.push(provider);
        self
    }

    /// By name.
    pub fn get(&self, name: &str) -> Option<Arc<dyn PaymentProvider>> {
        self.0.iter().find(|p| p.name() == name).cloned()
    }

    /// All.
    pub fn all(&self) -> &[Arc<dyn PaymentProvider>] {
        &self.0
    }
}
