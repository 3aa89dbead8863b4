//! What a screen makes of bytes.

use capos_screen::{Limits, Screen, Size};
use proptest::prelude::*;

use crate::programs::output;

fn screen(columns: u16, rows: u16) -> Screen {
    Screen::new(Size::new(columns, rows).unwrap(), &Limits::default())
}

fn text(screen: &Screen) -> Vec<String> {
    screen.lines().iter().map(capos_screen::Line::text).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn nothing_makes_it_panic_at_any_size(
        steps in prop::collection::vec((1..12u16, 1..8u16, output()), 1..6),
    ) {
        let mut screen = screen(5, 5);
        for (columns, rows, bytes) in steps {
            let size = Size::new(columns, rows).unwrap();
            screen.resize(size);
            screen.feed(&bytes);
            let status = screen.status();
            prop_assert_eq!((status.size, screen.lines().len()), (size, usize::from(rows)));
            prop_assert!(status.cursor_row < rows && status.cursor_column < columns);
            for line in screen.lines() {
                prop_assert!(!line.text().contains(char::is_control));
            }
        }
    }

    #[test]
    fn pieces_make_no_difference(bytes in output(), cuts in prop::collection::vec(1..9usize, 1..40)) {
        let (mut whole, mut pieces) = (screen(9, 5), screen(9, 5));
        whole.feed(&bytes);
        let mut rest = &bytes[..];
        for cut in cuts.iter().cycle() {
            if rest.is_empty() {
                break;
            }
            let (piece, more) = rest.split_at((*cut).min(rest.len()));
            pieces.feed(piece);
            rest = more;
        }
        prop_assert_eq!(pieces.lines(), whole.lines());
        prop_assert_eq!(pieces.status(), whole.status());
        prop_assert_eq!(pieces.answers(), whole.answers());
    }
}

#[test]
fn sizes_reach_from_one_to_a_thousand() {
    assert!(Size::new(0, 1).is_none() && Size::new(1, 0).is_none());
    assert!(Size::new(1_001, 1).is_none() && Size::new(1, 1_001).is_none());
    let mut screen = screen(1_000, 1_000);
    screen.feed(b"\x1b[1000;1000HX");
    assert_eq!(screen.lines()[999].runs[0].columns, 1_000);
    screen.resize(Size::new(1, 1).unwrap());
    screen.feed("漢\r\nx".as_bytes());
    assert_eq!(text(&screen), ["x"]);
}

#[test]
fn as_many_lines_are_kept_as_may_be() {
    let limits = Limits { scrollback_lines: 10, ..Limits::default() };
    let mut screen = Screen::new(Size::new(8, 2).unwrap(), &limits);
    for number in 0..11 {
        screen.feed(format!("{number}\r\n").as_bytes());
    }
    assert_eq!(screen.history(), 10);
    screen.feed(b"11\r\n");
    assert_eq!(screen.history(), 10, "the oldest went");
    let lines = screen.scrollback(0, 100);
    assert_eq!((lines[0].text(), lines[9].text()), ("10".into(), "1".into()));
    assert_eq!(screen.scrollback(9, 5).len(), 1);
    assert!(screen.scrollback(10, 5).is_empty() && screen.scrollback(usize::MAX, usize::MAX).is_empty());
}

#[test]
fn wide_lines_are_kept_up_to_so_many_bytes() {
    let limits = Limits { scrollback_bytes: 1 << 20, ..Limits::default() };
    let mut screen = Screen::new(Size::new(1_000, 2).unwrap(), &limits);
    screen.feed(&b"\n".repeat(10_000));
    let kept = screen.history();
    assert!((20..60).contains(&kept), "{kept} lines of a thousand places in a megabyte");
    screen.resize(Size::new(10, 2).unwrap());
    screen.feed(&b"\n".repeat(20_000));
    assert!((3_000..5_000).contains(&screen.history()), "{}", screen.history());
}

#[test]
fn one_place_takes_only_so_many_combined_characters() {
    let most = Limits::default().combining;
    for (count, kept) in [(most, most), (most + 1, most), (100_000, most)] {
        let mut screen = screen(10, 2);
        screen.feed(format!("e{}", "\u{301}".repeat(count)).as_bytes());
        assert_eq!(screen.lines()[0].text().chars().count(), 1 + kept);
    }
}

#[test]
fn many_combined_characters_cost_old_lines() {
    let limits = Limits { scrollback_bytes: 64 << 10, ..Limits::default() };
    let mut screen = Screen::new(Size::new(20, 2).unwrap(), &limits);
    let mut most = 0;
    for _ in 0..2_000 {
        screen.feed(format!("{}\r\n", "e\u{301}".repeat(20)).as_bytes());
        most = most.max(screen.history());
    }
    assert!(most * 20 <= (64 << 10) / 100, "{most} lines");
}

#[test]
fn titles_are_clean_and_short() {
    let mut screen = screen(10, 2);
    screen.feed("\x1b]0;a\u{202e}b\x07".as_bytes());
    assert_eq!(screen.title(), "ab");
    screen.feed(format!("\x1b]2;{}\x1b\\", "é".repeat(1_000)).as_bytes());
    assert_eq!(screen.title().len(), 1_024);
    screen.feed(b"\x1b[22;0t\x1b]2;other\x07\x1b[23;0t");
    assert_eq!(screen.title().len(), 1_024, "it was put back");
    for _ in 0..100 {
        screen.feed(b"\x1b[22;0t");
    }
    screen.feed(b"\x1bc");
    assert_eq!(screen.title(), "");
}

#[test]
fn questions_are_answered_once_and_not_without_end() {
    let mut screen = screen(10, 2);
    screen.feed(b"ab\x1b[6n\x1b[c\x1b[5n");
    assert_eq!(screen.answers(), b"\x1b[1;3R\x1b[?6c\x1b[0n");
    assert!(screen.answers().is_empty());
    screen.feed(&b"\x1b[5n".repeat(100_000));
    assert!(screen.answers().len() <= Limits::default().answer_bytes);
}

#[test]
fn a_long_line_is_broken_anew_when_the_size_changes() {
    let mut screen = screen(10, 4);
    screen.feed(b"0123456789abc");
    assert!(screen.lines()[0].wrapped);
    screen.resize(Size::new(20, 4).unwrap());
    assert_eq!(text(&screen)[0], "0123456789abc");
    screen.resize(Size::new(5, 4).unwrap());
    let above = screen.scrollback(0, 9).into_iter().rev().map(|line| line.text());
    let all: Vec<String> = above.chain(text(&screen)).filter(|line| !line.is_empty()).collect();
    assert_eq!(all, ["01234", "56789", "abc"]);
}

#[test]
fn everything_above_is_erased_from_the_second_line_too() {
    let mut screen = screen(10, 3);
    screen.feed(b"one\r\ntwo\x1b[1J");
    assert_eq!(text(&screen), ["", "", ""]);
}
