//! What the fuzz target `capnweb_session` does with its bytes; the ordinary test run does the same with its corpus.

use std::cell::{Cell, RefCell};
use std::future::IntoFuture;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Wake, Waker};

use capnweb::{
    Answer, Limits, Options, Outcome, Promise, Readable, Session, Sink, Stub, Target, Thrown, Value, Writable,
};

/// Small, so that they are reached.
fn limits() -> Limits {
    Limits {
        message_bytes: 4_096,
        depth: 32,
        pipes: 64,
        bigint_digits: 64,
        table_entries: 64,
        pending_calls: 32,
        held_bytes: 65_536,
        message_work: 4_096,
    }
}

/// Lines are messages. One that begins with a digit answers calls or drops what was kept, in between.
pub(crate) fn fuzz_session(data: &[u8]) {
    let world = Rc::new(World::default());
    let main = world.object();
    let session = Session::new(Options { limits: limits(), ..Options::default() }, |_| Some(main));
    *world.remote.borrow_mut() = Some(session.remote());
    let flag = Arc::new(Flag::default());
    for line in String::from_utf8_lossy(data).lines() {
        match line.as_bytes().first() {
            Some(b'0'..=b'3') => world.settle(Ok(Value::Number(1.0))),
            Some(b'4' | b'5') => world.settle(Ok(Value::Stub(world.object()))),
            Some(b'6') => world.settle(Err(capnweb::Error::range_error("no").into())),
            Some(b'7') => world.forget(),
            Some(b'8') => world.call_back(),
            Some(b'9') => drop(session.next_message()),
            _ => drop(session.receive(line)),
        }
        poll(&session, &world, &flag);
        check(&session);
    }
    finish(session, &world, &flag);
}

#[derive(Default)]
struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

fn poll(session: &Session, world: &World, flag: &Arc<Flag>) {
    let waker = Waker::from(flag.clone());
    let mut context = Context::from_waker(&waker);
    for _ in 0..100 {
        flag.0.store(false, Ordering::SeqCst);
        let _ = session.poll(&mut context);
        let work = std::mem::take(&mut *world.work.borrow_mut());
        for mut future in work {
            if future.as_mut().poll(&mut context).is_pending() {
                world.work.borrow_mut().push(future);
            }
        }
        if !flag.0.load(Ordering::SeqCst) {
            return;
        }
    }
}

fn check(session: &Session) {
    let (stats, limits) = (session.stats(), limits());
    if session.ended().is_some() {
        assert_eq!((0, 0), (stats.imports, stats.exports));
    } else {
        assert!(stats.exports <= limits.table_entries + limits.held_bytes / 256);
    }
}

/// Whatever happened: what is sent is JSON, an abort is the last, and nothing is left.
fn finish(session: Session, world: &Rc<World>, flag: &Arc<Flag>) {
    world.forget();
    poll(&session, world, flag);
    let messages: Vec<String> = std::iter::from_fn(|| session.next_message()).collect();
    for (position, message) in messages.iter().enumerate() {
        let message: serde_json::Value = serde_json::from_str(message).expect("what is sent is JSON");
        assert!(message[0] != "abort" || position + 1 == messages.len());
    }
    drop(session);
    world.forget();
    assert_eq!(0, world.alive.get(), "objects are left");
}

/// What the objects share.
#[derive(Default)]
struct World {
    alive: Cell<usize>,
    remote: RefCell<Option<Stub>>,
    kept: RefCell<Vec<Value>>,
    open: RefCell<Vec<futures::channel::oneshot::Sender<Outcome>>>,
    work: RefCell<Vec<Pin<Box<dyn Future<Output = ()>>>>>,
}

impl World {
    fn object(self: &Rc<Self>) -> Stub {
        self.alive.set(self.alive.get() + 1);
        Stub::new(Object(self.clone()))
    }

    fn later(&self) -> impl Future<Output = Outcome> + use<> {
        let (sender, receiver) = futures::channel::oneshot::channel();
        self.open.borrow_mut().push(sender);
        async { receiver.await.unwrap_or_else(|_| Ok(Value::Undefined)) }
    }

    fn settle(&self, outcome: Outcome) {
        let open = self.open.borrow_mut().pop();
        if let Some(open) = open {
            let _ = open.send(outcome);
        }
    }

    fn forget(&self) {
        let gone = (self.kept.take(), self.open.take(), self.work.take());
        drop(gone);
    }

    /// Calls and reads what is kept of the peer's.
    fn call_back(&self) {
        let kept = self.kept.borrow().last().cloned();
        let remote = self.remote.borrow().clone();
        let call = remote.map(|stub| stub.call(Some("x"), kept.iter().cloned().collect()));
        let future: Pin<Box<dyn Future<Output = ()>>> = match kept {
            Some(Value::Stub(stub)) => {
                let call = stub.call(None, vec![Value::Stub(stub.clone())]);
                Box::pin(async move { drop(call.await) })
            }
            Some(Value::Readable(readable)) => Box::pin(async move { while readable.next().await.is_some() {} }),
            Some(Value::Writable(writable)) => Box::pin(async move { drop(writable.write(Value::Null).await) }),
            _ => Box::pin(async move {
                if let Some(call) = call {
                    drop(call.await);
                }
            }),
        };
        self.work.borrow_mut().push(future);
    }
}

struct Object(Rc<World>);

impl Drop for Object {
    fn drop(&mut self) {
        self.0.alive.set(self.0.alive.get() - 1);
    }
}

impl Target for Object {
    fn call(self: Rc<Self>, name: Option<&str>, mut arguments: Vec<Value>) -> Answer {
        let world = &self.0;
        Answer::Now(Ok(match name {
            Some("echo") => Value::Array(arguments),
            Some("make") => Value::Stub(world.object()),
            Some("list") => (0..50).map(f64::from).collect(),
            Some("keep") => {
                world.kept.borrow_mut().append(&mut arguments);
                Value::Null
            }
            Some("later") => return Answer::later(world.later()),
            Some("promise") => Value::Promise(Promise::new(world.later())),
            Some("call") => {
                let calls = arguments.iter().filter_map(Value::as_stub).map(|stub| stub.call(None, vec![]));
                let calls: Vec<_> = calls.map(IntoFuture::into_future).collect();
                return Answer::later(async { futures::future::try_join_all(calls).await.map(Value::Array) });
            }
            Some("forget") => {
                world.forget();
                Value::Null
            }
            Some("stream") => {
                Value::Readable(Readable::new(futures::stream::iter((0..20).map(|n| Ok(f64::from(n).into())))))
            }
            Some("sink") => Value::Writable(Writable::new(Kept(world.clone()))),
            name => return Answer::no_method(name),
        }))
    }
}

struct Kept(Rc<World>);

impl Sink for Kept {
    fn write(&mut self, chunk: Value) -> Pin<Box<dyn Future<Output = Result<(), Thrown>>>> {
        self.0.kept.borrow_mut().push(chunk);
        let later = self.0.later();
        Box::pin(async { later.await.map(drop) })
    }

    fn close(&mut self) -> Pin<Box<dyn Future<Output = Result<(), Thrown>>>> {
        Box::pin(async { Ok(()) })
    }

    fn abort(&mut self, _: Thrown) {}
}
