//! Any bytes into the reader of frames.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| capos_hostile::fuzzing::framing(data));
