//! Planned.

#![forbid(unsafe_code)]

pub mod manual;
