//! A terminal shown to whoever draws pictures: the newest one, never more often than it may be, and nothing in between.

use std::rc::Rc;

use capos_schema::terminals_capnp::terminal_screen;
use capos_screen::{Eye, Frame};

use super::terminal::{Pace, Terminal};
use super::wire;

/// Bytes of lines in one frame: half of what a message may have.
const MOST: usize = 4 << 20;

/// Shows `terminal` until it or the viewer has gone.
pub(super) async fn show(terminal: Rc<Terminal>, viewer: terminal_screen::Client, per_second: u16) {
    let (mut eye, mut pace, mut changes) = (Eye::default(), Pace::new(per_second), terminal.changes());
    let mut sequence = 0;
    loop {
        changes.mark_unchanged();
        let over = terminal.exit().is_some();
        let frame = terminal.screen.borrow().frame(&mut eye);
        for part in frame.into_iter().flat_map(parts) {
            sequence += 1;
            let mut request = viewer.frame_request();
            wire::frame(&part, sequence, &terminal.title(), request.get().init_frame());
            if request.send().promise.await.is_err() {
                return;
            }
        }
        if over {
            break;
        }
        if changes.changed().await.is_err() {
            return;
        }
        pace.turn().await;
    }
    let mut request = viewer.ended_request();
    wire::info(&terminal, request.get().init_info());
    let _ = request.send().promise.await;
}

/// A frame as messages that are not too large: a screen of a million places in as many colours is.
fn parts(mut frame: Frame) -> Vec<Frame> {
    let mut parts = Vec::new();
    let mut taken = 0;
    let mut lines = Vec::new();
    for (row, line) in std::mem::take(&mut frame.lines) {
        taken += wire::cost(&line);
        if taken > MOST && !lines.is_empty() {
            parts.push(part(&frame, std::mem::take(&mut lines), parts.is_empty()));
            taken = wire::cost(&line);
        }
        lines.push((row, line));
    }
    let first = parts.is_empty();
    parts.push(part(&frame, lines, first));
    parts
}

fn part(of: &Frame, lines: Vec<(u16, capos_screen::Line)>, first: bool) -> Frame {
    let mut part = Frame { lines, ..of.clone() };
    if !first {
        (part.full, part.scrolled, part.bells) = (false, 0, 0);
    }
    part
}
