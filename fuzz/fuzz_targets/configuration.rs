//! Any bytes as a node's configuration.
#![no_main]
#![allow(dead_code, unused_imports)]

/// The program is no library: what reads a configuration is taken from its sources.
#[path = "../../crates/capos/src"]
mod capos {
    pub(crate) mod args;
    pub(crate) mod config;
    pub(crate) mod failure;
    pub(crate) mod output;

    #[path = "config/fuzzing.rs"]
    pub(crate) mod fuzzing;
}
use capos::{args, config, failure, output};

libfuzzer_sys::fuzz_target!(|data: &[u8]| capos::fuzzing::fuzz(data));
