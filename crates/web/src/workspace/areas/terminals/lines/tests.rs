//! What a service says of a screen, honest or not, and what becomes of it.

use capnp::message::{Builder, HeapAllocator};
use capos_schema::terminals_capnp::screen_frame;

use super::*;
use crate::workspace::areas::terminals::screen::ScreenModel;
use crate::workspace::board::Model as _;
use crate::workspace::view::json;

/// Runs of a line: text, columns, foreground.
type Runs<'a> = &'a [(&'a str, u16, u32)];

fn frame(columns: u16, rows: u16, lines: &[(u32, Runs<'_>)]) -> Builder<HeapAllocator> {
    let mut message = Builder::new_default();
    let mut frame = message.init_root::<screen_frame::Builder<'_>>();
    frame.set_full(true);
    let mut size = frame.reborrow().init_size();
    size.set_columns(columns);
    size.set_rows(rows);
    let mut all = frame.init_lines(u32::try_from(lines.len()).unwrap());
    for (at, (row, runs)) in (0..).zip(lines) {
        let mut line = all.reborrow().get(at);
        line.set_row(*row);
        let mut told = line.init_runs(u32::try_from(runs.len()).unwrap());
        for (at, (text, columns, colour)) in (0..).zip(*runs) {
            let mut run = told.reborrow().get(at);
            run.set_text(*text);
            run.set_columns(*columns);
            run.set_foreground(*colour);
        }
    }
    message
}

fn read(message: &Builder<HeapAllocator>) -> FrameView {
    read_with(message, &TerminalLimits::default())
}

fn read_with(message: &Builder<HeapAllocator>, limits: &TerminalLimits) -> FrameView {
    read_frame(message.get_root_as_reader::<screen_frame::Reader<'_>>().unwrap(), limits).unwrap()
}

/// The runs of the first line: text and places.
fn runs(frame: &FrameView) -> Vec<(String, Option<u16>)> {
    let line = &frame.lines.first().unwrap().line;
    line.runs.iter().map(|run| (run.text.as_str().to_owned(), run.columns)).collect()
}

fn split(text: &str, columns: u16) -> Vec<(String, Option<u16>)> {
    runs(&read(&frame(80, 24, &[(0, &[(text, columns, 0)])])))
}

fn owned(runs: &[(&str, Option<u16>)]) -> Vec<(String, Option<u16>)> {
    runs.iter().map(|(text, columns)| ((*text).to_owned(), *columns)).collect()
}

#[test]
fn ordinary_letters_stay_together_and_others_are_given_their_places() {
    assert_eq!(split("ls -la grün", 11), owned(&[("ls -la grün", None)]));
    assert_eq!(split("a世界b", 6), owned(&[("a", None), ("世", Some(2)), ("界", Some(2)), ("b", None)]));
    assert_eq!(split("x│──┐", 5), owned(&[("x", None), ("│──┐", Some(4))]));
    assert_eq!(split("e\u{301}x", 2), owned(&[("e\u{301}", Some(1)), ("x", None)]));
    assert_eq!(split("👩\u{200d}👧", 4), owned(&[("👩\u{200d}", Some(2)), ("👧", Some(2))]));
}

#[test]
fn what_acts_on_whoever_shows_it_is_left_out() {
    assert_eq!(split("a\u{202e}b\u{200b}c\u{1b}]52;d\u{7}\u{9b}", 8), owned(&[("abc]52;d", None)]));
}

#[test]
fn places_that_do_not_fit_the_text_are_kept_to_all_the_same() {
    assert_eq!(split("far too long", 3), owned(&[("far too long", Some(3))]));
    assert_eq!(split("x", 5), owned(&[("x", Some(5))]));
    assert_eq!(split("", 5), owned(&[("", Some(5))]));
    // Nothing reaches beyond the screen, whatever it says of itself.
    let wide = read(&frame(10, 2, &[(0, &[("abcdefgh", 8, 0), ("ijklmnop", 8, 0), ("more", 4, 0)])]));
    assert_eq!(runs(&wide), owned(&[("abcdefgh", None), ("ijklmnop", Some(2))]));
}

#[test]
fn marks_that_are_put_over_one_letter_for_ever_are_cut() {
    let text = format!("e{}", "\u{301}".repeat(10_000));
    let [(text, _)] = split(&text, 1).try_into().unwrap();
    assert_eq!(text.chars().count(), LETTERS);
}

#[test]
fn a_picture_is_no_larger_than_may_be() {
    let limits = TerminalLimits { columns: 100, rows: 50, ..TerminalLimits::default() };
    for (said, shown) in
        [((100, 50), (100, 50)), ((101, 51), (100, 50)), ((65_535, 65_535), (100, 50)), ((0, 0), (1, 1))]
    {
        let read = read_with(&frame(said.0, said.1, &[]), &limits);
        assert_eq!((read.status.columns, read.status.rows), shown);
    }
    let lines: Vec<(u32, Runs<'_>)> = vec![(49, &[]), (50, &[]), (u32::MAX, &[])];
    let rows: Vec<u16> = read_with(&frame(100, 51, &lines), &limits).lines.iter().map(|line| line.row).collect();
    assert_eq!(rows, [49], "what is below is left out");
}

#[test]
fn there_are_no_more_lines_than_rows() {
    let lines: Vec<(u32, Runs<'_>)> = vec![(0, &[]); 10];
    assert_eq!(read(&frame(80, 4, &lines)).lines.len(), 4);
}

#[test]
fn a_line_has_no_more_pieces_than_may_be() {
    let limits = TerminalLimits { runs: 40, ..TerminalLimits::default() };
    let many: Vec<(&str, u16, u32)> = (0..100).map(|at| ("x", 1, 0x0200_0000 + at)).collect();
    let shown = |count: usize| runs(&read_with(&frame(200, 1, &[(0, &many[..count])]), &limits)).len();
    assert_eq!((shown(40), shown(41), shown(100)), (40, 40, 40));
    // Wide letters are pieces of their own only as long as there is room for them.
    let wide = "世".repeat(60);
    assert_eq!(runs(&read_with(&frame(200, 1, &[(0, &[(&wide, 120, 0)])]), &limits)).len(), 1);
    assert_eq!(most_runs(200, &TerminalLimits::default()), 100);
    assert_eq!(most_runs(u16::MAX, &TerminalLimits::default()), FEWEST_RUNS);
}

#[test]
fn colours_are_those_there_are() {
    for (code, shown) in [
        (0x0100_00ff, 0x0100_00ff),
        (0x0100_0100, 0),
        (0x02ff_ffff, 0x02ff_ffff),
        (0x0300_0000, 0),
        (u32::MAX, 0),
        (5, 0),
    ] {
        assert_eq!(colour(code), shown, "{code:x}");
    }
}

#[test]
fn a_cursor_is_on_its_screen_and_a_scrollback_no_longer_than_a_page_can_be() {
    let mut message = frame(80, 24, &[]);
    let mut said = message.get_root::<screen_frame::Builder<'_>>().unwrap();
    said.set_cursor_row(24);
    said.set_cursor_column(u16::MAX);
    said.set_scrollback(u32::MAX);
    said.set_scrolled(u32::MAX);
    said.set_bells(u32::MAX);
    said.set_title("a\u{202e}b\u{1b}c");
    let read = read(&message);
    assert_eq!((read.status.cursor.row, read.status.cursor.column), (23, 79));
    assert_eq!((read.status.scrollback, read.scrolled, read.bells), (MOST_ABOVE, 24, 1));
    assert_eq!(read.status.title.as_str(), "a\u{fffd}b\u{fffd}c");
}

#[test]
fn a_screen_is_what_its_frames_make_of_it() {
    let first = read(&frame(80, 3, &[(0, &[("a", 1, 0)]), (1, &[("b", 1, 0)]), (2, &[("c", 1, 0)])]));
    let mut model = ScreenModel::of(&first);
    let mut message = frame(80, 3, &[(2, &[("d", 1, 0)])]);
    let mut said = message.get_root::<screen_frame::Builder<'_>>().unwrap();
    said.set_full(false);
    said.set_scrolled(1);
    model.apply(&read(&message));
    let texts = |model: &ScreenModel| {
        let text = |line: &LineView| line.runs.iter().map(|run| run.text.as_str().to_owned()).collect::<String>();
        model.whole().lines.iter().map(text).collect::<Vec<_>>()
    };
    assert_eq!(texts(&model), ["b", "c", "d"]);
    model.apply(&read(&frame(80, 2, &[(1, &[("x", 1, 0)])])));
    assert_eq!(texts(&model), ["", "x"]);
    let text = json(&model.whole());
    assert!(text.contains(r#"{"runs":[{"t":"x"}]}"#), "what is usual is left out: {text}");
}

#[test]
fn a_recorded_screen_is_shown_like_a_living_one() {
    let mut screen = capos_screen::Screen::new(capos_screen::Size::parse("20x2").unwrap(), &Default::default());
    screen.feed("\u{1b}[31mre\u{1b}[0m世\u{1b}]52;c;AAAA\u{7}".as_bytes());
    let frame = screen.frame(&mut capos_screen::Eye::default()).unwrap();
    let shown = frame_of(&frame, &TerminalLimits { rows: 1, ..TerminalLimits::default() });
    assert_eq!(runs(&shown), owned(&[("re", None), ("世", Some(2))]));
    assert_eq!((shown.status.rows, shown.lines.len()), (1, 1));
    assert_eq!(shown.lines[0].line.runs[0].foreground, 0x0100_0001);
}
