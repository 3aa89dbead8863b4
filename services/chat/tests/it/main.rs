//! The chat, driven through the facets that it gives.
#![allow(clippy::unwrap_used, reason = "helpers of tests are tests")]

mod facets;
mod ground;
mod keeping;
mod listeners;
