//! Message bodies on their way across: reading them with another table of capabilities than the one they came with.
//!
//! `capnp` keeps capabilities beside a message, in a table that its hooks do not let go of.
//! A body without any passes as it is; one with some is copied once, so that the table is ours to rewrite.

use capnp::Error;
use capnp::any_pointer;
use capnp::message::{Builder, HeapAllocator};
use capnp::private::capability::{ClientHook, ParamsHook, ResponseHook};
use capnp::private::layout::CapTable;
use capnp::traits::{Imbue, ImbueMut};
use capos_schema::Denial;

/// A body with a table of its own.
pub(crate) struct Body {
    message: Builder<HeapAllocator>,
    pub(crate) capabilities: CapTable,
}

/// Says what a capability is on the other side, or that it may not cross.
pub(crate) trait Over: FnMut(Box<dyn ClientHook>) -> Result<Box<dyn ClientHook>, Denial> {}

impl<F: FnMut(Box<dyn ClientHook>) -> Result<Box<dyn ClientHook>, Denial>> Over for F {}

/// Small bodies are the rule; a segment grows as needed.
const FIRST_SEGMENT_WORDS: u32 = 32;

/// The most capabilities in one message, one that is pointed to twice counted twice.
///
/// A pointer takes a word, and what it becomes on the next connection several: a message within one connection's
/// bounds could otherwise break another's, which others share. 1,024: no method has a use for as many.
pub(crate) const MOST_CAPABILITIES: u32 = 1_024;

impl Body {
    pub(crate) fn new(words: u64) -> Self {
        let words = u32::try_from(words).unwrap_or(u32::MAX).clamp(FIRST_SEGMENT_WORDS, 1 << 20);
        Self { message: Builder::new(HeapAllocator::new().first_segment_words(words)), capabilities: CapTable::new() }
    }

    /// Copies `from` with its capabilities; none where there are none, for then it can pass as it is.
    pub(crate) fn of_capabilities(from: any_pointer::Reader<'_>) -> capnp::Result<Option<Self>> {
        let size = from.target_size()?;
        if size.cap_count == 0 {
            return Ok(None);
        }
        if size.cap_count > MOST_CAPABILITIES {
            return Err(Error::failed("too many capabilities in one message".into()));
        }
        let mut body = Self::new(size.word_count.saturating_add(1));
        body.builder()?.set_as(from)?;
        Ok(Some(body))
    }

    pub(crate) fn builder(&mut self) -> capnp::Result<any_pointer::Builder<'_>> {
        let mut root: any_pointer::Builder<'_> = self.message.get_root()?;
        root.imbue_mut(&mut self.capabilities);
        Ok(root)
    }

    pub(crate) fn reader(&self) -> capnp::Result<any_pointer::Reader<'_>> {
        let mut root: any_pointer::Reader<'_> = self.message.get_root_as_reader()?;
        root.imbue(&self.capabilities);
        Ok(root)
    }

    /// Replaces each capability by what it is on the other side.
    pub(crate) fn cross(mut self, mut over: impl Over) -> Result<Self, Denial> {
        for slot in &mut self.capabilities {
            *slot = slot.take().map(&mut over).transpose()?;
        }
        Ok(self)
    }
}

impl ParamsHook for Body {
    fn get(&self) -> capnp::Result<any_pointer::Reader<'_>> {
        self.reader()
    }
}

impl ResponseHook for Body {
    fn get(&self) -> capnp::Result<any_pointer::Reader<'_>> {
        self.reader()
    }
}

/// Makes a pointer null, and leaves what it pointed to where it is.
///
/// `clear` cannot: the library panics when it is to clear away a capability.
/// Copying a null pointer over it overwrites the pointer alone.
pub(crate) fn forget(pointer: &mut any_pointer::Builder<'_>) -> capnp::Result<()> {
    let mut null = Body::new(0);
    null.builder()?;
    pointer.set_as(null.reader()?)
}

/// The bytes that a body takes up.
pub(crate) fn bytes(body: any_pointer::Reader<'_>) -> capnp::Result<u64> {
    Ok(body.target_size()?.word_count.saturating_mul(8))
}

/// A call's arguments, and whether there are capabilities among them.
pub(crate) enum Params {
    Plain(Box<dyn ParamsHook>),
    Carrying(Body),
}

impl Params {
    pub(crate) fn new(params: Box<dyn ParamsHook>) -> capnp::Result<Self> {
        Ok(match Body::of_capabilities(params.get()?)? {
            None => Self::Plain(params),
            Some(body) => Self::Carrying(body),
        })
    }

    /// The arguments for the other side.
    pub(crate) fn cross(self, over: impl Over) -> Result<Box<dyn ParamsHook>, Denial> {
        Ok(match self {
            Self::Plain(params) => params,
            Self::Carrying(body) => Box::new(body.cross(over)?),
        })
    }
}

/// Writes `from` into `to`, with each capability replaced by what it is on the other side.
pub(crate) fn cross_into(
    mut to: any_pointer::Builder<'_>,
    from: any_pointer::Reader<'_>,
    over: impl Over,
) -> capnp::Result<()> {
    match Body::of_capabilities(from)? {
        None => to.set_as(from),
        Some(body) => to.set_as(body.cross(over)?.reader()?),
    }
}
