//! A store in a directory of its own, and everything that may happen to it.
#![allow(clippy::unwrap_used, missing_docs)]

mod buses;
mod crash;
mod ground;
mod journal;
mod limits;
mod model;
mod opening;
mod records;
mod slots;
mod tamper;
mod unwritable;
