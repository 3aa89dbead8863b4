//! One direction of a link: a bounded buffer with faults. Pure: it is told the time and asked what is due.

use std::collections::VecDeque;
use std::task::Waker;
use std::time::Duration;

use tokio::time::Instant;

/// How a direction stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ending {
    /// In order: what is under way still arrives.
    Closed,
    /// At once: what is under way is lost.
    Reset,
}

/// What a reader gets.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Supply {
    Bytes(Vec<u8>),
    End,
    Reset,
    /// Nothing before this time, or, without one, before something changes.
    Wait(Option<Instant>),
}

/// What a writer gets.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Room {
    Taken(usize),
    Full,
    Broken,
}

/// At most `bytes` in each period of `every`.
#[derive(Debug)]
struct Pace {
    bytes: usize,
    every: Duration,
    left: usize,
    /// When the current period ends; none has begun before the first byte.
    until: Option<Instant>,
}

#[derive(Debug)]
pub(super) struct Lane {
    buffer: VecDeque<u8>,
    capacity: usize,
    written: u64,
    delivered: u64,
    ending: Option<Ending>,
    truncate_at: Option<u64>,
    pace: Option<Pace>,
    /// Bytes from this offset on are not there before this time.
    due: VecDeque<(u64, Instant)>,
    pub(super) delay: Duration,
    pub(super) paused: bool,
    pub(super) swallows: bool,
    pub(super) corruptions: Vec<(u64, u8)>,
    pub(super) captured: Option<Vec<u8>>,
    pub(super) reader: Option<Waker>,
    pub(super) writer: Option<Waker>,
}

impl Lane {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            buffer: VecDeque::new(),
            capacity,
            written: 0,
            delivered: 0,
            ending: None,
            truncate_at: None,
            pace: None,
            due: VecDeque::new(),
            delay: Duration::ZERO,
            paused: false,
            swallows: false,
            corruptions: Vec::new(),
            captured: None,
            reader: None,
            writer: None,
        }
    }

    pub(super) fn written(&self) -> u64 {
        self.written
    }

    pub(super) fn delivered(&self) -> u64 {
        self.delivered
    }

    /// The first ending counts, but a reset overtakes an orderly one.
    pub(super) fn end(&mut self, ending: Ending) {
        if ending == Ending::Reset {
            self.buffer.clear();
        }
        if self.ending != Some(Ending::Reset) {
            self.ending = Some(ending);
        }
    }

    pub(super) fn truncate(&mut self, length: u64) {
        self.truncate_at = Some(length);
        self.apply_truncation();
    }

    pub(super) fn set_pace(&mut self, bytes: usize, every: Duration) {
        self.pace = Some(Pace { bytes, every, left: bytes, until: None });
    }

    pub(super) fn wake_both(&mut self) {
        self.wake_reader();
        self.wake_writer();
    }

    fn wake_reader(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }

    fn wake_writer(&mut self) {
        if let Some(writer) = self.writer.take() {
            writer.wake();
        }
    }

    /// Takes what fits of `bytes`.
    pub(super) fn write(&mut self, bytes: &[u8], now: Instant) -> Room {
        if self.ending.is_some() {
            return Room::Broken;
        }
        if self.swallows {
            self.written += bytes.len() as u64;
            return Room::Taken(bytes.len());
        }
        let room = self.capacity - self.buffer.len();
        if room == 0 && !bytes.is_empty() {
            return Room::Full;
        }
        let taken = &bytes[..room.min(bytes.len())];
        if !self.delay.is_zero() {
            self.due.push_back((self.written, now + self.delay));
        }
        self.accept(taken);
        self.apply_truncation();
        self.wake_reader();
        Room::Taken(taken.len())
    }

    fn accept(&mut self, bytes: &[u8]) {
        for byte in bytes {
            let spoiled = byte ^ self.mask_at(self.written);
            self.buffer.push_back(spoiled);
            if let Some(captured) = &mut self.captured {
                captured.push(spoiled);
            }
            self.written += 1;
        }
    }

    fn mask_at(&self, offset: u64) -> u8 {
        let here = self.corruptions.iter().filter(|(at, _)| *at == offset);
        here.fold(0, |all, (_, mask)| all ^ mask)
    }

    fn apply_truncation(&mut self) {
        let Some(length) = self.truncate_at else {
            return;
        };
        if self.written < length {
            return;
        }
        let keep = length.saturating_sub(self.delivered);
        self.buffer.truncate(usize::try_from(keep).unwrap_or(usize::MAX));
        self.end(Ending::Closed);
    }

    /// Gives up to `wanted` bytes, as far as the faults allow.
    pub(super) fn read(&mut self, wanted: usize, now: Instant) -> Supply {
        if self.ending == Some(Ending::Reset) {
            return Supply::Reset;
        }
        if self.paused {
            return Supply::Wait(None);
        }
        if self.buffer.is_empty() {
            return match self.ending {
                Some(_) => Supply::End,
                None => Supply::Wait(None),
            };
        }
        let arrived = match self.arrived(now) {
            Ok(arrived) => arrived,
            Err(wait) => return Supply::Wait(Some(wait)),
        };
        let allowed = match self.pace.as_mut().map(|pace| pace.allows(now)) {
            None => usize::MAX,
            Some(Ok(allowed)) => allowed,
            Some(Err(wait)) => return Supply::Wait(Some(wait)),
        };
        let count = wanted.min(arrived).min(allowed);
        Supply::Bytes(self.deliver(count))
    }

    fn deliver(&mut self, count: usize) -> Vec<u8> {
        let bytes: Vec<u8> = self.buffer.drain(..count).collect();
        self.delivered += count as u64;
        if let Some(pace) = &mut self.pace {
            pace.left -= count;
        }
        self.wake_writer();
        bytes
    }

    /// How many buffered bytes have travelled long enough, or when the first one will have.
    fn arrived(&mut self, now: Instant) -> Result<usize, Instant> {
        while self.due.front().is_some_and(|(_, at)| *at <= now) {
            self.due.pop_front();
        }
        let Some((from, at)) = self.due.front() else {
            return Ok(self.buffer.len());
        };
        let arrived = usize::try_from(from - self.delivered).unwrap_or(usize::MAX);
        match arrived.min(self.buffer.len()) {
            0 => Err(*at),
            arrived => Ok(arrived),
        }
    }
}

