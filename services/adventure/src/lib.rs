//! A world of rooms, quests and parties, as a confined service.
#![forbid(unsafe_code)]

pub mod command;
pub mod condition;
pub mod content;
pub mod dice;
pub mod game;
pub mod limits;
pub mod player;
pub mod state;
pub mod token;
mod turn;
pub mod view;
pub mod world;
