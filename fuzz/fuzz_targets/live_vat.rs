//! Any script of messages into a live vat.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| capos_hostile::fuzzing::live_vat(data));
