//! A node that stops.

use std::time::Duration;

use capos_authority::EndReason;
use capos_schema::{Code, Denial};
use tokio::task::spawn_local;

use crate::client::{Line, code, denial, run};
use crate::node::Node;

#[test]
fn sessions_are_told_nobody_is_let_in_and_connections_end() {
    run(async {
        let node = Node::start().await;
        let (line, held) = Line::signed_in(&node, "ada").await;
        let resting = Line::plain(&node).await;
        resting.door.auth_methods_request().send().promise.await.unwrap();
        let pending = spawn_local(held.lab("lab").await.hang_request().send().promise);
        node.labs.tally("lab").until(|counts| counts.running() == 1).await;
        let gateway = node.gateway.clone();
        let draining = tokio::spawn(async move { gateway.drain().await });
        assert_eq!(denial(pending.await.unwrap()), EndReason::NodeStopping.into());
        assert_eq!(denial(held.list().await), EndReason::NodeStopping.into());
        assert_eq!(code(resting.guest().await), Code::Overloaded);
        draining.await.unwrap();
        line.ended().await;
        resting.ended().await;
        let denial = Denial::new(Code::Overloaded, "the node is stopping");
        assert!(node.vats.drain(Duration::from_secs(10), denial).await, "every connection has ended");
        assert_eq!(node.gateway.figures().connections_open, 0);
        assert_eq!(node.vats.panics(), 0);
    });
}
