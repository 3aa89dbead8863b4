//! Screens, filters and recordings, from outside.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod cast;
mod frames;
mod programs;
mod redraw;
mod replay;
mod safe;
mod screen;
