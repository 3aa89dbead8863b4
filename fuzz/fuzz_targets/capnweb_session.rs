//! Any lines as the messages of a peer, to a session whose objects call back, stream and keep what they get.
#![no_main]
#![allow(dead_code)]

#[path = "../../crates/capnweb/tests/it/fuzzing.rs"]
mod fuzzing;

libfuzzer_sys::fuzz_target!(|data: &[u8]| fuzzing::fuzz_session(data));
