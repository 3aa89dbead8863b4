//! The membrane, tried from both sides, with the object here and behind connections.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod admission;
mod allocation;
mod crossing;
mod ending;
mod hostile;
mod interleaving;
mod shares;
mod threads;
mod world;
