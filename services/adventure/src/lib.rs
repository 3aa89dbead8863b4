//! A world of rooms, quests and parties, as a confined service: the stopped hour of Harrowmere.
//!
//! It is a pure core and a thin shell. The core is the [`world`] that its files tell of, the [`state`] that moves, and
//! [`game`], which carries out one command of one player; the time is given to it, and chance is in the state, so that
//! the same acts come to the same end. The shell, [`server`], gives each session its player as two capabilities, keeps
//! files, narrates in the chat, and lets processes of their own play some of the actors ([`npc`]).
//!
//! It deliberately does not know who anybody is: a session is a pseudonym and what to call it, and a guest is not even
//! that.
//!
//! Start with `content.rs`, which says what a world is made of, then `turn.rs`, which has the rules, then
//! `server/table.rs`, where they meet the outside.
//!
//! Invariants:
//! - What the world provides (what lies in a room, mobs, relics, actors' gifts) is each player's own, so that nobody can
//!   stand in the way of another's ending. What players put down or hand over is one thing, in one place.
//! - A thing is in one place: its serial is with one player or on one floor. Coins come from the world and go back to it.
//! - Every name that is shown or taken is a [`token::Token`], safe to print anywhere.
//! - The rules never wait for an actor's process: it adds words, and deeds that the world's files allow that actor.
#![forbid(unsafe_code)]

pub mod command;
pub mod condition;
pub mod content;
pub mod dice;
mod error;
pub mod game;
mod keep;
pub mod limits;
mod narrator;
pub mod npc;
pub mod player;
pub mod server;
mod stage;
pub mod state;
pub mod token;
pub mod turn;
pub mod view;
pub mod world;

use std::process::ExitCode;

use capos_service::Home;

pub use error::Error;
pub use limits::Limits;

/// The profile that the node has this service by.
pub const PROFILE: &str = include_str!("../adventure.toml");

/// The world's server: the whole `main` of its process.
pub fn run() -> ExitCode {
    capos_service::run(|place| Ok(server::Adventure::open(Home::at(place.home), Limits::default())?))
}

/// A process that plays one actor, named by the first argument.
pub fn run_npc(arguments: &[String]) -> ExitCode {
    let name = arguments.first().cloned().unwrap_or_default();
    capos_service::run(move |_| Ok(npc::Npc::named(&name)?))
}
