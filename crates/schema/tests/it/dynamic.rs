//! Calls by name on living objects.

use std::cell::Cell;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use capnp::capability::{DispatchCallResult, FromClientHook, FromServer, Params, Promise, Results, Server};
use capnp::private::capability::ClientHook;
use capnp::{Error, any_pointer};
use capos_schema::chat_capnp::chat;
use capos_schema::dynamic::{Kept, Object};
use capos_schema::reflect::{CapabilityTable, NoCapabilities};
use capos_schema::{Limits, Registry};
use capos_testkit::lab_capnp::lab;
use futures::executor::block_on;
use serde_json::{Value, json};

use crate::support::{id, rich};

const LAB: u64 = 0xa6b4_c1d5_e8f7_0213;
const CHAT: u64 = 0xa383_b2af_5a8f_a8f2;

static LABS: LazyLock<Arc<Registry>> = LazyLock::new(|| {
    let request = include_bytes!("../../../testkit/src/generated/request.bin");
    let loaded = Registry::load(request, &Limits::default()).and_then(Registry::with_builtin);
    Arc::new(loaded.unwrap())
});

#[derive(Default)]
struct Laboratory {
    bytes: Cell<u64>,
}

impl lab::Server for Laboratory {
    async fn echo(self: Rc<Self>, params: lab::EchoParams, mut results: lab::EchoResults) -> Result<(), Error> {
        results.get().set_payload(params.get()?.get_payload()?);
        Ok(())
    }

    async fn next(self: Rc<Self>, _: lab::NextParams, mut results: lab::NextResults) -> Result<(), Error> {
        results.get().set_lab(capnp_rpc::new_client(Self::default()));
        Ok(())
    }

    async fn nested(self: Rc<Self>, _: lab::NestedParams, mut results: lab::NestedResults) -> Result<(), Error> {
        let inner = results.get().init_inner();
        inner.init_deeper().set_lab(capnp_rpc::new_client(Self::default()));
        Ok(())
    }

    async fn loopback(
        self: Rc<Self>,
        params: lab::LoopbackParams,
        mut results: lab::LoopbackResults,
    ) -> Result<(), Error> {
        results.get().init_cap().set_as(params.get()?.get_cap())
    }

    async fn sink(self: Rc<Self>, params: lab::SinkParams) -> Result<(), Error> {
        let length = params.get()?.get_chunk()?.len();
        self.bytes.set(self.bytes.get() + u64::try_from(length).unwrap());
        Ok(())
    }

    async fn total(self: Rc<Self>, _: lab::TotalParams, mut results: lab::TotalResults) -> Result<(), Error> {
        results.get().set_bytes(self.bytes.get());
        Ok(())
    }

    async fn fail(self: Rc<Self>, params: lab::FailParams, _: lab::FailResults) -> Result<(), Error> {
        Err(Error::failed(params.get()?.get_text()?.to_string()?))
    }
}

fn laboratory() -> Object {
    let client: lab::Client = capnp_rpc::new_client(Laboratory::default());
    Object::new(client.into_client_hook(), LAB, Arc::clone(&LABS), Limits::default())
}

fn ask(object: &Object, method: &str, params: &Value) -> Result<Value, String> {
    let pending = object.call(method, params, &mut NoCapabilities).map_err(|e| e.to_string())?;
    block_on(pending.results(&mut NoCapabilities)).map_err(|e| e.to_string())
}

#[test]
fn a_method_is_called_by_its_name() {
    let answer = ask(&laboratory(), "echo", &json!({"payload": "AQID"}));
    assert_eq!(answer, Ok(json!({"payload": "AQID"})));
}

#[test]
fn a_method_is_called_by_its_number() {
    let pending = laboratory().call((LAB, 0), &json!({"payload": "AQID"}), &mut NoCapabilities).unwrap();
    let answer = block_on(pending.results(&mut NoCapabilities)).unwrap();
    assert_eq!(answer, json!({"payload": "AQID"}));
}

#[test]
fn a_promised_capability_is_called_before_it_is_there() {
    let first = laboratory().call("nested", &json!({}), &mut NoCapabilities).unwrap();
    let inner = first.pipeline("inner.deeper.lab").unwrap();
    let second = inner.call("next", &json!({}), &mut NoCapabilities).unwrap();
    let third = second.pipeline("lab").unwrap();
    assert_eq!(ask(&third, "echo", &json!({"payload": "BA=="})), Ok(json!({"payload": "BA=="})));
    for (path, message) in [
        ("inner.note", "results.inner.note: no capability"),
        ("inner.deeper", "results.inner.deeper: no capability"),
        ("inner.deeper.lab.x", "results.inner.deeper.lab.x: no capability"),
        ("outer", "results.outer: no such field"),
        ("", "results: no such field"),
    ] {
        assert_eq!(first.pipeline(path).unwrap_err().to_string(), message, "{path}");
    }
}

#[test]
fn streaming_calls_answer_with_nothing_and_are_counted() {
    let lab = laboratory();
    for _ in 0..3 {
        assert_eq!(ask(&lab, "sink", &json!({"chunk": "AAAA"})), Ok(json!({})));
    }
    assert_eq!(ask(&lab, "total", &json!({})), Ok(json!({"chunks": "0", "bytes": "9"})));
}

