//! `test`: a sandbox gateway inside the server, offered only when configured (`MARU_PAYMENTS_TEST=true`).
//! The method chooses what happens, and the outcome is a pure function of the method and the payment's
//! age, so the gateway "remembers" across restarts, as a real one would.
//!
//! | method | create | confirm | asked later |
//! |---|---|---|---|
//! | `approve` (default) | captured | captured | captured |
//! | `card_declined`, `insufficient_funds`, `expired_card`, `incorrect_cvc`, `fraud_suspected`, `limit_exceeded`, `processing_error` | failed with that code | failed | failed |
//! | `requires_action` | next action | captured when the client sends `{"result": "success"}`, failed with `cancelled_by_customer` otherwise | pending |
//! | `late` | no answer | pending, then captured after 5 s | pending, then captured after 5 s |
//! | `never` | no answer | pending, then failed with `not_found` after 5 s | pending, then failed after 5 s |
//! | `wrong_amount` | captured one unit too little | captured one unit too little | captured one unit too little |
//! | `virtual_account` | awaits a deposit | awaits | awaits |
//! | `refund_declined` | captured; a refund is refused | captured | captured |

use async_trait::async_trait;
use chrono::Duration;

use super::{DepositInstructions, Failure, NextAction, PaymentOutcome, PaymentProvider, PaymentRequest, ProviderError};
use crate::types::{Clock, Money};

/// The sandbox gateway.
pub struct Sandbox {
    clock: Clock,
}

const DECLINES: [&str; 7] =
    ["card_declined", "insufficient_funds", "expired_card", "incorrect_cvc", "fraud_suspected", "limit_exceeded", "processing_error"];

/// How long the sandbox thinks about a late payment.
const LATE_SECONDS: i64 = 5;
/// How long a deposit to a sandbox account is awaited.
const DUE_HOURS: i64 = 24;

impl Sandbox {
    /// A sandbox on this clock.
    pub fn new(clock: Clock) -> Self {
        Self { clock }
    }

    fn reference(request: &PaymentRequest) -> String {
        request.reference.clone().unwrap_or_else(|| format!("sandbox-{}", request.payment_id))
    }

    fn captured(request: &PaymentRequest) -> PaymentOutcome {
        PaymentOutcome::Captured { reference: Self::reference(request), amount: request.amount }
    }

    fn settled(&self, request: &PaymentRequest) -> PaymentOutcome {
        let method = request.method.as_str();
        let thinking = self.clock.now() < request.created_at.plus(Duration::seconds(LATE_SECONDS));
        match method {
            "late" | "never" if thinking => PaymentOutcome::Pending,
            "never" => failed("not_found", "The sandbox never heard of this payment."),
            "wrong_amount" => {
                let amount = Money::new(request.amount.amount.0.saturating_sub(1), request.amount.currency);
                PaymentOutcome::Captured { reference: Self::reference(request), amount }
            }
            "virtual_account" => PaymentOutcome::AwaitingDeposit {
                reference: Self::reference(request),
                instructions: DepositInstructions {
                    bank: "Sandbox Bank".to_owned(),
                    account_number: "000-0000-0000".to_owned(),
                    holder: "Sandbox".to_owned(),
                    due_at: request.created_at.plus(Duration::hours(DUE_HOURS)),
                },
            },
            code if DECLINES.contains(&code) => failed(code, "Declined by the sandbox, as asked."),
            _ => Self::captured(request),
        }
    }
}

fn failed(code: &str, detail: &str) -> PaymentOutcome {
    PaymentOutcome::Failed(Failure { code: code.to_owned(), detail: detail.to_owned() })
}

#[async_trait]
impl PaymentProvider for Sandbox {
    fn name(&self) -> &'static str {
        "test"
    }

    fn methods(&self) -> Vec<&'static str> {
        let mut all = vec!["approve", "requires_action", "late", "never", "wrong_amount", "virtual_account", "refund_declined"];
        all.extend(DECLINES);
        all
    }

    async fn create(&self, request: &PaymentRequest) -> Result<PaymentOutcome, ProviderError> {
        match request.method.as_str() {
            "late" | "never" => Err(ProviderError::Unknown("the sandbox was asked not to answer".to_owned())),
            "requires_action" => Ok(PaymentOutcome::RequiresAction {
                reference: Self::reference(request),
                next_action: NextAction {
                    kind: "confirm".to_owned(),
                    url: None,
                    data: serde_json::json!({"hint": "call confirm with {\"result\": \"success\"} or {\"result\": \"cancel\"}"}),
                },
            }),
            _ => Ok(self.settled(request)),
        }
    }

    async fn confirm(&self, request: &PaymentRequest) -> Result<PaymentOutcome, ProviderError> {
        if request.method == "requires_action" {
            let success = request.client_data.get("result").and_then(|r| r.as_str()) == Some("success");
            return Ok(if success {
                Self::captured(request)
            } else {
                failed("cancelled_by_customer", "The customer did not go through with it.")
            });
        }
        Ok(self.settled(request))
    }

    async fn inquire(&self, request: &PaymentRequest) -> Result<PaymentOutcome, ProviderError> {
        Ok(if request.method == "requires_action" { PaymentOutcome::Pending } else { self.settled(request) })
    }

    async fn cancel(&self, _request: &PaymentRequest) -> Result<(), ProviderError> {
        Ok(())
    }

    async fn refund(&self, request: &PaymentRequest) -> Result<String, ProviderError> {
        if request.method == "refund_declined" {
            let failure = Failure { code: "refund_declined".to_owned(), detail: "Refused by the sandbox, as asked.".to_owned() };
            return Err(ProviderError::Refused(failure));
        }
        Ok(format!("sandbox-refund-{}", request.attempt_id))
    }
}
