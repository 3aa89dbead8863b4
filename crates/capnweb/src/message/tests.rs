//! Which message a text is, and what is sent.

use super::{Message, Sending};
use crate::error::Error;
use crate::exchange::Reference;
use crate::expression::Alone;
use crate::json::Document;
use crate::limits::Limits;
use crate::target::Key;
use crate::value::{Object, Value};

fn told(text: &str) -> Option<String> {
    let limits = Limits::default();
    let document = Document::parse(text, &limits).unwrap();
    let message = Message::parse(&document).ok()?;
    Some(match message {
        Message::Push(json) => format!("push {:?}", json.items().map(Iterator::count)),
        Message::Stream(json) => format!("stream {:?}", json.items().map(Iterator::count)),
        Message::Pipe => "pipe".to_owned(),
        Message::Pull(id) => format!("pull {id}"),
        Message::Resolve(id, json) => format!("resolve {id} {:?}", json.text()),
        Message::Reject(id, json) => format!("reject {id} {:?}", json.text()),
        Message::Release(id, count) => format!("release {id} {count}"),
        Message::Abort(json) => format!("abort {:?}", json.text()),
    })
}

#[test]
fn each_message_is_told_from_the_others() {
    for (text, message) in [
        (r#"["push",["pipeline",0,["a"],[]]]"#, "push Some(4)"),
        (r#"["stream",["pipeline",0,["a"],[]]]"#, "stream Some(4)"),
        (r#"["pipe"]"#, "pipe"),
        (r#"["pull",1]"#, "pull 1"),
        (r#"["resolve",-1,"x"]"#, r#"resolve -1 Some("x")"#),
        (r#"["reject",1,null]"#, "reject 1 None"),
        (r#"["release",1,3]"#, "release 1 3"),
        (r#"["abort","x"]"#, r#"abort Some("x")"#),
        (r#" [ "pull" , 1e0 , "more" ] "#, "pull 1"),
    ] {
        assert_eq!(told(text).as_deref(), Some(message), "{text}");
    }
}

#[test]
fn what_is_no_message_is_refused() {
    for text in [
        "1",
        "null",
        "\"push\"",
        "{}",
        "[]",
        "[[\"pull\",1]]",
        "[1]",
        r#"["hello"]"#,
        r#"["push"]"#,
        r#"["stream"]"#,
        r#"["pull"]"#,
        r#"["pull","1"]"#,
        r#"["pull",1.5]"#,
        r#"["pull",1e300]"#,
        r#"["resolve",1]"#,
        r#"["resolve",null,1]"#,
        r#"["reject",1]"#,
        r#"["release",1]"#,
        r#"["release",1,-1]"#,
        r#"["release",1,0.5]"#,
        r#"["release",1,"1"]"#,
        r#"["abort"]"#,
        r#"["PULL",1]"#,
    ] {
        assert_eq!(told(text), None, "{text}");
    }
}

#[test]
fn what_is_sent_is_what_the_official_package_sends() {
    let path = [Key::Name("a\"b".to_owned()), Key::Index(3)];
    let arguments = [Value::from(1), Value::from([1]), Object::from([("k", ())]).into()];
    let call = |sending, arguments| super::call(sending, 2, &path, arguments, &mut Alone::default()).unwrap();
    assert_eq!(call(Sending::Push, None), r#"["push",["pipeline",2,["a\"b",3]]]"#);
    assert_eq!(
        call(Sending::Stream, Some(&arguments)),
        r#"["stream",["pipeline",2,["a\"b",3],[1,[[1]],{"k":["undefined"]}]]]"#
    );
    assert_eq!(super::pipe(), r#"["pipe"]"#);
    assert_eq!(super::pull(7), r#"["pull",7]"#);
    assert_eq!(super::resolve(7, &"x".into(), &mut Alone::default()).unwrap(), r#"["resolve",7,"x"]"#);
    let thrown = Value::from(Error::type_error("no"));
    assert_eq!(super::reject(7, &thrown, &mut Alone::default()).unwrap(), r#"["reject",7,["error","TypeError","no"]]"#);
    assert_eq!(super::release(7, 2), r#"["release",7,2]"#);
    assert_eq!(super::abort(&thrown, &mut Alone::default()).unwrap(), r#"["abort",["error","TypeError","no"]]"#);
}

#[test]
fn instructions_are_passed_on_as_they_came() {
    let text =
        r#"["push",["remap",1,["l"],[],[["pipeline",0,["a\n"]],{"\u0061":-1.5,"b":[[true,null,1e999]]},"é",[]]]]"#;
    let document = Document::parse(text, &Limits::default()).unwrap();
    let Ok(Message::Push(remap)) = Message::parse(&document) else { panic!() };
    let program = remap.items().unwrap().nth(4).and_then(|list| list.to_program()).unwrap();
    assert_eq!(program.instructions().len(), 4);
    let passed = super::remap(1, &[Key::Name("l".to_owned())], &[], &program);
    assert_eq!(passed.replace(r#""a":"#, r#""\u0061":"#), text);
    let captures = [Reference::Import(-2), Reference::Export(-3)];
    let program = remap.items().unwrap().nth(2).and_then(|list| list.to_program()).unwrap();
    assert_eq!(
        super::remap(1, &[], &captures, &program),
        r#"["push",["remap",1,[],[["import",-2],["export",-3]],["l"]]]"#
    );
    assert!(document.root().items().unwrap().next().unwrap().to_program().is_none());
}
