//! Streams without a session.

mod parts;
mod pipes;
mod readables;
mod sinks;
