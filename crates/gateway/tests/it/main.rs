//! The gateway against real clients: a whole node in this process, reached over TCP and TLS by the plain RPC library.

mod admin;
mod audit;
mod bounds;
mod bundle;
mod client;
mod ending;
mod hostile;
mod invariants;
mod journal;
mod node;
mod office;
mod sign_in;
mod stopping;
