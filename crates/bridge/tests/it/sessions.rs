//! What a session gives.

use std::rc::Rc;

use capnp::traits::HasTypeId;
use capnweb::{Answer, Bytes, Stub, Target, Value};
use capos_testkit::lab_capnp::lab;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::ground::{Program, code, function, key, member, options, run, stub, text, then};
use crate::node::{Node, PASSWORD};

fn bytes(text: &str) -> Value {
    Bytes::new(text.as_bytes().to_vec()).into()
}

#[test]
fn the_bundle_is_listed_and_grants_are_called_before_anything_is_awaited() {
    run(async {
        let node = Node::start().await;
        let program = Program::start(&node).await;
        let bundle = then(&program.signed_in(), "capSet", vec![]);
        let names = then(&bundle, "list", vec![]).await.unwrap();
        let names: Vec<String> = names.as_array().unwrap().iter().map(|entry| text(&member(entry, "name"))).collect();
        assert_eq!(names, ["manual", "lab", "short", "system_info"]);
        let hostname = then(&then(&bundle, "get", vec!["system_info".into()]), "hostname", vec![]);
        text(&hostname.await.unwrap());
        // Its interface is none of the contract's: it is learned from the node.
        let echo = then(&then(&bundle, "get", vec!["lab".into()]), "echo", vec![bytes("hello")]);
        assert_eq!(&echo.await.unwrap().as_bytes().unwrap()[..], b"hello");
    });
}

#[test]
fn a_grant_is_given_as_what_it_is_and_nothing_else() {
    run(async {
        let node = Node::start().await;
        let program = Program::start(&node).await;
        let bundle = stub(&then(&program.signed_in(), "capSet", vec![]).await.unwrap());
        let get = |arguments| bundle.call(Some("get"), arguments);
        let as_lab = Value::from(lab::Client::TYPE_ID);
        get(vec!["lab".into(), as_lab.clone()]).await.unwrap();
        assert_eq!(code(get(vec!["nothing".into()])).await, "unknownCap");
        assert_eq!(code(get(vec!["nothing".into(), as_lab.clone()])).await, "unknownCap");
        assert_eq!(code(get(vec!["manual".into(), as_lab])).await, "interfaceMismatch");
        for wrong in [vec![], vec![7.0.into()], vec!["lab".into(), "lab".into()], vec!["lab".into(), 1.5.into()]] {
            assert_eq!(code(get(wrong)).await, "TypeError");
        }
        assert!(matches!(bundle.get(&[key("lab")]).await.unwrap(), Value::Undefined), "grants are no properties");
    });
}

#[test]
fn an_object_that_came_back_is_the_same_session_s() {
    run(async {
        let node = Node::start().await;
        let program = Program::start(&node).await;
        let lab = then(&then(&program.signed_in(), "capSet", vec![]), "get", vec!["lab".into()]);
        let child = stub(&then(&lab, "next", vec![]).await.unwrap());
        child.call(Some("echo"), vec![bytes("x")]).await.unwrap();
        let ring = function(|arguments| options([("payload", arguments[0].clone())]));
        let heard = then(&lab, "callBack", vec![options([("call", ring)]), bytes("ring")]).await.unwrap();
        assert_eq!(&heard.as_bytes().unwrap()[..], b"ring");
    });
}

#[test]
fn a_session_is_renewed_by_password() {
    run(async {
        let node = Node::start().await;
        let program = Program::start(&node).await;
        let session = stub(&program.signed_in().await.unwrap());
        let before = session.call(Some("info"), vec![]).await.unwrap();
        node.time.advance(std::time::Duration::from_secs(60));
        let renew = |given| session.call(Some("renew"), vec![given]);
        assert_eq!(code(renew(options([("password", "wrong".into())]))).await, "authenticationDenied");
        let after = renew(options([("password", PASSWORD.into())])).await.unwrap();
        assert!(member(&after, "expiresAtMs").as_f64() > member(&before, "expiresAtMs").as_f64());
        node.time.advance(std::time::Duration::from_secs(7200));
        let hours = 11.0 * 3_600_000.0;
        let longer = renew(options([("password", PASSWORD.into()), ("durationMs", hours.into())])).await.unwrap();
        let now = member(&before, "createdAtMs").as_f64().unwrap() + 7_260_000.0;
        assert_eq!(member(&longer, "expiresAtMs").as_f64().unwrap(), now + hours);
        assert_eq!(code(renew(options([("sign", function(|_| Value::Null))]))).await, "TypeError");
        assert_eq!(code(renew(options([]))).await, "TypeError");
    });
}

