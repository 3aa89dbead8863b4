//! Any bytes as a compiled schema.
#![no_main]
#![allow(dead_code)]

#[path = "../../crates/schema/tests/it/fuzzing.rs"]
mod fuzzing;

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzzing::fuzz_request(data));
