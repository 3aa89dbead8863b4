//! Both sides offer and ask.

use std::cell::Cell;
use std::future::IntoFuture;
use std::rc::Rc;

use capnweb::{Answer, Options, Session, Stub, Value};

use crate::objects::Records;
use crate::pair::{Pair, shown};

fn both() -> (Rc<Records>, Rc<Records>, Pair) {
    let (here, there) = (Records::new(), Records::new());
    let client = Session::new(Options::default(), |_| Some(here.main()));
    let server = Session::new(Options::default(), |_| Some(there.main()));
    (here, there, Pair::of(client, server))
}

#[test]
fn either_side_calls_the_other() {
    let (here, there, pair) = both();
    let add = |session: &Session| session.remote().call(Some("add"), vec![1.0.into(), 2.0.into()]);
    assert_eq!("Number(3.0)", shown(pair.wait(add(&pair.client))));
    assert_eq!("Number(3.0)", shown(pair.wait(add(&pair.server))));
    assert_eq!((1, 1), (here.calls.borrow().len(), there.calls.borrow().len()));
    assert_eq!([1, 1, 1, 1], pair.tables());
}

#[test]
fn without_a_main_object_calls_fail() {
    let pair = Pair::new(Records::new().main());
    let answer = pair.wait(pair.server.remote().call(Some("add"), vec![]));
    assert_eq!("! Error: This connection has no main object.", shown(answer));
}

#[test]
fn callbacks_are_called_with_what_they_are_given() {
    let (_, there, pair) = both();
    let sum = Rc::new(Cell::new(0.0));
    let seen = sum.clone();
    let callback = Stub::function(move |arguments| {
        seen.set(seen.get() + arguments[0].as_f64().unwrap());
        Answer::Now(Ok("thanks".into()))
    });
    let answer = pair.main().call(Some("call"), vec![Value::Stub(callback), 5.0.into()]);
    assert_eq!("String(\"thanks\")", shown(pair.wait(answer)));
    assert_eq!(5.0, sum.get());
    there.calls.borrow_mut().clear();
    assert_eq!([1, 1, 1, 1], pair.tables());
}

#[test]
fn a_stub_that_is_sent_home_is_the_object_itself() {
    let (here, there, pair) = both();
    let counter = here.counter(1.0);
    let back = pair.wait(pair.main().call(Some("home"), vec![Value::Stub(counter.clone())])).unwrap();
    assert!(back.as_object().unwrap().get("stub").unwrap().as_stub().unwrap().is_same(&counter));
    there.calls.borrow_mut().clear();
    drop((back, counter));
    assert_eq!([1, 1, 1, 1], pair.tables());
    let theirs = pair.wait(pair.main().call(Some("counter"), vec![3.0.into()])).unwrap();
    let sent: Vec<_> = {
        pair.sent();
        pair.wait(pair.main().call(Some("hold"), vec![theirs])).unwrap();
        pair.sent()
    };
    assert_eq!(">[\"push\",[\"pipeline\",0,[\"hold\"],[[\"import\",-1]]]]", sent[0]);
    let held = there.held.borrow_mut().pop().unwrap();
    pair.sent();
    assert_eq!("Number(4.0)", shown(pair.wait(held.call(Some("increment"), vec![]))));
    assert!(pair.sent().is_empty(), "it is called without a message");
}

#[test]
fn calls_on_one_object_come_in_order() {
    let (_, there, pair) = both();
    let later = pair.main().call(Some("later"), vec![]);
    let mut calls = Vec::new();
    for number in 0..20 {
        calls.push(later.call_at(&["increment".into()], vec![f64::from(number).into()]));
        if number == 9 {
            pair.run();
        }
    }
    pair.run();
    there.later(0).set(Ok(Value::Stub(there.counter(0.0))));
    pair.wait(later.clone()).unwrap();
    calls.push(later.call_at(&["increment".into()], vec![20.0.into()]));
    let answers: Vec<f64> = calls.into_iter().map(|call| pair.wait(call).unwrap().as_f64().unwrap()).collect();
    let expected: Vec<f64> = (0..=20)
        .scan(0.0, |sum, number| {
            *sum += f64::from(number);
            Some(*sum)
        })
        .collect();
    assert_eq!(expected, answers);
}

#[test]
fn an_object_that_calls_back_while_it_is_called_finds_everything_in_order() {
    let (_, _, pair) = both();
    let client = pair.client.clone();
    let depth = Rc::new(Cell::new(0));
    let deeper = depth.clone();
    let callback = Stub::function(move |arguments| {
        deeper.set(deeper.get() + 1);
        let rest = arguments[0].as_f64().unwrap_or(0.0);
        let answer = client.remote().call(Some("echo"), vec![rest.into()]);
        Answer::later(answer.into_future())
    });
    for round in 0..3 {
        let answer = pair.main().call(Some("call"), vec![Value::Stub(callback.clone()), f64::from(round).into()]);
        assert_eq!(Some(f64::from(round)), pair.wait(answer).unwrap().as_f64());
    }
    assert_eq!(3, depth.get());
}
