//! Any bytes as a signature or as a key's line, and any change to a genuine signature.
#![no_main]
#![allow(dead_code)]

#[path = "../../crates/authority/tests/it/fuzzing.rs"]
mod fuzzing;
#[path = "../../crates/authority/tests/it/samples.rs"]
mod samples;

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzzing::fuzz_sshsig(data));
