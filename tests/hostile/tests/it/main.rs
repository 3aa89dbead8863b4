//! Attacks on a running node.
#![allow(clippy::unwrap_used, missing_docs)]

mod attacks;
mod circles;
mod neighbour;
mod node;
mod process;
mod replay;
mod storms;
