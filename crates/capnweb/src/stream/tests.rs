//! Both ends of what a session carries, with a peer that is a script.

mod from_peer;
mod to_peer;
