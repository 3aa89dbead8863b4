//! The writing end.

use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::channel::Channel;
use super::clock::Clock;
use super::custody::Custody;
use super::operations::Operations;
use super::pipe::{Pipe, Reader};
use super::readable::Readable;
use super::remote::{Remote, RemoteSink};
use super::survey::survey;
use super::ticket::{Done, Ticket};
use crate::error::{Error, Thrown};
use crate::target::{Answer, Target};
use crate::turn;
use crate::value::Value;

/// A stream to write to. Clones are the same stream; dropping the last aborts it where it was not closed.
///
/// Writes are done in order, one at a time, also where they are not waited for one after the other. Once one has
/// failed, all that follow fail with the same error.
#[derive(Clone, Debug)]
pub struct Writable(Rc<Writing>);

/// Where what is written to a stream ends. One call at a time: the next one waits for the future of the one before.
///
/// A sink is asked nothing more after a close, an abort, or a future that failed.
pub trait Sink: 'static {
    /// Takes a chunk. The write is acknowledged when this is done.
    fn write(&mut self, chunk: Value) -> Pin<Box<dyn Future<Output = Result<(), Thrown>>>>;

    /// The end.
    fn close(&mut self) -> Pin<Box<dyn Future<Output = Result<(), Thrown>>>>;

    /// An end before its time. What runs of the sink's is dropped before, or done.
    fn abort(&mut self, reason: Thrown);
}

/// Two ends of a stream: what is written to the one is read from the other. A write is done when its chunk is taken.
#[must_use]
pub fn pipe() -> (Writable, Readable) {
    ends(Rc::default())
}

/// The ends of a pipe that the peer writes to.
pub(crate) fn pipe_of_peer(custody: &Rc<Custody>) -> (Writable, Readable) {
    let pipe = Rc::new(Pipe::of_peer(custody.clone()));
    let weak = Rc::downgrade(&pipe);
    custody.watch(weak);
    let (writable, readable) = ends(pipe);
    writable.0.watched.set(true);
    (writable, readable)
}

fn ends(pipe: Rc<Pipe>) -> (Writable, Readable) {
    let readable = Readable::from_source(Box::new(Reader(pipe.clone())));
    (Writable::from_end(WritingEnd::Pipe(pipe)), readable)
}

#[derive(Debug)]
struct Writing {
    end: WritingEnd,
    /// Whether the session knows that the peer writes to it.
    watched: Cell<bool>,
}

#[derive(Clone)]
enum WritingEnd {
    Pipe(Rc<Pipe>),
    Sink(Rc<Operations>),
    Remote(Rc<Operations>, Rc<Remote>),
}

impl Writable {
    /// A stream that ends in `sink`.
    pub fn new(sink: impl Sink) -> Self {
        Self::from_end(WritingEnd::Sink(Operations::new(Box::new(sink))))
    }

    /// A stream of the peer's, of which never more than about `most` bytes are unacknowledged.
    pub(crate) fn remote(channel: Rc<dyn Channel>, clock: Clock, most: usize) -> Self {
        let remote = Remote::new(channel, clock, most);
        Self::from_end(WritingEnd::Remote(Operations::new(Box::new(RemoteSink(remote.clone()))), remote))
    }

    fn from_end(end: WritingEnd) -> Self {
        Self(Rc::new(Writing { end, watched: Cell::new(false) }))
    }

    /// Writes a chunk. Here it waits until it is taken; to a peer, only while more than the window is on its way. An
    /// error ends the stream.
    ///
    /// # Errors
    /// What an earlier write or this one failed with.
    pub async fn write(&self, chunk: Value) -> Result<(), Thrown> {
        let ticket = match &self.0.end {
            WritingEnd::Pipe(pipe) => pipe.write(chunk, false, None),
            WritingEnd::Sink(operations) | WritingEnd::Remote(operations, _) => operations.write(chunk, None),
        };
        ticket.await
    }

    /// Closes it, once everything that was written is taken.
    ///
    /// # Errors
    /// What a write failed with, or the close.
    pub async fn close(&self) -> Result<(), Thrown> {
        self.0.end.close().await
    }

