//! Services written with this crate, reached as the node reaches them.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod disclosure;
mod probe;
mod process;
mod pushing;
mod saving;
mod seating;
mod talking;
