//! The chat, driven through the facets that it gives.

mod facets;
mod ground;
mod keeping;
mod listeners;
