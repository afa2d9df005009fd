//! Orders: what was bought, at what price, where it goes, how far it is paid and fulfilled, and everything
//! that happened to it. An order's status moves by its machine alone; whoever changes an order or its money
//! locks the order first, so that payment, refund, cancellation and expiry never cross. Talks to no provider:
//! the flows that do are in `checkout`.

mod audit;
mod cancel;
mod customers;
mod deposit;
mod expire;
mod fulfil;
mod load;
mod number;
mod queries;
mod refund;
mod rows;
mod settle;
mod shapes;
mod state;
mod update;
mod view;
mod whole;

pub use audit::audit;
pub(in crate::commerce) use cancel::cancel;
pub use cancel::{Afterwards, CancelBy, may_cancel};
pub use customers::{claim_by_email, erase_retained, list_own, retain};
pub use deposit::confirm_deposit;
pub(in crate::commerce) use deposit::order_of;
pub use expire::{expire, overdue};
pub use fulfil::{deliver, fulfil};
pub use load::id_of;
pub(in crate::commerce) use number::new as new_number;
pub use queries::{OrderFilter, get, get_any, list};
pub(in crate::commerce) use refund::{promise_input, settle_refund};
pub(in crate::commerce) use rows::{LineRow, OrderRow};
pub(in crate::commerce) use settle::{Said, settle, settle_at_once, take_nothing};
pub use shapes::{
    Attention, CancelInput, FulfilInput, FulfilLine, NoteInput, Order, OrderDiscount, OrderLine, OrderLineProduct, OrderShippingOption,
    OrderTotals, OrderUpdate, PaymentAnswer, RefundInput, RefundLineInput, Shipment, ShipmentStatus, ShippedLine, TimelineEntry,
};
pub use state::{FulfilmentStatus, OrderPaymentStatus, OrderStatus};
pub use update::{note, update};
pub use view::View;
pub(in crate::commerce) use whole::About;
pub use whole::{OrderKey, Whole};
