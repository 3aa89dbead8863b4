//! Stream framing, without I/O: bytes in, whole frames out, memory in step with what has arrived.

use capnp::Word;
use capnp::message::ReaderSegments;

use crate::error::Misuse;
use crate::limits::Limits;

const WORD: usize = 8;
/// What a quiet connection keeps for reading.
const SMALL_READ: usize = 4 << 10;
/// What a busy one reads at once.
const LARGE_READ: usize = 64 << 10;
/// Frames above this are assembled in memory of their own instead of in the read buffer.
const LARGE_FRAME: usize = 16 << 10;

/// One message as it came: its segments in one aligned block.
pub(crate) struct Frame {
    words: Vec<Word>,
    segments: Segments,
}

/// Where each segment lies, in words. Nearly every message has one.
enum Segments {
    One,
    Many(Vec<(usize, usize)>),
}

impl Frame {
    /// Size of the body.
    pub(crate) fn bytes(&self) -> usize {
        self.words.len() * WORD
    }
}

impl ReaderSegments for Frame {
    fn get_segment(&self, id: u32) -> Option<&[u8]> {
        let words = match &self.segments {
            Segments::One if id == 0 => self.words.as_slice(),
            Segments::One => return None,
            Segments::Many(table) => {
                let (start, end) = *table.get(usize::try_from(id).ok()?)?;
                self.words.get(start..end)?
            }
        };
        Some(Word::words_to_bytes(words))
    }

    fn len(&self) -> usize {
        match &self.segments {
            Segments::One => 1,
            Segments::Many(table) => table.len(),
        }
    }
}

struct Header {
    bytes: usize,
    body_bytes: usize,
    segments: Segments,
}

/// A large frame on its way in.
struct Assembly {
    words: Vec<Word>,
    filled: usize,
    total: usize,
    segments: Segments,
}

/// Cuts a stream of bytes into frames.
///
/// It is fed by reading into [`Decoder::space`] and reporting how much came by [`Decoder::arrived`].
pub(crate) struct Decoder {
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    assembly: Option<Assembly>,
    message_bytes: usize,
    max_segments: usize,
}

