//! Mappings that a program writes down.

use capnweb::{Answer, Key, Object, Placeholder, Promise, Readable, Stub, Value};

use crate::objects::Records;
use crate::pair::{Pair, shown};

fn pair() -> Pair {
    Pair::new(Records::new().main())
}

fn field(placeholder: &Placeholder, name: &str) -> Value {
    placeholder.get(&[Key::from(name)]).into()
}

fn list(pair: &Pair, length: f64) -> Promise {
    pair.main().call(Some("list"), vec![length.into()])
}

#[test]
fn a_mapping_is_one_message_and_done_for_each_element_there() {
    let pair = pair();
    let main = pair.main();
    let mapped = main.call(Some("users"), Vec::new()).map(|user| {
        let sum = user.capture(&main).call(Some("add"), vec![field(&user, "id"), 100.0.into()]);
        Object::from([("name", field(&user, "name")), ("sum", sum.into())])
    });
    let told = shown(pair.wait(mapped));
    for (name, sum) in [("Ann", 101), ("Bob", 102), ("Cy", 103)] {
        assert!(told.contains(name) && told.contains(&format!("{sum}.0")), "{told}");
    }
    // As the official client writes it.
    let program = r#"[["pipeline",0,["id"]],["pipeline",-1,["add"],[["pipeline",1],100]],["pipeline",0,["name"]],{"name":["pipeline",3],"sum":["pipeline",2]}]"#;
    let sent = pair.sent();
    assert!(sent.contains(&format!(r#">["push",["remap",1,[],[["import",0]],{program}]]"#)), "{sent:?}");
}

#[test]
fn what_is_no_array_is_mapped_once_and_nothing_is_nothing() {
    let pair = pair();
    for (subject, expected) in
        [(Value::from(5.0), "Number(6.0)"), (Value::Null, "Null"), (Value::Undefined, "Undefined")]
    {
        let main = pair.main();
        let subject = main.call(Some("echo"), vec![subject]);
        let mapped = subject.map(|it| it.capture(&main).call(Some("add"), vec![it.into(), 1.0.into()]));
        assert_eq!(shown(pair.wait(mapped)), expected);
    }
}

#[test]
fn a_mapping_within_a_mapping_sees_what_is_around_it() {
    let pair = pair();
    let main = pair.main();
    let mapped = list(&pair, 2.0).map(|outer| {
        let inner = outer.capture(&main).call(Some("list"), vec![3.0.into()]);
        inner.map(|inner| {
            let arguments = vec![outer.clone().into(), inner.clone().into()];
            inner.capture(&main).call(Some("add"), arguments)
        })
    });
    let told = shown(pair.wait(mapped));
    assert_eq!(told, shown(Ok(Value::Array(vec![[0.0, 1.0, 2.0].into(), [1.0, 2.0, 3.0].into()]))));
}

#[test]
fn objects_here_are_called_back_by_a_mapping() {
    let pair = pair();
    let double = Stub::function(|arguments| {
        let number = arguments.first().and_then(Value::as_f64).unwrap();
        Answer::Now(Ok((2.0 * number).into()))
    });
    let mapped = list(&pair, 3.0).map(|number| number.capture(&double).call(None, vec![number.into()]));
    assert_eq!(shown(pair.wait(mapped)), shown(Ok([0.0, 2.0, 4.0].into())));
}

#[test]
fn a_mapping_of_what_is_here_takes_no_message() {
    let pair = pair();
    let here = Promise::new(async { Ok(vec![Value::from(1.0), Value::from(2.0)].into()) });
    assert_eq!(
        shown(pair.wait(here.map(|item| Object::from([("it", item)])).get(&[Key::Index(1), "it".into()]))),
        "Number(2.0)"
    );
    assert!(pair.sent().is_empty());
}

#[test]
fn what_a_mapping_took_along_is_released_with_it() {
    let pair = pair();
    let before = pair.tables();
    let function = Stub::function(|_| Answer::Now(Ok(Value::Null)));
    let mapped = list(&pair, 3.0).map(|number| number.capture(&function).call(None, Vec::new()));
    pair.wait(mapped).unwrap();
    assert_eq!(pair.tables(), before);
}

#[test]
fn a_placeholder_is_nothing_outside_of_its_mapping() {
    let pair = pair();
    let mut kept = None;
    let mapped = list(&pair, 1.0).map(|item| {
        kept = Some(item.clone());
        item
    });
    pair.wait(mapped).unwrap();
    let outside = "! TypeError: A placeholder stands for nothing outside of its mapping.";
    let kept = kept.unwrap();
    for value in [Value::from(kept.clone()), kept.get(&["id".into()]).into()] {
        assert_eq!(shown(pair.wait(pair.main().call(Some("echo"), vec![value]))), outside);
    }
}

#[test]
fn a_mapping_that_cannot_be_written_fails_and_nothing_is_sent_for_it() {
    let pair = pair();
    let numbers = list(&pair, 1.0);
    pair.run();
    pair.sent();
    let stream = || Value::from(Readable::new(futures::stream::empty()));
    for mapped in [
        numbers.map(|_| stream()),
        numbers.map(|item| item.call(None, vec![stream()])),
        numbers.map(|item| item.map(|_| stream())),
    ] {
        assert_eq!(shown(pair.wait(mapped)), "! TypeError: A mapping cannot hold streams.");
    }
    assert!(pair.sent().is_empty());
}
