//! The order machine: one table of what may follow what, and the one function that writes a status.

use serde_json::Value;

use super::whole::{About, Whole};
use crate::commerce::auth::Caller;
use crate::commerce::payments::PaymentStatus;
use crate::db::Tx;
use crate::error::{Code, Error, Result};
use crate::types::text::text_enum;

text_enum! {
    /// Where an order stands.
    pub enum OrderStatus {
        /// Placed, its stock held, waiting for payment.
        Pending = "pending",
        /// Paid: to be fulfilled.
        Confirmed = "confirmed",
        /// Fulfilled and delivered.
        Completed = "completed",
        /// Called off by the customer or the shop.
        Cancelled = "cancelled",
        /// Not paid in time.
        Expired = "expired",
    }
}

text_enum! {
    /// How far an order is paid.
    pub enum OrderPaymentStatus {
        /// Not paid.
        Unpaid = "unpaid",
        /// A deposit is awaited.
        AwaitingDeposit = "awaiting_deposit",
        /// The provider holds the money for us.
        Authorized = "authorized",
        /// Paid.
        Paid = "paid",
        /// Paid, and a part given back.
        PartiallyRefunded = "partially_refunded",
        /// Paid, and all given back.
        Refunded = "refunded",
    }
}

text_enum! {
    /// How far an order is fulfilled.
    pub enum FulfilmentStatus {
        /// Nothing has shipped.
        Unfulfilled = "unfulfilled",
        /// A part has shipped.
        PartiallyFulfilled = "partially_fulfilled",
        /// Everything has shipped.
        Fulfilled = "fulfilled",
        /// Everything has arrived.
        Delivered = "delivered",
        /// Everything came back.
        Returned = "returned",
    }
}

impl OrderStatus {
    /// The machine: whether `to` may follow.
    pub fn may_become(self, to: Self) -> bool {
        use OrderStatus::{Cancelled, Completed, Confirmed, Expired, Pending};
        match self {
            Pending => matches!(to, Confirmed | Cancelled | Expired),
            Confirmed => matches!(to, Completed | Cancelled),
            // Its payment came after all, and there was still stock.
            Expired => matches!(to, Confirmed),
            Completed | Cancelled => false,
        }
    }

    /// What is told of it, on the timeline and as `order.{word}`.
    fn word(self) -> &'static str {
        match self {
            Self::Pending => "placed",
            Self::Confirmed => "paid",
            Self::Completed => "completed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }
}

/// Moves an order; the only writer of its status. The timeline row and the event are written with the
/// order, in this transaction.
pub(super) fn transition(tx: &Tx, by: &Caller, whole: &mut Whole, to: OrderStatus, data: Value) -> Result<()> {
    let from = whole.order.status;
    if !from.may_become(to) {
        return Err(Error::new(Code::IllegalTransition, format!("An order that is {from} cannot become {to}.")));
    }
    whole.order.status = to;
    whole.order.expires_at = None;
    whole.tell(tx, by, to.word(), data);
    whole.emit(format!("order.{}", to.word()), About::Order);
    Ok(())
}

/// What an order's payments say of it. The live payment speaks first; of closed ones only money matters.
pub(super) fn payment_status(whole: &Whole) -> OrderPaymentStatus {
    let pending: i64 = whole.refunds.iter().filter(|r| r.is_pending()).map(|r| r.amount).fold(0, i64::saturating_add);
    let paid = |captured: i64, refunded: i64| match refunded.saturating_sub(pending) {
        given if given <= 0 => OrderPaymentStatus::Paid,
        given if given >= captured => OrderPaymentStatus::Refunded,
        _ => OrderPaymentStatus::PartiallyRefunded,
    };
    if let Some(live) = whole.payments.iter().find(|p| p.status.is_live()) {
        return match live.status {
            PaymentStatus::Captured => paid(live.captured, live.refunded),
            PaymentStatus::AwaitingDeposit => OrderPaymentStatus::AwaitingDeposit,
            PaymentStatus::Authorized => OrderPaymentStatus::Authorized,
            _ => OrderPaymentStatus::Unpaid,
        };
    }
    match whole.payments.iter().rfind(|p| p.captured > 0) {
        Some(stray) => paid(stray.captured, stray.refunded),
        None => OrderPaymentStatus::Unpaid,
    }
}

/// What an order's lines and shipments say of it.
pub(super) fn fulfilment_status(whole: &Whole) -> FulfilmentStatus {
    let (mut shipped, mut open) = (0i64, 0i64);
    for line in &whole.lines {
        shipped = shipped.saturating_add(i64::from(line.fulfilled_quantity));
        open = open.saturating_add(i64::from(line.unshipped()));
    }
    match (shipped, open) {
        (0, _) => FulfilmentStatus::Unfulfilled,
        (_, 0) if whole.shipments.iter().all(|s| s.delivered_at.is_some()) => FulfilmentStatus::Delivered,
        (_, 0) => FulfilmentStatus::Fulfilled,
        _ => FulfilmentStatus::PartiallyFulfilled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_table() {
        let table: Vec<String> = OrderStatus::ALL
            .iter()
            .map(|from| {
                let next: Vec<_> = OrderStatus::ALL.iter().filter(|to| from.may_become(**to)).map(|s| s.as_str()).collect();
                let next = if next.is_empty() { "(nothing)".to_owned() } else { next.join(" ") };
                format!("{:<10} -> {next}", from.as_str())
            })
            .collect();
        insta::assert_snapshot!(table.join("\n"), @r"
        pending    -> confirmed cancelled expired
        confirmed  -> completed cancelled
        completed  -> (nothing)
        cancelled  -> (nothing)
        expired    -> confirmed
        ");
    }

    proptest! {
        #[test]
        fn what_is_over_stays_over(walk in prop::collection::vec(0usize..OrderStatus::ALL.len(), 1..40)) {
            let mut status = OrderStatus::Pending;
            let mut over = false;
            for step in walk {
                let to = OrderStatus::ALL[step];
                if status.may_become(to) {
                    prop_assert!(!over && to != OrderStatus::Pending);
                    status = to;
                }
                over = matches!(status, OrderStatus::Completed | OrderStatus::Cancelled);
            }
        }
    }
}
