//! The seam between values as text and the session whose tables that text points into.
//!
//! Reading an expression asks an [`Importer`], writing a value an [`Exporter`]. A session is both; so is, in its own
//! way, the application of a mapping; a value without a session has [`Alone`](crate::expression).

use crate::error::Error;
use crate::json::Program;
use crate::limits::Limits;
use crate::stream::{Readable, Writable};
use crate::stub::{Promise, Stub};
use crate::target::Key;
use crate::value::Value;

/// A position in a table of a session: below zero what its owner offered, above what the other asked for.
pub(crate) type Id = i64;

/// A value that was read.
#[derive(Debug, Default)]
pub(crate) struct Payload {
    /// The value. It owns the references in it: dropping it releases them.
    pub(crate) value: Value,
    /// How many [`Value::Promise`] are in it, all of which must be settled before it may be delivered.
    pub(crate) promises: usize,
}

/// What the reader of expressions asks for. The names are the sender's: its export is an import here.
pub(crate) trait Importer {
    /// `["export", id]`: an object of the peer's.
    fn stub(&mut self, id: Id) -> Result<Stub, Error>;

    /// `["promise", id]`: something of the peer's that it resolves by itself.
    fn promise(&mut self, id: Id) -> Result<Promise, Error>;

    /// `["writable", id]`: the peer's end of a stream to write to.
    fn writable(&mut self, id: Id) -> Result<Writable, Error>;

    /// `["readable", id]`: the end of a pipe, which can be taken once.
    fn readable(&mut self, id: Id) -> Result<Readable, Error>;

    /// `["import", id]`: an object of ours comes home.
    fn own(&mut self, id: Id) -> Result<Stub, Error>;

    /// `["import", id, path, arguments?]`: a part of it, or what a call gives, passed on without waiting for it.
    fn own_part(&mut self, id: Id, path: Vec<Key>, arguments: Option<Payload>) -> Result<Stub, Error>;

    /// `["pipeline", id, path?, arguments?]`: the same, to be settled before the value around it is delivered.
    fn part(&mut self, id: Id, path: Vec<Key>, arguments: Option<Payload>) -> Result<Promise, Error>;

    /// `["remap", id, path, captures, instructions]`.
    fn remap(&mut self, id: Id, path: Vec<Key>, captures: Vec<Stub>, program: Program) -> Result<Promise, Error>;

    /// Counts work against [`Limits::message_work`]: one for a value, one for each 64 bytes that it holds.
    fn spend(&mut self, work: usize) -> Result<(), Error>;

    /// The bounds of the session.
    fn limits(&self) -> Limits;
}

/// What the writer asks for. What it is given a position for is another reference, not the one in the value.
pub(crate) trait Exporter {
    /// An object: [`Reference::Import`] when it is one of the peer's that goes home, else [`Reference::Export`].
    fn stub(&mut self, stub: &Stub) -> Result<Reference, Error>;

    /// [`Reference::Pipeline`] when the peer knows its answer already, else [`Reference::Promise`].
    fn promise(&mut self, promise: &Promise) -> Result<Reference, Error>;

    /// A stream that the peer is going to write to.
    fn writable(&mut self, writable: &Writable) -> Result<Id, Error>;

    /// A stream that the peer is going to read: makes a pipe, which is a message of its own before this one.
    fn readable(&mut self, readable: &Readable) -> Result<Id, Error>;

    /// The value could not be written: nobody is going to hear of these.
    fn take_back(&mut self, made: &[Made]);
}

/// How a reference is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reference {
    /// An object of the peer's.
    Import(Id),
    /// An object of ours.
    Export(Id),
    /// A promise of ours.
    Promise(Id),
    /// A part of what the peer is going to answer.
    Pipeline(Id, Vec<Key>),
}

/// What writing a value put into the tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Made {
    /// A reference of the peer's to something of ours.
    Export(Id),
    /// A pipe, at the peer's.
    Pipe(Id),
}
