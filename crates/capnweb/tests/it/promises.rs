//! Promises in arguments and results.

use std::cell::RefCell;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::rc::Rc;

use capnweb::{Answer, Error, Key, Outcome, Part, Pipelined, Promise, Stub, Value};

use crate::objects::Records;
use crate::pair::{Later, Pair, shown};
use crate::peer::Peer;

#[test]
fn an_answer_is_passed_on_before_it_is_there() {
    let pair = Pair::new(Records::new().main());
    let sum = pair.main().call(Some("add"), vec![1.0.into(), 2.0.into()]);
    let echo = pair.main().call(Some("add"), vec![Value::Promise(sum), 4.0.into()]);
    assert_eq!("Number(7.0)", shown(pair.wait(echo)));
    assert_eq!(
        pair.sent(),
        [
            ">[\"push\",[\"pipeline\",0,[\"add\"],[1,2]]]",
            ">[\"push\",[\"pipeline\",0,[\"add\"],[[\"pipeline\",1],4]]]",
            ">[\"release\",1,1]",
            ">[\"pull\",2]",
            "<[\"resolve\",2,7]",
            ">[\"release\",2,1]",
        ]
    );
    assert_eq!([1, 1, 1, 1], pair.tables());
}

#[test]
fn a_call_waits_for_the_promises_in_its_arguments() {
    let records = Records::new();
    let pair = Pair::new(records.main());
    let (one, other) = (Later::new(), Later::new());
    let promises = [&one, &other].map(|later| Value::Promise(Promise::new(later.future())));
    let mut call = pair.main().call(Some("echo"), vec![promises.into()]).into_future();
    assert!(!pair.is_ready(&mut call));
    one.set(Ok(Value::Promise(Promise::new(async { Ok("deep".into()) }))));
    assert!(!pair.is_ready(&mut call));
    assert!(records.calls.borrow().is_empty());
    other.set(Ok([Value::Promise(Promise::new(async { Ok(3.0.into()) }))].into()));
    assert_eq!("Array([String(\"deep\"), Array([Number(3.0)])])", shown(pair.wait(call)));
    assert_eq!([1, 1, 1, 1], pair.tables());
}

#[test]
fn a_call_whose_argument_fails_is_not_made() {
    let records = Records::new();
    let pair = Pair::new(records.main());
    let local = Records::new();
    let (failing, never) = (Later::new(), Later::new());
    let arguments = [&failing, &never].map(|later| Value::Promise(Promise::new(later.future())));
    let arguments = vec![arguments.into(), Value::Stub(local.counter(1.0))];
    let mut call = pair.main().call(Some("echo"), arguments).into_future();
    assert!(!pair.is_ready(&mut call));
    failing.set(Err(Error::range_error("not today").into()));
    assert_eq!("! RangeError: not today", shown(pair.wait(call)));
    assert!(records.calls.borrow().is_empty());
    assert_eq!([1, 1, 1, 1], pair.tables());
    assert_eq!((1, 0), (local.gone.get(), never.waiting()));
}

#[test]
fn a_promise_in_a_result_comes_by_itself() {
    let records = Records::new();
    let pair = Pair::new(records.main());
    let field = pair.main().call(Some("field"), vec![]);
    let mut whole = field.clone().into_future();
    assert!(!pair.is_ready(&mut whole));
    assert_eq!("String(\"now\")", shown(pair.wait(field.get(&["now".into()]))));
    let early = field.call_at(&["later".into(), "increment".into()], vec![]);
    pair.run();
    records.later(0).set(Ok(Value::Stub(records.counter(1.0))));
    assert_eq!("Number(2.0)", shown(pair.wait(early)));
    drop(field);
    let whole = pair.wait(whole).unwrap();
    assert!(whole.as_object().unwrap().get("later").unwrap().as_stub().is_some());
    drop(whole);
    records.later.borrow_mut().clear();
    assert_eq!([1, 1, 1, 1], pair.tables());
    assert_eq!(1, records.gone.get());
}

#[test]
fn an_answer_that_is_a_promise_is_told_once_at_the_end_of_the_chain() {
    let records = Records::new();
    let peer = Peer::new(records.main());
    assert!(peer.send_all(["[\"push\",[\"pipeline\",0,[\"promise\"],[]]]", "[\"pull\",1]"]).is_empty());
    let inner = Later::new();
    records.later(0).set(Ok(Value::Promise(Promise::new(inner.future()))));
    assert!(peer.read().is_empty());
    inner.set(Ok(5.0.into()));
    assert_eq!(peer.read(), ["[\"resolve\",1,5]"]);
}

