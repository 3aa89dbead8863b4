//! The sandbox from outside: what it starts, what a hostile guest reaches in it, and what is left afterwards.

#![expect(clippy::unwrap_used, reason = "what fails in the ground of a test fails the test")]

mod bounds;
mod commands;
mod guest;
mod hostile;
mod life;
mod missing;
mod places;
mod programs;
mod trees;
mod trees_end;
mod trees_tended;
mod user;
