//! What the fuzzers have found, and where they begin, in every run.

use std::fs;
use std::path::Path;

use capos_screen::cast::{Reader, ReaderLimits};
use capos_screen::safe::{Filter, Policy};
use capos_screen::{Eye, Limits, Screen, Size};

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus").join(name);
    let files: Vec<_> = fs::read_dir(directory).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap()).collect();
    assert!(!files.is_empty());
    files
}

#[test]
fn no_program_breaks_a_screen_or_a_filter() {
    for bytes in corpus("terminal_output") {
        for (columns, rows) in [(1, 1), (2, 1), (7, 4), (80, 24)] {
            let mut screen = Screen::new(Size::new(columns, rows).unwrap(), &Limits::default());
            let mut eye = Eye::default();
            screen.feed(&bytes);
            screen.frame(&mut eye);
            screen.resize(Size::new(rows, columns).unwrap());
            screen.feed(&bytes);
            let mut other = Screen::new(screen.size(), &Limits::default());
            other.feed(&screen.redraw(100));
        }
        let (mut once, mut twice) = (Vec::new(), Vec::new());
        Filter::new(Policy::default()).pass(&bytes, &mut once);
        Filter::new(Policy::default()).pass(&once, &mut twice);
        assert_eq!(once, twice);
    }
}

#[test]
fn no_file_breaks_the_reader_of_recordings() {
    for bytes in corpus("recording") {
        let mut reader = Reader::new(ReaderLimits { line_bytes: 4_096, seconds: 1_000 });
        for piece in bytes.chunks(7) {
            reader.feed(piece);
            while let Ok(Some(_)) = reader.next_item() {}
        }
    }
}
