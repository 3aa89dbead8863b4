//! What a session is granted, and how it is taken.

use capnp::capability::FromClientHook;
use capnp::traits::HasTypeId;
use capos_schema::Code;
use capos_schema::identity_capnp::user_session;
use capos_schema::session_capnp::{remote_cap_set, remote_session};
use capos_schema::system_info_capnp::system_info;
use capos_testkit::lab::{Answer, CallbackState};
use capos_testkit::lab_capnp::lab;

use crate::client::{Held, Line, code, echo, keep, run};
use crate::node::{Grants, Node};

#[test]
fn a_bundle_is_listed_and_each_grant_taken_once() {
    run(async {
        let node = Node::start().await;
        let (_line, held) = Line::signed_in(&node, "ada").await;
        let expected = [
            ("session".to_owned(), user_session::Client::TYPE_ID, 0),
            ("system_info".to_owned(), system_info::Client::TYPE_ID, 0),
            ("lab".to_owned(), lab::Client::TYPE_ID, 0),
        ];
        assert_eq!(held.list().await.unwrap(), expected);
        let (one, two) = (held.lab("lab").await, held.lab("lab").await);
        echo(&one, b"1").await.unwrap();
        echo(&two, b"2").await.unwrap();
        assert_eq!(node.labs.count(), 1, "one session and grant, one object");
        let all = node.gateway.holdings().of(&held.handle().await).await.expect("it is live");
        let of_lab = all.iter().find(|grant| grant.grant.name == "lab").expect("granted");
        assert_eq!((of_lab.calls, of_lab.in_flight, of_lab.references.len()), (2, 0, 1));
        assert!(all.iter().filter(|grant| grant.grant.name != "lab").all(|grant| grant.references.is_empty()));
    });
}

