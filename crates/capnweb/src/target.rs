//! What a peer may call.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use crate::error::{Error, Outcome};
use crate::stub::Stub;
use crate::value::Value;

/// An object that a peer may call.
///
/// It is dropped when the last reference to it is gone: the peer's released, or its session ended.
/// Stubs and streams among arguments are released when they are dropped; a clone keeps a stub.
pub trait Target: Any {
    /// A call of the method `name`; without a name the object itself is called, as a function is.
    fn call(self: Rc<Self>, name: Option<&str>, arguments: Vec<Value>) -> Answer;

    /// The property `name`. What is not there is [`Value::Undefined`].
    fn get(self: Rc<Self>, name: &str) -> Answer {
        let _ = name;
        Answer::Now(Ok(Value::Undefined))
    }
}

/// What a call gives.
pub enum Answer {
    /// It is done.
    Now(Outcome),
    /// It is done later. Dropped unfinished when nobody wants the answer any more.
    Later(Pin<Box<dyn Future<Output = Outcome>>>),
    /// It is done later, and parts of it may be called before.
    Pipelined(Rc<dyn Pipelined>),
}

impl Answer {
    /// It is done later.
    pub fn later(work: impl Future<Output = Outcome> + 'static) -> Self {
        Self::Later(Box::pin(work))
    }

    /// There is no such method.
    #[must_use]
    pub fn no_method(name: Option<&str>) -> Self {
        Self::Now(Err(Error::type_error(format!("'{}' is not a function.", name.unwrap_or_default())).into()))
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now(outcome) => f.debug_tuple("Now").field(outcome).finish(),
            Self::Later(_) => f.write_str("Later"),
            Self::Pipelined(_) => f.write_str("Pipelined"),
        }
    }
}

/// An answer under way of which parts may be called. Dropping it gives the call up.
pub trait Pipelined: 'static {
    /// The whole answer. Asked for at most once.
    fn settled(self: Rc<Self>) -> Pin<Box<dyn Future<Output = Outcome>>>;

    /// The object that is going to be at the beginning of `path`, where it can be called already.
    fn part(&self, path: &[Key]) -> Option<Part>;
}

/// An object within an answer that is under way.
#[derive(Debug)]
pub struct Part {
    /// The object.
    pub stub: Stub,
    /// How many keys of the path lead to it; the rest is asked of the object.
    pub keys: usize,
}

/// One step of a path into a value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// A property, or an element whose number was written as a text.
    Name(String),
    /// An element.
    Index(u32),
}

impl From<&str> for Key {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

impl From<u32> for Key {
    fn from(index: u32) -> Self {
        Self::Index(index)
    }
}
