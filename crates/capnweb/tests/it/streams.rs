//! Streams, without a session and over two.

mod bounds;
mod link;
mod parts;
mod pipes;
mod readables;
mod reading;
mod sinks;
mod writing;
