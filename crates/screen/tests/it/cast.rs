//! Recordings, written and read.

use std::collections::BTreeMap;
use std::time::Duration;

use capos_screen::cast::{Event, Header, Item, Reader, ReaderLimits, What, Writer};
use capos_screen::{Error, Size};
use proptest::prelude::*;

fn header() -> Header {
    Header {
        size: Size::new(100, 30).unwrap(),
        started_at: 1_700_000_000,
        title: "a \"title\"".into(),
        command: "vim".into(),
        environment: BTreeMap::from([("TERM".into(), "xterm".into())]),
    }
}

fn read(bytes: &[u8]) -> Result<Vec<Item>, Error> {
    read_within(ReaderLimits::default(), bytes, bytes.len().max(1))
}

fn read_within(limits: ReaderLimits, bytes: &[u8], piece: usize) -> Result<Vec<Item>, Error> {
    let (mut reader, mut items) = (Reader::new(limits), Vec::new());
    for piece in bytes.chunks(piece) {
        reader.feed(piece);
        while let Some(item) = reader.next_item()? {
            items.push(item);
        }
    }
    Ok(items)
}

fn output_of(items: &[Item]) -> String {
    let events = items.iter().filter_map(|item| match item {
        Item::Event(Event { what: What::Output(text), .. }) => Some(&**text),
        _ => None,
    });
    events.collect()
}

#[test]
fn what_was_written_is_read() {
    let mut bytes = Vec::new();
    let mut writer = Writer::start(&header(), &mut bytes);
    writer.output(Duration::from_micros(1_500_001), b"a\x1b[31m\x00\xe2\x82", &mut bytes);
    writer.resized(Duration::from_secs(2), Size::default(), &mut bytes);
    writer.output(Duration::from_secs(1), b"\xac", &mut bytes);
    writer.marker(Duration::from_secs(3), "here", &mut bytes);
    writer.output(Duration::from_secs(3), b"\xff\xf0", &mut bytes);
    writer.finish(Duration::from_secs(4), &mut bytes);
    let first = String::from_utf8(bytes.clone()).unwrap();
    assert!(first.starts_with("{\"version\":2,\"width\":100,\"height\":30,\"timestamp\":1700000000,"), "{first}");
    assert!(first.contains("\n[1.500001, \"o\", \"a\\u001b[31m\\u0000\"]\n"), "{first}");
    let items = read(&bytes).unwrap();
    assert_eq!(items[0], Item::Header(header()));
    assert_eq!(items[2], Item::Event(Event { after: Duration::from_secs(2), what: What::Resized(Size::default()) }));
    let late = Event { after: Duration::from_secs(2), what: What::Output("€".into()) };
    assert_eq!(items[3], Item::Event(late), "time does not go back");
    assert_eq!(items[4], Item::Event(Event { after: Duration::from_secs(3), what: What::Marker("here".into()) }));
    assert_eq!(output_of(&items), "a\x1b[31m\x00€\u{fffd}\u{fffd}");
}

proptest! {
    #[test]
    fn output_is_the_same_however_it_was_cut(
        pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..20), 0..20),
        reading in 1..40usize,
    ) {
        let mut bytes = Vec::new();
        let mut writer = Writer::start(&Header::default(), &mut bytes);
        for (second, piece) in (0..).zip(&pieces) {
            writer.output(Duration::from_secs(second), piece, &mut bytes);
        }
        writer.finish(Duration::from_secs(99), &mut bytes);
        let items = read_within(ReaderLimits::default(), &bytes, reading).unwrap();
        prop_assert_eq!(output_of(&items), String::from_utf8_lossy(&pieces.concat()).into_owned());
    }

    #[test]
    fn no_file_makes_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), good in any::<bool>()) {
        let mut file = if good { b"{\"version\":2,\"width\":80,\"height\":24}\n".to_vec() } else { Vec::new() };
        file.extend(bytes);
        let _ = read(&file);
    }
}

#[test]
fn what_is_no_recording_is_refused() {
    let good = "{\"version\":2,\"width\":80,\"height\":24}\n";
    for (file, error) in [
        ("\n".to_owned(), Error::NotARecording),
        ("hello\n".to_owned(), Error::NotARecording),
        (good.replace('2', "3").replacen("34", "24", 1), Error::Version),
        (good.replace("80", "0"), Error::NotARecording),
        (good.replace("80", "70000"), Error::NotARecording),
        (format!("{good}[1, \"o\"]\n"), Error::Line { number: 2 }),
        (format!("{good}[-1, \"o\", \"\"]\n"), Error::Line { number: 2 }),
        (format!("{good}[1e300, \"o\", \"\"]\n"), Error::Line { number: 2 }),
        (format!("{good}[1, \"r\", \"80x0\"]\n"), Error::Line { number: 2 }),
        (format!("{good}{}\n", "[".repeat(10_000)), Error::Line { number: 2 }),
    ] {
        assert_eq!(read(file.as_bytes()), Err(error), "{file:.60}");
    }
    let others = format!("{good}\n[1, \"i\", \"typed\"]\n[1, \"z\", \"?\"]\n[2, \"o\", \"x\"]\n[3, \"o\", \"cut");
    assert_eq!(output_of(&read(others.as_bytes()).unwrap()), "x", "other kinds and a cut end are passed over");
}

#[test]
fn a_line_may_be_so_long_and_no_longer() {
    let limits = || ReaderLimits { line_bytes: 60, seconds: 10 };
    let file = |length: usize| {
        format!("{{\"version\":2,\"width\":80,\"height\":24}}\n[1, \"o\", \"{}\"]\n", "x".repeat(length - 12))
    };
    for piece in [1, 7, 1_000] {
        assert_eq!(read_within(limits(), file(60).as_bytes(), piece).unwrap().len(), 2);
        assert_eq!(read_within(limits(), file(61).as_bytes(), piece), Err(Error::TooLong { number: 2 }));
    }
    let endless = [b'x'; 1_000];
    assert_eq!(read_within(limits(), &endless, 10), Err(Error::TooLong { number: 1 }));
    let late = |seconds: &str| format!("{{\"version\":2,\"width\":80,\"height\":24}}\n[{seconds}, \"o\", \"x\"]\n");
    assert!(read_within(limits(), late("10.9").as_bytes(), 99).is_ok());
    assert!(read_within(limits(), late("11").as_bytes(), 99).is_err());
}