#[test]
fn several_sessions_of_one_program_are_apart() {
    run(async {
        let node = Node::start().await;
        let program = Program::start(&node).await;
        let (one, other) = (program.signed_in(), program.signed_in());
        let (one, other) = (stub(&one.await.unwrap()), stub(&other.await.unwrap()));
        one.call(Some("logout"), vec![]).await.unwrap();
        assert_eq!(code(one.call(Some("info"), vec![])).await, "staleSession");
        other.call(Some("info"), vec![]).await.unwrap();
    });
}

/// Hears of a session what its node tells.
struct Listener(UnboundedSender<(String, Vec<Value>)>);

impl Target for Listener {
    fn call(self: Rc<Self>, name: Option<&str>, arguments: Vec<Value>) -> Answer {
        let _ = self.0.send((name.unwrap_or_default().to_owned(), arguments));
        Answer::Now(Ok(Value::Undefined))
    }
}

#[test]
fn a_session_ends_another_of_the_same_person_which_hears_why() {
    run(async {
        let node = Node::start().await;
        let program = Program::start(&node).await;
        let (one, other) = (program.signed_in(), program.signed_in());
        let (one, other) = (stub(&one.await.unwrap()), stub(&other.await.unwrap()));
        let (heard, mut hears) = unbounded_channel();
        let _watch = other.call(Some("watch"), vec![Stub::new(Listener(heard)).into()]).await.unwrap();
        let others = one.call(Some("others"), vec![]).await.unwrap();
        let [known] = others.as_array().unwrap() else { panic!("{others:?}") };
        let handle = member(known, "session");
        let end = |handle: &Value| one.call(Some("endOther"), vec![handle.clone(), "lost my laptop".into()]);
        assert!(matches!(end(&handle).await.unwrap(), Value::Bool(true)));
        assert!(matches!(end(&handle).await.unwrap(), Value::Bool(false)), "it is over already");
        let (told, why) = loop {
            let (told, why) = hears.recv().await.unwrap();
            if told == "ended" {
                break (told, why);
            }
        };
        assert_eq!((&*told, &*text(&why[0])), ("ended", "endedElsewhere"));
        assert_eq!(code(other.call(Some("info"), vec![])).await, "staleSession");
        one.call(Some("info"), vec![]).await.unwrap();
    });
}

#[test]
fn a_session_in_another_profile_takes_the_place_of_this_one() {
    run(async {
        let node = Node::start().await;
        let program = Program::start(&node).await;
        let before = stub(&program.signed_in().await.unwrap());
        let profiles = before.call(Some("profiles"), vec![]).await.unwrap();
        let names: Vec<_> = profiles.as_array().unwrap().iter().map(|one| text(&member(one, "name"))).collect();
        assert_eq!(names, ["lab"]);
        assert_eq!(code(before.call(Some("enter"), vec!["operator".into()])).await, "authenticationDenied");
        assert_eq!(code(before.call(Some("enter"), vec![7.0.into()])).await, "TypeError");
        let bundle = then(&before.call(Some("enter"), vec!["lab".into()]), "capSet", vec![]);
        let after = stub(&bundle.await.unwrap());
        assert_eq!(code(before.call(Some("info"), vec![])).await, "staleSession");
        after.call(Some("list"), vec![]).await.unwrap();
        drop(before);
        node.sessions(1).await;
        drop(after);
        node.sessions(0).await;
    });
}
