//! A hostile peer against every bound, and a well-behaved one beside it that must notice nothing.
#![allow(clippy::unwrap_used, missing_docs)]

mod bounds;
mod chaos;
mod clocks;
mod doors;
mod exact;
mod frames;
mod harness;
mod nonsense;
mod owner;
mod raw;
mod streams;
mod threads;
mod tls;
