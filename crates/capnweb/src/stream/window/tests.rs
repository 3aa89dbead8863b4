//! The window of a stream on lines of known bandwidth and delay.

use std::cell::Cell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::time::Duration;

use super::{FIRST, LEAST, Sent, Window};
use crate::stream::Clock;

/// A line on a clock of its own: what is sent arrives after the delay, and no faster than its bandwidth.
struct Line {
    now: Rc<Cell<Duration>>,
    window: Window,
    delay: Duration,
    byte: Duration,
    free_at: Duration,
    under_way: VecDeque<(Duration, Sent)>,
    most_under_way: usize,
}

impl Line {
    fn new(delay: Duration, bytes_per_second: u32, most: usize) -> Self {
        let now = Rc::new(Cell::new(Duration::from_secs(1)));
        let shown = now.clone();
        let window = Window::new(Clock::new(move || shown.get()), most);
        let byte = Duration::from_secs(1) / bytes_per_second;
        let free_at = Duration::ZERO;
        Self { now, window, delay, byte, free_at, under_way: VecDeque::new(), most_under_way: 0 }
    }

    fn send(&mut self, bytes: u32) {
        let sent = self.window.send(bytes as usize);
        self.free_at = self.free_at.max(self.now.get()) + self.byte * bytes;
        self.under_way.push_back((self.free_at + self.delay, sent));
        self.most_under_way = self.most_under_way.max(self.window.in_flight());
    }

    fn acknowledge(&mut self) {
        let (at, sent) = self.under_way.pop_front().unwrap();
        self.now.set(self.now.get().max(at));
        self.window.acknowledge(&sent);
    }

    /// A sender that always has something to send.
    fn run(&mut self, chunk: u32, chunks: usize) {
        for _ in 0..chunks {
            while self.window.is_full() {
                self.acknowledge();
            }
            self.send(chunk);
        }
        while !self.under_way.is_empty() {
            self.acknowledge();
        }
    }
}

const MEBIBYTE: u32 = 1024 * 1024;

#[test]
fn a_sender_stops_when_the_window_is_full() {
    let mut window = Window::new(Clock::default(), usize::MAX);
    assert!(!window.is_full());
    let first = window.send(FIRST - 1);
    assert!(!window.is_full());
    window.send(1);
    assert!(window.is_full());
    window.fail(&first);
    assert_eq!((window.is_full(), window.in_flight()), (false, 1));
}

#[test]
fn the_window_grows_to_what_a_long_fast_line_holds() {
    // 100 MiB/s and 50 ms: 5 MiB are under way.
    let mut line = Line::new(Duration::from_millis(50), 100 * MEBIBYTE, usize::MAX);
    line.run(65_536, 4_000);
    let size = line.window.size;
    assert!((5.0..12.0).contains(&(size / f64::from(MEBIBYTE))), "{size}");
    assert!(line.window.start.is_none(), "the start is over");
}

#[test]
fn the_window_never_grows_past_its_bound() {
    let bound = 1024 * 1024;
    let mut line = Line::new(Duration::from_millis(50), 100 * MEBIBYTE, bound);
    line.run(65_536, 2_000);
    assert!(line.window.size <= super::float(bound));
    assert!(line.most_under_way <= bound + 65_536);
}

#[test]
fn the_window_shrinks_on_a_slow_short_line_but_not_below_the_least() {
    let mut line = Line::new(Duration::from_millis(1), MEBIBYTE, usize::MAX);
    line.run(1_024, 10_000);
    assert!(line.window.size >= super::float(LEAST));
    assert!(line.window.size < super::float(FIRST), "{}", line.window.size);
}

#[test]
fn a_sender_that_does_not_fill_its_window_keeps_it() {
    let mut line = Line::new(Duration::from_millis(1), MEBIBYTE, usize::MAX);
    for _ in 0..1_000 {
        line.send(100);
        line.acknowledge();
        line.now.set(line.now.get() + Duration::from_millis(100));
    }
    assert!(line.window.size >= super::float(FIRST));
}

#[test]
fn a_line_on_which_no_time_passes_is_no_trouble() {
    let mut line = Line::new(Duration::ZERO, u32::MAX, 4 * 1024 * 1024);
    line.byte = Duration::ZERO;
    line.run(65_536, 1_000);
    assert!(line.window.size.is_finite() && line.window.size <= super::float(4 * 1024 * 1024));
    assert_eq!(line.window.in_flight(), 0);
}
