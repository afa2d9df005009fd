//! Flows that move an order and its money together, with a provider between their transactions. Each call to
//! a provider is recorded before it is made; no transaction is open while it runs; what it says is settled
//! in one guarded transaction. A lost answer is a state (`unknown`), a crash between transactions leaves an
//! open attempt: a retry with the same key, or the reconciling job, asks the provider and goes on.

mod afterwards;
mod cancel;
mod confirm;
mod pay;
mod place;
mod reconcile;
mod refund;
mod shapes;

use std::sync::Arc;

pub use cancel::cancel_order;
pub use confirm::confirm_payment;
pub use pay::pay_order;
pub use reconcile::{expire_orders, reconcile_payments, reconcile_refunds};
pub use refund::refund_order;
pub use shapes::{BuyNowInput, CheckoutAnswer, CheckoutInput};

use crate::app::App;
use crate::commerce::auth::Caller;
use crate::commerce::flow::{Begun, Run, begin, detached};
use crate::commerce::idempotency::Written;
use crate::commerce::orders::Whole;
use crate::commerce::payments::{self, Question};
use crate::error::{Result, check};
use crate::providers::payment::PaymentRequest;
use crate::types::{CartId, OrderId, PaymentId};
use place::Goods;

/// What waits for a provider's answer.
#[derive(Debug, Clone)]
struct Waiting {
    whole: Whole,
    payment: PaymentId,
    provider: String,
    request: PaymentRequest,
}

/// Makes an order of a cart and begins its payment. The cart's prices, stock and promotions are read again in
/// the transaction that makes the order; all of it is held, or nothing is.
pub async fn checkout(app: &App, by: &Arc<Caller>, run: Run, cart: CartId, input: CheckoutInput) -> Result<Written<CheckoutAnswer>> {
    check(&input)?;
    let (app, by) = (app.clone(), by.clone());
    detached(async move { order_of(&app, &by, run, Goods::Cart(cart), input).await }).await
}

/// Makes an order without a cart and begins its payment, by the same rules.
pub async fn buy_now(app: &App, by: &Arc<Caller>, run: Run, input: BuyNowInput) -> Result<Written<CheckoutAnswer>> {
    let (goods, input) = input.parts();
    check(&input)?;
    let (app, by) = (app.clone(), by.clone());
    detached(async move { order_of(&app, &by, run, Goods::Named(Box::new(goods)), input).await }).await
}

async fn order_of(app: &App, by: &Arc<Caller>, run: Run, goods: Goods, input: CheckoutInput) -> Result<Written<CheckoutAnswer>> {
    let secret = app.secret().clone();
    let shape = {
        let by = by.clone();
        move |whole: &Whole, payment: PaymentId| {
            let answer = whole.answer(&by, payment)?;
            CheckoutAnswer { order: answer.order, payment: answer.payment }.with_token(&secret)
        }
    };
    let preview = |waiting: Waiting| shape(&waiting.whole, waiting.payment);
    let place = {
        let (app, by, shape) = (app.clone(), by.clone(), shape.clone());
        move |tx: &mut crate::db::Tx, id: uuid::Uuid| place::place(tx, &app, &by, OrderId::from(id), &goods, &input, &shape)
    };
    match begin(app, &run, None, preview, place).await? {
        Begun::Finished(written) => {
            if run.is_for_real() {
                count_placed(&written);
            }
            Ok(written)
        }
        Begun::GoOn(waiting) => {
            let said = payments::ask(app, &waiting.provider, Question::Create, &waiting.request).await;
            let written = afterwards::settle_and_answer(app, by, &run, waiting.whole, waiting.payment, said, shape).await?;
            count_placed(&written);
            Ok(written)
        }
        Begun::Resumed(order) => pay::resume(app, by, &run, OrderId::from(order), None, shape).await,
    }
}

fn count_placed(written: &Written<CheckoutAnswer>) {
    if !written.replayed {
        metrics::counter!("maru_orders_total", "state" => "placed").increment(1);
    }
}
