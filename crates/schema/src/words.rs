//! One value of any pointer type, kept as a message of a single segment.

use capnp::message::{Builder, HeapAllocator, Reader, ReaderOptions, SegmentArray};
use capnp::{Word, any_pointer};

use crate::error::{Error, Result};

/// A message of one segment, owned and aligned, without capabilities.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words(Vec<Word>);

impl Words {
    /// A copy of what a pointer leads to, at most `limit` words of it.
    pub(crate) fn copy(value: any_pointer::Reader<'_>, limit: usize) -> Result<Self> {
        let size = value.target_size().map_err(|e| Error::unreadable(&e))?;
        if size.cap_count > 0 {
            return Err(Error::message("a capability lies within an untyped value"));
        }
        let words = u32::try_from(size.word_count)
            .ok()
            .filter(|&words| usize::try_from(words).is_ok_and(|words| words < limit))
            .ok_or_else(|| Error::limit("the untyped value is too large"))?;
        Self::build(words, |mut root| root.set_as(value))
    }

    /// A message of at most so many words besides its root.
    pub(crate) fn build(words: u32, fill: impl FnOnce(any_pointer::Builder<'_>) -> capnp::Result<()>) -> Result<Self> {
        let room = HeapAllocator::new().first_segment_words(words.saturating_add(1));
        let mut message = Builder::new(room);
        fill(message.init_root()).map_err(|e| Error::unreadable(&e))?;
        match &message.get_segments_for_output()[..] {
            [segment] => Self::from_bytes(segment),
            _ => Err(Error::message("the untyped value is not of the size it claims")),
        }
    }

    /// The message whose only segment these bytes are.
    pub(crate) fn from_bytes(bytes: &[u8]) -> Result<Self> {
        if bytes.is_empty() || !bytes.len().is_multiple_of(8) {
            return Err(Error::value("the untyped value is not whole words"));
        }
        let mut words = Word::allocate_zeroed_vec(bytes.len() / 8);
        Word::words_to_bytes_mut(&mut words).copy_from_slice(bytes);
        Ok(Self(words))
    }

    /// The segment.
    #[must_use]
    pub(crate) fn bytes(&self) -> &[u8] {
        Word::words_to_bytes(&self.0)
    }

    /// Reads the value; nothing in it is read twice.
    pub(crate) fn read<T>(&self, read: impl FnOnce(any_pointer::Reader<'_>) -> Result<T>) -> Result<T> {
        let segments = [self.bytes()];
        let mut options = ReaderOptions::new();
        options.traversal_limit_in_words(Some(self.0.len().saturating_mul(2)));
        let message = Reader::new(SegmentArray::new(&segments), options);
        read(message.get_root().map_err(|e| Error::unreadable(&e))?)
    }
}
