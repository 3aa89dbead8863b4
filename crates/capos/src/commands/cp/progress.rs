//! How far a copy is, for a person who waits.

use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};

use crate::output::Output;
use crate::output::when::span;

/// Between two looks at the line.
const PAUSE: Duration = Duration::from_millis(200);

/// What was copied so far.
pub(super) struct Progress {
    output: Output,
    shown: bool,
    began: Instant,
    last: Cell<Instant>,
    /// Bytes of all files, as far as they went over the wire.
    bytes: Cell<u64>,
    file: RefCell<File>,
}

/// The one that is copied.
struct File {
    name: String,
    size: Option<u64>,
    done: u64,
    /// How much of it was there already.
    before: u64,
    began: Instant,
}

impl Progress {
    pub(super) fn new(output: &Output, wanted: bool) -> Self {
        let began = Instant::now();
        let file = File { name: String::new(), size: None, done: 0, before: 0, began };
        let shown = wanted && output.shows_progress();
        Self {
            output: output.clone(),
            shown,
            began,
            last: Cell::new(began),
            bytes: Cell::new(0),
            file: RefCell::new(file),
        }
    }

    /// Another file, of which so much is there.
    pub(super) fn begin(&self, name: &str, size: Option<u64>, before: u64) {
        *self.file.borrow_mut() = File { name: name.to_owned(), size, done: before, before, began: Instant::now() };
    }

    pub(super) fn add(&self, bytes: usize) {
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.bytes.set(self.bytes.get().saturating_add(bytes));
        self.file.borrow_mut().done += bytes;
        if self.shown && self.last.get().elapsed() >= PAUSE {
            self.last.set(Instant::now());
            self.output.progress(&self.file.borrow().line());
        }
    }

    /// The copy is read again.
    pub(super) fn verifying(&self) {
        if self.shown && self.file.borrow().began.elapsed() >= PAUSE {
            self.output.progress(&format!("{}  comparing …", self.file.borrow().name));
        }
    }

    /// A line of its own; what is shown goes before it.
    pub(super) fn note(&self, text: &str) {
        self.clear();
        self.output.note(text);
    }

    pub(super) fn clear(&self) {
        if self.shown {
            self.output.progress("");
        }
    }

    pub(super) fn bytes(&self) -> u64 {
        self.bytes.get()
    }

    pub(super) fn elapsed(&self) -> Duration {
        self.began.elapsed()
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

impl File {
    fn line(&self) -> String {
        let took = self.began.elapsed().as_secs_f64().max(0.001);
        #[expect(clippy::cast_precision_loss, reason = "it is shown with three digits")]
        let rate = (self.done - self.before) as f64 / took;
        let mut line = self.name.clone();
        if let Some(size) = self.size.filter(|size| *size > 0) {
            line += &format!("  {}%", u128::from(self.done.min(size)) * 100 / u128::from(size));
        }
        line += &format!("  {}  {}/s", size(self.done), size(whole(rate)));
        if let Some(left) = self.size.map(|size| size.saturating_sub(self.done)).filter(|_| rate >= 1.0) {
            line += &format!("  {} left", span(Duration::from_secs(left / whole(rate).max(1))));
        }
        line
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a rate is neither negative nor so large")]
fn whole(rate: f64) -> u64 {
    rate as u64
}

/// Bytes as a person reads them.
pub(crate) fn size(bytes: u64) -> String {
    const UNITS: [&str; 6] = ["KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut tenths = u128::from(bytes) * 10 / 1024;
    for unit in UNITS {
        if tenths < 10_240 {
            return format!("{}.{} {unit}", tenths / 10, tenths % 10);
        }
        tenths /= 1024;
    }
    format!("{bytes} B")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_said_in_the_unit_that_fits() {
        for (bytes, said) in [
            (0, "0 B"),
            (1023, "1023 B"),
            (1024, "1.0 KiB"),
            (1536, "1.5 KiB"),
            (1 << 20, "1.0 MiB"),
            (10 << 30, "10.0 GiB"),
            (u64::MAX, "15.9 EiB"),
        ] {
            assert_eq!(size(bytes), said);
        }
    }

    #[test]
    fn a_line_tells_how_far_how_fast_and_how_long() {
        let began = Instant::now().checked_sub(Duration::from_secs(2)).unwrap();
        let file = File { name: "a".into(), size: Some(4 << 20), done: 3 << 20, before: 1 << 20, began };
        let line = file.line();
        assert!(line.starts_with("a  75%  3.0 MiB  ") && line.contains("/s") && line.contains(" left"), "{line}");
    }
}
