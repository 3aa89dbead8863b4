//! What holds when a connection ends, stalls or comes back.

use std::time::Duration;

use capos_client::{Cause, Connection, Error, Peer, Session, View, connect};
use capos_testkit::link::{Direction, Link};
use capos_testkit::{LAB_REQUEST, stock};
use serde_json::json;
use tokio::task::spawn_local;
use tokio::time::Instant;

use crate::gateway::{LAB, Node, SYSTEM_INFO};
use crate::ground::{Listening, connect_in_memory, options, real_time, sign_in, signed_in, virtual_time};

/// A call that never answers, under way when this returns.
async fn hanging(
    connection: &Connection,
    session: &Session,
    node: &Node,
) -> tokio::task::JoinHandle<Result<serde_json::Value, Error>> {
    connection.load_schema(LAB_REQUEST).unwrap();
    let lab = session.get("lab", LAB).await.unwrap();
    let (session, tally) = (session.clone(), node.lab.tally());
    let call = spawn_local(async move { session.call(&lab, "hang", &json!({}), &session.kept(), "lab", &[]).await });
    tally.until(|counts| counts.running() > 0).await;
    call
}

fn cause(error: &Error) -> &Cause {
    match error {
        Error::Disconnected { cause, .. } => cause,
        other => panic!("expected a disconnect, but {other}"),
    }
}

#[test]
fn a_disconnect_in_a_call_clears_the_view_and_says_how_to_go_on() {
    virtual_time(async {
        let node = Node::new();
        let (connection, session, link) = signed_in(&node).await;
        session.refresh().await.unwrap();
        let call = hanging(&connection, &session, &node).await;
        link.reset();
        let error = call.await.unwrap().err().unwrap();
        assert_eq!(error.code(), "gatewayDisconnected");
        assert!(error.to_string().contains("(call lab.hang)"), "{error}");
        assert!(error.to_string().ends_with("connect and sign in again."), "{error}");
        assert_eq!((connection.view(), session.view()), (View::default(), View::default()));

        let later = session.info().await.err().unwrap();
        assert!(later.to_string().contains("(info)"), "each operation is told of itself: {later}");
        let rows = session.transcript().rows();
        let told: Vec<_> =
            rows.iter().rev().take(3).map(|row| (row.operation, row.subject.as_str(), row.outcome)).collect();
        assert_eq!(
            told,
            [
                ("info", "", "gatewayDisconnected"),
                ("disconnect", "lab.hang", "gatewayDisconnected"),
                ("call", "lab.hang", "gatewayDisconnected"),
            ]
        );
        let export = session.transcript().export();
        for forbidden in ["os error", "reset", "127.0.0.1", "abab", "correct horse", "reason"] {
            assert!(!export.contains(forbidden), "{forbidden} in {export}");
        }
    });
}

#[test]
fn a_view_is_empty_as_soon_as_the_connection_is_over_whoever_looks_first() {
    virtual_time(async {
        let node = Node::new();
        let (connection, session, link) = signed_in(&node).await;
        session.refresh().await.unwrap();
        link.cut();
        connection.closed().await;
        assert!(connection.is_closed());
        assert_eq!((session.view(), connection.view()), (View::default(), View::default()));
    });
}

#[test]
fn a_stalled_answer_is_given_up_after_an_unanswered_probe() {
    virtual_time(async {
        let node = Node::new();
        let (_connection, session, link) = signed_in(&node).await;
        link.swallow(Direction::RightToLeft);
        let began = Instant::now();
        let error = session.info().await.err().unwrap();
        let took = began.elapsed();
        assert_eq!((error.code(), cause(&error)), ("gatewayDisconnected", &Cause::Silent));
        let (quiet, probe) = (options().timeouts.quiet, options().timeouts.probe);
        assert!(took >= probe && took <= quiet * 3 / 2 + probe + Duration::from_millis(10), "{took:?}");
    });
}

