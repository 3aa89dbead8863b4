//! A chat in channels, as a confined service.
//!
//! It is a pure core and a thin shell. The core, which starts at `hall.rs`, is all channels and all seats: what each may
//! do, who is told, what is to be kept; it takes the time as a parameter and does no I/O. The shell is [`Chat`], which
//! gives the core's seats to sessions as capabilities, tells listeners, and keeps files in the service's home.
//!
//! It deliberately does not know who anybody is: it is told what to call a session, and a pseudonym that is the same
//! whenever the same account comes.
//!
//! Start with `hall.rs`, then `desk.rs`, where it meets the clock and the files, and `service.rs`, where it meets the
//! node.
//!
//! Invariants:
//! - A handle is one member's in its channel, and no two handles that look alike are there at once.
//! - A seat speaks under the handle it joined with, and reaches no other seat's objects.
//! - All who are told of a channel's events are told of them in one order; what a slow listener misses is counted.
//! - One call to a listener is open at a time, and what waits for it is bounded.
//! - What a moderator's `done` answers is on the disk.
#![forbid(unsafe_code)]

mod allowance;
mod channel;
mod desk;
mod encode;
mod error;
mod event;
mod hall;
mod handle;
mod history;
mod keep;
mod limits;
mod mailbox;
mod members;
mod person;
mod sanctions;
mod seat;
mod service;
mod words;

use std::process::ExitCode;

pub use error::Error;
pub use limits::Limits;
pub use service::{Chat, Seated};

/// The profile that the node has this service by.
pub const PROFILE: &str = include_str!("../chat.toml");

/// Where an operator says which limits are to be others.
const LIMITS: &str = "CHAT_LIMITS";

/// The whole life of the service's process.
#[must_use]
pub fn run() -> ExitCode {
    capos_service::run(|place| {
        let limits = std::env::var(LIMITS).map_or_else(|_| Ok(Limits::default()), |json| Limits::parse(&json))?;
        Ok(Chat::open(&place.home, limits)?)
    })
}
