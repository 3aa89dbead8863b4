//! The reading end.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Wake, Waker};

use bytes::Bytes as Data;

use super::custody::Custody;
use crate::error::{Error, Thrown};
use crate::turn;
use crate::value::{Bytes, Value};

pub(super) type Chunk = Result<Value, Thrown>;

/// Bytes of a chunk where a whole is cut into chunks: large enough that the message around it costs little, small enough
/// that other messages get through in between.
const CHUNK: usize = 64 * 1024;

/// A stream to read from. Clones are the same stream; a chunk goes to one reader. Dropping the last clone cancels it.
#[derive(Clone)]
pub struct Readable(Rc<Reading>);

/// Where chunks come from.
pub(super) trait Source {
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Chunk>>;

    /// Nobody reads any more.
    fn cancel(self: Box<Self>, reason: Thrown);

    /// Where what is gathered of it counts.
    fn custody(&self) -> Option<Rc<Custody>> {
        None
    }
}

struct Reading {
    /// Taken out while it is asked, and for good at its end.
    source: RefCell<Option<Box<dyn Source>>>,
    /// Set by a cancellation that came while the source was being asked.
    cancelled: RefCell<Option<Thrown>>,
    ended: Cell<bool>,
    readers: Arc<Readers>,
}

/// All who wait for a chunk: the source knows one waker, whoever reads.
#[derive(Debug, Default)]
struct Readers(Mutex<Vec<Waker>>);

impl Readable {
    /// A stream of what `chunks` gives, asked for as the reader reads, and dropped at its end or when it is cancelled.
    pub fn new(chunks: impl futures::Stream<Item = Result<Value, Thrown>> + 'static) -> Self {
        Self::from_source(Box::new(Local(Box::pin(chunks))))
    }

    /// A stream of these bytes.
    #[must_use]
    pub fn of_bytes(data: impl Into<Data>) -> Self {
        let mut rest = data.into();
        Self::new(futures::stream::iter(std::iter::from_fn(move || {
            let size = rest.len().min(CHUNK);
            let data = rest.split_to(size);
            (size > 0).then(|| Ok(Value::Bytes(Bytes::new(data))))
        })))
    }

    pub(super) fn custody(&self) -> Option<Rc<Custody>> {
        self.0.source.borrow().as_ref().and_then(|source| source.custody())
    }

    pub(super) fn from_source(source: Box<dyn Source>) -> Self {
        Self(Rc::new(Reading {
            source: RefCell::new(Some(source)),
            cancelled: RefCell::default(),
            ended: Cell::new(false),
            readers: Arc::default(),
        }))
    }

    /// The next chunk; `None` at the end. An error is told once and is the end.
    pub async fn next(&self) -> Option<Result<Value, Thrown>> {
        std::future::poll_fn(|context| self.poll_next(context)).await
    }

    /// The next chunk, for a future that is written by hand.
    pub fn poll_next(&self, context: &mut Context<'_>) -> Poll<Option<Result<Value, Thrown>>> {
        self.0.poll_next(context)
    }

    /// Its chunks as a stream of futures.
    pub fn into_stream(self) -> impl futures::Stream<Item = Result<Value, Thrown>> + Unpin {
        futures::stream::poll_fn(move |context| self.poll_next(context))
    }

    /// Stops it: its writer learns that nobody reads any more.
    pub fn cancel(&self, reason: Thrown) {
        self.0.cancel(reason);
    }

    /// Whether both are one stream.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Reading {
    fn poll_next(&self, context: &mut Context<'_>) -> Poll<Option<Chunk>> {
        if self.ended.get() {
            return Poll::Ready(None);
        }
        self.readers.add(context.waker());
        let Some(mut source) = self.source.borrow_mut().take() else { return Poll::Pending };
        let waker = Waker::from(self.readers.clone());
        let chunk = source.poll_next(&mut Context::from_waker(&waker));
        if let Some(reason) = self.cancelled.borrow_mut().take() {
            source.cancel(reason);
            return Poll::Ready(None);
        }
        match &chunk {
            Poll::Ready(None | Some(Err(_))) => self.end(),
            Poll::Ready(Some(Ok(_))) | Poll::Pending => *self.source.borrow_mut() = Some(source),
        }
        chunk
    }

    fn cancel(&self, reason: Thrown) {
        if self.ended.get() {
            return;
        }
        let source = self.source.borrow_mut().take();
        match source {
            Some(source) => source.cancel(reason),
            None => *self.cancelled.borrow_mut() = Some(reason),
        }
        self.end();
    }

    fn end(&self) {
        self.ended.set(true);
        self.readers.wake_all();
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        if let Some(source) = self.source.get_mut().take() {
            turn::bury(Unread(Some(source)));
        }
    }
}

/// A source that nobody reads any more. It may hold streams itself, and those others: they are not dropped inside each
/// other.
struct Unread(Option<Box<dyn Source>>);

impl Drop for Unread {
    fn drop(&mut self) {
        if let Some(source) = self.0.take() {
            source.cancel(Error::new("Error", "The stream is not read.").into());
        }
    }
}

impl Readers {
    fn add(&self, waker: &Waker) {
        let mut wakers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !wakers.iter().any(|known| known.will_wake(waker)) {
            wakers.push(waker.clone());
        }
    }

    fn wake_all(&self) {
        let wakers = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        wakers.into_iter().for_each(Waker::wake);
    }
}

impl Wake for Readers {
    fn wake(self: Arc<Self>) {
        self.wake_all();
    }
}

/// A stream of futures.
struct Local<S>(Pin<Box<S>>);

impl<S: futures::Stream<Item = Chunk>> Source for Local<S> {
    fn poll_next(&mut self, context: &mut Context<'_>) -> Poll<Option<Chunk>> {
        self.0.as_mut().poll_next(context)
    }

    fn cancel(self: Box<Self>, _reason: Thrown) {}
}

impl fmt::Debug for Readable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Readable")
    }
}
