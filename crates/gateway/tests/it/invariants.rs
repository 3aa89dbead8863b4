//! The invariants of the security page that the gateway guards. Each test fails where its guard is taken away.

use capnp::traits::HasTypeId;
use capos_authority::{EndReason, PrincipalKind};
use capos_schema::Code;
use capos_schema::gateway_capnp::{LoginSelectorKind, RemoteAuthKind};
use capos_schema::identity_capnp::user_session;
use capos_testkit::hostile::{Call, HostilePeer, Target, message};
use capos_testkit::lab_capnp::lab;
use tokio::net::TcpStream;

use crate::client::{Line, code, denial, echo, get, next, run};
use crate::node::{Node, PASSWORD};

/// 1: no value that one connection was given opens anything on another.
#[test]
fn nothing_listed_is_authority_elsewhere() {
    run(async {
        let node = Node::start().await;
        let (_line, held) = Line::signed_in(&node, "ada").await;
        held.lab("lab").await;
        let session = held.user_session().await;
        let response = session.audit_context_request().send().promise.await.unwrap();
        let audit = response.get().unwrap();
        let (id, principal) = (audit.get_session_id().unwrap().to_vec(), audit.get_principal_id().unwrap().to_vec());
        let elsewhere = Line::plain(&node).await;
        let guest = elsewhere.guest().await.unwrap();
        assert_eq!(code(guest.get_as::<lab::Client>("lab").await), Code::UnknownCap);
        for value in [&id, &principal] {
            let mut request = elsewhere.door.start_request();
            let mut start = request.get().init_request();
            start.set_kind(RemoteAuthKind::Password);
            let mut selector = start.init_selector();
            selector.set_kind(LoginSelectorKind::PrincipalId);
            selector.set_value(value);
            let response = request.send().promise.await.unwrap();
            let flow = response.get().unwrap().get_flow().unwrap();
            next(&flow, b"").await.unwrap();
            assert_eq!(code(next(&flow, value).await), Code::AuthenticationDenied);
            let mut request = guest.0.renew_request();
            request.get().set_proof(value);
            assert_eq!(code(request.send().promise.await), Code::AuthenticationDenied);
        }
        // Table positions are a connection's own: here nothing but the front door was exported.
        let mut stranger = HostilePeer::new(TcpStream::connect(node.address).await.unwrap());
        stranger.send(&message::bootstrap(0)).await;
        stranger.receive().await.expect("the front door");
        for position in 1..4 {
            let mut stranger = HostilePeer::new(TcpStream::connect(node.address).await.unwrap());
            stranger.send(&message::bootstrap(0)).await;
            stranger.receive().await.expect("the front door");
            stranger.send(&Call::new(1, Target::Import(position), 0xf8b2_5cc8_ef97_2f21, 0).frame()).await;
            stranger.expect_abort().await;
        }
        held.list().await.expect("and its holder notices nothing");
    });
}

/// Two clients cannot observe each other: what one does changes nothing of what the other is told.
#[test]
fn what_one_client_does_shows_nowhere_to_another() {
    run(async {
        let node = Node::start().await;
        node.account("bob", PrincipalKind::Human, &["tester"], "lab").await;
        let (_one, bob) = Line::signed_in(&node, "bob").await;
        let lab = bob.lab("lab").await;
        let seen = async || {
            let total = lab.total_request().send().promise.await.unwrap();
            let total = total.get().unwrap();
            let answer = (bob.list().await.unwrap(), bob.id().await.unwrap(), total.get_chunks(), total.get_bytes());
            let response = bob.user_session().await.info_request().send().promise.await.unwrap();
            (answer, response.get().unwrap().get_info().unwrap().get_expires_at_ms())
        };
        let before = seen().await;
        let (two, ada) = Line::signed_in(&node, "ada").await;
        let other = ada.lab("lab").await;
        let mut request = other.sink_request();
        request.get().set_chunk(b"of one alone");
        request.send().await.unwrap();
        assert_eq!(code(two.password("bob", "wrong", "").await), Code::AuthenticationDenied);
        assert_eq!(seen().await, before);
        ada.logout().await.unwrap();
        two.cut();
        assert_eq!(seen().await, before);
    });
}

