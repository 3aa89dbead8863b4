//! What a hostile program writes to its terminal: a screen, what draws it anew, and what reaches a person.
#![no_main]

use capos_screen::safe::{Filter, Policy};
use capos_screen::{Eye, Limits, Screen, Size};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let [columns, rows, wider, data @ ..] = data else { return };
    let size = |columns: u8, rows: u8| Size::new(u16::from(columns % 40) + 1, u16::from(rows % 20) + 1).unwrap();
    let mut screen = Screen::new(size(*columns, *rows), &Limits::default());
    let mut eye = Eye::default();
    let (first, second) = data.split_at(data.len() / 2);
    screen.feed(first);
    screen.frame(&mut eye);
    screen.resize(size(*wider, *rows));
    screen.feed(second);
    screen.frame(&mut eye);
    let mut other = Screen::new(screen.size(), &Limits::default());
    other.feed(&screen.redraw(100));
    other.feed(second);

    let (mut once, mut twice) = (Vec::new(), Vec::new());
    Filter::new(Policy::default()).pass(data, &mut once);
    Filter::new(Policy::default()).pass(&once, &mut twice);
    assert_eq!(once, twice);
    assert!(std::str::from_utf8(&once).is_ok());
});
