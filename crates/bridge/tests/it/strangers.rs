//! What a program may have before it has signed in, and what it sends ahead.

use capnweb::{Bytes, Value};
use capos_bridge::Limits;

use crate::ground::{Program, ada, code, options, run, stub, text, then};
use crate::node::{Node, PASSWORD};

/// More than a stranger's message may have.
fn large() -> Value {
    Bytes::new(vec![7; 200_000]).into()
}

fn wrong() -> Value {
    options([("account", "ada".into()), ("password", "wrong".into())])
}

/// Why the conversation ended, once it has.
async fn aborted(program: &Program) -> String {
    loop {
        if let Some(reason) = program.session.ended() {
            return reason.to_string();
        }
        tokio::task::yield_now().await;
    }
}

#[test]
fn the_bounds_are_a_strangers_until_somebody_has_signed_in() {
    run(async {
        let node = Node::start().await;
        let program = Program::start(&node).await;
        let full = capnweb::Limits::default();
        let narrow = Limits::default().stranger(&full);
        assert_eq!((program.speech.limits(), narrow.pipes), (narrow, 0));
        program.main.call(Some("authMethods"), vec![]).await.unwrap();
        assert_eq!(code(program.main.call(Some("authenticate"), vec![wrong()])).await, "authenticationDenied");
        assert_eq!(program.speech.limits(), narrow);
        let session = stub(&program.signed_in().await.unwrap());
        assert_eq!(program.speech.limits(), full);
        session.call(Some("logout"), vec![]).await.unwrap();
    });
}

#[test]
fn what_is_more_than_a_stranger_may_send_ends_the_session_unless_somebody_is_signing_in() {
    run(async {
        let node = Node::start().await;
        let program = Program::start(&node).await;
        let sent = program.main.call(Some("authMethods"), vec![large()]);
        assert!(sent.await.is_err());
        assert!(aborted(&program).await.contains("too long"));

        let program = Program::start(&node).await;
        let denied = program.main.call(Some("authenticate"), vec![wrong()]);
        let ahead = then(&denied, "echo", vec![large()]);
        assert_eq!(code(denied).await, "authenticationDenied");
        assert!(ahead.await.is_err());
        // Its own fault, not the bound's, which it would not have met.
        let reason = aborted(&program).await;
        assert!(!reason.contains("too long") && !reason.contains("RangeError"), "{reason}");

        let program = Program::start(&node).await;
        let refused = program.main.call(Some("start"), vec![options([("kind", "oidc".into())])]);
        let ahead = then(&refused, "next", vec![large()]);
        assert_eq!(code(refused).await, "disabledAuthMethod");
        assert!(ahead.await.is_err());
    });
}

#[test]
fn a_large_call_can_be_sent_with_the_sign_in() {
    run(async {
        let node = Node::start().await;
        let program = Program::start(&node).await;
        let lab = then(&then(&program.signed_in(), "capSet", vec![]), "get", vec!["lab".into()]);
        let echo = then(&lab, "echo", vec![large()]);
        assert_eq!(echo.await.unwrap().as_bytes().map(|bytes| bytes.len()), Some(200_000));

        // Step by step, too, where the steps are known.
        let program = Program::start(&node).await;
        let start = options([("kind", "password".into()), ("account", "ada".into())]);
        let flow = program.main.call(Some("start"), vec![start]);
        let _asked = then(&flow, "next", vec![]);
        let signed_in = then(&flow, "next", vec![PASSWORD.into()]);
        let caps = signed_in.get(&[crate::ground::key("session")]).call_at(&[crate::ground::key("capSet")], vec![]);
        let echo = then(&then(&caps, "get", vec!["lab".into()]), "echo", vec![large()]);
        assert_eq!(echo.await.unwrap().as_bytes().map(|bytes| bytes.len()), Some(200_000));
    });
}

#[test]
fn more_calls_than_a_stranger_may_have_can_be_sent_with_the_sign_in() {
    run(async {
        let node = Node::start().await;
        let program = Program::start(&node).await;
        let session = program.main.call(Some("authenticate"), vec![ada()]);
        let calls: Vec<_> = (0..500).map(|_| then(&session, "info", vec![])).collect();
        for call in calls {
            text(&crate::ground::member(&call.await.unwrap(), "profile"));
        }
    });
}
