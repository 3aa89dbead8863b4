//! A program, a bridge and a server: two conversations in memory, one of Cap'n Web and one of Cap'n Proto.

use std::future::poll_fn;
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use capnp::capability::FromClientHook;
use capnweb::{Answer, Bytes, Object as Members, Options, Promise, Session, Stub, Thrown, Value};
use capos_bridge::{Capability, World};
use capos_client::Schemas;
use capos_schema::dynamic::Object;
use capos_schema::{Limits, Registry};
use capos_testkit::link::Link;
use capos_testkit::stock;
use tokio::task::spawn_local;

use crate::ground::PATIENCE;

/// A program that holds one object.
pub(crate) struct Program {
    /// The object.
    pub(crate) main: Stub,
    pub(crate) session: Session,
    /// The bridge's end of the program's session.
    pub(crate) bridge: Session,
    /// Between the bridge and the server.
    pub(crate) link: Link,
}

/// A program that holds `server` as the interface of that name.
pub(crate) fn program(server: impl FromClientHook, interface: &str, registry: &Arc<Registry>) -> Program {
    program_within(server, interface, registry, Limits::default())
}

/// The same, with values held to these bounds.
pub(crate) fn program_within(
    server: impl FromClientHook,
    interface: &str,
    registry: &Arc<Registry>,
    limits: Limits,
) -> Program {
    let (near, far, link) = Link::pair();
    stock::serve(far, server);
    let client: capnp::capability::Client = stock::connect(near);
    let schemas = Schemas::new(Arc::clone(registry), Limits::default(), &capos_client::Limits::default());
    let id = registry.interface_id(interface).unwrap();
    let object = Object::new(client.hook, id, Arc::clone(registry), limits);
    let main = Capability::stub(object, &World::new(Rc::new(schemas)));
    let bridge = Session::new(Options::default(), |_| Some(main));
    let session = Session::new(Options::default(), |_| None);
    carry(&session, &bridge);
    Program { main: session.remote(), session, bridge, link }
}

/// Carries the messages of two sessions to each other.
fn carry(one: &Session, other: &Session) {
    let (one, other) = (one.clone(), other.clone());
    spawn_local(poll_fn(move |context| {
        loop {
            let ready = one.poll(context).is_ready() | other.poll(context).is_ready();
            let moved = pass(&one, &other) | pass(&other, &one);
            if !moved && (one.ended().is_some() || other.ended().is_some()) {
                return Poll::Ready(());
            }
            if !ready && !moved {
                return Poll::Pending;
            }
        }
    }));
}

fn pass(from: &Session, to: &Session) -> bool {
    let mut moved = false;
    while let Some(message) = from.next_message() {
        let _ = to.receive(&message);
        moved = true;
    }
    moved
}

/// Runs a test's body where capabilities may live.
pub(crate) fn run(body: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let limited = tokio::time::timeout(PATIENCE, stock::vat(body));
        limited.await.expect("it ends");
    });
}

impl Program {
    pub(crate) fn call(&self, method: &str, arguments: impl IntoIterator<Item = Value>) -> Promise {
        self.main.call(Some(method), arguments.into_iter().collect())
    }

    /// What a call gives, as text.
    pub(crate) async fn shown(&self, method: &str, arguments: impl IntoIterator<Item = Value>) -> String {
        match self.call(method, arguments).await {
            Ok(value) => show(&value),
            Err(thrown) => thrown.to_string(),
        }
    }
}

/// Values as JavaScript would write them, more or less.
pub(crate) fn show(value: &Value) -> String {
    match value {
        Value::Undefined => "undefined".to_owned(),
        Value::Null => "null".to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) => format!("{text:?}"),
        Value::BigInt(number) => format!("{}n", number.as_str()),
        Value::Bytes(bytes) => format!("{}{:?}", bytes.container.name(), &bytes.data[..]),
        Value::Array(elements) => format!("[{}]", elements.iter().map(show).collect::<Vec<_>>().join(", ")),
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| format!("{name}: {}", show(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        Value::Stub(_) => "stub".to_owned(),
        Value::Writable(_) => "writable".to_owned(),
        other => format!("{other:?}"),
    }
}

pub(crate) fn object<const COUNT: usize>(members: [(&str, Value); COUNT]) -> Value {
    Members::from(members).into()
}

pub(crate) fn texts<const COUNT: usize>(texts: [&str; COUNT]) -> Value {
    Value::Array(texts.map(Value::from).into())
}

pub(crate) fn bytes(bytes: &[u8]) -> Value {
    Value::Bytes(Bytes::new(bytes.to_vec()))
}

/// A function of the program's.
pub(crate) fn function(body: impl Fn(Vec<Value>) -> Result<Value, Thrown> + 'static) -> Value {
    Stub::function(move |arguments| Answer::Now(body(arguments))).into()
}

#[track_caller]
pub(crate) fn stub(value: Value) -> Stub {
    match value {
        Value::Stub(stub) => stub,
        other => panic!("{other:?} is no stub"),
    }
}
