//! Figures and health of the node, on a loopback port of their own.
//!
//! `exposition` is how figures are written, `figures` where they are from, `http` who may ask for them and how.

pub(crate) mod exposition;
mod http;
mod process;
