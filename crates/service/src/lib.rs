//! What a service is written with.
#![forbid(unsafe_code)]

pub mod commands;