impl Decoder {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            buffer: Vec::new(),
            start: 0,
            end: 0,
            assembly: None,
            message_bytes: limits.message_bytes,
            max_segments: limits.segments.min(512),
        }
    }

    /// Takes the next whole frame.
    pub(crate) fn next(&mut self) -> Result<Option<Frame>, Misuse> {
        if self.assembly.is_some() {
            return Ok(self.finish_assembly());
        }
        let Some(header) = self.header()? else {
            return Ok(None);
        };
        let body = self.start + header.bytes;
        if header.body_bytes > LARGE_FRAME {
            self.start = body;
            self.assembly =
                Some(Assembly { words: Vec::new(), filled: 0, total: header.body_bytes, segments: header.segments });
            self.move_into_assembly();
            return Ok(self.finish_assembly());
        }
        let Some(bytes) = self.buffer.get(body..self.end).and_then(|rest| rest.get(..header.body_bytes)) else {
            return Ok(None);
        };
        let mut words = Word::allocate_zeroed_vec(header.body_bytes / WORD);
        Word::words_to_bytes_mut(&mut words).copy_from_slice(bytes);
        self.start = body + header.body_bytes;
        Ok(Some(Frame { words, segments: header.segments }))
    }

    /// Whether [`Decoder::next`] would give a frame, or find fault, without more input.
    pub(crate) fn has_more(&self) -> bool {
        if self.assembly.is_some() {
            return false;
        }
        match self.header() {
            Ok(None) => false,
            Ok(Some(header)) => header.bytes + header.body_bytes <= self.end - self.start,
            Err(_) => true,
        }
    }

    /// Whether a frame has begun and not ended.
    pub(crate) fn mid_frame(&self) -> bool {
        self.assembly.is_some() || self.start < self.end
    }

    /// Whether the header of the frame that has begun is whole, so that its body is awaited.
    pub(crate) fn in_body(&self) -> bool {
        self.assembly.is_some() || matches!(self.header(), Ok(Some(_)))
    }

    /// Memory to read into; never empty.
    pub(crate) fn space(&mut self) -> &mut [u8] {
        if let Some(assembly) = &mut self.assembly {
            return assembly.space();
        }
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
        }
        if self.buffer.is_empty() {
            self.buffer = vec![0; SMALL_READ];
        } else if self.start > 0 && self.buffer.len() - self.end < SMALL_READ {
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
        }
        if self.buffer.len() - self.end < SMALL_READ / 2 {
            self.buffer.resize(LARGE_READ, 0);
        }
        self.buffer.get_mut(self.end..).unwrap_or_default()
    }

    /// `count` bytes were read into the space given.
    pub(crate) fn arrived(&mut self, count: usize) {
        if let Some(assembly) = &mut self.assembly {
            assembly.filled = (assembly.filled + count).min(assembly.words.len() * WORD);
            return;
        }
        self.end = (self.end + count).min(self.buffer.len());
        if self.start == 0 && self.end == self.buffer.len() && self.end < LARGE_READ {
            self.buffer.resize(LARGE_READ, 0);
        }
    }

    /// Gives back memory that a burst needed and a quiet connection does not.
    pub(crate) fn rest(&mut self) {
        if self.buffer.len() > SMALL_READ && self.start == self.end {
            self.buffer = Vec::new();
            (self.start, self.end) = (0, 0);
        }
    }

    fn header(&self) -> Result<Option<Header>, Misuse> {
        let bytes = self.buffer.get(self.start..self.end).unwrap_or_default();
        let Some(count) = le_u32(bytes, 0) else {
            return Ok(None);
        };
        let count = usize::try_from(count).unwrap_or(usize::MAX).saturating_add(1);
        if count > self.max_segments {
            return Err(Misuse::TooManySegments);
        }
        let header_bytes = (4 + 4 * count).next_multiple_of(WORD);
        let known = count.min(bytes.len() / 4 - 1);
        let mut total = 0usize;
        let mut table = Vec::new();
        for index in 0..known {
            let words =
                le_u32(bytes, 4 + 4 * index).and_then(|words| usize::try_from(words).ok()).unwrap_or(usize::MAX);
            let end = total.saturating_add(words);
            if end > self.message_bytes / WORD {
                return Err(Misuse::TooLarge);
            }
            if count > 1 {
                table.push((total, end));
            }
            total = end;
        }
        if bytes.len() < header_bytes {
            return Ok(None);
        }
        let segments = if count == 1 { Segments::One } else { Segments::Many(table) };
        Ok(Some(Header { bytes: header_bytes, body_bytes: total * WORD, segments }))
    }

    fn move_into_assembly(&mut self) {
        let Some(assembly) = &mut self.assembly else {
            return;
        };
        while self.start < self.end && assembly.filled < assembly.total {
            let source = self.buffer.get(self.start..self.end).unwrap_or_default();
            let space = assembly.space();
            let count = space.len().min(source.len());
            let (Some(to), Some(from)) = (space.get_mut(..count), source.get(..count)) else {
                return;
            };
            to.copy_from_slice(from);
            assembly.filled += count;
            self.start += count;
        }
    }

    fn finish_assembly(&mut self) -> Option<Frame> {
        let assembly = self.assembly.take_if(|assembly| assembly.filled == assembly.total)?;
        Some(Frame { words: assembly.words, segments: assembly.segments })
    }
}

impl Assembly {
    /// Memory for the next bytes: at most doubles what has arrived, never past the frame's end.
    fn space(&mut self) -> &mut [u8] {
        let held = self.words.len() * WORD;
        if self.filled == held {
            let larger = (held * 2).max(LARGE_READ).min(self.total);
            self.words.resize(larger / WORD, ZERO);
        }
        Word::words_to_bytes_mut(&mut self.words).get_mut(self.filled..).unwrap_or_default()
    }
}

const ZERO: Word = capnp::word(0, 0, 0, 0, 0, 0, 0, 0);

fn le_u32(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at + 4)?;
    Some(u32::from_le_bytes(four.try_into().ok()?))
}
