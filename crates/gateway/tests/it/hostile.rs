//! Peers that do not keep to the protocol, before they have signed in.

use capos_schema::Code;
use capos_testkit::hostile::{Call, HostilePeer, Target, message};
use tokio::net::TcpStream;

use crate::client::{Line, aborted, run};
use crate::node::Node;

const GATEWAY: u64 = 0xdff4_5c43_61b0_3269;
const SESSION: u64 = 0xf8b2_5cc8_ef97_2f21;

#[test]
fn calls_on_what_a_refused_sign_in_would_have_given_are_refused() {
    run(async {
        let node = Node::start().await;
        let mut peer = HostilePeer::new(TcpStream::connect(node.address).await.unwrap());
        peer.send(&message::bootstrap(0)).await;
        // `guest` without a profile is refused; the calls on its session were sent before that was known.
        peer.send(&Call::new(1, Target::answer(0), GATEWAY, 2).frame()).await;
        for question in 2..20 {
            peer.send(&Call::new(question, Target::first_field(1), SESSION, 1).frame()).await;
        }
        for question in 2..20 {
            peer.expect_failure(question).await;
        }
        assert_eq!(node.authority.sessions().len(), 0);
        Line::plain(&node).await.guest().await.expect("nobody else notices");
    });
}

#[test]
fn methods_and_interfaces_that_are_not_there_are_refused_and_no_more() {
    run(async {
        let node = Node::start().await;
        let mut peer = HostilePeer::new(TcpStream::connect(node.address).await.unwrap());
        peer.send(&message::bootstrap(0)).await;
        for (question, (interface, method)) in
            [(GATEWAY, 4), (GATEWAY, u16::MAX), (SESSION, 1), (0, 0)].into_iter().enumerate()
        {
            let question = u32::try_from(question).unwrap() + 1;
            peer.send(&Call::new(question, Target::answer(0), interface, method).frame()).await;
            peer.expect_failure(question).await;
        }
        peer.send(&Call::new(9, Target::answer(0), GATEWAY, 0).frame()).await;
        peer.expect_results(9).await;
    });
}

#[test]
fn a_peer_that_breaks_a_rule_takes_its_own_session_along_and_no_other() {
    run(async {
        let node = Node::start().await;
        let (_line, held) = Line::signed_in(&node, "ada").await;
        let mut peer = HostilePeer::new(TcpStream::connect(node.address).await.unwrap());
        peer.send(&message::bootstrap(0)).await;
        peer.send(&Call::new(1, Target::Import(77), GATEWAY, 0).frame()).await;
        assert_eq!(aborted(&mut peer).await, Code::BadRequest);
        peer.expect_closed().await;
        node.until(|node| node.gateway.figures().connections_open == 1).await;
        held.list().await.unwrap();
    });
}
