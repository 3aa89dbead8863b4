//! Attacks on a running node.
#![allow(clippy::unwrap_used, missing_docs)]

mod replay;
