//! The runner from outside, with real processes.

mod bench;
mod documents;
mod graph;
mod hostile;
mod launch;
mod profiles;
mod sessions;
mod supervision;
