//! Signing in, each way there is.

use capos_authority::{Actor, EndReason, MethodKind, PrincipalKind};
use capos_schema::Code;
use capos_schema::gateway_capnp::{LoginSelectorKind, RemoteAuthKind};
use capos_schema::identity_capnp;
use ssh_key::private::{Ed25519Keypair, KeypairData};
use ssh_key::{HashAlg, LineEnding, PrivateKey};

use crate::client::{Line, code, denial, next, run};
use crate::node::{Node, PASSWORD, Setup};

#[test]
fn every_way_is_listed_in_the_wires_order_on_or_off() {
    run(async {
        let node = Node::start().await;
        let line = Line::plain(&node).await;
        let response = line.door.auth_methods_request().send().promise.await.unwrap();
        let methods = response.get().unwrap().get_methods().unwrap();
        let all: Vec<_> =
            methods.iter().map(|method| (method.get_kind().unwrap() as u16, method.get_enabled())).collect();
        let on = [0, 1, 6, 7];
        assert_eq!(all, (0..9).map(|kind| (kind, on.contains(&kind))).collect::<Vec<_>>());
        assert!(methods.iter().all(|method| !method.get_label().unwrap().is_empty()));
    });
}

#[test]
fn a_password_gives_a_session_with_its_facts() {
    run(async {
        let node = Node::start().await;
        for line in [Line::plain(&node).await, Line::tls(&node).await] {
            let flow = line.start(RemoteAuthKind::Password, "ada", "").await.unwrap();
            let response = flow.next_request().send().promise.await.unwrap();
            let response = response.get().unwrap();
            assert!(response.get_step().unwrap().get_redaction() && !response.get_done());
            let held = next(&flow, PASSWORD.as_bytes()).await.unwrap().expect("done");
            let response = held.0.info_request().send().promise.await.unwrap();
            let info = response.get().unwrap().get_info().unwrap();
            assert_eq!(info.get_profile().unwrap(), "lab");
            assert_eq!(info.get_auth_strength(), Ok(identity_capnp::AuthStrength::Password));
            assert!(info.get_expires_at_ms() > info.get_created_at_ms());
            let principal = info.get_principal().unwrap();
            assert_eq!(principal.get_display_name().unwrap(), "ADA");
            assert_eq!(principal.get_kind(), Ok(identity_capnp::PrincipalKind::Human));
            assert!(!principal.get_id().unwrap().is_empty());
            assert_eq!(code(next(&flow, b"").await), Code::BadRequest, "the flow is over");
        }
        assert_eq!(sign_ins(&node, MethodKind::Password), (2, 0));
    });
}

#[test]
fn a_key_signs_in_over_tls_and_plain() {
    run(async {
        let node = Node::start().await;
        let key = key(1);
        let public = key.public_key().to_openssh().unwrap();
        node.authority.admin().add_key("ada", &public, &Actor::offline()).await.unwrap();
        for line in [Line::plain(&node).await, Line::tls(&node).await] {
            let flow = line.start(RemoteAuthKind::PublicKey, "ada", "").await.unwrap();
            let signature = key.sign("capos-remote-session", HashAlg::Sha512, &challenge(&flow).await).unwrap();
            let armored = signature.to_pem(LineEnding::LF).unwrap();
            let held = next(&flow, armored.as_bytes()).await.unwrap().expect("done");
            held.list().await.unwrap();
        }
        let line = Line::tls(&node).await;
        let flow = line.start(RemoteAuthKind::PublicKey, "ada", "").await.unwrap();
        let elsewhere = Line::tls(&node).await.start(RemoteAuthKind::PublicKey, "ada", "").await.unwrap();
        challenge(&flow).await;
        let stolen = key.sign("capos-remote-session", HashAlg::Sha512, &challenge(&elsewhere).await).unwrap();
        let stolen = stolen.to_pem(LineEnding::LF).unwrap();
        assert_eq!(code(next(&flow, stolen.as_bytes()).await), Code::AuthenticationDenied, "of another connection");
    });
}

#[test]
fn a_principal_is_found_by_its_handle_too() {
    run(async {
        let node = Node::start().await;
        let (line, held) = Line::signed_in(&node, "ada").await;
        let response = held.0.info_request().send().promise.await.unwrap();
        let id = response.get().unwrap().get_info().unwrap().get_principal().unwrap().get_id().unwrap().to_vec();
        let mut request = line.door.start_request();
        let mut selector = request.get().init_request().init_selector();
        selector.set_kind(LoginSelectorKind::PrincipalId);
        selector.set_value(&id);
        let response = request.send().promise.await.unwrap();
        let flow = response.get().unwrap().get_flow().unwrap();
        next(&flow, b"").await.unwrap();
        assert!(next(&flow, PASSWORD.as_bytes()).await.unwrap().is_some());
    });
}

