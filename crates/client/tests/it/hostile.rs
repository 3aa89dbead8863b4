//! A node that means harm: whatever it sends, a call ends with an error, and the process goes on.

use capnp_rpc::rpc_capnp::exception;
use capos_client::{Connection, Error, Peer};
use capos_testkit::hostile::{Heard, HostilePeer, frame, message};
use capos_testkit::link::{Direction, End, Link};
use proptest::prelude::*;
use serde_json::json;

use crate::gateway::{LAB, Node};
use crate::ground::{Says, connect_in_memory, options, virtual_time};

/// What a call ends with where the node answers it with these bytes.
async fn answered(bytes: impl AsyncFnOnce(&mut HostilePeer<End>, u32)) -> Error {
    let (left, right, _link) = Link::pair();
    let connection = Connection::over(left, Peer::internal(), &options());
    let mut peer = HostilePeer::new(right);
    let call = async { connection.methods().await.err().unwrap() };
    let answer = async {
        loop {
            if let Heard::Call { question, .. } = peer.receive().await.unwrap().heard {
                bytes(&mut peer, question).await;
                break;
            }
        }
    };
    futures::join!(call, answer).0
}

#[test]
fn frames_that_no_node_may_send_end_the_connection_and_nothing_else() {
    virtual_time(async {
        for bytes in [
            frame::header(&[1 << 28]),
            frame::count_only(1 << 20),
            frame::count_only(0),
            frame::header(&[u32::MAX, u32::MAX]),
            frame::out_of_bounds(),
            frame::circle(),
            frame::of_words(&[u64::MAX; 16]),
            message::finish(77, true),
            message::resolve_to_own(99, 1),
            message::unimplemented(1000),
            message::return_nothing(4242),
            b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(),
        ] {
            let error = answered(async |peer, _| peer.send(&bytes).await).await;
            assert_eq!(error.code(), "gatewayDisconnected", "{bytes:x?}");
            assert!(
                error.to_string().contains("what no node may send") || error.to_string().contains("does not answer")
            );
        }
    });
}

#[test]
fn answers_that_are_none_are_told_as_the_nodes_fault() {
    virtual_time(async {
        let error = answered(async |peer, question| peer.send(&message::return_elsewhere(question)).await).await;
        assert_eq!(error.code(), "gatewayDisconnected");
        let failure = |kind, reason: &'static str| {
            async move |peer: &mut HostilePeer<End>, question| {
                peer.send(&message::return_failure(question, kind, reason)).await;
            }
        };
        let error = answered(failure(exception::Type::Failed, "\x1b]0;x\x07 at 10.0.0.1")).await;
        assert_eq!(error.code(), "protocol");
        assert!(!error.to_string().contains('\x1b'));
        let error = answered(failure(exception::Type::Disconnected, "overloaded: later")).await;
        assert_eq!(error.code(), "overloaded");
    });
}

#[test]
fn a_session_that_is_nothing_fails_when_it_is_used_and_harms_nobody() {
    virtual_time(async {
        let (left, right, _link) = Link::pair();
        let connection = Connection::over(left, Peer::internal(), &options());
        let mut peer = HostilePeer::new(right);
        let sign_in = connection.sign_in(capos_client::SignIn::Guest);
        let answer = async {
            loop {
                if let Heard::Call { question, .. } = peer.receive().await.unwrap().heard {
                    peer.send(&message::return_nothing(question)).await;
                    break;
                }
            }
        };
        let error = match futures::join!(sign_in, answer).0 {
            Err(error) => error,
            Ok(session) => session.info().await.err().unwrap(),
        };
        assert_eq!(error.code(), "protocol");
    });
}

/// All that a person does, over a connection that may be spoilt; every error is fit to be shown.
async fn everything(connection: &Connection) -> Result<(), Error> {
    connection.methods().await?;
    let mut answers = Says::new(&[crate::gateway::PASSWORD]);
    let how = capos_client::SignIn::Password { account: "ada", profile: "", answers: &mut answers };
    let session = connection.sign_in(how).await?;
    session.refresh().await?;
    connection.load_schema(capos_testkit::LAB_REQUEST)?;
    let lab = session.get("lab", LAB).await?;
    let kept = session.kept();
    session.call(&lab, "nested", &json!({}), &kept, "lab", &[]).await?;
    session.call(&lab, "many", &json!({ "count": 3 }), &kept, "lab", &[]).await?;
    session.logout().await
}

fn assert_showable(error: &Error) {
    let text = error.to_string();
    assert!(text.len() < 4096 && !text.chars().any(char::is_control), "{text:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_bytes_a_node_sends_the_client_ends_in_an_error(
        words in proptest::collection::vec(any::<u64>(), 0..40),
        tail in proptest::collection::vec(any::<u8>(), 0..40),
    ) {
        virtual_time(async move {
            let bytes = [frame::of_words(&words), tail].concat();
            let error = answered(async |peer, _| {
                peer.send(&bytes).await;
                peer.stop_sending().await;
            }).await;
            assert_eq!(error.code(), "gatewayDisconnected");
            assert_showable(&error);
        });
    }

    #[test]
    fn one_spoilt_byte_of_an_honest_node_harms_nobody(offset in 0_u64..6000, bit in 0_u8..8) {
        virtual_time(async move {
            let node = Node::new();
            let (connection, link) = connect_in_memory(&node, &options());
            link.corrupt(Direction::RightToLeft, offset, 1 << bit);
            if let Err(error) = everything(&connection).await {
                assert_showable(&error);
            }
            let export = connection.transcript().export();
            assert!(!export.contains("abab") && !export.contains("horse"));
            // Another connection notices nothing.
            let (connection, _link) = connect_in_memory(&node, &options());
            everything(&connection).await.unwrap();
        });
    }
}
