//! Calls, properties and errors.

use std::future::IntoFuture;

use capnweb::{Key, Object, Value};

use crate::objects::Records;
use crate::pair::{Pair, shown};

fn path(names: &[&str]) -> Vec<Key> {
    names.iter().map(|name| Key::from(*name)).collect()
}

#[test]
fn a_call_gives_its_result() {
    let pair = Pair::new(Records::new().main());
    let sum = pair.main().call(Some("add"), vec![2.0.into(), 3.0.into()]);
    assert_eq!("Number(5.0)", shown(pair.wait(sum)));
    assert_eq!(
        pair.sent(),
        [">[\"push\",[\"pipeline\",0,[\"add\"],[2,3]]]", ">[\"pull\",1]", "<[\"resolve\",1,5]", ">[\"release\",1,1]"]
    );
    assert_eq!([1, 1, 1, 1], pair.tables());
}

#[test]
fn a_call_that_nobody_waits_for_is_made_and_its_answer_is_not_sent() {
    let records = Records::new();
    let pair = Pair::new(records.main());
    drop(pair.main().call(Some("add"), vec![2.0.into(), 3.0.into()]));
    pair.run();
    assert_eq!(pair.sent(), [">[\"push\",[\"pipeline\",0,[\"add\"],[2,3]]]", ">[\"release\",1,1]"]);
    assert_eq!(1, records.calls.borrow().len());
    assert_eq!([1, 1, 1, 1], pair.tables());
}

#[test]
fn errors_arrive_with_their_names_and_properties() {
    let pair = Pair::new(Records::new().main());
    let thrown = pair.wait(pair.main().call(Some("fail"), vec![])).unwrap_err();
    let error = thrown.error().unwrap();
    assert_eq!(
        ("RangeError", "no", Some(7.0)),
        (&*error.name, &*error.message, error.properties.get("code").unwrap().as_f64())
    );
    let missing = pair.wait(pair.main().call(Some("nonsense"), vec![]));
    assert_eq!("! TypeError: 'nonsense' is not a function.", shown(missing));
    assert_eq!([1, 1, 1, 1], pair.tables());
}

#[test]
fn what_is_thrown_need_not_be_an_error() {
    let pair = Pair::new(Records::new().main());
    let value = Object::from([("a", 1.0)]);
    let thrown = pair.wait(pair.main().call(Some("throw"), vec![value.into()])).unwrap_err();
    assert_eq!(Some(1.0), thrown.0.as_object().unwrap().get("a").unwrap().as_f64());
}

#[test]
fn properties_are_found_along_paths() {
    let pair = Pair::new(Records::new().main());
    let at = |names: &[&str]| shown(pair.wait(pair.main().get(&path(names))));
    assert_eq!("String(\"conformance\")", at(&["config", "name"]));
    assert_eq!("Number(20.0)", at(&["config", "list", "1"]));
    assert_eq!("Number(5.0)", at(&["config", "inner", "deep"]));
    assert_eq!("Null", at(&["config", "nothing"]));
    assert_eq!("Undefined", at(&["config", "list", "3"]));
    assert_eq!("Undefined", at(&["config", "list", "01"]));
    assert_eq!("Undefined", at(&["config", "list", "length"]));
    assert_eq!("Undefined", at(&["config", "name", "length"]));
    assert_eq!("Undefined", at(&["config", "toString"]));
    assert_eq!("Undefined", at(&["__proto__"]));
    assert_eq!("Undefined", at(&["nonsense"]));
    assert_eq!("! TypeError: Cannot read properties of undefined (reading 'deeper')", at(&["config", "no", "deeper"]));
    let third = pair.main().get(&[Key::from("config"), Key::from("list"), Key::Index(2)]);
    assert_eq!("Number(30.0)", shown(pair.wait(third)));
    assert_eq!([1, 1, 1, 1], pair.tables());
}

#[test]
fn names_that_all_objects_have_are_never_called() {
    let records = Records::new();
    let pair = Pair::new(records.main());
    for name in ["constructor", "toString", "__proto__", "hasOwnProperty"] {
        let answer = pair.wait(pair.main().call(Some(name), vec![]));
        assert_eq!(format!("! TypeError: '{name}' is not a function."), shown(answer));
    }
    assert!(records.calls.borrow().is_empty());
}

#[test]
fn calls_go_on_into_answers_that_are_not_there() {
    let records = Records::new();
    let pair = Pair::new(records.main());
    let counter = pair.main().call(Some("counter"), vec![4.0.into()]);
    let first = counter.call_at(&path(&["increment"]), vec![2.0.into()]);
    let value = counter.get(&path(&["value"]));
    let nested = pair.main().call_at(&path(&["child", "child", "add"]), vec![1.0.into(), 1.0.into()]);
    assert_eq!("Number(6.0)", shown(pair.wait(first)));
    assert_eq!("Number(6.0)", shown(pair.wait(value)));
    assert_eq!("Number(2.0)", shown(pair.wait(nested)));
    drop(counter);
    assert_eq!([1, 1, 1, 1], pair.tables());
    assert_eq!((1, 1), (records.made.get(), records.gone.get()));
}

#[test]
fn a_thousand_calls_hang_on_each_other() {
    let records = Records::new();
    let pair = Pair::new(records.main());
    let mut last = pair.main().call(Some("later"), vec![]);
    for _ in 0..1_000 {
        last = last.call_at(&[], vec![]);
    }
    let mut end = last.into_future();
    assert!(!pair.is_ready(&mut end));
    records.later(0).set(Ok(itself()));
    assert!(pair.wait(end).is_ok());
    assert_eq!([1, 1, 1, 1], pair.tables());
}

fn itself() -> Value {
    let function = capnweb::Stub::function(|_| capnweb::Answer::Now(Ok(itself())));
    Value::Stub(function)
}

#[test]
fn a_thousand_calls_in_flight_are_answered() {
    let pair = Pair::new(Records::new().main());
    let calls: Vec<_> =
        (0..1_000).map(|number| pair.main().call(Some("echo"), vec![f64::from(number).into()])).collect();
    for (number, call) in calls.into_iter().enumerate() {
        assert_eq!(Some(number as f64), pair.wait(call).unwrap().as_f64());
    }
    assert_eq!([1, 1, 1, 1], pair.tables());
}
