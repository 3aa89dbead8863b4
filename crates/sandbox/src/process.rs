//! A confined process as the node holds it.

mod usage;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use tokio::sync::watch;

use crate::protocol::{Started, Wish};
use crate::zygote::Line;
use crate::{Mechanism, Missing};

pub use usage::Usage;

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Exit {
    /// By itself, with this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
    /// Because it, or something it started, used more memory than it was given.
    OutOfMemory,
}

/// A confined process; dropping the last clone kills it and all that it started.
#[derive(Clone, Debug)]
pub struct Process(Arc<Held>);

#[derive(Debug)]
struct Held {
    id: u64,
    started: Started,
    line: Line,
    exit: watch::Receiver<Option<Exit>>,
}

impl Process {
    pub(crate) fn new(id: u64, started: Started, line: Line, exit: watch::Receiver<Option<Exit>>) -> Process {
        Process(Arc::new(Held { id, started, line, exit }))
    }

    /// Asks the service to end (`SIGTERM`); what it started itself is not told.
    pub fn terminate(&self) {
        self.0.line.signal(self.0.id, Wish::Terminate);
    }

    /// Ends it and all that it started, at once.
    pub fn kill(&self) {
        self.0.line.signal(self.0.id, Wish::Kill);
    }

    /// Waits until nothing is left of it; safe to drop at any time.
    ///
    /// Where the helper died, everything it had started was killed with it.
    pub async fn ended(&self) -> Exit {
        let mut exit = self.0.exit.clone();
        match exit.wait_for(Option::is_some).await {
            Ok(known) => known.unwrap_or(KILLED),
            Err(_) => KILLED,
        }
    }

    /// How it ended, once it has.
    pub fn has_ended(&self) -> Option<Exit> {
        *self.0.exit.borrow()
    }

    /// What it uses, with all that it started; nothing once it has ended.
    pub fn usage(&self) -> Usage {
        match self.has_ended() {
            None => usage::read(self.0.started.pid, &self.0.started.groups),
            Some(_) => Usage::default(),
        }
    }

    /// What confines it.
    pub fn confinement(&self) -> &[Mechanism] {
        &self.0.started.confinement
    }

    /// What does not.
    pub fn lacking(&self) -> &[Missing] {
        &self.0.started.lacking
    }

    /// Whether it sees a file tree of its own, rather than the host's.
    pub fn has_mount_namespace(&self) -> bool {
        self.confinement().contains(&Mechanism::MountNamespace)
    }

    /// The number by which the host knows the first of its processes, for logs.
    pub fn host_pid(&self) -> i32 {
        self.0.started.pid
    }
}

/// What is left to say where nobody is there any more to tell how it ended.
pub(crate) const KILLED: Exit = Exit::Signal(libc::SIGKILL);

impl Drop for Held {
    fn drop(&mut self) {
        if self.exit.borrow().is_none() {
            self.line.signal(self.id, Wish::Kill);
        }
    }
}
