//! Figures and health of the node, on a loopback port of their own.
//!
//! `exposition` is how figures are written, `process` what the kernel tells, `http` who may ask for them and how. What
//! the node itself tells is in `up/pages.rs`.

mod exposition;
mod http;
mod limits;
mod process;

pub(crate) use exposition::{Kind, Page};
pub(crate) use http::{Pages, serve};
pub(crate) use limits::Limits;
pub(crate) use process::Process;
