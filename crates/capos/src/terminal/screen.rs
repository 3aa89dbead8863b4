//! Where bytes of a program elsewhere are shown: a terminal, through the filter, or a file or pipe, as they are.

use std::io;

use capos_screen::safe::{Filter, Policy};

use super::Size;
use super::modes::Modes;
use super::stream::{Place, Stream};

/// The text of a locale that says how characters are written.
const LOCALE: [&str; 3] = ["LC_ALL", "LC_CTYPE", "LANG"];

/// One of this process's streams, written to for somebody elsewhere.
pub(crate) struct Screen {
    stream: Stream,
    /// Nothing where it is no terminal: what goes to a file is not changed.
    shown: Option<Shown>,
}

/// What stands between a program and a person's terminal.
struct Shown {
    filter: Filter,
    policy: Policy,
    modes: Modes,
    /// What has passed, kept for its room.
    passed: Vec<u8>,
}

impl Screen {
    /// Standard output.
    pub(crate) fn output(clipboard: bool) -> io::Result<Self> {
        Ok(Self::new(Stream::output()?, clipboard))
    }

    /// Standard error.
    pub(crate) fn errors() -> io::Result<Self> {
        Ok(Self::new(Stream::errors()?, false))
    }

    pub(crate) fn new(stream: Stream, clipboard: bool) -> Self {
        let policy = Policy { clipboard, unicode: is_unicode(|name| std::env::var(name).ok()), ..Policy::default() };
        let shown = || Shown { filter: Filter::new(policy), policy, modes: Modes::default(), passed: Vec::new() };
        Self { shown: stream.is_terminal().then(shown), stream }
    }

    /// Whether it is a terminal.
    pub(crate) fn is_terminal(&self) -> bool {
        self.shown.is_some()
    }

    /// Where it leads.
    pub(crate) fn place(&self) -> Option<Place> {
        self.stream.place()
    }

    /// Writes what a program wrote.
    pub(crate) async fn show(&mut self, bytes: &[u8]) -> io::Result<()> {
        let Some(shown) = &mut self.shown else { return self.stream.write_all(bytes).await };
        shown.passed.clear();
        shown.filter.pass(bytes, &mut shown.passed);
        shown.modes.watch(&shown.passed);
        self.stream.write_all(&shown.passed).await
    }

    /// Makes it ready to be drawn on from the top, and forgets the program's half of a sequence. The first time, what
    /// stands on it moves up out of sight instead of being lost.
    pub(crate) async fn clear(&mut self, size: Size, first: bool) -> io::Result<()> {
        let Some(shown) = &mut self.shown else { return Ok(()) };
        shown.filter = Filter::new(shown.policy);
        let mut bytes = shown.modes.undo();
        if first {
            bytes.extend_from_slice(format!("\x1b[{};1H", size.rows).as_bytes());
            bytes.extend(std::iter::repeat_n(b'\n', usize::from(size.rows)));
        }
        bytes.extend_from_slice(b"\x1b[H\x1b[2J");
        self.stream.write_all(&bytes).await
    }

    /// Takes back what the program has changed of the terminal. One that goes on is left at the beginning of a line.
    pub(crate) async fn leave(&mut self, goes_on: bool) -> io::Result<()> {
        let Some(shown) = &mut self.shown else { return Ok(()) };
        shown.filter = Filter::new(shown.policy);
        let mut bytes = shown.modes.undo();
        bytes.extend_from_slice(if goes_on { b"\r\n" } else { b"" });
        self.stream.write_all(&bytes).await
    }

    /// Writes what this program itself has to say to the terminal.
    pub(crate) async fn say(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.stream.write_all(bytes).await
    }
}

/// Whether a locale's characters are UTF-8. One that says nothing is believed to be: a terminal of today is.
fn is_unicode(variable: impl Fn(&str) -> Option<String>) -> bool {
    let locale = LOCALE.iter().find_map(|name| variable(name).filter(|value| !value.is_empty()));
    let Some(locale) = locale else { return true };
    match locale.split_once('.') {
        Some((_, characters)) => characters.to_ascii_lowercase().replace('-', "").starts_with("utf8"),
        None => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_locale_says_how_characters_are_written() {
        let unicode = |all: &'static str, lang: &'static str| {
            is_unicode(move |name| match name {
                "LC_ALL" => Some(all.to_owned()),
                "LANG" => Some(lang.to_owned()),
                _ => None,
            })
        };
        assert!(unicode("", "de_DE.UTF-8") && unicode("C.utf8", "x.ISO-8859-1") && unicode("", "C") && unicode("", ""));
        assert!(!unicode("", "de_DE.ISO-8859-1") && !unicode("ru_RU.KOI8-R", "C.UTF-8"));
    }
}
