//! A program at the other end of a session of Cap'n Web.

use std::time::Duration;

use capnweb::drivers::{Timing, lines};
use capnweb::{Answer, Key, Object, Options, Promise, Session, Stub, Thrown, Value};
use capos_bridge::{Limits, main_object};
use capos_client::{Connection, Identify, NoConfirm, connect};
use capos_testkit::stock;
use tokio::io::{duplex, split};
use tokio::task::spawn_local;

use crate::node::{Node, PASSWORD};

/// Longer than any test takes.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// Runs a test's body where capabilities may live, for as long as it may take.
pub(crate) fn run(body: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(stock::vat(async { tokio::time::timeout(PATIENCE, body).await.expect("it ends in time") }));
}

/// A program, and the conversation that carries what it does.
pub(crate) struct Program {
    /// What it was given at first.
    pub(crate) main: Stub,
    pub(crate) session: Session,
    /// The node's end of the conversation.
    pub(crate) speech: Session,
}

impl Program {
    pub(crate) async fn start(node: &Node) -> Self {
        Self::with(node, Limits::default()).await
    }

    pub(crate) async fn with(node: &Node, limits: Limits) -> Self {
        let endpoint = node.address.to_string().parse().unwrap();
        let options = capos_client::Options::new(Identify::Plain);
        let connection = connect(&endpoint, &options, &mut NoConfirm).await.unwrap();
        Self::over(connection, limits)
    }

    fn over(connection: Connection, limits: Limits) -> Self {
        let speech = Session::new(Options::default(), main_object(connection, limits));
        let session = Session::new(Options::default(), |_| None);
        let (ours, theirs) = duplex(1 << 16);
        for (stream, session) in [(ours, &speech), (theirs, &session)] {
            let (read, write) = split(stream);
            let carried = lines(read, write, session.clone(), Timing::default());
            spawn_local(async move { drop(carried.await) });
        }
        let main = session.remote();
        Self { main, session, speech }
    }

    /// Signs in as `ada`.
    pub(crate) fn signed_in(&self) -> Promise {
        self.main.call(Some("authenticate"), vec![ada()])
    }

    /// The way to the node is cut.
    pub(crate) fn cut(self) {
        self.session.abort(capnweb::Error::new("Error", "cut"));
    }
}

/// What `ada` signs in with.
pub(crate) fn ada() -> Value {
    options([("account", "ada".into()), ("password", PASSWORD.into())])
}

pub(crate) fn options<const COUNT: usize>(given: [(&str, Value); COUNT]) -> Value {
    Object::from(given).into()
}

/// A call of a method that somebody's answer is going to have.
pub(crate) fn then(promise: &Promise, method: &str, arguments: Vec<Value>) -> Promise {
    promise.call_at(&[key(method)], arguments)
}

/// A step of a path.
pub(crate) fn key(name: &str) -> Key {
    Key::Name(name.to_owned())
}

/// A member of what was answered.
#[track_caller]
pub(crate) fn member(value: &Value, path: &str) -> Value {
    path.split('.').fold(value.clone(), |value, name| {
        let member = value.as_object().and_then(|object| object.get(name)).cloned();
        member.unwrap_or_else(|| panic!("there is no {name} in {value:?}"))
    })
}

#[track_caller]
pub(crate) fn stub(value: &Value) -> Stub {
    value.as_stub().unwrap_or_else(|| panic!("{value:?} is no object")).clone()
}

#[track_caller]
pub(crate) fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value:?} is no text")).to_owned()
}

/// The code that a call was refused with.
pub(crate) async fn code(promise: Promise) -> String {
    let thrown = promise.await.expect_err("it was not refused");
    code_of(&thrown)
}

pub(crate) fn code_of(thrown: &Thrown) -> String {
    let error = thrown.error().expect("an error is thrown");
    let code = error.properties.get("code").and_then(Value::as_str);
    code.map_or_else(|| error.name.clone(), str::to_owned)
}

/// A function of the program's.
pub(crate) fn function(body: impl Fn(Vec<Value>) -> Value + 'static) -> Value {
    Stub::function(move |arguments| Answer::Now(Ok(body(arguments)))).into()
}