#[test]
fn capabilities_go_out_and_come_home() {
    let (lab, mut table) = (laboratory(), CapabilityTable::default());
    let own = table.insert(lab.hook().add_ref(), LAB);
    let pending = lab.call("loopback", &json!({ "cap": own }), &mut table).unwrap();
    let typed = pending.pipeline_as("cap", LAB).unwrap();
    assert_eq!(ask(&typed, "total", &json!({})).unwrap()["bytes"], "0");
    assert_eq!(pending.pipeline("cap").unwrap_err().to_string(), "results.cap: no capability");
    let answer = block_on(pending.results(&mut table)).unwrap();
    let (hook, interface) = table.get(&answer["cap"]).unwrap();
    assert_eq!((hook.get_ptr(), interface), (lab.hook().get_ptr(), 0));
}

#[test]
fn capabilities_are_kept_by_number_if_their_call_is_seen_through() {
    let (lab, kept) = (laboratory(), Kept::new(2));
    let next = |kept: &Kept, through: bool| {
        let mut keeping = kept.keeping(&lab);
        let answer = block_on(lab.call("next", &json!({}), &mut keeping).unwrap().results(&mut keeping));
        if through {
            keeping.done();
        }
        answer.map_err(|error| error.to_string())
    };
    assert_eq!(next(&kept, false), Ok(json!({"lab": {"$cap": 1}})));
    assert!(kept.get(1).is_none(), "the call was given up");
    assert_eq!(next(&kept, true), Ok(json!({"lab": {"$cap": 2}})));
    assert_eq!(kept.insert(lab.clone()).unwrap(), json!({"$cap": 3}));
    assert!(next(&kept, true).unwrap_err().contains("quotaExceeded"));
    assert_eq!(ask(&kept.get(2).unwrap(), "echo", &json!({"payload": "BA=="})), Ok(json!({"payload": "BA=="})));

    let mut keeping = kept.keeping(&lab);
    assert!(lab.call("loopback", &json!({"cap": {"$cap": 3}}), &mut keeping).is_ok());
    assert!(lab.call("loopback", &json!({"cap": {"$cap": 9}}), &mut keeping).is_err());
    assert!(kept.remove(3) && !kept.remove(3));
    let successor = kept.successor();
    assert_eq!(next(&successor, true), Ok(json!({"lab": {"$cap": 4}})));
    assert_eq!((kept.all().len(), successor.all().len()), (1, 1));
}

#[test]
fn failures_are_told_apart() {
    let lab = laboratory();
    for (method, params, message) in [
        ("fail", json!({"text": "no more"}), "no more"),
        ("fly", json!({}), "Lab has no method of that name"),
        ("echo", json!({"load": ""}), "params.load: no such field"),
        ("echo", json!([]), "params: expected an object"),
        ("slow", json!({}), "method lab::Server::slow not implemented"),
    ] {
        assert_eq!(ask(&lab, method, &params), Err(message.into()));
    }
}

struct Room;

impl chat::Server for Room {
    async fn poll(self: Rc<Self>, params: chat::PollParams, mut results: chat::PollResults) -> Result<(), Error> {
        let mut events = results.get().init_events(params.get()?.get_max_events().into());
        for index in 0..events.len() {
            events.reborrow().get(index).set_text("hello");
        }
        Ok(())
    }
}

#[test]
fn a_compiled_in_interface_is_called_the_same_way() {
    let client: chat::Client = capnp_rpc::new_client(Room);
    let registry = Arc::clone(Registry::builtin());
    let chat = Object::new(client.into_client_hook(), CHAT, registry, Limits::default());
    let event = json!({"channel": "", "sender": "", "kind": "message", "text": "hello"});
    assert_eq!(ask(&chat, "poll", &json!({"maxEvents": 2})), Ok(json!({ "events": [event, event] })));
}

/// Tells by which interface and number it was called.
struct Witness(Rc<Cell<(u64, u16)>>);

#[derive(Clone)]
struct Dispatch(Rc<Witness>);

impl Server for Dispatch {
    fn dispatch_call(
        self,
        interface_id: u64,
        method_id: u16,
        _: Params<any_pointer::Owned>,
        _: Results<any_pointer::Owned>,
    ) -> DispatchCallResult {
        self.0.0.set((interface_id, method_id));
        DispatchCallResult::new(Promise::ok(()), false)
    }

    fn as_ptr(&self) -> usize {
        Rc::as_ptr(&self.0.0).addr()
    }
}

impl Deref for Dispatch {
    type Target = Witness;

    fn deref(&self) -> &Witness {
        &self.0
    }
}

/// A client for any interface at all.
struct Called(Box<dyn ClientHook>);

impl FromClientHook for Called {
    fn new(hook: Box<dyn ClientHook>) -> Self {
        Self(hook)
    }

    fn into_client_hook(self) -> Box<dyn ClientHook> {
        self.0
    }

    fn as_client_hook(&self) -> &dyn ClientHook {
        self.0.as_ref()
    }
}

impl FromServer<Witness> for Called {
    type Dispatch = Dispatch;

    fn from_server(witness: Rc<Witness>) -> Dispatch {
        Dispatch(witness)
    }
}

#[test]
fn inherited_methods_are_called_by_the_interface_that_declares_them() {
    let seen = Rc::new(Cell::new((0, 0)));
    let Called(hook) = capnp_rpc::new_client(Witness(Rc::clone(&seen)));
    let worker = Object::new(hook, id("TextWorker"), Arc::clone(rich()), Limits::default());
    assert_eq!(ask(&worker, "ping", &json!({"text": "a"})), Ok(json!({"text": ""})));
    assert_eq!(seen.get(), (id("Base"), 0));
    // The type argument of the superclass decides what an item is.
    let refused = ask(&worker, "work", &json!({"item": 5}));
    assert_eq!(refused, Err("params.item: expected a text".into()));
    assert_eq!(ask(&worker, "work", &json!({"item": "iron"})).unwrap()["item"], "");
    assert_eq!(seen.get(), (id("Worker"), 0));
}
