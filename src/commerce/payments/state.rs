//! The payment machine: one table of what may follow what, and the one function that writes a status.

use super::rows::PaymentRow;
use crate::error::{Code, Error, Result};
use crate::types::text::text_enum;

text_enum! {
    /// Where a payment stands.
    pub enum PaymentStatus {
        /// Recorded; the provider has not answered yet.
        Created = "created",
        /// The customer must do something: see `next_action`.
        RequiresAction = "requires_action",
        /// The customer is to pay into the account in `instructions`.
        AwaitingDeposit = "awaiting_deposit",
        /// The provider holds the money for us.
        Authorized = "authorized",
        /// The money is ours.
        Captured = "captured",
        /// No: see `failure`. Another payment may be tried.
        Failed = "failed",
        /// Given up before any money came.
        Cancelled = "cancelled",
        /// The provider's answer was lost; it is being asked again.
        Unknown = "unknown",
    }
}

impl PaymentStatus {
    /// The machine: whether `to` may follow.
    pub fn may_become(self, to: Self) -> bool {
        use PaymentStatus::{Authorized, AwaitingDeposit, Cancelled, Captured, Created, Failed, RequiresAction, Unknown};
        match self {
            Created => matches!(to, RequiresAction | AwaitingDeposit | Authorized | Captured | Failed | Cancelled | Unknown),
            Unknown => matches!(to, RequiresAction | AwaitingDeposit | Authorized | Captured | Failed | Cancelled),
            RequiresAction => matches!(to, AwaitingDeposit | Authorized | Captured | Failed | Cancelled | Unknown),
            AwaitingDeposit => matches!(to, Captured | Failed | Cancelled),
            Authorized => matches!(to, Captured | Failed | Cancelled | Unknown),
            // Money that came after all: the order is confirmed by it, or revived.
            Failed | Cancelled => matches!(to, Captured),
            Captured => false,
        }
    }

    /// Whether it stands in the way of another payment of its order.
    pub fn is_live(self) -> bool {
        !matches!(self, Self::Failed | Self::Cancelled)
    }

    /// Whether the provider may have taken money that we do not know of.
    pub fn is_in_doubt(self) -> bool {
        matches!(self, Self::Created | Self::Unknown | Self::Authorized)
    }

    /// Whether the provider still has something to say.
    pub fn is_open(self) -> bool {
        self.is_live() && self != Self::Captured
    }
}

/// Moves a payment; the only writer of its status.
pub fn transition(payment: &mut PaymentRow, to: PaymentStatus) -> Result<()> {
    if !payment.status.may_become(to) {
        return Err(Error::new(Code::IllegalTransition, format!("A payment that is {} cannot become {to}.", payment.status)));
    }
    payment.status = to;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_table() {
        let table: Vec<String> = PaymentStatus::ALL
            .iter()
            .map(|from| {
                let next: Vec<_> = PaymentStatus::ALL.iter().filter(|to| from.may_become(**to)).map(|s| s.as_str()).collect();
                let next = if next.is_empty() { "(nothing)".to_owned() } else { next.join(" ") };
                format!("{:<16} -> {next}", from.as_str())
            })
            .collect();
        insta::assert_snapshot!(table.join("\n"), @r"
        created          -> requires_action awaiting_deposit authorized captured failed cancelled unknown
        requires_action  -> awaiting_deposit authorized captured failed cancelled unknown
        awaiting_deposit -> captured failed cancelled
        authorized       -> captured failed cancelled unknown
        captured         -> (nothing)
        failed           -> captured
        cancelled        -> captured
        unknown          -> requires_action awaiting_deposit authorized captured failed cancelled
        ");
    }

    proptest! {
        #[test]
        fn captured_money_never_becomes_anything_else(walk in prop::collection::vec(0usize..PaymentStatus::ALL.len(), 1..40)) {
            let mut payment = PaymentRow::sample(1000);
            let mut captured = false;
            for step in walk {
                let to = PaymentStatus::ALL[step];
                let allowed = payment.status.may_become(to);
                prop_assert_eq!(transition(&mut payment, to).is_ok(), allowed);
                captured |= payment.status == PaymentStatus::Captured;
                prop_assert_eq!(captured, payment.status == PaymentStatus::Captured);
            }
        }

        #[test]
        fn money_given_back_never_exceeds_money_taken(steps in prop::collection::vec((any::<bool>(), 1i64..700), 1..40)) {
            let mut payment = PaymentRow::sample(1000);
            payment.capture(1000).unwrap();
            for (promise, amount) in steps {
                if promise {
                    let fits = amount <= payment.captured - payment.refunded;
                    prop_assert_eq!(payment.promise_back(amount).is_ok(), fits);
                } else if amount <= payment.refunded {
                    payment.keep_after_all(amount);
                }
                prop_assert!(payment.captured <= payment.amount && (0..=payment.captured).contains(&payment.refunded));
            }
        }
    }
}
