//! Commands, terminals, files and tasks, as a session reaches them.
#![expect(clippy::unwrap_used, reason = "what fails here fails a test")]

mod bounds;
mod ending;
mod execution;
mod ground;
mod input;
mod observers;
mod order;
mod place;
mod readers;
mod tasks;
mod terminals;
