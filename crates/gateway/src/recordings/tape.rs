//! One recording's file while it is made.

use std::fs::File;
use std::io::{self, Write as _};
use std::time::Duration;

use capos_screen::Size;
use capos_screen::cast::{Header, Writer};

use super::Recordings;
use super::archive::Archive;
use super::facts::{Facts, Id, State};
use super::index::Full;
use super::limits::RecordingLimits;

/// Bytes of output in one line: even where each is spelled out, any player reads it.
const LINE: usize = 64 << 10;

/// Something that happened in a terminal, as a service tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Event {
    /// When, after the start, as the service has it.
    pub(crate) after: Duration,
    pub(crate) what: What,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum What {
    Output(Vec<u8>),
    Resized(Size),
    Marker(String),
}

/// Why nothing more can be recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    /// There is no more room for it.
    Full(Full),
    /// It cannot be kept.
    Failed,
}

/// A file that is continued, and never changed.
pub(crate) struct Tape {
    recordings: Recordings,
    id: Id,
    file: File,
    writer: Option<Writer>,
    begun: Times,
    /// Up to when it was told before, by the node's clock, after the start.
    told: Duration,
    length: u64,
    unsynced: u64,
    synced_ns: u64,
}

/// When a recording began.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) wall_ms: u64,
    pub(crate) steady_ns: u64,
}

impl Tape {
    /// Makes the file. What is known is on the disk when this returns.
    pub(crate) fn begin(recordings: &Recordings, id: &Id, facts: &Facts, steady_ns: u64) -> Result<Self, Over> {
        let begun = Times { wall_ms: facts.started_at_ms, steady_ns };
        let file = leaves_room(recordings.archive(), recordings.limits())
            .and_then(|()| recordings.archive().create(id, facts))
            .map_err(|error| failed(id, &error))?;
        let mut tape = Self {
            recordings: recordings.clone(),
            id: id.clone(),
            file,
            writer: None,
            begun,
            told: Duration::ZERO,
            length: 0,
            unsynced: 0,
            synced_ns: steady_ns,
        };
        tape.write_header(facts)?;
        Ok(tape)
    }

    fn write_header(&mut self, facts: &Facts) -> Result<(), Over> {
        let header = Header {
            size: Size::new(facts.columns, facts.rows).unwrap_or_default(),
            started_at: self.begun.wall_ms / 1_000,
            title: facts.title.clone(),
            command: facts.command.clone(),
            ..Header::default()
        };
        let mut line = Vec::new();
        self.writer = Some(Writer::start(&header, &mut line));
        let end = line.len();
        self.append(&line, &[end])
    }

    /// Continues it.
    ///
    /// Times are the node's: what a service says may only order and spread its events between the call before and this
    /// one, so that nothing can be put where it was not.
    pub(crate) fn write(&mut self, events: &[Event], now_ns: u64) -> Result<(), Over> {
        let now = self.elapsed(now_ns);
        let Some(writer) = &mut self.writer else { return Err(Over::Failed) };
        let (mut lines, mut ends, mut last) = (Vec::new(), Vec::new(), self.told);
        for event in events {
            last = event.after.clamp(last, now.max(last));
            match &event.what {
                What::Output(bytes) => {
                    for piece in bytes.chunks(LINE) {
                        writer.output(last, piece, &mut lines);
                        ends.push(lines.len());
                    }
                }
                What::Resized(size) => writer.resized(last, *size, &mut lines),
                What::Marker(label) => writer.marker(last, label, &mut lines),
            }
            ends.push(lines.len());
        }
        self.told = now.max(self.told);
        self.append(&lines, &ends)?;
        self.recordings.index().last(&self.id, milliseconds(last));
        if self.unsynced >= self.recordings.limits().sync_bytes || self.is_sync_due(now_ns) {
            self.sync(now_ns)?;
        }
        Ok(())
    }

    /// Ends it: what is known of it then is on the disk when this returns.
    pub(crate) fn end(mut self, mut facts: Facts, now_ns: u64) -> Result<Facts, Over> {
        let now = self.elapsed(now_ns).max(self.told);
        if facts.state == State::Finished {
            let mut rest = Vec::new();
            self.writer.take().into_iter().for_each(|writer| writer.finish(now, &mut rest));
            let end = rest.len();
            // Half a character for which there is no room is no reason to call it cut.
            match self.append(&rest, &[end]) {
                Err(Over::Failed) => return Err(Over::Failed),
                Ok(()) | Err(Over::Full(_)) => {}
            }
            facts.duration_ms = milliseconds(now);
        }
        self.file.sync_all().map_err(|error| failed(&self.id, &error))?;
        self.recordings.archive().keep(&self.id, &facts).map_err(|error| failed(&self.id, &error))?;
        Ok(facts)
    }

    fn elapsed(&self, now_ns: u64) -> Duration {
        Duration::from_nanos(now_ns.saturating_sub(self.begun.steady_ns))
    }

    /// Writes as many of these lines as there is room for.
    fn append(&mut self, lines: &[u8], ends: &[usize]) -> Result<(), Over> {
        let mut before = 0;
        let pieces = ends.iter().map(|end| {
            let piece = u64::try_from(end - before).unwrap_or(u64::MAX);
            before = *end;
            piece
        });
        let (taken, full) = self.recordings.index().take(&self.id, pieces);
        let fits = usize::try_from(taken).ok().and_then(|taken| lines.get(..taken)).unwrap_or_default();
        if let Err(error) = self.file.write_all(fits) {
            self.recordings.index().give_back(&self.id, taken);
            // A line is there whole or not at all. Where not even this can be done, the next start of the node does it.
            let _ = self.file.set_len(self.length);
            return Err(failed(&self.id, &error));
        }
        self.length += taken;
        self.unsynced += taken;
        full.map_or(Ok(()), |full| Err(Over::Full(full)))
    }

    fn is_sync_due(&self, now_ns: u64) -> bool {
        Duration::from_nanos(now_ns.saturating_sub(self.synced_ns)) >= self.recordings.limits().sync_time
    }

    fn sync(&mut self, now_ns: u64) -> Result<(), Over> {
        (self.unsynced, self.synced_ns) = (0, now_ns);
        let synced = self.file.sync_data();
        synced
            .and_then(|()| leaves_room(self.recordings.archive(), self.recordings.limits()))
            .map_err(|error| failed(&self.id, &error))
    }
}

fn leaves_room(archive: &Archive, limits: &RecordingLimits) -> io::Result<()> {
    if archive.free()? < limits.reserve_bytes {
        return Err(io::Error::new(io::ErrorKind::StorageFull, "the disk has less room than is to be left free"));
    }
    Ok(())
}

fn failed(id: &Id, error: &io::Error) -> Over {
    tracing::error!(recording = id.as_str(), %error, "a recording cannot be kept");
    Over::Failed
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
