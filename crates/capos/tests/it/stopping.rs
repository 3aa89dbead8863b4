//! How a node goes.

use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustix::process::Signal;

use crate::ground::*;

#[test]
fn a_stop_waits_for_sessions_refuses_new_ones_and_tells_everybody() {
    let node = plan().configuration("node.stop_grace = '1h'").start();
    let plan = node.plan().clone();
    on_vat(async {
        let (client, session) = Client::operator(&node).await;
        node.signal(Signal::TERM);
        let log = node.wait_for_log("stopping in 1h");
        assert!(log.contains("live sessions: 1"), "{log}");
        assert!(TcpStream::connect(node.address()).is_err(), "the port is closed");
        assert!(is_live(&session).await, "the grace");
        let Err(refused) = client.begin(node.operator()).await else { panic!("nobody signs in any more") };
        assert!(refused.to_string().contains("the node is stopping"), "{refused}");
        // The session's own end is the end of the grace.
        session.logout_request().send().promise.await.unwrap();
        let _ = client.ended.await.unwrap();
    });
    let (status, log) = node.stop();
    assert!(status.success(), "{log}");
    let rows = journal(&plan);
    assert!(has_row(&rows, "node.started") && has_row(&rows, "node.stopped"), "{rows:?}");
}

#[test]
fn the_grace_ends_and_held_clients_see_it() {
    let node = plan().configuration("node.stop_grace = '50ms'").start();
    let plan = node.plan().clone();
    on_vat(async {
        let (client, session) = Client::operator(&node).await;
        node.signal(Signal::TERM);
        let _ = client.ended.await.unwrap();
        let Err(gone) = session.info_request().send().promise.await else { panic!("the session is gone") };
        assert!(!gone.to_string().is_empty());
    });
    assert!(node.stop().0.success());
    // The same data, another life: nothing of the session is left.
    let node = plan.start();
    on_vat(async { assert!(is_live(&Client::operator(&node).await.1).await) });
}

#[test]
fn a_second_word_ends_the_grace_at_once() {
    let node = plan().configuration("node.stop_grace = '1h'").start();
    on_vat(async {
        let (client, _session) = Client::operator(&node).await;
        node.signal(Signal::INT);
        let _ = node.wait_for_log("stopping in 1h");
        let begun = Instant::now();
        node.signal(Signal::TERM);
        let _ = client.ended.await.unwrap();
        assert!(begun.elapsed() < Duration::from_secs(30));
    });
    assert!(node.stop().0.success());
}