/// 2: once an end has reached the membrane, no call starts and no result leaves.
#[test]
fn nothing_starts_and_nothing_leaves_after_an_end() {
    run(async {
        let node = Node::start().await;
        for round in 0..12 {
            let (line, held) = Line::signed_in(&node, "ada").await;
            let lab = held.lab("lab").await;
            let session = node.authority.session(&held.handle().await).expect("it is live");
            let calls: Vec<_> = (0..64)
                .map(|_| {
                    let mut request = lab.slow_request();
                    request.get().set_milliseconds(round % 3);
                    request.send().promise
                })
                .collect();
            let tally = node.labs.tally("lab");
            tally.until(|counts| counts.started > 0).await;
            let (started, finished) = tokio::spawn(async move {
                session.end(EndReason::Administrator).await;
                let counts = tally.counts();
                (counts.started, counts.finished)
            })
            .await
            .unwrap();
            let mut done = 0;
            for call in calls {
                match call.await {
                    Ok(_) => done += 1,
                    Err(error) => assert_eq!(denial::<()>(Err(error)), EndReason::Administrator.into()),
                }
            }
            let tally = node.labs.tally("lab");
            assert_eq!(tally.counts().started, started, "no call starts");
            assert!(done <= finished, "no result leaves that came later");
            assert_eq!(code(echo(&lab, b"").await), Code::StaleSession);
            line.cut();
        }
    });
}

/// 3: a name and an interface that do not match give nothing, and tell nothing but the code.
#[test]
fn a_wrong_interface_tells_nothing() {
    run(async {
        let node = Node::start().await;
        let (_line, held) = Line::signed_in(&node, "ada").await;
        let caps = held.caps();
        let wrong: Vec<_> = [0, 1, user_session::Client::TYPE_ID, u64::MAX].into_iter().collect();
        let mut told = Vec::new();
        for interface in wrong {
            told.push(denial(get(&caps, "lab", interface).await).to_string());
            told.push(denial(get(&caps, "system_info", interface).await).to_string());
        }
        told.dedup();
        assert_eq!(told, [capos_schema::Denial::from(Code::InterfaceMismatch).to_string()]);
        assert_eq!(node.labs.count(), 0, "nothing was made");
    });
}

/// 5: a guest holds what policy names for guests, and is never what a failed proof falls back to.
#[test]
fn a_guest_is_a_guest_and_no_way_out_of_a_failed_proof() {
    run(async {
        let node = Node::start().await;
        node.account("bob", PrincipalKind::Human, &["guest", "tester"], "guest").await;
        let line = Line::plain(&node).await;
        for profile in ["", "guest", "lab", "anonymous"] {
            assert_eq!(code(line.password("ada", "wrong", profile).await), Code::AuthenticationDenied);
            assert_eq!(code(line.password("nobody", PASSWORD, profile).await), Code::AuthenticationDenied);
            assert_eq!(code(line.password("guest", "guest", profile).await), Code::AuthenticationDenied);
        }
        assert_eq!(node.authority.sessions().len(), 0, "no session of any kind");
        let guest = line.guest().await.unwrap();
        let names: Vec<_> = guest.list().await.unwrap().into_iter().map(|entry| entry.0).collect();
        for name in ["lab", "accounts", "sessions", "audit"] {
            assert!(!names.contains(&name.to_owned()));
            assert_eq!(code(guest.get(name, lab::Client::TYPE_ID).await), Code::UnknownCap);
        }
        let mut request = line.door.guest_request();
        request.get().set_requested_profile("lab");
        assert_eq!(code(request.send().promise.await), Code::AuthenticationDenied);
    });
}
