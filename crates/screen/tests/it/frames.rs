//! Pictures, and what has changed between them.

use capos_screen::{Colour, Eye, Frame, Limits, Line, Screen, Size, Style};
use proptest::prelude::*;

use crate::programs::output;

/// Draws frames as a page would.
#[derive(Default)]
struct Canvas {
    lines: Vec<Line>,
}

impl Canvas {
    fn draw(&mut self, frame: &Frame) {
        let rows = usize::from(frame.status.size.rows());
        if frame.full {
            self.lines.clear();
        }
        self.lines.drain(..usize::from(frame.scrolled));
        self.lines.resize_with(rows, Line::default);
        for (row, line) in &frame.lines {
            self.lines[usize::from(*row)] = line.clone();
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn whoever_draws_the_changes_has_the_picture(steps in prop::collection::vec((2..9u16, output()), 1..8)) {
        let mut screen = Screen::new(Size::new(8, 4).unwrap(), &Limits::default());
        let (mut eye, mut canvas) = (Eye::default(), Canvas::default());
        for (rows, bytes) in steps {
            screen.resize(Size::new(8, rows.min(5)).unwrap());
            screen.feed(&bytes);
            if let Some(frame) = screen.frame(&mut eye) {
                canvas.draw(&frame);
            }
            prop_assert_eq!(&canvas.lines, &screen.lines());
        }
    }
}

#[test]
fn a_frame_has_what_changed_and_no_more() {
    let mut screen = Screen::new(Size::new(20, 10).unwrap(), &Limits::default());
    let mut eye = Eye::default();
    let first = screen.frame(&mut eye).unwrap();
    assert!(first.full && first.lines.len() == 10 && first.sequence == 1);
    assert_eq!(screen.frame(&mut eye), None, "nothing changed");
    screen.feed(b"x\x07\x07");
    let second = screen.frame(&mut eye).unwrap();
    assert_eq!((second.full, second.lines.len(), second.bells, second.sequence), (false, 1, 2, 2));
    screen.feed(b"\x1b[?2004h");
    let third = screen.frame(&mut eye).unwrap();
    assert!(third.lines.is_empty() && third.status.bracketed_paste && third.bells == 0);
}

#[test]
fn a_picture_that_moves_up_is_said_to_and_not_said_again() {
    let mut screen = Screen::new(Size::new(20, 10).unwrap(), &Limits::default());
    for number in 0..12 {
        screen.feed(format!("\r\nline {number}").as_bytes());
    }
    let mut eye = Eye::default();
    screen.frame(&mut eye);
    screen.feed(b"\r\nnew 1\r\nnew 2");
    let frame = screen.frame(&mut eye).unwrap();
    assert_eq!((frame.scrolled, frame.lines.len()), (2, 2));
    assert_eq!(frame.lines[0], (8, screen.lines()[8].clone()));
}

#[test]
fn text_is_told_with_its_style() {
    let mut screen = Screen::new(Size::new(20, 2).unwrap(), &Limits::default());
    screen.feed("a\x1b[1;31;48;2;1;2;3m漢\x1b[0;4:2m \x1b[0m   ".as_bytes());
    let line = &screen.lines()[0];
    assert_eq!(line.runs.len(), 3, "blanks at the end say nothing: {line:?}");
    let run = &line.runs[1];
    assert_eq!((&*run.text, run.columns, run.style.attributes), ("漢", 2, Style::BOLD));
    assert_eq!((run.style.foreground, run.style.background), (Colour::Indexed(1), Colour::Exact(1, 2, 3)));
    assert_eq!((run.style.foreground.code(), run.style.background.code()), (0x0100_0001, 0x0201_0203));
    assert_eq!(line.runs[2].style.attributes, Style::DOUBLY_UNDERLINED);
}
