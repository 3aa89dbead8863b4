//! What the node is told from outside.

use std::fs::File;
use std::io;

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The signals that a node hears.
pub(crate) struct Signals {
    hangup: Signal,
    terminate: Signal,
    interrupt: Signal,
    /// Whether the node was started at a terminal.
    at_terminal: bool,
}

/// What one of them asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Told {
    /// To read the configuration again.
    Reload,
    /// To stop.
    Stop,
}

fn has_terminal() -> bool {
    File::open("/dev/tty").is_ok()
}

impl Signals {
    /// Hears them from here on; none is lost.
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            at_terminal: has_terminal(),
        })
    }

    /// The next one.
    pub(crate) async fn next(&mut self) -> Told {
        tokio::select! {
            _ = self.terminate.recv() => Told::Stop,
            _ = self.interrupt.recv() => Told::Stop,
            // The same signal says that the terminal was closed, and with it whoever would stop the node.
            _ = self.hangup.recv() => if self.at_terminal && !has_terminal() { Told::Stop } else { Told::Reload },
        }
    }

    /// The next one that asks to stop.
    pub(crate) async fn stop(&mut self) {
        while self.next().await != Told::Stop {}
    }
}
