//! Objects that the server makes.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use capnweb::{Answer, FromArguments, Give, Methods, Stub, Value};

use crate::callbacks::Subscription;
use crate::lifecycle::Trace;
use crate::main_object::Main;
use crate::values::{list, object, text};

/// The kinds of objects there are.
pub(crate) struct Kinds {
    counter: Rc<Methods<Cell<f64>>>,
    child: Rc<Methods<()>>,
    log: Rc<Methods<RefCell<Vec<Value>>>>,
    pub(crate) tracked: Rc<Methods<Trace>>,
    pub(crate) subscription: Rc<Methods<Subscription>>,
}

impl Kinds {
    pub(crate) fn new() -> Self {
        Self {
            counter: Rc::new(counter()),
            child: child(),
            log: Rc::new(log()),
            tracked: Rc::new(Methods::new().on("touch", |_, ()| "touched")),
            subscription: Rc::new(
                Methods::new().on("cancel", |subscription: &Rc<Subscription>, ()| subscription.cancel()),
            ),
        }
    }

    pub(crate) fn counter(&self, start: f64) -> Stub {
        self.counter.object(Cell::new(start))
    }
}

fn counter() -> Methods<Cell<f64>> {
    Methods::<Cell<f64>>::new()
        .on("increment", |count, (by,): (Option<f64>,)| {
            count.set(count.get() + by.unwrap_or(1.0));
            count.get()
        })
        .property("value", |count| count.get())
}

fn child() -> Rc<Methods<()>> {
    Rc::new_cyclic(|child: &std::rc::Weak<Methods<()>>| {
        let child = child.clone();
        Methods::new()
            .on("hello", |_, (name,): (String,)| format!("hello {name}"))
            .property("id", |_| 7.0)
            .property("child", move |_| child.upgrade().map_or(Value::Undefined, |child| Value::Stub(child.object(()))))
    })
}

fn log() -> Methods<RefCell<Vec<Value>>> {
    Methods::<RefCell<Vec<Value>>>::new()
        .on("append", |log, (entry,): (Value,)| {
            log.borrow_mut().push(entry);
            log.borrow().len()
        })
        .on("entries", |log, ()| log.borrow().clone())
}

pub(crate) fn methods() -> Methods<Main> {
    Methods::<Main>::new()
        .property("child", |main| main.kinds().child.object(()))
        .on("self", |main, ()| main.program.methods.object_of(Rc::clone(main)))
        .on("makeCounter", |main, (start,): (f64,)| main.kinds().counter(start))
        .on("makeCounters", |main, (count,): (u32,)| {
            (0..count).map(|start| Value::Stub(main.kinds().counter(start.into()))).collect::<Vec<_>>()
        })
        .on("makeAdder", |_, (by,): (f64,)| adder(by))
        .on("makeBundle", |main, ()| bundle(main))
        .on("sameCounterTwice", |main, (start,): (f64,)| {
            let counter = main.kinds().counter(start);
            list([Value::Stub(counter.clone()), Value::Stub(counter)])
        })
        .on("makeLog", |main, ()| main.kinds().log.object(RefCell::default()))
}

fn adder(by: f64) -> Stub {
    Stub::function(move |arguments| {
        let sum = <(f64,)>::from_arguments(arguments).map(|(number,)| number + by);
        Answer::Now(sum.give())
    })
}

fn bundle(main: &Main) -> Value {
    let counter = |start| Value::Stub(main.kinds().counter(start));
    object([
        ("label", text("bundle")),
        ("counter", counter(5.0)),
        ("adder", Value::Stub(adder(100.0))),
        ("nested", object([("list", list([counter(1.0), counter(2.0)]))])),
    ])
}
