//! Admin REST doors.

pub mod channels;
pub mod events;
pub mod keys;