#[test]
fn guests_and_the_anonymous_have_methods_of_their_own() {
    run(async {
        let node = Node::start().await;
        let line = Line::plain(&node).await;
        let held = line.guest().await.unwrap();
        let names: Vec<_> = held.list().await.unwrap().into_iter().map(|entry| entry.0).collect();
        assert_eq!(names, ["session", "system_info", "manual"]);
        let mut request = line.door.guest_request();
        request.get().set_requested_profile("lab");
        assert_eq!(code(request.send().promise.await), Code::AuthenticationDenied, "not the guest's profile");
        let mut request = line.door.anonymous_request();
        request.get().set_requested_profile("anonymous");
        let response = request.send().promise.await.unwrap();
        let anonymous = response.get().unwrap().get_session().unwrap();
        let response = anonymous.info_request().send().promise.await.unwrap();
        let principal = response.get().unwrap().get_info().unwrap().get_principal().unwrap();
        assert_eq!(principal.get_kind(), Ok(identity_capnp::PrincipalKind::Anonymous));
        assert!(principal.get_id().unwrap().is_empty());
        for kind in [RemoteAuthKind::Guest, RemoteAuthKind::Anonymous] {
            assert_eq!(code(line.start(kind, "", "").await), Code::BadRequest);
        }
        assert_eq!(code(line.start(RemoteAuthKind::Passkey, "ada", "").await), Code::DisabledAuthMethod);
        assert_eq!((sign_ins(&node, MethodKind::Guest), sign_ins(&node, MethodKind::Anonymous)), ((1, 1), (1, 0)));
    });
}

#[test]
fn a_refusal_tells_nothing_and_ends_its_flow_alone() {
    run(async {
        let node = Node::start().await;
        node.account("bob", PrincipalKind::Human, &["user"], "user").await;
        let (line, held) = Line::signed_in(&node, "ada").await;
        let wrong = denial(line.password("ada", "wrong", "").await);
        let unknown = denial(line.password("nobody", PASSWORD, "").await);
        let forbidden = denial(line.password("bob", PASSWORD, "lab").await);
        assert_eq!((&wrong, &wrong), (&unknown, &forbidden));
        assert_eq!(wrong.code, Code::AuthenticationDenied);
        held.list().await.expect("a failed sign-in touches no session");
        assert_eq!(sign_ins(&node, MethodKind::Password), (1, 3));
    });
}

#[test]
fn a_flow_takes_one_step_at_a_time_and_can_be_given_up() {
    run(async {
        let node = Node::with(Setup::slow_hashes).await;
        let line = Line::plain(&node).await;
        let flow = line.start(RemoteAuthKind::Password, "ada", "").await.unwrap();
        next(&flow, b"").await.unwrap();
        let (first, second) = tokio::join!(next(&flow, PASSWORD.as_bytes()), next(&flow, PASSWORD.as_bytes()));
        assert!(first.unwrap().is_some());
        assert_eq!(code(second), Code::TooManyCalls);
        let flow = line.start(RemoteAuthKind::Password, "ada", "").await.unwrap();
        next(&flow, b"").await.unwrap();
        let (judged, cancelled) = tokio::join!(next(&flow, PASSWORD.as_bytes()), flow.cancel_request().send().promise);
        assert_eq!(code(judged), Code::BadRequest, "given up while it was judged");
        cancelled.unwrap();
        flow.cancel_request().send().promise.await.expect("harmless");
        assert_eq!(code(next(&flow, b"").await), Code::BadRequest);
        // What was judged all the same gave a session that nobody was given.
        node.until(|node| node.authority.sessions().len() == 1).await;
    });
}

#[test]
fn a_session_that_nobody_waits_for_is_ended() {
    run(async {
        let node = Node::with(Setup::slow_hashes).await;
        let line = Line::plain(&node).await;
        let flow = line.start(RemoteAuthKind::Password, "ada", "").await.unwrap();
        next(&flow, b"").await.unwrap();
        let mut request = flow.next_request();
        request.get().set_response(PASSWORD.as_bytes());
        let sent = request.send();
        line.door.auth_methods_request().send().promise.await.expect("by this the step is under way");
        drop(sent);
        let ended = node.journaled("session.ended", 1).await;
        assert!(ended[0].contains(EndReason::Disconnected.as_str()), "{ended:?}");
        assert_eq!(node.authority.sessions().len(), 0);
        assert_eq!(node.gateway.figures().sessions_live, 0);
    });
}

#[test]
fn a_renewal_gives_the_same_session() {
    run(async {
        let node = Node::start().await;
        let (_line, held) = Line::signed_in(&node, "ada").await;
        let before = held.id().await.unwrap();
        let expires = async || {
            let response = held.0.info_request().send().promise.await.unwrap();
            response.get().unwrap().get_info().unwrap().get_expires_at_ms()
        };
        let until = expires().await;
        node.time.advance(std::time::Duration::from_secs(3600));
        let mut request = held.0.renew_request();
        request.get().set_proof(b"wrong");
        assert_eq!(code(request.send().promise.await), Code::AuthenticationDenied);
        let mut request = held.0.renew_request();
        request.get().set_proof(PASSWORD.as_bytes());
        let response = request.send().promise.await.unwrap();
        let renewed = crate::client::Held(response.get().unwrap().get_session().unwrap());
        assert_eq!(renewed.id().await.unwrap(), before);
        assert_eq!(expires().await, until + 3_600_000);
        assert_eq!(node.gateway.figures().sessions_live, 1);
    });
}

fn key(seed: u8) -> PrivateKey {
    let pair = Ed25519Keypair::from_seed(&[seed; 32]);
    PrivateKey::new(KeypairData::Ed25519(pair), "test").expect("a key")
}

async fn challenge(flow: &capos_schema::gateway_capnp::remote_auth_flow::Client) -> Vec<u8> {
    let response = flow.next_request().send().promise.await.expect("a first step");
    let step = response.get().and_then(|results| results.get_step());
    step.and_then(|step| step.get_challenge()).expect("bytes to sign").to_vec()
}

fn sign_ins(node: &Node, kind: MethodKind) -> (u64, u64) {
    let figures = node.gateway.figures();
    let row = figures.sign_ins.iter().find(|row| row.method == kind).expect("every way has a row");
    (row.granted, row.denied)
}
