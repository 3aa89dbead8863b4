//! Streams of values, in both directions.

use std::future::Future;
use std::pin::Pin;

use crate::error::Thrown;
use crate::value::Value;

/// A stream to read from. Clones are the same stream, which one reader reads; dropping the last cancels it.
#[derive(Clone, Debug)]
pub struct Readable {}

impl Readable {
    /// A stream of what `chunks` gives, asked for as the reader reads.
    pub fn new(chunks: impl futures::Stream<Item = Result<Value, Thrown>> + 'static) -> Self {
        let _ = chunks;
        todo!()
    }

    /// The next chunk; `None` at the end.
    pub async fn next(&self) -> Option<Result<Value, Thrown>> {
        todo!()
    }

    /// Stops it: its writer learns that nobody reads any more.
    pub fn cancel(&self, reason: Thrown) {
        let _ = reason;
        todo!()
    }
}

/// A stream to write to. Clones are the same stream; dropping the last aborts it where it was not closed.
#[derive(Clone, Debug)]
pub struct Writable {}

impl Writable {
    /// A stream that ends in `sink`.
    pub fn new(sink: impl Sink) -> Self {
        let _ = sink;
        todo!()
    }

    /// Writes a chunk; waits while more than the window is on its way. An error ends the stream.
    ///
    /// # Errors
    /// What an earlier write or this one failed with.
    pub async fn write(&self, chunk: Value) -> Result<(), Thrown> {
        let _ = chunk;
        todo!()
    }

    /// Closes it, once everything that was written is taken.
    ///
    /// # Errors
    /// What a write failed with, or the close.
    pub async fn close(&self) -> Result<(), Thrown> {
        todo!()
    }

    /// Ends it with a reason.
    pub fn abort(&self, reason: Thrown) {
        let _ = reason;
        todo!()
    }
}

/// Where what is written to a stream ends. One call at a time: the next one waits for the future of the one before.
pub trait Sink: 'static {
    /// Takes a chunk. The write is acknowledged when this is done.
    fn write(&mut self, chunk: Value) -> Pin<Box<dyn Future<Output = Result<(), Thrown>>>>;

    /// The end.
    fn close(&mut self) -> Pin<Box<dyn Future<Output = Result<(), Thrown>>>>;

    /// An end before its time.
    fn abort(&mut self, reason: Thrown);
}
