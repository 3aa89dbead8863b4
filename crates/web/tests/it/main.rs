//! The listener and the workspace, from outside: raw sockets against each bound and each guard.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod bodies;
mod deadlines;
mod doors;
mod ground;
mod heads;
mod names;
mod posture;
mod upgrades;
