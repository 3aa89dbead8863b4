//! What a terminal shows: bytes parsed into a screen, drawn again, made safe, and recorded.
//!
//! [`Screen`] takes the bytes that a program writes to its terminal and knows what a person would see. It gives that as
//! [frames](Frame) to whoever draws pictures, and as [bytes](Screen::redraw) that draw the same on a real terminal.
//! [`safe`] decides what of a program's bytes may reach a person's own terminal. [`cast`] writes and reads recordings.
//!
//! It deliberately does no I/O, has no clock, starts no program and knows no wire format.
//!
//! Start with `screen.rs`; the emulation itself is a crate of its own, and `screen/guard.rs` is what stands between it
//! and hostile bytes.
//!
//! Invariants:
//! - No bytes make anything here panic, and what they can make it keep is bounded by [`Limits`].
//! - How the bytes are cut into pieces changes nothing: not a screen, not what passes a filter, not a recording.
//! - A text that leaves a screen has no control characters.
#![forbid(unsafe_code)]

pub mod cast;
mod error;
mod frame;
mod limits;
pub mod safe;
mod screen;
mod size;
mod style;
mod utf8;

pub use error::Error;
pub use frame::{CursorShape, Eye, Frame, Line, Mouse, Run, Status};
pub use limits::Limits;
pub use screen::Screen;
pub use size::Size;
pub use style::{Colour, Style};
