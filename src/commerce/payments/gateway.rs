//! Talking to providers: no transaction is open here, every call has a time limit, and an answer that does
//! not come in time is "unknown", never a guess.

use std::time::Duration;

use super::PaymentChoice;
use super::rows::{PaymentRow, RefundRow};
use crate::app::App;
use crate::commerce::channels::Channel;
use crate::error::{Code, Error, FieldError, Result};
use crate::providers::payment::{PaymentOutcome, PaymentRequest, ProviderError};
use crate::types::{AttemptId, Money, PaymentId};

/// A provider and one of its methods, checked.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// The provider.
    pub provider: String,
    /// The method.
    pub method: String,
    /// Where the customer returns to.
    pub return_url: Option<String>,
}

/// Checks a customer's choice: the channel offers the provider, this server has it, it takes the method.
/// `pointer` is where the choice stands in the request.
pub fn choose(app: &App, channel: &Channel, choice: &PaymentChoice, pointer: &str) -> Result<Chosen> {
    let offered = channel.payment_providers.contains(&choice.provider);
    let provider = app.payments().get(&choice.provider).filter(|_| offered).ok_or_else(|| {
        let detail = format!("This channel offers no payment provider {:?}.", choice.provider);
        Error::new(Code::PaymentProviderUnavailable, detail.clone()).with_fields(vec![FieldError::new(
            format!("{pointer}/provider"),
            "not_offered",
            detail,
        )])
    })?;
    let method = choice.method.clone().or_else(|| provider.methods().first().map(|m| (*m).to_owned())).unwrap_or_default();
    if !provider.accepts(&method) {
        let known = provider.methods().join(", ");
        return Err(Error::invalid_field(format!("{pointer}/method"), "not_offered", format!("Expected one of: {known}.")));
    }
    Ok(Chosen { provider: choice.provider.clone(), method, return_url: choice.return_url.clone() })
}

/// The number of a payment's first attempt: its own.
pub fn first_attempt(payment: PaymentId) -> AttemptId {
    AttemptId::from(uuid::Uuid::from(payment))
}

/// What a provider is told about a payment.
pub fn request(payment: &PaymentRow, order_number: &str) -> PaymentRequest {
    PaymentRequest {
        payment_id: payment.id,
        attempt_id: first_attempt(payment.id),
        order_number: order_number.to_owned(),
        amount: Money::new(payment.amount, payment.currency),
        method: payment.method.clone(),
        reference: payment.provider_reference.clone(),
        return_url: None,
        created_at: payment.created_at,
        client_data: serde_json::Map::new(),
    }
}

/// What beginning a payment comes to, if its provider needs to ask nobody.
pub fn begin_here(app: &App, provider: &str, request: &PaymentRequest) -> Option<PaymentOutcome> {
    app.payments().get(provider)?.begin_here(request)
}

/// What is asked of a provider about a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Begin it.
    Create,
    /// Go on with what the client brought back.
    Confirm,
    /// Where does it stand?
    Inquire,
}

/// Asks.
pub async fn ask(app: &App, provider: &str, question: Question, request: &PaymentRequest) -> Result<PaymentOutcome, ProviderError> {
    let gateway = app.payments().get(provider).ok_or_else(|| not_here(provider))?;
    let answer = in_time(app, async {
        match question {
            Question::Create => gateway.create(request).await,
            Question::Confirm => gateway.confirm(request).await,
            Question::Inquire => gateway.inquire(request).await,
        }
    })
    .await;
    match answer {
        // A refused question says nothing about the payment.
        Err(ProviderError::Refused(failure)) if question == Question::Inquire => Err(ProviderError::Unknown(failure.detail)),
        other => other,
    }
}

/// Gives a payment up at the provider.
pub async fn give_up(app: &App, provider: &str, request: &PaymentRequest) -> Result<(), ProviderError> {
    let gateway = app.payments().get(provider).ok_or_else(|| not_here(provider))?;
    in_time(app, gateway.cancel(request)).await
}

/// Gives a refund's money back; repeating it with the same attempt gives it back once.
pub async fn give_back(app: &App, payment: &PaymentRow, refund: &RefundRow, order_number: &str) -> Result<String, ProviderError> {
    let gateway = app.payments().get(&payment.provider).ok_or_else(|| not_here(&payment.provider))?;
    let mut request = request(payment, order_number);
    request.amount = Money::new(refund.amount, refund.currency);
    request.attempt_id = refund.attempt_id.unwrap_or(request.attempt_id);
    in_time(app, gateway.refund(&request)).await
}

async fn in_time<T>(app: &App, call: impl Future<Output = Result<T, ProviderError>>) -> Result<T, ProviderError> {
    let limit = Duration::from_millis(app.config().payment_timeout_ms);
    tokio::time::timeout(limit, call).await.unwrap_or_else(|_| Err(ProviderError::Unknown(format!("no answer within {limit:?}"))))
}

fn not_here(provider: &str) -> ProviderError {
    ProviderError::Unknown(format!("this server is not configured for the provider {provider:?}"))
}