#[test]
fn a_call_swallowed_on_its_way_there_is_given_up_likewise() {
    virtual_time(async {
        let node = Node::new();
        let (_connection, session, link) = signed_in(&node).await;
        link.swallow(Direction::LeftToRight);
        let error = session.caps().await.err().unwrap();
        assert_eq!(cause(&error), &Cause::Silent);
    });
}

#[test]
fn a_frame_that_stops_half_way_ends_in_a_disconnect() {
    virtual_time(async {
        let node = Node::new();
        for after in [4, 20] {
            let (_connection, session, link) = signed_in(&node).await;
            let delivered = link.written(Direction::RightToLeft);
            // A few bytes come, the rest is held for ever and the stream stays open.
            link.delay(Direction::LeftToRight, Duration::ZERO);
            link.slow(Direction::RightToLeft, after, Duration::from_secs(10_000_000));
            let began = Instant::now();
            let error = session.info().await.err().unwrap();
            assert_eq!(error.code(), "gatewayDisconnected");
            assert_eq!(cause(&error), &Cause::BrokeRule, "a started frame has a deadline of its own");
            assert!(began.elapsed() < Duration::from_secs(60) && link.written(Direction::RightToLeft) > delivered);
        }
    });
}

#[test]
fn a_slow_call_is_never_cut_while_the_node_is_there() {
    virtual_time(async {
        let node = Node::new();
        let (connection, session, link) = signed_in(&node).await;
        let call = hanging(&connection, &session, &node).await;
        let asked = node.asked_methods.get();
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert!(!call.is_finished());
        assert!(node.asked_methods.get() > asked + 100, "it was asked whether it is there");
        link.swallow(Direction::RightToLeft);
        assert_eq!(cause(&call.await.unwrap().err().unwrap()), &Cause::Silent, "and then it was not");
    });
}

#[test]
fn a_connection_on_which_nobody_waits_is_left_in_peace() {
    virtual_time(async {
        let node = Node::new();
        let (_connection, session, _link) = signed_in(&node).await;
        session.info().await.unwrap();
        let asked = node.asked_methods.get();
        tokio::time::sleep(Duration::from_secs(3600 * 24)).await;
        assert_eq!(node.asked_methods.get(), asked);
        session.info().await.unwrap();
    });
}

#[test]
fn a_large_answer_over_a_slow_link_is_no_silence() {
    virtual_time(async {
        let node = Node::new();
        let (connection, session, link) = signed_in(&node).await;
        connection.load_schema(LAB_REQUEST).unwrap();
        let lab = session.get("lab", LAB).await.unwrap();
        // Six megabytes at the slowest pace that the rules allow: over a minute.
        link.slow(Direction::RightToLeft, 8 << 10, Duration::from_millis(110));
        let payload = json!({ "payload": "A".repeat(8 << 20) });
        let began = Instant::now();
        let result = session.call(&lab, "echo", &payload, &session.kept(), "lab", &[]).await.unwrap();
        assert_eq!(result, payload);
        assert!(began.elapsed() > Duration::from_secs(60));
    });
}

#[test]
fn signing_in_again_at_once_works_and_says_nothing_of_the_failure() {
    virtual_time(async {
        let node = Node::new();
        let (connection, link) = connect_in_memory(&node, &options());
        let session = sign_in(&connection).await;
        let call = hanging(&connection, &session, &node).await;
        link.cut();
        call.await.unwrap().err().unwrap();

        let (again, _link) = connect_in_memory(&node, &options());
        let session = sign_in(&again).await;
        let diff = session.refresh().await.unwrap();
        assert!(diff.baseline && session.view().info.is_some());
        assert!(again.transcript().rows().iter().all(|row| row.outcome == "ok"));
    });
}

#[test]
fn a_transcript_can_go_on_over_a_new_connection() {
    virtual_time(async {
        let (node, options) = (Node::new(), options());
        let (connection, link) = connect_in_memory(&node, &options);
        let session = sign_in(&connection).await;
        link.cut();
        session.info().await.err().unwrap();
        let (again, _link) = connect_in_memory(&node, &options);
        sign_in(&again).await.info().await.unwrap();
        let rows = options.transcript.rows();
        let told: Vec<_> = rows.iter().map(|row| (row.session, row.operation, row.outcome == "ok")).collect();
        let expected =
            [(0, "signIn", true), (1, "info", false), (1, "disconnect", false), (0, "signIn", true), (2, "info", true)];
        assert_eq!(told, expected);
    });
}