impl Pace {
    /// How many bytes the current period still allows, or when the next one begins.
    fn allows(&mut self, now: Instant) -> Result<usize, Instant> {
        match self.until {
            Some(until) if now < until && self.left == 0 => return Err(until),
            Some(until) if now < until => {}
            _ => {
                self.until = Some(now + self.every);
                self.left = self.bytes;
            }
        }
        Ok(self.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(lane: &mut Lane, now: Instant) -> Supply {
        lane.read(100, now)
    }

    #[test]
    fn a_full_lane_takes_no_more_until_it_is_read() {
        let now = Instant::now();
        let mut lane = Lane::new(4);
        assert_eq!(lane.write(b"abcdef", now), Room::Taken(4));
        assert_eq!(lane.write(b"ef", now), Room::Full);
        assert_eq!(lane.read(1, now), Supply::Bytes(b"a".to_vec()));
        assert_eq!(lane.write(b"ef", now), Room::Taken(1));
        assert_eq!((lane.written(), lane.delivered()), (5, 1));
    }

    #[test]
    fn an_orderly_end_delivers_the_rest_and_a_reset_loses_it() {
        let now = Instant::now();
        let mut lane = Lane::new(4);
        lane.write(b"ab", now);
        lane.end(Ending::Closed);
        assert_eq!(lane.write(b"c", now), Room::Broken);
        assert_eq!(bytes(&mut lane, now), Supply::Bytes(b"ab".to_vec()));
        assert_eq!(bytes(&mut lane, now), Supply::End);
        lane.end(Ending::Reset);
        lane.end(Ending::Closed);
        assert_eq!(bytes(&mut lane, now), Supply::Reset);
    }

    #[test]
    fn delayed_bytes_keep_their_order_and_their_time() {
        let now = Instant::now();
        let second = Duration::from_secs(1);
        let mut lane = Lane::new(10);
        lane.write(b"a", now);
        lane.delay = second;
        lane.write(b"b", now);
        lane.delay = Duration::ZERO;
        lane.write(b"c", now);
        assert_eq!(bytes(&mut lane, now), Supply::Bytes(b"a".to_vec()));
        assert_eq!(bytes(&mut lane, now), Supply::Wait(Some(now + second)));
        let later = now + second;
        assert_eq!(bytes(&mut lane, later), Supply::Bytes(b"bc".to_vec()));
    }

    #[test]
    fn a_pace_lets_so_many_through_in_each_period() {
        let now = Instant::now();
        let second = Duration::from_secs(1);
        let mut lane = Lane::new(10);
        lane.set_pace(2, second);
        lane.write(b"abc", now);
        assert_eq!(bytes(&mut lane, now), Supply::Bytes(b"ab".to_vec()));
        assert_eq!(bytes(&mut lane, now), Supply::Wait(Some(now + second)));
        let later = now + second;
        assert_eq!(bytes(&mut lane, later), Supply::Bytes(b"c".to_vec()));
    }

    #[test]
    fn bytes_are_spoiled_and_cut_off_where_told() {
        let now = Instant::now();
        let mut lane = Lane::new(10);
        lane.corruptions.push((1, 0x01));
        lane.truncate(3);
        lane.write(b"aaaa", now);
        assert_eq!(bytes(&mut lane, now), Supply::Bytes(b"a`a".to_vec()));
        assert_eq!(bytes(&mut lane, now), Supply::End);
    }

    #[test]
    fn swallowed_bytes_count_as_written_alone() {
        let now = Instant::now();
        let mut lane = Lane::new(4);
        lane.swallows = true;
        assert_eq!(lane.write(b"abcdef", now), Room::Taken(6));
        assert_eq!(bytes(&mut lane, now), Supply::Wait(None));
        assert_eq!((lane.written(), lane.delivered()), (6, 0));
    }
}
