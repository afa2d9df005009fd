//! Work for later. There is no leader: a schedule's slot is a unique row, and whoever writes it first runs
//! it. Every kind is a sweep that can be run again at any moment, so a worker that dies in one loses nothing:
//! the next slot does what it left.

mod kinds;
mod run;

pub use kinds::JobKind;
pub use run::{Ran, run_due, run_forever};
