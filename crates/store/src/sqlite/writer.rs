//! The one thread that writes.
//!
//! It takes all that waits into one transaction: while the disk is busy with a group, the next one gathers.
//! Records of slots wait a little for company, since nobody waits for them; a commit is written at once, and takes
//! the records along.

use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::{oneshot, watch};

use super::group::{self, Failed, Position, Written};
use super::schema;
use super::watching::Watchers;
use crate::directory::Directory;
use crate::engine::{Commit, Committed, Progress};
use crate::error::Unwritable;
use crate::lane::{Filled, Lane};
use crate::{Entry, Error, Limits};

type Reply<T> = oneshot::Sender<Result<T, Error>>;

/// What the writer is asked.
pub(super) enum Command {
    Commit(Asked),
    Prove(Reply<()>),
    Grow(Option<u64>, Reply<()>),
    /// The first slot was filled since the writer slept.
    Wake,
    Close(Reply<()>),
}

/// A commit that waits.
pub(super) struct Asked {
    pub(super) commit: Commit,
    /// Bytes it was counted with.
    pub(super) size: usize,
    pub(super) reply: Reply<Committed>,
}

pub(super) struct Writer {
    pub(super) database: Connection,
    pub(super) position: Position,
    pub(super) commands: Receiver<Command>,
    pub(super) lane: Arc<Lane>,
    pub(super) filled: Filled,
    pub(super) watchers: Arc<Watchers>,
    pub(super) progress: watch::Sender<Progress>,
    /// Bytes of commits that wait.
    pub(super) queued: Arc<AtomicUsize>,
    pub(super) limits: Limits,
    /// Given up when the database is closed.
    pub(super) directory: Directory,
    pub(super) waiting: Waiting,
}

/// What the next group is made of.
#[derive(Default)]
pub(super) struct Waiting {
    records: Vec<Entry>,
    asked: Vec<Asked>,
    proofs: Vec<Reply<()>>,
    closing: Option<Reply<()>>,
}

impl Waiting {
    fn somebody_waits(&self) -> bool {
        !self.asked.is_empty() || !self.proofs.is_empty() || self.closing.is_some()
    }
}

impl Writer {
    pub(super) fn run(mut self) {
        loop {
            self.gather();
            self.write();
            if let Some(reply) = self.waiting.closing.take() {
                return self.close(reply);
            }
        }
    }

    /// Waits until there is something to write, and takes it.
    fn gather(&mut self) {
        self.take_commands();
        if self.lane.trouble().is_some() {
            if !self.waiting.somebody_waits() {
                self.wait_for(self.limits.retry);
            }
        } else if !self.waiting.somebody_waits() {
            self.sleep();
            self.take_records();
            if !self.waiting.somebody_waits() && self.waiting.records.len() < self.limits.group_slots {
                self.wait_for(self.limits.slot_linger);
            }
        }
        self.take_commands();
        self.take_records();
    }

    /// Sleeps until there is a record or a command.
    fn sleep(&mut self) {
        self.lane.fall_asleep();
        self.take_records();
        if self.waiting.records.is_empty() {
            let command = self.commands.recv();
            self.absorb(command.unwrap_or(Command::Wake));
        }
        self.lane.awake();
    }

