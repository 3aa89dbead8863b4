//! Capabilities whose calls are answered by schema.

use std::cell::RefCell;
use std::future::{Future, pending, ready};
use std::rc::Rc;
use std::sync::Arc;

use capos_schema::dynamic::{Handler, Means, Object};
use capos_schema::reflect::{CapabilityTable, Json, NoCapabilities};
use capos_schema::{Limits, MethodRef, Registry, Type};
use futures::FutureExt;
use futures::executor::block_on;
use serde_json::{Value, json};

use crate::support::{id, rich};

/// Writes down what it is asked, and answers what it is told to.
#[derive(Default)]
struct Clerk {
    asked: Rc<RefCell<Vec<String>>>,
    answer: Value,
    refusal: Option<&'static str>,
    never: bool,
}

impl Handler for Clerk {
    type Notation = Json<CapabilityTable>;

    fn notation(&self) -> Self::Notation {
        Json::default()
    }

    fn handle(
        self: Rc<Self>,
        method: &MethodRef<'_>,
        parameters: Value,
    ) -> impl Future<Output = capnp::Result<Value>> + 'static {
        self.asked.borrow_mut().push(format!("{} {parameters}", method.declared.name));
        let outcome = match self.refusal {
            Some(text) => Err(capnp::Error::failed(text.to_owned())),
            None => Ok(self.answer.clone()),
        };
        if self.never { pending().right_future() } else { ready(outcome).left_future() }
    }
}

fn means() -> Arc<Means> {
    Means::new(Arc::clone(rich()), Limits::default())
}

fn serve(clerk: Clerk) -> (Object, Rc<RefCell<Vec<String>>>) {
    let asked = Rc::clone(&clerk.asked);
    (means().serve(Type::interface(id("TextWorker")), clerk), asked)
}

fn ask(object: &Object, method: &str, params: &Value) -> Result<Value, String> {
    let pending = object.call(method, params, &mut NoCapabilities).map_err(|e| e.to_string())?;
    block_on(pending.results(&mut NoCapabilities)).map_err(|e| e.to_string())
}

#[test]
fn a_call_is_handed_over_by_its_schema_and_its_answer_checked_by_it() {
    let (worker, asked) = serve(Clerk { answer: json!({"item": "iron"}), ..Clerk::default() });
    let answer = ask(&worker, "work", &json!({"item": "ore"})).unwrap();
    assert_eq!((&answer["item"], &answer["nest"]), (&json!("iron"), &json!(null)));
    // The item is a text, as the worker's superclass is bound.
    assert_eq!(*asked.borrow(), [r#"work {"item":"ore"}"#]);
    let (worker, _) = serve(Clerk { answer: json!({"item": 5}), ..Clerk::default() });
    assert_eq!(ask(&worker, "work", &json!({})).unwrap_err(), "badRequest: item: expected a text");
}

#[test]
fn streaming_calls_come_in_order_and_their_answers_are_not_looked_at() {
    let (worker, asked) = serve(Clerk { answer: json!("nonsense"), ..Clerk::default() });
    for chunk in ["AA==", "AQ=="] {
        assert_eq!(ask(&worker, "pour", &json!({ "chunk": chunk })), Ok(json!({})));
    }
    assert_eq!(*asked.borrow(), [r#"pour {"chunk":"AA=="}"#, r#"pour {"chunk":"AQ=="}"#]);
}

#[test]
fn a_streaming_call_waits_for_no_answer_to_the_one_before() {
    let (worker, asked) = serve(Clerk { never: true, ..Clerk::default() });
    for _ in 0..2 {
        let call = worker.call("pour", &json!({}), &mut NoCapabilities).unwrap();
        assert!(call.results(&mut NoCapabilities).now_or_never().is_none());
    }
    assert_eq!(asked.borrow().len(), 2);
}

#[test]
fn a_stream_that_failed_once_stays_broken() {
    let (worker, asked) = serve(Clerk { refusal: Some("full"), ..Clerk::default() });
    assert_eq!(ask(&worker, "pour", &json!({})).unwrap_err(), "full");
    assert_eq!(ask(&worker, "poured", &json!({})).unwrap_err(), "full");
    assert_eq!(asked.borrow().len(), 1);
}

#[test]
fn what_it_throws_reaches_who_called() {
    let (worker, _) = serve(Clerk { refusal: Some("out of iron"), ..Clerk::default() });
    assert_eq!(ask(&worker, "ping", &json!({})).unwrap_err(), "out of iron");
}

#[test]
fn methods_that_the_schema_does_not_know_are_not_implemented() {
    let (worker, asked) = serve(Clerk::default());
    let chat = Registry::builtin().interface_id("Chat").unwrap();
    let stranger = means().object(worker.hook().add_ref(), Type::interface(chat));
    assert_eq!(ask(&stranger, "leave", &json!({"channel": "x"})).unwrap_err(), "the method is not known here");
    assert!(asked.borrow().is_empty());
}

#[test]
fn it_is_dropped_with_the_last_reference() {
    let (worker, asked) = serve(Clerk::default());
    let copy = worker.clone();
    drop(worker);
    assert_eq!(Rc::strong_count(&asked), 2);
    drop(copy);
    assert_eq!(Rc::strong_count(&asked), 1);
}
