//! Methods declared `-> stream` as streams of JavaScript.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use capnweb::{Answer, Sink, Target, Thrown, Value, Writable};
use capos_schema::MethodRef;
use futures::FutureExt;
use futures::channel::oneshot;

use crate::capability::Capability;
use crate::errors;

/// Where what is written to a streaming method's stream goes: each chunk is the first argument of a call.
pub(crate) struct Input {
    capability: Option<Rc<Capability>>,
    method: String,
    closed_by: Option<String>,
}

impl Input {
    pub(crate) fn new(capability: Rc<Capability>, method: &MethodRef<'_>) -> Self {
        let closed_by = method.declared.closed_by.clone();
        Self { capability: Some(capability), method: method.declared.name.clone(), closed_by }
    }

    fn call(&self, method: &str, arguments: Vec<Value>) -> Pin<Box<dyn Future<Output = Result<(), Thrown>>>> {
        let Some(capability) = self.capability.clone() else {
            return Box::pin(async { Ok(()) });
        };
        let answer = Target::call(capability, Some(method), arguments);
        Box::pin(async move {
            match answer {
                Answer::Now(outcome) => outcome,
                Answer::Later(work) => work.await,
                Answer::Pipelined(call) => call.settled().await,
            }
            .map(drop)
        })
    }
}

impl Sink for Input {
    fn write(&mut self, chunk: Value) -> Pin<Box<dyn Future<Output = Result<(), Thrown>>>> {
        self.call(&self.method, vec![chunk])
    }

    fn close(&mut self) -> Pin<Box<dyn Future<Output = Result<(), Thrown>>>> {
        let closing = match &self.closed_by {
            Some(method) => self.call(method, Vec::new()),
            None => Box::pin(async { Ok(()) }),
        };
        self.capability = None;
        closing
    }

    fn abort(&mut self, _reason: Thrown) {
        self.capability = None;
    }
}

/// A program's stream that a service writes to, in the order of its calls. It is closed when the service lets go of it.
pub(crate) struct Output {
    stream: Rc<Open>,
    last: RefCell<Option<oneshot::Receiver<()>>>,
}

impl Output {
    pub(crate) fn new(stream: Writable) -> Self {
        Self { stream: Rc::new(Open(stream)), last: RefCell::default() }
    }

    /// Writes a chunk after those before. Done when there is room for the next one.
    pub(crate) fn write(&self, chunk: Value) -> impl Future<Output = capnp::Result<()>> + 'static {
        let stream = Rc::clone(&self.stream);
        self.in_turn(async move { stream.0.write(chunk).await })
    }

    /// Closes it after what was written. Done when all was taken.
    pub(crate) fn close(&self) -> impl Future<Output = capnp::Result<()>> + 'static {
        let stream = Rc::clone(&self.stream);
        self.in_turn(async move { stream.0.close().await })
    }

    fn in_turn(
        &self,
        work: impl Future<Output = Result<(), Thrown>> + 'static,
    ) -> impl Future<Output = capnp::Result<()>> + 'static {
        let (done, next) = oneshot::channel::<()>();
        let before = self.last.replace(Some(next));
        async move {
            if let Some(before) = before {
                // One that was given up lets the next one go on all the same.
                before.map(drop).await;
            }
            let outcome = work.await;
            drop(done);
            outcome.map_err(|thrown| errors::relayed(&thrown))
        }
    }
}

/// A stream that is closed when nobody writes to it any more.
struct Open(Writable);

impl Drop for Open {
    fn drop(&mut self) {
        // Asking once sends it; nobody is left who would wait for the answer.
        drop(self.0.close().now_or_never());
    }
}
