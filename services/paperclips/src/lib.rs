//! A game of making paperclips, as a confined service: from a coil of wire and a pair of pliers to the end of
//! everything.
//!
//! It serves `PaperclipsGame` and, made from the same table of commands, `CommandSurface` and `Console`.
//! It knows a player by a pseudonym alone, of whom it keeps one game; a guest's game dies with the session.
//! It deliberately has no timer that runs the game: a game is as it was when somebody last looked, and whoever looks
//! makes up for the time since.
//!
//! Start with `game`, which is pure and where the rules are, then `orders`, the table of all commands; `players` keeps
//! the games, and `facet`, `surface` and `console` are the ways to reach one.
//!
//! Invariants:
//! - Time passes by the clock on the wall. Only a session that lends a `ProofAccelerator` can skip it, and the
//!   accelerator is asked each time.
//! - However often somebody looks, the game is the same: time cut into pieces is the same time.
//! - Whatever a player types is never repeated in an answer.
#![forbid(unsafe_code)]

mod console;
mod facet;
mod game;
mod limits;
mod orders;
#[cfg(test)]
mod player;
mod players;
mod saved;
mod service;
mod snapshot;
mod surface;
mod table;
mod words;

use std::process::ExitCode;

use capos_service::Home;

pub use limits::Limits;
pub use players::Clock;
pub use service::{Paperclips, Seat};

/// The profile that the node runs it by.
pub const PROFILE: &str = include_str!("../paperclips.toml");

/// The whole program.
pub fn run() -> ExitCode {
    capos_service::run(|place| Ok(Paperclips::new(Home::at(place.home))))
}
