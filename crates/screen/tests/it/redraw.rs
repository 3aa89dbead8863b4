//! A screen that is drawn anew is the same.

use capos_screen::{Limits, Line, Screen, Size, Status};
use proptest::prelude::*;

use crate::programs::output;

/// All that a person can see, or that decides what the next bytes do.
fn seen(screen: &Screen) -> (Vec<Line>, Vec<Line>, Status) {
    (broken(screen.lines()), broken(screen.scrollback(0, usize::MAX)), screen.status())
}

/// Whether a line goes on is not to be had beside a cursor that waits at its end: the cursor is worth more.
fn broken(lines: Vec<Line>) -> Vec<Line> {
    lines.into_iter().map(|line| Line { wrapped: false, ..line }).collect()
}

fn redrawn(screen: &mut Screen, scrollback: usize) -> Screen {
    let mut other = Screen::new(screen.size(), &Limits::default());
    other.feed(&screen.redraw(scrollback));
    other
}

fn size() -> impl Strategy<Value = Size> {
    (1..14u16, 1..9u16).prop_map(|(columns, rows)| Size::new(columns, rows).unwrap())
}

/// The bell is not rung again.
fn quiet(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().filter(|byte| *byte != 7).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn a_screen_drawn_anew_is_the_same(size in size(), bytes in output(), more in output()) {
        let mut screen = Screen::new(size, &Limits::default());
        screen.feed(&quiet(&bytes));
        let before = seen(&screen);
        let mut other = redrawn(&mut screen, usize::MAX);
        prop_assert_eq!(&seen(&screen), &before, "drawing changes nothing");
        prop_assert_eq!(&seen(&other), &before);
        // And what the program writes next has the same effect on both: hidden state is the same too.
        // A character comes first, since which one was the last is not to be seen, but can be repeated.
        let more = quiet(&[&b"\x18x"[..], &more].concat());
        screen.feed(&more);
        other.feed(&more);
        prop_assert_eq!(seen(&other).2, seen(&screen).2);
    }

    #[test]
    fn lines_go_on_as_they_did(size in size(), text in "([a-c漢 ]{0,20}(\r\n)?){0,9}\r\n") {
        let mut screen = Screen::new(size, &Limits::default());
        screen.feed(text.as_bytes());
        let other = redrawn(&mut screen, usize::MAX);
        prop_assert_eq!(other.lines(), screen.lines());
        prop_assert_eq!(other.scrollback(0, usize::MAX), screen.scrollback(0, usize::MAX));
    }

    #[test]
    fn the_screen_behind_the_alternate_one_is_drawn_too(size in size(), bytes in output()) {
        let mut screen = Screen::new(size, &Limits::default());
        screen.feed(&quiet(&bytes));
        screen.feed(b"\x18\x1b[?1049h");
        let mut other = redrawn(&mut screen, usize::MAX);
        for screen in [&mut screen, &mut other] {
            screen.feed(b"\x1b[?1049l");
        }
        prop_assert_eq!(seen(&other), seen(&screen));
    }
}

#[test]
fn what_has_begun_goes_on_after_it() {
    for (begun, rest) in
        [("\x1b[3", "1mred"), ("\x1b]2;ti", "tle\x07"), ("\x1bPsix", "el\x1b\\text"), ("\x1b_a\x1b", "\\b")]
    {
        let mut screen = Screen::new(Size::default(), &Limits::default());
        screen.feed(begun.as_bytes());
        let mut other = redrawn(&mut screen, 0);
        for screen in [&mut screen, &mut other] {
            screen.feed(rest.as_bytes());
        }
        assert_eq!(seen(&other), seen(&screen), "{begun:?}");
        assert!(!other.lines()[0].text().contains("el"));
    }
    let mut screen = Screen::new(Size::default(), &Limits::default());
    screen.feed(&"é".as_bytes()[..1]);
    let mut other = redrawn(&mut screen, 0);
    other.feed(&"é".as_bytes()[1..]);
    assert_eq!(other.lines()[0].text(), "é");
}

#[test]
fn as_many_lines_are_drawn_before_it_as_asked() {
    let mut screen = Screen::new(Size::new(10, 3).unwrap(), &Limits::default());
    for number in 0..20 {
        screen.feed(format!("line {number}\r\n").as_bytes());
    }
    assert_eq!(screen.history(), 18);
    for count in [0, 1, 5, 18] {
        let other = redrawn(&mut screen, count);
        assert_eq!(other.history(), count);
        assert_eq!(other.scrollback(0, 100), screen.scrollback(0, count));
        assert_eq!(other.lines(), screen.lines());
    }
    assert_eq!(redrawn(&mut screen, 1_000).history(), 18);
}

#[test]
fn lines_that_go_on_are_broken_anew_on_a_wider_terminal() {
    let mut screen = Screen::new(Size::new(10, 4).unwrap(), &Limits::default());
    screen.feed(b"this is longer than ten\r\nend");
    let mut other = redrawn(&mut screen, 0);
    other.resize(Size::new(30, 4).unwrap());
    assert_eq!(other.lines()[0].text(), "this is longer than ten");
    assert_eq!(other.lines()[1].text(), "end");
}

#[test]
fn modes_title_and_tabulators_come_back() {
    let mut screen = Screen::new(Size::default(), &Limits::default());
    screen.feed(
        b"\x1b]2;a title\x07\x1b[3g\x1b[5G\x1bH\r\x1b[?1;1002;1006;2004;1004h\x1b=\x1b[2;9r\x1b[?25l\x1b[5 q\x1b(0",
    );
    let mut other = redrawn(&mut screen, 0);
    let status = other.status();
    assert!(status.application_cursor && status.application_keypad && status.bracketed_paste && status.focus_events);
    assert!(status.mouse_sgr && !status.cursor_visible);
    assert_eq!(status.title, "a title");
    for screen in [&mut screen, &mut other] {
        screen.feed(b"\tq\x1b[9;1H\n\n");
    }
    assert_eq!(seen(&other), seen(&screen));
    assert_eq!(other.lines().iter().map(Line::text).find(|text| !text.is_empty()).unwrap(), "    ─");
}
