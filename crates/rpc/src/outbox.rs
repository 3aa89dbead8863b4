//! Output waiting to be written, without I/O.
//!
//! Small messages are copied behind one another, so that all that is ready goes out in one write; large
//! segments are written from where they lie.

use std::collections::VecDeque;
use std::io::IoSlice;
use std::rc::Rc;

use capnp::message::{Builder, HeapAllocator};

/// Messages up to this size are copied.
const COPIED: usize = 4 << 10;
/// A buffer that has grown past this is not kept.
const KEPT: usize = 32 << 10;
/// Slices in one vectored write.
const SLICES: usize = 32;

type Message = Rc<Builder<HeapAllocator>>;

enum Chunk {
    Bytes(Vec<u8>),
    Segment(Message, usize),
}

impl Chunk {
    fn bytes(&self) -> &[u8] {
        match self {
            Chunk::Bytes(bytes) => bytes,
            Chunk::Segment(message, index) => {
                let segments = message.get_segments_for_output();
                segments.get(*index).copied().unwrap_or_default()
            }
        }
    }
}

/// Messages in the order of sending.
#[derive(Default)]
pub(crate) struct Outbox {
    chunks: VecDeque<Chunk>,
    /// How much of the first chunk is written.
    written: usize,
    bytes: usize,
    /// Framed sizes of the messages that are not wholly written.
    messages: VecDeque<usize>,
    /// How much of the first message is written.
    begun: usize,
    spare: Vec<u8>,
}

impl Outbox {
    /// Bytes still to be written.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.bytes == 0
    }

    /// Appends a message; gives its framed size.
    pub(crate) fn push(&mut self, message: &Message) -> usize {
        let segments = message.get_segments_for_output();
        let body: usize = segments.iter().map(|segment| segment.len()).sum();
        let tail = self.tail();
        let before = tail.len();
        write_header(tail, &segments);
        let framed = tail.len() - before + body;
        if body <= COPIED {
            for segment in segments.iter() {
                tail.extend_from_slice(segment);
            }
        } else {
            let parts = segments.iter().enumerate().filter(|(_, segment)| !segment.is_empty());
            self.chunks.extend(parts.map(|(index, _)| Chunk::Segment(message.clone(), index)));
        }
        self.bytes += framed;
        self.messages.push_back(framed);
        framed
    }

    /// What to write next.
    pub(crate) fn slices(&self) -> impl Iterator<Item = IoSlice<'_>> {
        let mut skip = self.written;
        self.chunks.iter().take(SLICES).map(move |chunk| {
            let bytes = chunk.bytes().get(std::mem::take(&mut skip)..).unwrap_or_default();
            IoSlice::new(bytes)
        })
    }

    /// `count` bytes were written.
    pub(crate) fn wrote(&mut self, count: usize) {
        self.bytes = self.bytes.saturating_sub(count);
        self.begun += count;
        while let Some(&size) = self.messages.front()
            && self.begun >= size
        {
            self.begun -= size;
            self.messages.pop_front();
        }
        self.written += count;
        while let Some(first) = self.chunks.front()
            && self.written >= first.bytes().len()
        {
            self.written -= first.bytes().len();
            if let Some(Chunk::Bytes(mut bytes)) = self.chunks.pop_front()
                && bytes.capacity() <= KEPT
            {
                bytes.clear();
                self.spare = bytes;
            }
        }
    }

    /// Drops every message of which nothing is written yet.
    pub(crate) fn discard_unstarted(&mut self) {
        let begun = self.messages.front().copied().filter(|_| self.begun > 0);
        let rest = begun.map_or(0, |size| size - self.begun);
        let kept: Vec<u8> = self.slices_from_all().flatten().copied().take(rest).collect();
        self.written = 0;
        self.bytes = kept.len();
        self.messages.truncate(usize::from(begun.is_some()));
        self.chunks.clear();
        if !kept.is_empty() {
            self.chunks.push_back(Chunk::Bytes(kept));
        }
    }

    /// Drops everything: nobody will read it.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    fn slices_from_all(&self) -> impl Iterator<Item = &[u8]> {
        let mut skip = self.written;
        self.chunks.iter().map(move |chunk| chunk.bytes().get(std::mem::take(&mut skip)..).unwrap_or_default())
    }

    fn tail(&mut self) -> &mut Vec<u8> {
        if !matches!(self.chunks.back(), Some(Chunk::Bytes(_))) {
            self.chunks.push_back(Chunk::Bytes(std::mem::take(&mut self.spare)));
        }
        match self.chunks.back_mut() {
            Some(Chunk::Bytes(bytes)) => bytes,
            _ => &mut self.spare,
        }
    }
}

fn write_header(into: &mut Vec<u8>, segments: &[&[u8]]) {
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes();
    into.extend_from_slice(&number(segments.len().saturating_sub(1)));
    for segment in segments {
        into.extend_from_slice(&number(segment.len() / 8));
    }
    if segments.len().is_multiple_of(2) {
        into.extend_from_slice(&[0; 4]);
    }
}
