//! `bank_transfer`: the customer pays into an account before a due time; staff (or the sandbox) tells us of
//! the deposit. There is no gateway behind it, so nothing is asked and nothing can be lost.

use async_trait::async_trait;
use chrono::Duration;

use super::{DepositInstructions, Failure, PaymentOutcome, PaymentProvider, PaymentRequest, ProviderError};
use crate::config::Config;
use crate::types::Clock;

/// Virtual-account-like payment by deposit.
pub struct BankTransfer {
    bank: String,
    holder: String,
    due: Duration,
    clock: Clock,
}

impl BankTransfer {
    /// As configured.
    pub fn new(config: &Config, clock: Clock) -> Self {
        Self {
            bank: config.bank_transfer_bank.clone(),
            holder: config.bank_transfer_holder.clone(),
            due: Duration::hours(i64::from(config.bank_transfer_due_hours)),
            clock,
        }
    }

    fn account_of(&self, request: &PaymentRequest) -> PaymentOutcome {
        let account_number = Self::account_number(request);
        let instructions = DepositInstructions {
            bank: self.bank.clone(),
            account_number: account_number.clone(),
            holder: self.holder.clone(),
            due_at: request.created_at.plus(self.due),
        };
        PaymentOutcome::AwaitingDeposit { reference: account_number, instructions }
    }

    /// An account number per payment, so that a deposit tells which payment it is for.
    fn account_number(request: &PaymentRequest) -> String {
        let id: uuid::Uuid = request.payment_id.into();
        let digits = format!("{:014}", id.as_u128() % 100_000_000_000_000);
        let (head, tail) = digits.split_at(4);
        let (middle, end) = tail.split_at(4);
        format!("{head}-{middle}-{end}")
    }
}

#[async_trait]
impl PaymentProvider for BankTransfer {
    fn name(&self) -> &'static str {
        "bank_transfer"
    }

    fn methods(&self) -> Vec<&'static str> {
        vec!["virtual_account"]
    }

    fn begin_here(&self, request: &PaymentRequest) -> Option<PaymentOutcome> {
        Some(self.account_of(request))
    }

    async fn create(&self, request: &PaymentRequest) -> Result<PaymentOutcome, ProviderError> {
        Ok(self.account_of(request))
    }

    async fn confirm(&self, request: &PaymentRequest) -> Result<PaymentOutcome, ProviderError> {
        self.inquire(request).await
    }

    async fn inquire(&self, request: &PaymentRequest) -> Result<PaymentOutcome, ProviderError> {
        if self.clock.now() > request.created_at.plus(self.due) {
            let failure = Failure { code: "expired".to_owned(), detail: "The deposit did not come in time.".to_owned() };
            return Ok(PaymentOutcome::Failed(failure));
        }
        self.create(request).await
    }

    async fn cancel(&self, _request: &PaymentRequest) -> Result<(), ProviderError> {
        Ok(())
    }

    async fn refund(&self, request: &PaymentRequest) -> Result<String, ProviderError> {
        // Staff sends the money back by hand; the reference is what they write on it.
        Ok(format!("manual-{}", request.attempt_id))
    }
}