    /// Ends it with a reason.
    pub fn abort(&self, reason: Thrown) {
        drop(self.0.end.abort(reason));
    }

    /// Whether both are one stream.
    #[must_use]
    pub fn is_same(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }

    /// Ready when the peer has refused a write, even if no other follows.
    pub(super) fn poll_failed(&self, context: &mut Context<'_>) -> Poll<Thrown> {
        match &self.0.end {
            WritingEnd::Remote(_, remote) => remote.poll_failed(context),
            WritingEnd::Pipe(_) | WritingEnd::Sink(_) => Poll::Pending,
        }
    }

    /// Until the peer has taken everything that was written.
    pub(super) async fn acknowledged(&self) -> Done {
        match &self.0.end {
            WritingEnd::Remote(_, remote) => std::future::poll_fn(|context| remote.poll_acknowledged(context)).await,
            WritingEnd::Pipe(_) | WritingEnd::Sink(_) => Ok(()),
        }
    }

    /// What the peer of a session calls.
    pub(crate) fn served(&self, custody: &Rc<Custody>) -> impl Target + use<> {
        Served { writable: self.clone(), custody: custody.clone() }
    }

    fn serve_write(&self, chunk: Value, custody: &Rc<Custody>) -> Answer {
        let survey = survey(&chunk);
        let Some(charge) = custody.charge(survey.bytes) else {
            return Answer::Now(Err(Error::range_error("More was written than is held for who reads it.").into()));
        };
        answer(match &self.0.end {
            WritingEnd::Pipe(pipe) => pipe.write(chunk, survey.references, Some(charge)),
            WritingEnd::Sink(operations) | WritingEnd::Remote(operations, _) => {
                if !self.0.watched.replace(true) {
                    let weak = Rc::downgrade(operations);
                    custody.watch(weak);
                }
                operations.write(chunk, Some(charge))
            }
        })
    }
}

/// A stream that a peer was given.
struct Served {
    writable: Writable,
    custody: Rc<Custody>,
}

impl Target for Served {
    fn call(self: Rc<Self>, name: Option<&str>, mut arguments: Vec<Value>) -> Answer {
        let argument = if arguments.is_empty() { Value::Undefined } else { arguments.swap_remove(0) };
        let end = &self.writable.0.end;
        match name {
            Some("write") => self.writable.serve_write(argument, &self.custody),
            Some("close") => answer(end.close()),
            Some("abort") => answer(end.abort(Thrown(argument).brief())),
            name => Answer::no_method(name),
        }
    }
}

fn answer(ticket: Ticket) -> Answer {
    Answer::later(async move { ticket.await.map(|()| Value::Undefined) })
}

pub(super) fn closed() -> Thrown {
    Error::type_error("The stream is closed.").into()
}

impl WritingEnd {
    fn close(&self) -> Ticket {
        match self {
            Self::Pipe(pipe) => pipe.close(),
            Self::Sink(operations) | Self::Remote(operations, _) => operations.close(),
        }
    }

    fn abort(&self, reason: Thrown) -> Ticket {
        match self {
            Self::Pipe(pipe) => {
                pipe.abort(reason);
                Ticket::settled(Ok(()))
            }
            Self::Sink(operations) => operations.abort(reason),
            Self::Remote(operations, remote) => {
                // A write that waits for the window would hold it up.
                remote.abort(reason.clone());
                operations.abort(reason)
            }
        }
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        // What waits in it may hold other streams, and those others: they are not dropped inside each other.
        turn::bury(GivenUp(self.end.clone()));
    }
}

/// A writing end that nobody holds any more.
struct GivenUp(WritingEnd);

impl Drop for GivenUp {
    fn drop(&mut self) {
        let reason = Thrown::from(Error::new("Error", "The stream was given up before it was closed."));
        match &self.0 {
            WritingEnd::Pipe(pipe) => pipe.abort(reason),
            WritingEnd::Sink(operations) => operations.give_up(reason),
            WritingEnd::Remote(operations, remote) => {
                remote.release(&reason);
                operations.give_up(reason);
            }
        }
    }
}

impl fmt::Debug for WritingEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pipe(_) => "Pipe",
            Self::Sink(_) => "Sink",
            Self::Remote(..) => "Remote",
        })
    }
}
