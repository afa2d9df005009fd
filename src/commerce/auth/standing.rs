//! Whether a customer may act, for the rooms that write what is theirs. An access token is good for some minutes after
//! its account is: reads may go by the token alone, writes ask here.

use diesel::prelude::*;

use crate::db::tables::customers;
use crate::db::{Tx, change_later, on_each, one, prepared, thing};
use crate::error::{Code, Error, Result};
use crate::types::text::text_enum;
use crate::types::{CustomerId, Timestamp};

text_enum! {
    /// Where an account stands.
    pub enum CustomerStatus {
        /// It may log in.
        Active = "active",
        /// Staff keeps it out.
        Disabled = "disabled",
        /// Its personal data is gone.
        Erased = "erased",
    }
}

/// Holds a customer who may act: what they write comes one after the other, and nobody keeps them out, or erases them,
/// in between.
pub fn hold(tx: &mut Tx, customer: CustomerId) -> Result<()> {
    let held = on_each!(tx, |c| {
        let active = customers::table.find(customer).filter(customers::status.eq(CustomerStatus::Active));
        prepared(diesel::update(active).set(customers::status.eq(CustomerStatus::Active)).returning(one())).run(c)
    })?;
    if held == 1 { Ok(()) } else { Err(gone()) }
}

/// The same without waiting, of a customer who orders: they are there. To be asked right before what is written of them,
/// for the next statement that is none sends it. Whoever is erased at the same moment is erased before, and their order
/// refused, or after, and their order kept for its time.
pub fn hold_buyer_later(tx: &mut Tx, customer: CustomerId) -> Result<()> {
    let (now, nothing) = (tx.now(), None::<Timestamp>);
    change_later!(
        tx,
        customers,
        thing(customer),
        {id: customer, status: CustomerStatus::Active} => {last_seen_at: now, inactive_noticed_at: nothing},
        Some(gone)
    )
}

/// The answer to whose account is not active.
pub fn gone() -> Error {
    Error::new(Code::Unauthenticated, "This account is not active (any more).")
}
