//! The workspace: what a person has of a session, in a browser.
//!
//! A browser's session is a *desk* on a thread for capabilities. Windows send it commands and read what it shows from
//! its *board*. The *door* knows which browser has which desk.

mod api;
mod areas;
mod board;
mod bundle;
mod command;
mod desk;
mod door;
mod entry;
mod limits;
mod parcels;
mod problem;
mod reach;
mod view;

pub use api::{Browsers, Workspace};
pub use door::SameSite;
pub use limits::WorkspaceLimits;
pub use reach::{Choice, Chosen, Place, Reach, Reached, Work};
