//! Terminals over real pseudo-terminals and real programs.

mod bounds;
mod programs;
mod recordings;
mod stage;
mod typing;
mod viewers;
