//! Where lines come from, and what ends them.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;

use super::keyboard::Keyboard;
use super::reader;
use crate::output::Output;
use crate::terminal::draft::Typed;

/// Whether somebody at the keyboard, or the terminal's end, wants it to be over.
pub(super) async fn interrupted() {
    let [Ok(mut interrupt), Ok(mut end), Ok(mut hangup)] =
        [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal)
    else {
        return std::future::pending().await;
    };
    tokio::select! {
        _ = interrupt.recv() => {}
        _ = end.recv() => {}
        _ = hangup.recv() => {}
    }
}

/// Where lines come from.
pub(super) enum Input {
    /// A person at a terminal.
    Keys(Box<Keyboard>),
    Lines(mpsc::Receiver<String>),
}

impl Input {
    pub(super) fn start(output: &Output) -> Self {
        Keyboard::of_person(output).map_or_else(|| Self::Lines(reader::start()), |keys| Self::Keys(Box::new(keys)))
    }

    pub(super) async fn next(&mut self) -> Option<String> {
        match self {
            Self::Lines(lines) => lines.recv().await,
            Self::Keys(keys) => match keys.next().await? {
                Typed::Line(line) => Some(line),
                Typed::End | Typed::Cancel => None,
            },
        }
    }

    /// Makes room for what is told.
    pub(super) fn hide(&self) {
        if let Self::Keys(keys) = self {
            keys.hide();
        }
    }

    pub(super) fn show(&mut self, channel: &str) {
        if let Self::Keys(keys) = self {
            keys.speak_in(channel);
            keys.show();
        }
    }

    /// What is said comes back from the chat; a command does not.
    pub(super) fn keep(&self, line: &str) {
        if let Self::Keys(keys) = self
            && line.starts_with('/')
        {
            keys.keep(line);
        }
    }
}
