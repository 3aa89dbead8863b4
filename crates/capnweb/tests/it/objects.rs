//! Objects that tests call.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use capnweb::{Answer, Error, Object, Promise, Stub, Target, Value};

use crate::pair::{Later, number};

/// What the main object remembers.
#[derive(Default)]
pub(crate) struct Records {
    /// What was called, in order.
    pub(crate) calls: RefCell<Vec<String>>,
    /// Stubs that were kept.
    pub(crate) held: RefCell<Vec<Stub>>,
    /// Answers that are given by hand.
    pub(crate) later: RefCell<Vec<Later>>,
    /// Objects that were made, and that are gone.
    pub(crate) made: Cell<usize>,
    pub(crate) gone: Cell<usize>,
}

impl Records {
    pub(crate) fn new() -> Rc<Self> {
        Rc::default()
    }

    /// A main object that writes here.
    pub(crate) fn main(self: &Rc<Self>) -> Stub {
        Stub::new(Main(self.clone()))
    }

    pub(crate) fn counter(self: &Rc<Self>, start: f64) -> Stub {
        self.made.set(self.made.get() + 1);
        Stub::new(Counter { value: Cell::new(start), records: self.clone() })
    }

    pub(crate) fn answer_later(&self) -> Answer {
        let later = Later::new();
        let answer = Answer::later(later.future());
        self.later.borrow_mut().push(later);
        answer
    }

    pub(crate) fn later(&self, position: usize) -> std::cell::Ref<'_, Later> {
        std::cell::Ref::map(self.later.borrow(), |later| &later[position])
    }
}

struct Main(Rc<Records>);

impl Target for Main {
    fn call(self: Rc<Self>, name: Option<&str>, mut arguments: Vec<Value>) -> Answer {
        let records = &self.0;
        records.calls.borrow_mut().push(format!("{}{arguments:?}", name.unwrap_or_default()));
        let mut next = || if arguments.is_empty() { Value::Undefined } else { arguments.remove(0) };
        Answer::Now(Ok(match name {
            Some("add") => Value::Number(number(&next()) + number(&next())),
            Some("echo") => next(),
            Some("count") => Value::Number(arguments.len() as f64),
            Some("fail") => return Answer::Now(Err(Error::range_error("no").with("code", 7.0).into())),
            Some("throw") => return Answer::Now(Err(capnweb::Thrown(next()))),
            Some("counter") => Value::Stub(records.counter(number(&next()))),
            Some("counters") => {
                (0..number(&next()) as usize).map(|start| Value::Stub(records.counter(start as f64))).collect()
            }
            Some("bundle") => bundle(records).into(),
            Some("twice") => {
                let counter = records.counter(number(&next()));
                [Value::Stub(counter.clone()), Value::Stub(counter)].into()
            }
            Some("later") => return records.answer_later(),
            Some("field") => {
                let Answer::Later(later) = records.answer_later() else { unreachable!() };
                Object::from([("now", Value::from("now")), ("later", Value::Promise(Promise::new(later)))]).into()
            }
            Some("promise") => {
                let Answer::Later(later) = records.answer_later() else { unreachable!() };
                Value::Promise(Promise::new(later))
            }
            Some("hold") => {
                records.held.borrow_mut().extend(next().as_stub().cloned());
                Value::Null
            }
            Some("call") => {
                let stub = next().as_stub().cloned().unwrap();
                return Answer::later(stub.call(None, arguments).into_future());
            }
            Some("home") => Object::from([("stub", next())]).into(),
            Some("users") => users(),
            Some("list") => (0..number(&next()) as usize).map(|number| number as f64).collect(),
            name => return Answer::no_method(name),
        }))
    }

    fn get(self: Rc<Self>, name: &str) -> Answer {
        Answer::Now(Ok(match name {
            "config" => Object::from([
                ("name", Value::from("conformance")),
                ("list", [10.0, 20.0, 30.0].into()),
                ("nothing", Value::Null),
                ("inner", Object::from([("deep", 5.0)]).into()),
            ])
            .into(),
            "child" => Value::Stub(Stub::new(Self(self.0.clone()))),
            _ => Value::Undefined,
        }))
    }
}

fn bundle(records: &Rc<Records>) -> Object {
    Object::from([
        ("label", Value::from("bundle")),
        ("counter", Value::Stub(records.counter(5.0))),
        ("adder", Value::Stub(Stub::function(|arguments| Answer::Now(Ok((number(&arguments[0]) + 100.0).into()))))),
        ("list", [Value::Stub(records.counter(1.0)), Value::Stub(records.counter(2.0))].into()),
    ])
}

fn users() -> Value {
    [(1.0, "Ann"), (2.0, "Bob"), (3.0, "Cy")]
        .into_iter()
        .map(|(id, name)| Value::from(Object::from([("id", Value::from(id)), ("name", name.into())])))
        .collect()
}

pub(crate) struct Counter {
    value: Cell<f64>,
    records: Rc<Records>,
}

impl Target for Counter {
    fn call(self: Rc<Self>, name: Option<&str>, arguments: Vec<Value>) -> Answer {
        match name {
            Some("increment") => {
                self.value.set(self.value.get() + arguments.first().and_then(Value::as_f64).unwrap_or(1.0));
                self.records.calls.borrow_mut().push(format!("increment {}", self.value.get()));
                Answer::Now(Ok(self.value.get().into()))
            }
            name => Answer::no_method(name),
        }
    }

    fn get(self: Rc<Self>, name: &str) -> Answer {
        Answer::Now(Ok(if name == "value" { self.value.get().into() } else { Value::Undefined }))
    }
}

impl Drop for Counter {
    fn drop(&mut self) {
        self.records.gone.set(self.records.gone.get() + 1);
    }
}
