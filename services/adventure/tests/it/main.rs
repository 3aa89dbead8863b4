//! The world, from outside.
#![expect(clippy::unwrap_used, reason = "a helper of a test fails the test")]

mod companions;
mod content;
mod narration;
mod parties;
mod properties;
mod route;
mod rules;
mod saves;
mod served;
mod support;
mod surface;
mod talking;
