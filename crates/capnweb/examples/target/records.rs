//! What one session can ask of what became of another, by key, for as long as the program runs.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use capnweb::{Thrown, Value};

/// Records of one kind.
pub(crate) type Book<T> = RefCell<HashMap<String, T>>;

#[derive(Default)]
pub(crate) struct Records {
    pub(crate) tracked: Book<Tracked>,
    pub(crate) broken: Book<String>,
    pub(crate) outcomes: Book<Value>,
    pub(crate) streams: Book<Rc<RefCell<Streamed>>>,
    pub(crate) sinks: Book<Rc<RefCell<Sunk>>>,
}

/// Objects that were made, and those that are gone.
#[derive(Clone, Copy, Default)]
pub(crate) struct Tracked {
    pub(crate) created: f64,
    pub(crate) disposed: f64,
}

/// What an endless stream made.
#[derive(Default)]
pub(crate) struct Streamed {
    pub(crate) produced: f64,
    pub(crate) cancelled: bool,
}

/// What a sink got.
#[derive(Default)]
pub(crate) struct Sunk {
    pub(crate) chunks: Vec<Value>,
    pub(crate) bytes: f64,
    pub(crate) closed: bool,
    pub(crate) aborted: Option<String>,
}

/// The message of what was thrown.
pub(crate) fn message(thrown: &Thrown) -> String {
    match &thrown.0 {
        Value::Error(error) => error.message.clone(),
        Value::String(text) => text.clone(),
        other => format!("{other:?}"),
    }
}
