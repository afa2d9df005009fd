//! A payment gateway that does what a test tells it: it takes money unless the script says otherwise, and
//! remembers every call.

use std::collections::{HashMap, HashSet, VecDeque};
use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use maru::providers::payment::{Failure, NextAction, PaymentOutcome, PaymentProvider, PaymentRequest, ProviderError};
use maru::types::{AttemptId, Money, PaymentId};

/// What the gateway does at a call.
#[derive(Debug, Clone)]
pub enum Act {
    /// Takes the money.
    Take,
    /// Takes other money than was asked.
    TakeOther(Money),
    /// Takes the money and loses the answer.
    TakeAndLose,
    /// Does nothing and loses the answer.
    Lose,
    /// Never answers.
    Hang,
    /// Says no.
    Refuse(&'static str),
    /// Wants the customer to do something.
    Ask,
    /// Still thinks.
    Think,
    /// The server dies in the middle of the call; the money is taken or not.
    Die { took: bool },
}

#[derive(Default)]
pub struct Scripted {
    script: Mutex<HashMap<&'static str, VecDeque<Act>>>,
    calls: Mutex<Vec<(&'static str, AttemptId, i64)>>,
    taken: Mutex<HashSet<PaymentId>>,
}

impl Scripted {
    /// What the next call of this kind does.
    pub fn next(&self, call: &'static str, act: Act) -> &Self {
        self.script.lock().unwrap().entry(call).or_default().push_back(act);
        self
    }

    /// The calls of a kind: (attempt, amount).
    pub fn calls(&self, kind: &str) -> Vec<(AttemptId, i64)> {
        self.calls.lock().unwrap().iter().filter(|(k, ..)| *k == kind).map(|(_, attempt, amount)| (*attempt, *amount)).collect()
    }

    /// How many payments it took money for.
    pub fn taken(&self) -> usize {
        self.taken.lock().unwrap().len()
    }

    async fn act(&self, call: &'static str, request: &PaymentRequest, otherwise: Act) -> Result<PaymentOutcome, ProviderError> {
        self.calls.lock().unwrap().push((call, request.attempt_id, request.amount.amount.0));
        let act = self.script.lock().unwrap().get_mut(call).and_then(VecDeque::pop_front).unwrap_or(otherwise);
        let reference = format!("scripted-{}", request.payment_id);
        let take = || self.taken.lock().unwrap().insert(request.payment_id);
        match act {
            Act::Take => {
                take();
                Ok(PaymentOutcome::Captured { reference, amount: request.amount })
            }
            Act::TakeOther(amount) => Ok(PaymentOutcome::Captured { reference, amount }),
            Act::TakeAndLose => {
                take();
                Err(ProviderError::Unknown("lost".to_owned()))
            }
            Act::Lose => Err(ProviderError::Unknown("lost".to_owned())),
            Act::Hang => {
                tokio::time::sleep(Duration::from_secs(3600)).await;
                unreachable!("nobody waits that long")
            }
            Act::Refuse(code) => Err(ProviderError::Refused(Failure { code: code.to_owned(), detail: "No.".to_owned() })),
            Act::Ask => Ok(PaymentOutcome::RequiresAction {
                reference,
                next_action: NextAction {
                    kind: "redirect".to_owned(),
                    url: Some("https://gateway.example/pay".to_owned()),
                    data: serde_json::json!({}),
                },
            }),
            Act::Think => Ok(PaymentOutcome::Pending),
            Act::Die { took } => {
                if took {
                    take();
                }
                panic!("the server dies here, as the test wants");
            }
        }
    }
}

#[async_trait]
impl PaymentProvider for Scripted {
    fn name(&self) -> &'static str {
        "scripted"
    }

    fn methods(&self) -> Vec<&'static str> {
        vec!["card"]
    }

    async fn create(&self, request: &PaymentRequest) -> Result<PaymentOutcome, ProviderError> {
        self.act("create", request, Act::Take).await
    }

    async fn confirm(&self, request: &PaymentRequest) -> Result<PaymentOutcome, ProviderError> {
        self.act("confirm", request, Act::Take).await
    }

    async fn inquire(&self, request: &PaymentRequest) -> Result<PaymentOutcome, ProviderError> {
        let known = self.taken.lock().unwrap().contains(&request.payment_id);
        let otherwise = if known { Act::Take } else { Act::Think };
        let said = self.act("inquire", request, otherwise).await;
        match said {
            Err(ProviderError::Refused(failure)) => Ok(PaymentOutcome::Failed(failure)),
            other => other,
        }
    }

    async fn cancel(&self, request: &PaymentRequest) -> Result<(), ProviderError> {
        self.act("cancel", request, Act::Think).await.map(|_| ())
    }

    async fn refund(&self, request: &PaymentRequest) -> Result<String, ProviderError> {
        self.act("refund", request, Act::Think).await.map(|_| format!("refund-{}", request.attempt_id))
    }
}
