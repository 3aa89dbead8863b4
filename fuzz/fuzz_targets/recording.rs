//! A file that says it is a recording.
#![no_main]

use capos_screen::cast::{Reader, ReaderLimits};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let mut reader = Reader::new(ReaderLimits { line_bytes: 4_096, seconds: 1_000 });
    for piece in data.chunks(100) {
        reader.feed(piece);
        while let Ok(Some(_)) = reader.next_item() {}
    }
});