#[test]
fn a_promise_that_is_itself_fails() {
    let slot: Rc<RefCell<Option<Promise>>> = Rc::default();
    let own = slot.clone();
    let promise = Promise::new(async move { Ok(Value::Promise(own.borrow_mut().take().unwrap())) });
    *slot.borrow_mut() = Some(promise.clone());
    let pair = Pair::new(Records::new().main());
    assert_eq!("! TypeError: A promise was resolved with itself.", shown(pair.wait(promise)));
}

#[test]
fn promises_of_ones_own_are_driven_by_who_waits() {
    let later = Later::new();
    let promise = Promise::new(later.future());
    let length = promise.get(&["list".into(), Key::Index(1)]);
    let mut waiting = length.into_future();
    assert!(crate::pair::poll(&mut waiting).is_none());
    assert_eq!(2, later.waiting() + 1);
    later.set(Ok(capnweb::Object::from([("list", [1.0, 2.0])]).into()));
    assert_eq!("Number(2.0)", shown(crate::pair::poll(&mut waiting).unwrap()));
}

#[test]
fn an_object_here_is_called_without_a_session() {
    let records = Records::new();
    let main = records.main();
    let counter = main.call(Some("counter"), vec![1.0.into()]);
    let next = counter
        .call_at(&["increment".into()], vec![Value::Promise(main.call(Some("add"), vec![1.0.into(), 1.0.into()]))]);
    let mut next = next.into_future();
    assert_eq!("Number(3.0)", shown(crate::pair::poll(&mut next).unwrap()));
    drop((next, counter));
    assert_eq!(1, records.gone.get());
}

/// An answer of which a part is known from the beginning.
struct Early {
    later: Rc<Later>,
    part: Stub,
    asked: RefCell<Vec<usize>>,
}

impl Pipelined for Early {
    fn settled(self: Rc<Self>) -> Pin<Box<dyn Future<Output = Outcome>>> {
        Box::pin(self.later.future())
    }

    fn part(&self, path: &[Key]) -> Option<Part> {
        self.asked.borrow_mut().push(path.len());
        (path.first() == Some(&"counter".into())).then(|| Part { stub: self.part.clone(), keys: 1 })
    }
}

#[test]
fn parts_of_an_answer_are_called_before_it_is_there() {
    let records = Records::new();
    let later = Rc::new(Later::new());
    let early = Rc::new(Early { later: later.clone(), part: records.counter(1.0), asked: RefCell::default() });
    let answer = early.clone();
    let main = Stub::function(move |_| Answer::Pipelined(answer.clone()));
    let pair = Pair::new(main);
    let call = pair.main().call(None, vec![]);
    let part = call.call_at(&["counter".into(), "increment".into()], vec![]);
    assert_eq!("Number(2.0)", shown(pair.wait(part)));
    let value = call.get(&["counter".into(), "value".into()]);
    assert_eq!("Number(2.0)", shown(pair.wait(value)));
    let mut rest = call.get(&["label".into()]).into_future();
    assert!(!pair.is_ready(&mut rest));
    later.set(Ok(capnweb::Object::from([("label", "there")]).into()));
    assert_eq!("String(\"there\")", shown(pair.wait(rest)));
    assert_eq!([2, 2, 1], early.asked.borrow()[..]);
}

/// Calls itself again, over the promise that led here, when it is called the first time.
struct Again {
    promise: RefCell<Option<Promise>>,
    third: RefCell<Option<Promise>>,
    calls: RefCell<Vec<String>>,
}

impl capnweb::Target for Again {
    fn call(self: Rc<Self>, name: Option<&str>, _: Vec<Value>) -> Answer {
        self.calls.borrow_mut().push(name.unwrap_or_default().to_owned());
        let promise = self.promise.take();
        if let Some(promise) = promise {
            *self.third.borrow_mut() = Some(promise.call_at(&["third".into()], vec![]));
        }
        Answer::Now(Ok(Value::Null))
    }
}

#[test]
fn a_call_does_not_overtake_those_that_waited() {
    let later = Later::new();
    let promise = Promise::new(later.future());
    let target = Rc::new(Again {
        promise: RefCell::new(Some(promise.clone())),
        third: RefCell::default(),
        calls: RefCell::default(),
    });
    let waiting = ["first", "second"].map(|name| promise.call_at(&[name.into()], vec![]));
    later.set(Ok(Value::Stub(Stub::from_rc(target.clone()))));
    assert!(crate::pair::poll(&mut promise.into_future()).is_some());
    assert_eq!(["first", "second", "third"], target.calls.borrow()[..]);
    drop(waiting);
}