    /// Waits for somebody who waits for an answer, and not longer than this.
    fn wait_for(&mut self, time: Duration) {
        let end = Instant::now() + time;
        while !self.waiting.somebody_waits() {
            match self.commands.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(command) => self.absorb(command),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn take_commands(&mut self) {
        while self.waiting.asked.len() < self.limits.queued_commits {
            let Ok(command) = self.commands.try_recv() else { return };
            self.absorb(command);
        }
    }

    fn take_records(&mut self) {
        let room = self.limits.group_slots.saturating_sub(self.waiting.records.len());
        self.waiting.records.extend(self.filled.take().take(room));
    }

    fn absorb(&mut self, command: Command) {
        match command {
            Command::Commit(asked) => self.waiting.asked.push(asked),
            Command::Prove(reply) => self.waiting.proofs.push(reply),
            Command::Grow(bytes, reply) => {
                // Nobody may be waiting any more; the same holds for each reply below.
                let _ = reply.send(schema::set_ceiling(&self.database, bytes));
            }
            Command::Wake => {}
            Command::Close(reply) => self.waiting.closing = Some(reply),
        }
    }

    fn write(&mut self) {
        let proofs = mem::take(&mut self.waiting.proofs);
        if !proofs.is_empty() || self.lane.trouble().is_some() {
            let proven = self.prove();
            for reply in proofs {
                let _ = reply.send(proven.clone().map_err(Error::Unwritable));
            }
        }
        let asked = mem::take(&mut self.waiting.asked);
        if let Some(why) = self.lane.trouble() {
            self.refuse(asked, || Error::Unwritable(why.clone()));
            return;
        }
        if asked.is_empty() && self.waiting.records.is_empty() {
            return;
        }
        let commits = asked.iter().map(|asked| &asked.commit);
        match group::write(&mut self.database, self.position, &self.waiting.records, commits) {
            Ok(written) => self.tell(asked, written),
            Err(Failed { why, in_doubt }) => {
                // Records of slots stay, and are tried again.
                self.lane.close(why.clone());
                let error = || if in_doubt { Error::InDoubt(why.clone()) } else { Error::Unwritable(why.clone()) };
                self.refuse(asked, error);
            }
        }
    }

    /// Finds out whether writing is possible, and opens or closes admission accordingly.
    fn prove(&mut self) -> Result<(), Unwritable> {
        let proven = group::probe(&self.database).map_err(|failed| failed.why).and_then(|()| {
            // A commit that failed may have left the writer's idea of the end behind.
            let position = Position::read(&self.database);
            position.map_err(|error| Unwritable { full: false, reason: error.to_string().into() })
        });
        match proven {
            Ok(position) => {
                self.position = position;
                self.lane.open();
                Ok(())
            }
            Err(why) => {
                self.lane.close(why.clone());
                Err(why)
            }
        }
    }

    /// It is durable: the watchers hear first, then whoever asked.
    fn tell(&mut self, asked: Vec<Asked>, (position, answers): Written) {
        self.position = position;
        self.lane.release(self.waiting.records.len());
        self.waiting.records.clear();
        let mut replies = Vec::with_capacity(asked.len());
        for (Asked { commit, size, reply }, answer) in asked.into_iter().zip(answers) {
            if let Ok(committed) = &answer {
                self.watchers.tell(commit.changes.into_iter().zip(committed.revisions.iter().copied()));
            }
            self.queued.fetch_sub(size, Ordering::AcqRel);
            replies.push((reply, answer));
        }
        let Position { head, revision } = position;
        self.progress.send_replace(Progress { revision, sequence: head.sequence });
        for (reply, answer) in replies {
            let _ = reply.send(answer);
        }
    }

    fn refuse(&self, asked: Vec<Asked>, error: impl Fn() -> Error) {
        for Asked { size, reply, .. } in asked {
            self.queued.fetch_sub(size, Ordering::AcqRel);
            let _ = reply.send(Err(error()));
        }
    }

    /// Writes what slots still hold, and gives the directory up.
    fn close(mut self, reply: Reply<()>) {
        let before = self.lane.trouble();
        self.lane.close(Unwritable { full: false, reason: "the store is closed".into() });
        self.lane.finish();
        let trouble = before.or_else(|| self.write_the_rest().err());
        self.watchers.close();
        // Readers may still hold the log; empty, it tells the next opening that all went well.
        let _ = self.database.pragma_update_and_check(None, "wal_checkpoint", "TRUNCATE", |_| Ok(()));
        let Self { database, directory, commands, .. } = self;
        drop(commands);
        drop(database);
        drop(directory);
        let _ = reply.send(trouble.map_or(Ok(()), |why| Err(Error::Unwritable(why))));
    }

    fn write_the_rest(&mut self) -> Result<(), Unwritable> {
        loop {
            self.take_records();
            if self.waiting.records.is_empty() {
                return Ok(());
            }
            let written = group::write(&mut self.database, self.position, &self.waiting.records, [].iter());
            self.tell(Vec::new(), written.map_err(|failed| failed.why)?);
        }
    }
}
