//! Admin GraphQL doors.

pub mod channels;
pub mod events;
pub mod keys;
