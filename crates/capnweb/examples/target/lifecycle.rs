//! What becomes of objects, stubs and sessions.

use std::rc::Rc;

use capnweb::{Error, Methods, Stub, Value};
use tokio::task::spawn_local;
use tokio::time::sleep;

use crate::later::millis;
use crate::main_object::{Main, Program};
use crate::records::{Tracked, message};
use crate::values::{object, text};

/// Long enough for the answer to be on its way.
const SOON: f64 = 10.0;

pub(crate) fn methods() -> Methods<Main> {
    tracked().and(broken()).and(outcomes()).and(ends())
}

/// An object that counts in the records for as long as somebody has it.
pub(crate) struct Trace {
    program: Rc<Program>,
    key: String,
}

impl Trace {
    fn new(program: &Rc<Program>, key: &str) -> Self {
        program.records.tracked.borrow_mut().entry(key.to_owned()).or_default().created += 1.0;
        Self { program: Rc::clone(program), key: key.to_owned() }
    }

    fn stub(main: &Main, key: &str) -> Value {
        Value::Stub(main.kinds().tracked.object(Self::new(&main.program, key)))
    }
}

impl Drop for Trace {
    fn drop(&mut self) {
        let mut tracked = self.program.records.tracked.borrow_mut();
        tracked.entry(self.key.clone()).or_default().disposed += 1.0;
    }
}

fn tracked() -> Methods<Main> {
    Methods::<Main>::new()
        .on("makeTracked", |main, (key,): (String,)| Trace::stub(main, &key))
        .on("makeTrackedBundle", |main, (key, count): (String, usize)| {
            let items = (0..count).map(|_| Trace::stub(main, &key)).collect();
            object([("label", text("tracked")), ("items", Value::Array(items))])
        })
        .on("trackedStats", |main, (key,): (String,)| {
            let Tracked { created, disposed } = main.records().tracked.borrow().get(&key).copied().unwrap_or_default();
            object([("created", Value::Number(created)), ("disposed", Value::Number(disposed))])
        })
        .on("tableStats", |main, ()| {
            let session = main.session.upgrade().ok_or_else(|| Error::new("Error", "the session has ended"))?;
            let stats = session.stats();
            Ok::<_, Error>(object([("imports", stats.imports.into()), ("exports", stats.exports.into())]))
        })
}

fn broken() -> Methods<Main> {
    Methods::<Main>::new()
        .on("watchBroken", |main, (key, stub): (String, Stub)| {
            let program = Rc::clone(&main.program);
            spawn_local(async move {
                let reason = stub.broken().await;
                program.records.broken.borrow_mut().insert(key, message(&reason));
            });
            Value::Null
        })
        .on("brokenStatus", |main, (key,): (String,)| {
            let message = main.records().broken.borrow().get(&key).cloned();
            message.map_or(Value::Null, |message| object([("message", text(message))]))
        })
}

fn outcomes() -> Methods<Main> {
    Methods::<Main>::new()
        .on("callAndRecord", |main, (key, callback): (String, Stub)| {
            let program = Rc::clone(&main.program);
            let call = callback.call(None, Vec::new());
            spawn_local(async move {
                let record = match call.await {
                    Ok(value) => object([("ok", value)]),
                    Err(thrown) => object([("error", text(message(&thrown)))]),
                };
                program.records.outcomes.borrow_mut().insert(key, record);
            });
            Value::Null
        })
        .on("outcome", |main, (key,): (String,)| {
            main.records().outcomes.borrow().get(&key).cloned().unwrap_or(Value::Null)
        })
}

fn ends() -> Methods<Main> {
    Methods::<Main>::new()
        .on("abortSession", |main, (message,): (String,)| {
            let session = main.session.clone();
            spawn_local(async move {
                sleep(millis(SOON)).await;
                if let Some(session) = session.upgrade() {
                    session.abort(Error::new("Error", message));
                }
            });
            Value::Null
        })
        .on("dropConnection", |main, ()| {
            let cut = Rc::clone(&main.cut);
            spawn_local(async move {
                sleep(millis(SOON)).await;
                cut.notify_one();
            });
            Value::Null
        })
}
