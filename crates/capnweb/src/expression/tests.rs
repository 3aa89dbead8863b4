//! What expressions ask of a session. Values that ask for nothing are tested from outside.

mod reading;
mod recorder;
mod speed;
mod writing;
