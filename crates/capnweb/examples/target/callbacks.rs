//! Methods that use stubs of the client.

use std::cell::Cell;
use std::rc::Rc;

use capnweb::{Error, Key, Methods, Outcome, Promise, Stub, Thrown, Value, WeakSession};
use futures::future::try_join_all;
use tokio::task::{AbortHandle, spawn_local};
use tokio::time::sleep;

use crate::later::{later, millis};
use crate::main_object::Main;
use crate::values::{list, object};

pub(crate) fn methods() -> Methods<Main> {
    Methods::<Main>::new()
        .on("echoStub", |_, (stub,): (Stub,)| object([("stub", Value::Stub(stub))]))
        .later("incrementCounter", |_, (counter, by): (Stub, Value)| {
            counter.call(Some("increment"), vec![by]).into_future()
        })
        .later(
            "readProperty",
            |_, (value, path): (Value, Vec<Value>)| async move { subject(value).get(&keys(path)?).await },
        )
        .later("call", |_, (value, path, arguments): (Value, Vec<Value>, Vec<Value>)| async move {
            subject(value).call_at(&keys(path)?, arguments).await
        })
        .later("callMany", |_, (callback, times): (Stub, usize)| call_many(callback, times))
        .on("callLater", |_, (callback, delay, argument): (Stub, f64, Value)| {
            spawn_local(async move {
                sleep(millis(delay)).await;
                // Whether it worked is the client's affair.
                let _ = callback.call(None, vec![argument]).await;
            });
            "scheduled"
        })
        .on("subscribe", |main, (callback, count, interval): (Stub, usize, f64)| {
            main.kinds().subscription.object(Subscription::new(main.session.clone(), callback, count, interval))
        })
        .later("giveCounter", |main, (callback, start): (Stub, f64)| {
            callback.call(None, vec![Value::Stub(main.kinds().counter(start))]).into_future()
        })
        .later("pipelineCallback", |_, (callback, argument): (Stub, Value)| pipeline(callback, argument))
        .later("passPromise", |_, (first, second): (Stub, Stub)| async move {
            let promise = first.call(None, Vec::new());
            second.call(None, vec![Value::Promise(promise)]).await
        })
        .later("sendPromise", |_, (callback, delay, value): (Stub, f64, Value)| async move {
            callback.call(None, vec![Value::Promise(Promise::new(later(delay, Ok(value))))]).await
        })
        .and(held())
}

/// Methods about stubs that are kept between calls.
fn held() -> Methods<Main> {
    Methods::<Main>::new()
        .on("hold", |main, (key, stub): (String, Stub)| {
            main.held.borrow_mut().insert(key, stub);
            Value::Null
        })
        .later("heldCall", |main, (key, arguments): (String, Vec<Value>)| async move {
            let stub = main.held.borrow().get(&key).cloned();
            match stub {
                Some(stub) => stub.call(None, arguments).await,
                None => Err(Error::range_error(format!("nothing held as {key}")).into()),
            }
        })
        .on("drop", |main, (key,): (String,)| {
            let stub = main.held.borrow_mut().remove(&key);
            stub.is_some()
        })
}

/// A path as a client writes it.
fn keys(path: Vec<Value>) -> Result<Vec<Key>, Thrown> {
    path.into_iter()
        .map(|key| match key {
            Value::String(name) => Ok(Key::Name(name)),
            Value::Number(index) => Ok(Key::Name(index.to_string())),
            _ => Err(Error::type_error("a path is of names and numbers").into()),
        })
        .collect()
}

/// A stub, or an object of which a part is one.
fn subject(value: Value) -> Promise {
    Promise::new(async { Ok(value) })
}

/// Sends all calls before it waits for the first.
async fn call_many(callback: Stub, times: usize) -> Outcome {
    let calls: Vec<_> = (0..times).map(|time| callback.call(None, vec![time.into()]).into_future()).collect();
    try_join_all(calls).await.map(Value::Array)
}

async fn pipeline(callback: Stub, argument: Value) -> Outcome {
    let promise = callback.call(None, vec![argument]);
    let product = promise.call_at(&[Key::Name("times".to_owned())], vec![Value::Number(3.0)]);
    let label = promise.get(&[Key::Name("label".to_owned())]);
    let (product, label) = futures::try_join!(product.into_future(), label.into_future())?;
    Ok(list([product, label]))
}

/// Calls that are made at an interval until it is cancelled or dropped.
pub(crate) struct Subscription {
    sent: Rc<Cell<usize>>,
    task: AbortHandle,
}

impl Subscription {
    fn new(session: WeakSession, callback: Stub, count: usize, interval: f64) -> Self {
        let sent = Rc::new(Cell::new(0));
        let counted = Rc::clone(&sent);
        let task = spawn_local(async move {
            for time in 0..count {
                sleep(millis(interval)).await;
                if session.upgrade().is_none_or(|session| session.ended().is_some()) {
                    break;
                }
                counted.set(time + 1);
                // What the callback makes of it is the client's affair.
                let _ = callback.call(None, vec![time.into()]).await;
            }
        });
        Self { sent, task: task.abort_handle() }
    }

    /// Stops it, which releases the callback, and tells how many calls were sent.
    pub(crate) fn cancel(&self) -> Value {
        self.task.abort();
        self.sent.get().into()
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.task.abort();
    }
}
