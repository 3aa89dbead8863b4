//! The runner from outside, with real processes.
#![expect(clippy::unwrap_used, reason = "a test's own parts fail loudly")]

mod bench;
mod disk;
mod graph;
mod hostile;
mod launch;
mod profiles;
mod sessions;
mod supervision;
