//! Sessions over real sockets and pipes.

mod batches;
mod client;
mod garbage;
mod lines;
mod raw;
mod reprieves;
mod websocket;
mod websocket_bounds;

use std::cell::{Cell, RefCell};
use std::future::{Future, IntoFuture, pending};
use std::net::SocketAddr;
use std::rc::Rc;
use std::time::Duration;

use capnweb::drivers::{Ended, Endpoint, Timing};
use capnweb::{Error, Limits, Methods, Options, Outcome, Session, Stub, Value};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::task::{LocalSet, spawn_local};
use tokio::time::timeout;

/// Runs a test on a thread of its own, as sessions want it.
async fn local<T>(test: impl Future<Output = T>) -> T {
    LocalSet::new().run_until(test).await
}

/// Nothing a test waits for takes so long, on a slow machine either.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    timeout(Duration::from_secs(60), what).await.expect("it comes in time")
}

/// What a test can see of a server.
#[derive(Default)]
struct Seen {
    /// Main objects that are gone.
    disposed: Cell<usize>,
    gone: Notify,
    held: RefCell<Option<Stub>>,
    calls: Cell<usize>,
}

impl Seen {
    /// Waits until so many main objects are gone.
    async fn disposed(&self, count: usize) {
        while self.disposed.get() < count {
            self.gone.notified().await;
        }
    }
}

struct Main(Rc<Seen>);

impl Drop for Main {
    fn drop(&mut self) {
        self.0.disposed.set(self.0.disposed.get() + 1);
        self.0.gone.notify_waiters();
        self.0.gone.notify_one();
    }
}

fn methods() -> Methods<Main> {
    Methods::<Main>::new()
        .on("add", |main, (a, b): (f64, f64)| {
            main.0.calls.set(main.0.calls.get() + 1);
            a + b
        })
        .on("length", |_, (text,): (String,)| text.len())
        .on("text", |_, (length,): (usize,)| "x".repeat(length))
        .on("fail", |_, ()| Err::<(), _>(Error::range_error("no")))
        .later("never", |_, ()| pending::<Value>())
        .on("hold", |main, (stub,): (Stub,)| drop(main.0.held.replace(Some(stub))))
        .later("callBack", |_, (stub, argument): (Stub, Value)| stub.call(None, vec![argument]).into_future())
}

/// A session whose main object has those methods.
fn serving(seen: &Rc<Seen>, limits: Limits) -> Session {
    let main = Rc::new(methods()).object(Main(Rc::clone(seen)));
    Session::new(Options { limits, ..Options::default() }, |_| Some(main))
}

/// A session that serves nothing.
fn calling() -> Session {
    Session::new(Options::default(), |_| None)
}

async fn add(session: &Session, a: f64, b: f64) -> Outcome {
    session.remote().call(Some("add"), vec![a.into(), b.into()]).await
}

fn number(outcome: Outcome) -> f64 {
    outcome.expect("an answer").as_f64().expect("a number")
}

type ServedEnd = Result<Option<Ended>, Error>;

/// A server on a free port.
struct Server {
    address: SocketAddr,
    seen: Rc<Seen>,
    ended: Rc<RefCell<Vec<ServedEnd>>>,
    told: Rc<Notify>,
}

impl Server {
    async fn start() -> Self {
        Self::with(Limits::default(), Timing::default()).await
    }

    async fn with(limits: Limits, timing: Timing) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let server = Self { address, seen: Rc::default(), ended: Rc::default(), told: Rc::default() };
        let seen = Rc::clone(&server.seen);
        let endpoint = Rc::new(Endpoint::new("/rpc", move || serving(&seen, limits)).timing(timing));
        let (ended, told) = (Rc::clone(&server.ended), Rc::clone(&server.told));
        spawn_local(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (endpoint, ended, told) = (Rc::clone(&endpoint), Rc::clone(&ended), Rc::clone(&told));
                spawn_local(async move {
                    let end = endpoint.serve(stream).await;
                    ended.borrow_mut().push(end);
                    told.notify_one();
                });
            }
        });
        server
    }

    /// How the first connection ended.
    async fn end(&self) -> String {
        while self.ended.borrow().is_empty() {
            self.told.notified().await;
        }
        match &self.ended.borrow()[0] {
            Ok(Some(ended)) => ended.to_string(),
            other => format!("{other:?}"),
        }
    }

    fn url(&self, scheme: &str) -> String {
        format!("{scheme}://{}/rpc", self.address)
    }
}