#[test]
fn a_denied_sign_in_and_then_a_lost_connection_are_two_errors() {
    virtual_time(async {
        let node = Node::new();
        let (connection, link) = connect_in_memory(&node, &options());
        let mut wrong = crate::ground::Says::new(&["wrong", "wrong"]);
        let mut attempt = async || {
            let how = capos_client::SignIn::Password { account: "ada", profile: "", answers: &mut wrong };
            connection.sign_in(how).await.err().unwrap()
        };
        assert_eq!(attempt().await.code(), "authenticationDenied");
        link.cut();
        let error = attempt().await;
        assert_eq!(error.code(), "gatewayDisconnected");
        assert!(error.to_string().ends_with("Connect again; nobody is signed in."), "{error}");
    });
}

#[test]
fn a_person_who_is_being_asked_is_told_when_the_connection_ends() {
    struct Thinks(Link);
    impl capos_client::Answers for Thinks {
        fn answer<'a>(
            &'a mut self,
            _: &'a capos_client::Prompt,
        ) -> futures::future::LocalBoxFuture<'a, Option<capos_client::Secret>> {
            self.0.cut();
            Box::pin(std::future::pending())
        }
    }
    virtual_time(async {
        let (connection, link) = connect_in_memory(&Node::new(), &options());
        let how = capos_client::SignIn::Password { account: "ada", profile: "", answers: &mut Thinks(link) };
        let error = connection.sign_in(how).await.err().unwrap();
        assert_eq!(cause(&error), &Cause::Closed);
    });
}

#[test]
fn a_node_that_ends_the_connection_with_a_reason_is_quoted_by_code() {
    virtual_time(async {
        let (left, right, _link) = Link::pair();
        let connection = Connection::over(left, Peer::internal(), &options());
        let mut peer = capos_testkit::hostile::HostilePeer::new(right);
        peer.send(&capos_testkit::hostile::message::abort("unauthenticated: the time to sign in is \x1b[2Jover")).await;
        let error = connection.methods().await.err().unwrap();
        let text = error.to_string();
        assert!(text.contains("the node ended it (unauthenticated): the time to sign in is \u{fffd}[2Jover"), "{text}");
    });
}

#[test]
fn a_node_restarted_under_a_held_session_is_told_of_clearly() {
    real_time(async {
        let listening = Listening::start().await;
        let (node, options) = (std::rc::Rc::clone(&listening.node), listening.pinned());
        // A link between the client and the node stands for the node's process.
        let (left, right, link) = Link::pair();
        stock::serve(right, node.client());
        let connection = Connection::over(left, Peer::internal(), &options);
        let session = sign_in(&connection).await;
        let object = session.get("system_info", SYSTEM_INFO).await.unwrap();
        link.reset();
        for error in [
            session.call(&object, "motd", &json!({}), &session.kept(), "system_info", &[]).await.err().unwrap(),
            session.logout().await.err().unwrap(),
            session.refresh().await.err().unwrap(),
        ] {
            assert!(error.to_string().contains("The session ended with it: connect and sign in again."), "{error}");
        }
        let again = connect(&listening.endpoint, &options, &mut capos_client::NoConfirm).await.unwrap();
        sign_in(&again).await.info().await.unwrap();
    });
}

#[test]
fn a_connection_ends_with_the_last_that_holds_it() {
    virtual_time(async {
        let node = Node::new();
        let (left, right, _link) = Link::pair();
        let served = stock::serve(right, node.client());
        let connection = Connection::over(left, Peer::internal(), &options());
        let session = sign_in(&connection).await;
        drop(connection);
        session.info().await.unwrap();
        drop(session);
        let _ = served.await.unwrap();
    });
}
