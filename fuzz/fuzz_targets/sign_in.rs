//! Any script of calls at the front door of a gateway.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| capos_hostile::fuzzing::sign_in(data));
