//! Streams, without a session and over two.

mod any_order;
mod bounds;
mod link;
mod parts;
mod pipes;
mod readables;
mod reading;
mod sinks;
mod throughput;
mod writing;