#[test]
fn what_is_not_granted_so_is_not_given() {
    run(async {
        let node = Node::start().await;
        let local = Grants::lab("listed", r#""transfer": "local""#);
        let nothing = Grants::lab("nothing", "").replace("test:lab", "test:nothing");
        let unknown = Grants::lab("unknown", "").replace("test:lab", "builtin:unknown");
        let wrong = Grants::SYSTEM_INFO.replace("SystemInfo", "UserSession");
        node.profile("lab", &["human"], &[Grants::LAB, &local, &nothing, &unknown, &wrong]).await;
        let (_line, held) = Line::signed_in(&node, "ada").await;
        let lab = lab::Client::TYPE_ID;
        assert_eq!(code(held.get("session", user_session::Client::TYPE_ID).await), Code::UnknownCap);
        assert_eq!(code(held.get("lab", user_session::Client::TYPE_ID).await), Code::InterfaceMismatch);
        assert_eq!(code(held.get("lab", 0).await), Code::InterfaceMismatch);
        assert_eq!(code(held.get("listed", lab).await), Code::MethodDenied);
        assert_eq!(code(held.get("nothing", lab).await), Code::ServiceUnavailable);
        assert_eq!(code(held.get("unknown", lab).await), Code::ServiceUnavailable);
        let misnamed = held.get("system_info", user_session::Client::TYPE_ID).await;
        assert_eq!(code(misnamed), Code::ServiceUnavailable, "granted as what it is not");
        assert_eq!(held.list().await.unwrap().len(), 5);
        assert_eq!(node.labs.count(), 0);
        echo(&held.lab("lab").await, b"all the same").await.unwrap();
    });
}

#[test]
fn calls_are_pipelined_from_the_sign_in_to_the_granted_object() {
    run(async {
        let node = Node::start().await;
        let line = Line::plain(&node).await;
        let mut request = line.door.guest_request();
        request.get().set_requested_profile("guest");
        let caps = request.send().pipeline.get_session().cap_set_request().send().pipeline.get_caps();
        let mut request = caps.get_request();
        request.get().set_name("system_info");
        request.get().set_expected_interface_id(system_info::Client::TYPE_ID);
        let info: system_info::Client = FromClientHook::new(request.send().pipeline.get_cap().as_cap());
        let (motd, name) = (info.motd_request().send().promise, info.hostname_request().send().promise);
        assert_eq!(motd.await.unwrap().get().unwrap().get_text().unwrap(), "Welcome.");
        assert_eq!(name.await.unwrap().get().unwrap().get_name().unwrap(), "test-node");
    });
}

#[test]
fn objects_reached_through_a_grant_are_pipelined_and_counted_as_its_own() {
    run(async {
        let node = Node::start().await;
        let (_line, held) = Line::signed_in(&node, "ada").await;
        let lab = held.lab("lab").await;
        let child = lab.next_request().send().pipeline.get_lab().next_request().send().pipeline.get_lab();
        assert_eq!(echo(&child, b"deep").await.unwrap(), b"deep");
        let callback = CallbackState::new(Answer::Echo);
        let mut request = child.call_back_request();
        request.get().set_to(callback.client());
        request.get().set_payload(b"back");
        let response = request.send().promise.await.unwrap();
        assert_eq!(response.get().unwrap().get_payload().unwrap(), b"back");
        keep(&child, callback.client()).await.unwrap();
        let all = node.gateway.holdings().of(&held.handle().await).await.expect("it is live");
        let of_lab = all.iter().find(|grant| grant.grant.name == "lab").expect("granted");
        assert!(of_lab.references.iter().any(|reference| reference.lineage.via == Some((lab::Client::TYPE_ID, 1))));
        assert!(of_lab.references.iter().any(|reference| reference.home == capos_membrane::Side::Outside));
        assert_eq!(of_lab.calls, 5);
    });
}

#[test]
fn a_cast_opens_nothing_that_was_not_granted() {
    run(async {
        let node = Node::start().await;
        let (line, held) = Line::signed_in(&node, "ada").await;
        let info = held.get("system_info", system_info::Client::TYPE_ID).await.unwrap();
        let as_lab: lab::Client = info.cast_to();
        assert_eq!(echo(&as_lab, b"").await.err().unwrap().kind, capnp::ErrorKind::Unimplemented);
        let as_caps: remote_cap_set::Client = held.0.clone().cast_to();
        assert!(as_caps.list_request().send().promise.await.is_err());
        let as_session: remote_session::Client = line.door.clone().cast_to();
        assert!(Held(as_session).list().await.is_err());
    });
}

#[test]
fn a_narrowed_grant_has_its_methods_alone() {
    run(async {
        let node = Node::start().await;
        let narrow = Grants::lab("narrow", r#""methods": ["echo", "next", "doesNotExist"]"#);
        node.profile("lab", &["human"], &[Grants::LAB, &narrow]).await;
        let (_line, held) = Line::signed_in(&node, "ada").await;
        let lab = held.lab("narrow").await;
        echo(&lab, b"").await.unwrap();
        assert_eq!(code(lab.total_request().send().promise.await), Code::MethodDenied);
        let child = lab.next_request().send().pipeline.get_lab();
        assert_eq!(code(child.total_request().send().promise.await), Code::MethodDenied);
        held.lab("lab").await.total_request().send().promise.await.expect("another grant is not narrowed");
    });
}

#[test]
fn a_service_speaks_as_a_service_and_the_node_as_the_node() {
    run(async {
        let node = Node::start().await;
        let (_line, held) = Line::signed_in(&node, "ada").await;
        let lab = held.lab("lab").await;
        let mut request = lab.fail_request();
        request.get().set_text("revoked: not really");
        let error = request.send().promise.await.err().unwrap();
        assert!(error.extra.ends_with("service: revoked: not really"), "{error}");
        assert!(capos_schema::Denial::from_error(&error).is_none());
    });
}

#[test]
fn a_face_is_shown_as_it_is_now() {
    run(async {
        let node = Node::start().await;
        let (_line, held) = Line::signed_in(&node, "ada").await;
        let info: system_info::Client = held.get_as("system_info").await.unwrap();
        node.gateway.set_face(capos_gateway::Face { motd: "Changed.".into(), ..Default::default() });
        let response = info.motd_request().send().promise.await.unwrap();
        assert_eq!(response.get().unwrap().get_text().unwrap(), "Changed.");
    });
}

#[test]
fn a_session_seen_from_within_tells_the_same_as_from_without() {
    run(async {
        let node = Node::start().await;
        let (_line, held) = Line::signed_in(&node, "ada").await;
        let session = held.user_session().await;
        let response = session.info_request().send().promise.await.unwrap();
        let info = response.get().unwrap().get_info().unwrap();
        let response = session.audit_context_request().send().promise.await.unwrap();
        let audit = response.get().unwrap();
        assert_eq!(info.get_session_id().unwrap(), held.id().await.unwrap());
        assert_eq!(audit.get_session_id().unwrap(), info.get_session_id().unwrap());
        assert_eq!(audit.get_principal_id().unwrap(), info.get_principal().unwrap().get_id().unwrap());
    });
}
