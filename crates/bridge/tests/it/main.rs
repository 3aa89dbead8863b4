//! The main object and what is reached through it, against a real node in this process.

mod ending;
mod ground;
mod node;
mod sessions;
mod signing_in;
