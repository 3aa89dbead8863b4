//! The client against a small node of its own, honest and hostile.

mod bounds;
mod connecting;
mod gateway;
mod ground;
mod handles;
mod hostile;
mod keys;
mod lifetime;
mod sessions;
mod signing_in;
