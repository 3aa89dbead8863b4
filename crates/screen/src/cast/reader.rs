//! A recording being read. It may come from anywhere.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::{Event, Header, What};
use crate::{Error, Size};

/// What a recording may cost its reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderLimits {
    /// Bytes of one line: an event is what a program wrote at once, and even a whole screen of colours is less.
    pub line_bytes: usize,
    /// Seconds that an event may be after the start: a year, after which a player would never come to its end.
    pub seconds: u64,
}

impl Default for ReaderLimits {
    fn default() -> Self {
        Self { line_bytes: 4 << 20, seconds: 31_622_400 }
    }
}

/// What a recording has, in its order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Item {
    /// Its description; always the first.
    Header(Header),
    /// Something that happened.
    Event(Event),
}

/// Reads a recording in whatever pieces it comes.
#[derive(Debug)]
pub struct Reader {
    limits: ReaderLimits,
    buffer: Vec<u8>,
    /// Where in `buffer` the next line begins.
    at: usize,
    /// Up to where in `buffer` there is no end of that line.
    searched: usize,
    lines: u64,
    last: Duration,
}

impl Reader {
    /// Reads the first line next.
    #[must_use]
    pub fn new(limits: ReaderLimits) -> Self {
        Self { limits, buffer: Vec::new(), at: 0, searched: 0, lines: 0, last: Duration::ZERO }
    }

    /// Takes the next bytes. They are kept until [`Reader::next_item`] has come to their end.
    pub fn feed(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.at);
        self.searched -= self.at;
        self.at = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next whole line; nothing until more bytes come. What comes after the last end of a line is never read: the
    /// recording was cut there.
    pub fn next_item(&mut self) -> Result<Option<Item>, Error> {
        while let Some(line) = self.next_line()? {
            if let Some(item) = self.parse(&line)? {
                return Ok(Some(item));
            }
        }
        Ok(None)
    }

    fn next_line(&mut self) -> Result<Option<Vec<u8>>, Error> {
        let fresh = self.buffer.get(self.searched..).unwrap_or_default();
        let end = fresh.iter().position(|byte| *byte == b'\n').map(|offset| self.searched + offset);
        let length = end.unwrap_or(self.buffer.len()) - self.at;
        if length > self.limits.line_bytes {
            return Err(Error::TooLong { number: self.lines + 1 });
        }
        let Some(end) = end else {
            self.searched = self.buffer.len();
            return Ok(None);
        };
        let line = self.buffer.get(self.at..end).unwrap_or_default().to_vec();
        (self.at, self.searched) = (end + 1, end + 1);
        self.lines += 1;
        Ok(Some(line))
    }

    fn parse(&mut self, line: &[u8]) -> Result<Option<Item>, Error> {
        match self.lines {
            1 => parse_header(line).map(|header| Some(Item::Header(header))),
            _ if line.trim_ascii().is_empty() => Ok(None),
            number => self.parse_event(line).map_err(|()| Error::Line { number }),
        }
    }

    /// Kinds that this version does not know are passed over, as the format asks for.
    fn parse_event(&mut self, line: &[u8]) -> Result<Option<Item>, ()> {
        let (seconds, kind, data): (f64, String, String) = serde_json::from_slice(line).map_err(|_| ())?;
        let after = Duration::try_from_secs_f64(seconds).map_err(|_| ())?;
        if after.as_secs() > self.limits.seconds {
            return Err(());
        }
        self.last = self.last.max(after);
        let what = match &*kind {
            "o" => What::Output(data),
            "r" => What::Resized(Size::parse(&data).ok_or(())?),
            "m" => What::Marker(data),
            _ => return Ok(None),
        };
        Ok(Some(Item::Event(Event { after: self.last, what })))
    }
}

#[derive(Deserialize)]
struct Version {
    version: u64,
}

/// The fields of a first line; what else there may be is passed over.
#[derive(Deserialize)]
struct Described {
    width: u16,
    height: u16,
    #[serde(default)]
    timestamp: Option<f64>,
    #[serde(default)]
    title: Option<String>,
    #[serde(default)]
    command: Option<String>,
    #[serde(default)]
    env: Option<BTreeMap<String, Option<String>>>,
}

fn parse_header(line: &[u8]) -> Result<Header, Error> {
    let version: Version = serde_json::from_slice(line).map_err(|_| Error::NotARecording)?;
    if version.version != 2 {
        return Err(Error::Version);
    }
    let described: Described = serde_json::from_slice(line).map_err(|_| Error::NotARecording)?;
    let started_at = described.timestamp.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    let environment = described.env.unwrap_or_default().into_iter();
    Ok(Header {
        size: Size::new(described.width, described.height).ok_or(Error::NotARecording)?,
        started_at: started_at.map_or(0, |at| at.as_secs()),
        title: described.title.unwrap_or_default(),
        command: described.command.unwrap_or_default(),
        environment: environment.filter_map(|(key, value)| Some((key, value?))).collect(),
    })
}
