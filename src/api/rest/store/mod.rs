//! Store REST doors.

pub mod channels;
