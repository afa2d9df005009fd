//! Payments: a state machine per payment, a ledger of its money, a record of every call to a provider.
//! `captured <= amount` for a payment that stands, `refunded <= captured` always, and an order has one live
//! payment at a time. Knows nothing of orders: the rules that move both stand in `orders` and `checkout`.

mod audit;
mod gateway;
mod queries;
mod rows;
mod shapes;
mod state;
mod write;

pub use audit::audit;
pub use gateway::{Chosen, choose, request};
pub(in crate::commerce) use gateway::{Question, ask, begin_here, first_attempt, give_back, give_up};
pub use queries::{PaymentFilter, due_payments, due_refunds, get, list};
pub(in crate::commerce) use queries::{of_orders, refunds_of_orders};
pub(in crate::commerce) use rows::{AttemptKind, AttemptRow, AttemptStatus, EntryKind, EntryRow, PaymentRow, RefundRow};
pub use shapes::{DepositInput, Payment, PaymentChoice, PaymentConfirm, Refund, RefundStatus, RefundedLine};
pub use state::{PaymentStatus, transition};
pub(in crate::commerce) use write::{
    closed_attempt, finish_attempt, finish_attempts, insert, insert_attempts, insert_entries, insert_refunds, knows_deposit, open_attempt,
    save, save_checks, save_refund,
};
