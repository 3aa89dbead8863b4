//! What the workspace refuses to whoever is not a page of its own, in the browser that signed in.

mod bridge;
mod browser;
mod expiry;
mod files;
mod forwarding;
mod node;
mod pages;
mod public;
mod repeats;
mod sessions;
mod steps;
mod windows;
