//! The world, from outside.

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
