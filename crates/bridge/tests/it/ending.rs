//! How sessions end, and who learns it.

use std::time::Duration;

use capnweb::{Bytes, Promise, Stub};
use capos_authority::{Actor, EndReason};

use crate::ground::{Program, code, run, stub, then};
use crate::node::Node;

async fn lab_of(session: &Promise, name: &str) -> Stub {
    stub(&then(&then(session, "capSet", vec![]), "get", vec![name.into()]).await.unwrap())
}

fn echo(lab: &Stub) -> Promise {
    lab.call(Some("echo"), vec![Bytes::new(vec![1]).into()])
}

#[test]
fn a_session_lasts_for_as_long_as_anything_of_it_is_held() {
    run(async {
        let node = Node::start().await;
        let program = Program::start(&node).await;
        let session = stub(&program.signed_in().await.unwrap());
        let bundle = stub(&session.call(Some("capSet"), vec![]).await.unwrap());
        let lab = stub(&bundle.call(Some("get"), vec!["lab".into()]).await.unwrap());
        let child = stub(&lab.call(Some("next"), vec![]).await.unwrap());
        drop((session, bundle, lab));
        echo(&child).await.unwrap();
        assert_eq!(node.authority.sessions().len(), 1);
        drop(child);
        node.sessions(0).await;
        // And the program can sign in again.
        let session = program.signed_in();
        then(&session, "info", vec![]).await.unwrap();
    });
}

#[test]
fn a_session_that_was_never_taken_ends() {
    run(async {
        let node = Node::start().await;
        let program = Program::start(&node).await;
        let info = then(&program.signed_in(), "info", vec![]);
        info.await.unwrap();
        node.sessions(0).await;
    });
}

#[test]
fn the_main_object_can_be_dropped_first() {
    run(async {
        let node = Node::start().await;
        let program = Program::start(&node).await;
        let lab = lab_of(&program.signed_in(), "lab").await;
        drop(program.main);
        echo(&lab).await.unwrap();
        drop(lab);
        node.sessions(0).await;
    });
}

#[test]
fn dropping_an_object_drops_the_capability() {
    run(async {
        let node = Node::start().await;
        let program = Program::start(&node).await;
        let session = program.signed_in();
        let lab = lab_of(&session, "lab").await;
        let child = stub(&lab.call(Some("next"), vec![]).await.unwrap());
        let tally = node.labs.last();
        assert_eq!(tally.counts().alive(), 2);
        drop(child);
        tally.until(|counts| counts.alive() == 1).await;
        echo(&lab).await.unwrap();
    });
}

#[test]
fn giving_a_call_up_cancels_it() {
    run(async {
        let node = Node::start().await;
        let program = Program::start(&node).await;
        let lab = lab_of(&program.signed_in(), "lab").await;
        let tally = node.labs.last();
        // One is asked for; the other's answer nobody ever wanted.
        let hanging = tokio::task::spawn_local(lab.call(Some("hang"), vec![]).into_future());
        tally.until(|counts| counts.running() == 1).await;
        program.cut();
        hanging.await.unwrap().unwrap_err();
        tally.until(|counts| counts.running() == 0).await;
        node.sessions(0).await;
    });
}

#[test]
fn the_end_of_a_session_is_told_to_every_call() {
    run(async {
        let node = Node::start().await;
        let program = Program::start(&node).await;
        let session = program.signed_in();
        let lab = lab_of(&session, "lab").await;
        let hanging = lab.call(Some("hang"), vec![]);
        let hanging = tokio::task::spawn_local(hanging.into_future());
        node.labs.last().until(|counts| counts.running() == 1).await;
        node.authority.end_account("ada", EndReason::Administrator, &Actor::offline()).await.unwrap();
        let thrown = hanging.await.unwrap().unwrap_err();
        assert_eq!(crate::ground::code_of(&thrown), "staleSession");
        assert_eq!(code(echo(&lab)).await, "staleSession");
        assert_eq!(code(then(&session, "info", vec![])).await, "staleSession");
        // The connection stays, for another sign-in.
        then(&program.signed_in(), "info", vec![]).await.unwrap();
    });
}

#[test]
fn a_lease_ends_one_grant_and_nothing_else() {
    run(async {
        let node = Node::start().await;
        let program = Program::start(&node).await;
        let session = program.signed_in();
        let (short, lab) = (lab_of(&session, "short").await, lab_of(&session, "lab").await);
        echo(&short).await.unwrap();
        node.time.advance(Duration::from_secs(3601));
        assert_eq!(code(echo(&short)).await, "leaseExpired");
        echo(&lab).await.unwrap();
    });
}

#[test]
fn a_node_that_goes_away_breaks_everything_that_is_held() {
    run(async {
        let node = Node::start().await;
        let program = Program::start(&node).await;
        let lab = lab_of(&program.signed_in(), "lab").await;
        let (one, main) = (lab.broken(), program.main.broken());
        node.gateway.drain().await;
        for broken in [one, main] {
            let thrown = broken.await;
            assert!(thrown.to_string().contains("the node has ended the connection"), "{thrown}");
        }
        assert!(echo(&lab).await.is_err());
        assert!(program.speech.ended().is_some());
    });
}
