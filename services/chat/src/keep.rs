//! What outlasts the process: a file of messages and a file of rules for each channel.
//!
//! Messages are appended as they come, one line each, and now and then a file is written anew with what is still kept.
//! The hall's memory is the truth: whatever cannot be appended, for want of space or after an error, is written whole
//! from there later. At a start, lines that cannot be read are passed over.

mod files;
mod lines;
mod rules;

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use crate::channel::Channel;
use crate::hall::{Change, Hall};
use crate::words::ChannelName;
use crate::{Error, Limits};

pub(crate) use files::{Directory, Work, Written};

/// How much more than a channel's messages may take its file may, before it is written anew.
const SLACK: u64 = 4;

/// What is to be written of one channel.
#[derive(Debug, Default)]
struct Pending {
    log: Log,
    rules: bool,
}

#[derive(Debug, Default)]
enum Log {
    #[default]
    AsItIs,
    /// These lines go behind what is there.
    More(Vec<u8>),
    /// What is kept takes the place of what is there.
    Whole,
}

/// What was kept, and which of it is to be written anew because it was damaged.
#[derive(Debug, Default)]
pub(crate) struct Kept {
    pub(crate) channels: Vec<Channel>,
    pub(crate) backlog: Backlog,
}

/// Reads everything that was kept.
pub(crate) fn read(directory: &Directory, limits: &Limits, now_ms: u64) -> Result<Kept, Error> {
    let mut kept = Kept::default();
    for name in directory.names()? {
        let rules = rules::parse(&directory.rules(&name)?, limits);
        let read = lines::parse(&directory.log(&name)?, limits);
        if read.is_damaged {
            tracing::warn!(channel = %name, "some of the history could not be read and was passed over");
            kept.backlog.of(&name).log = Log::Whole;
        }
        kept.backlog.lengths.insert(name.clone(), read.bytes);
        kept.channels.push(Channel::restored(name, read.history, rules, now_ms));
    }
    // Where there are more than may be, the latest used stay.
    kept.channels.sort_by_key(|channel| std::cmp::Reverse(channel.used_ms()));
    Ok(kept)
}

/// What waits to be written.
#[derive(Debug, Default)]
pub(crate) struct Backlog {
    pending: BTreeMap<ChannelName, Pending>,
    lengths: HashMap<ChannelName, u64>,
}

impl Backlog {
    fn of(&mut self, name: &ChannelName) -> &mut Pending {
        self.pending.entry(name.clone()).or_default()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pending.is_empty()
    }

    /// Everything of a channel is to be brought in line with the hall.
    pub(crate) fn renew(&mut self, name: &ChannelName) {
        *self.of(name) = Pending { log: Log::Whole, rules: true };
    }

    /// Channels for which there was no place in the hall lose their files, or a new one of the same name would go on in
    /// them.
    pub(crate) fn forget_those_not_in(&mut self, hall: &Hall) {
        let names: Vec<ChannelName> = self.lengths.keys().cloned().collect();
        for name in names.iter().filter(|name| hall.channel(name.as_str()).is_none()) {
            tracing::warn!(channel = %name, "there are more channels than may be; this one was used least and is let go");
            self.renew(name);
        }
    }

    /// Notes changes, in their order.
    pub(crate) fn note(&mut self, changes: Vec<Change>, limits: &Limits) {
        for change in changes {
            match change {
                Change::Said(name, message) => self.append(&name, &lines::of_message(&message), limits),
                Change::Rewritten(name) => self.of(&name).log = Log::Whole,
                Change::Ruled(name) => self.of(&name).rules = true,
                Change::Gone(name) => self.renew(&name),
            }
        }
    }

    fn append(&mut self, name: &ChannelName, line: &[u8], limits: &Limits) {
        let most = SLACK * limits.history_bytes as u64;
        let length = self.lengths.get(name).copied().unwrap_or_default();
        let pending = self.of(name);
        match &mut pending.log {
            Log::AsItIs => pending.log = Log::More(line.to_vec()),
            Log::More(lines) => lines.extend_from_slice(line),
            Log::Whole => {}
        }
        if matches!(&pending.log, Log::More(lines) if length + lines.len() as u64 > most) {
            pending.log = Log::Whole;
        }
    }

    /// Takes out what is to be written, as the hall has it.
    pub(crate) fn take(&mut self, hall: &Hall, now_ms: u64) -> Vec<Work> {
        let pending = std::mem::take(&mut self.pending);
        pending.into_iter().map(|(name, pending)| work(name, pending, hall, now_ms)).collect()
    }

    /// Takes note of how it went; whether all is well.
    pub(crate) fn settle(&mut self, written: Vec<Written>) -> bool {
        let mut all = true;
        for Written { name, outcome } in written {
            match outcome {
                Ok(Some(length)) => {
                    self.lengths.insert(name, length);
                }
                Ok(None) => {
                    self.lengths.remove(&name);
                }
                Err(error) => {
                    tracing::error!(channel = %name, "could not be written: {error}");
                    self.renew(&name);
                    all = false;
                }
            }
        }
        all
    }
}

fn work(name: ChannelName, pending: Pending, hall: &Hall, now_ms: u64) -> Work {
    let Some(channel) = hall.channel(name.as_str()) else { return Work::Remove { name } };
    let (append, log) = match pending.log {
        Log::AsItIs => (None, None),
        Log::More(lines) => (Some(lines), None),
        Log::Whole => (None, Some(lines::of_history(&channel.history))),
    };
    Work::Write { name, append, log, rules: pending.rules.then(|| rules::of(&channel.rules, now_ms)) }
}

/// Opens the directory that a service keeps its channels in.
pub(crate) fn open(home: &Path, limits: &Limits) -> Result<Directory, Error> {
    // What a lower bound once allowed may be larger than what this one does.
    Directory::open(home, 2 * SLACK * limits.history_bytes.max(64 << 10) as u64)
}
