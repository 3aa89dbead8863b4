//! The gateway against real clients: a whole node in this process, reached over TCP and TLS by the plain RPC library.

mod admin;
mod audit;
mod bounds;
mod bundle;
mod client;
mod denials;
mod ending;
mod hall;
mod hostile;
mod invariants;
mod journal;
mod node;
mod office;
mod overload;
mod own;
mod recordings;
mod service_admin;
mod services;
mod shares;
mod sign_in;
mod stopping;
mod watching;
