//! Sources and sinks that tell what happened to them.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use capnweb::{Bytes, Error, Readable, Sink, Thrown, Value};
use futures::channel::oneshot;

pub(crate) fn number(number: u32) -> Value {
    Value::Number(f64::from(number))
}

pub(crate) fn bytes(data: impl Into<bytes::Bytes>) -> Value {
    Value::Bytes(Bytes::new(data))
}

pub(crate) fn thrown(message: &str) -> Thrown {
    Error::range_error(message).into()
}

pub(crate) fn message(thrown: &Thrown) -> String {
    match &thrown.0 {
        Value::Error(error) => error.message.clone(),
        other => panic!("no error: {other:?}"),
    }
}

/// The message of a chunk or a result that has to be an error.
pub(crate) fn failure<T>(result: Result<T, Thrown>) -> String {
    message(&result.map(drop).unwrap_err())
}

pub(crate) fn as_number(value: &Value) -> u32 {
    match value {
        Value::Number(number) => format!("{number}").parse().unwrap(),
        other => panic!("no number: {other:?}"),
    }
}

/// Sets its flag when it is dropped.
#[derive(Debug, Default)]
pub(crate) struct Dropped(pub(crate) Rc<Cell<bool>>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.set(true);
    }
}

/// A source of 0, 1, 2 … that tells how many it made and whether it was dropped.
#[derive(Clone, Debug, Default)]
pub(crate) struct Endless {
    pub(crate) made: Rc<Cell<u32>>,
    pub(crate) dropped: Rc<Cell<bool>>,
}

impl Endless {
    pub(crate) fn readable(&self, chunk: impl Fn(u32) -> Value + 'static) -> Readable {
        let (made, guard) = (self.made.clone(), Dropped(self.dropped.clone()));
        Readable::new(futures::stream::iter(std::iter::repeat_with(move || {
            let _ = &guard;
            let next = made.get();
            made.set(next + 1);
            Ok(chunk(next))
        })))
    }
}

/// What happened to a sink.
#[derive(Clone, Debug, Default)]
pub(crate) struct Record(Rc<RefCell<Log>>);

#[derive(Debug, Default)]
struct Log {
    events: Vec<String>,
    gate: Option<oneshot::Receiver<()>>,
    fail_at: Option<usize>,
    writes: usize,
}

impl Record {
    pub(crate) fn events(&self) -> Vec<String> {
        self.0.borrow().events.clone()
    }

    /// The next write is not done before the sender is used or dropped.
    pub(crate) fn hold_next(&self) -> oneshot::Sender<()> {
        let (sender, receiver) = oneshot::channel();
        self.0.borrow_mut().gate = Some(receiver);
        sender
    }

    /// So many writes are taken, and the next fails.
    pub(crate) fn failing_after(writes: usize) -> Self {
        let record = Self::default();
        record.0.borrow_mut().fail_at = Some(writes);
        record
    }

    fn note(&self, event: impl Into<String>) {
        self.0.borrow_mut().events.push(event.into());
    }
}

impl Sink for Record {
    fn write(&mut self, chunk: Value) -> Pin<Box<dyn Future<Output = Result<(), Thrown>>>> {
        let record = self.clone();
        let gate = self.0.borrow_mut().gate.take();
        let fails = self.0.borrow().fail_at == Some(self.0.borrow().writes);
        self.0.borrow_mut().writes += 1;
        Box::pin(async move {
            if let Some(gate) = gate {
                let _ = gate.await;
            }
            if fails {
                return Err(thrown("the sink is full"));
            }
            record.note(format!("write {}", as_number(&chunk)));
            Ok(())
        })
    }

    fn close(&mut self) -> Pin<Box<dyn Future<Output = Result<(), Thrown>>>> {
        let record = self.clone();
        Box::pin(async move {
            record.note("close");
            Ok(())
        })
    }

    fn abort(&mut self, reason: Thrown) {
        self.note(format!("abort {}", message(&reason)));
    }
}
