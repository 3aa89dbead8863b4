//! A session that is held: what it has, what changes, what calls mean.

use capos_client::{Error, Transfer};
use capos_schema::system_info_capnp::system_info;
use capos_schema::{Code, REQUEST};
use capos_testkit::LAB_REQUEST;
use serde_json::json;

use crate::gateway::{LAB, MANUAL, Node, SYSTEM_INFO, grant};
use crate::ground::{signed_in, virtual_time};

#[test]
fn facts_and_bundle_are_plain_data_and_on_view() {
    virtual_time(async {
        let node = Node::new();
        node.display_name.replace("A\x1b[31mda\u{202e}".to_owned());
        let (connection, session, _link) = signed_in(&node).await;
        let info = session.info().await.unwrap();
        assert_eq!(info.display_name, "A\u{fffd}[31mda\u{fffd}");
        assert_eq!((info.session_id.as_str(), info.principal_kind.as_str()), (&*"ab".repeat(16), "human"));
        let caps = session.caps().await.unwrap();
        assert_eq!(
            (caps[0].name.as_str(), caps[0].interface_id, &caps[0].transfer),
            ("system_info", SYSTEM_INFO, &Transfer::Session)
        );
        assert_eq!(connection.view(), session.view());
        assert_eq!((session.view().info, session.view().caps), (Some(info), Some(caps)));
    });
}

#[test]
fn grants_are_taken_typed_and_by_reflection_and_refusals_keep_their_codes() {
    virtual_time(async {
        let node = Node::new();
        let (_connection, session, _link) = signed_in(&node).await;
        let typed: system_info::Client = session.get_as("system_info").await.unwrap();
        let name = typed.hostname_request().send().promise.await.unwrap();
        assert_eq!(name.get().unwrap().get_name().unwrap(), "little");

        let object = session.get("system_info", SYSTEM_INFO).await.unwrap();
        let result = session.call(&object, "motd", &json!({}), &session.kept(), "system_info", &[]).await.unwrap();
        assert_eq!(result, json!({ "text": "be kind" }));

        assert_eq!(session.get("nothing", SYSTEM_INFO).await.err().unwrap().code(), "unknownCap");
        assert_eq!(session.get("system_info", LAB).await.err().unwrap().code(), "interfaceMismatch");
        assert_eq!(session.entry("lab").await.unwrap().interface_id, LAB);
        assert_eq!(session.entry("nothing").await.err().unwrap().code(), "unknownCap");
    });
}

#[test]
fn a_grant_that_turns_out_to_be_nothing_is_the_nodes_fault() {
    virtual_time(async {
        let node = Node::new();
        node.grants.borrow_mut().push(grant("hollow", 1));
        let (_connection, session, _link) = signed_in(&node).await;
        assert_eq!(session.get("hollow", 1).await.err().unwrap().code(), "protocol");
    });
}

#[test]
fn interfaces_loaded_at_run_time_are_called_by_name_and_capabilities_go_by_number() {
    virtual_time(async {
        let node = Node::new();
        let (connection, session, _link) = signed_in(&node).await;
        let unknown = session.get("lab", LAB).await.unwrap();
        let kept = session.kept();
        let error = session.call(&unknown, "next", &json!({}), &kept, "lab", &[]).await.err().unwrap();
        assert_eq!(error.code(), "invalidInput", "nothing is known of the interface: {error}");

        connection.load_schema(LAB_REQUEST).unwrap();
        let lab = session.get("lab", LAB).await.unwrap();
        let next = session.call(&lab, "next", &json!({}), &kept, "lab", &[]).await.unwrap();
        assert_eq!(next, json!({ "lab": { "$cap": 1 } }));
        let child = kept.get(1).unwrap();
        let loopback = json!({ "cap": { "$cap": 1 } });
        let back = session.call(&child, "loopback", &loopback, &kept, "kept", &[]).await.unwrap();
        assert_eq!(back, json!({ "cap": { "$cap": 2 } }));
        let untyped = session.cast(&kept.get(2).unwrap(), LAB);
        let echo = json!({ "payload": "aGk=" });
        assert_eq!(session.call(&untyped, "echo", &echo, &kept, "kept", &[]).await.unwrap(), echo);

        assert!(kept.remove(1) && !kept.remove(1));
        let error = session.call(&child, "loopback", &loopback, &kept, "kept", &[]).await.err().unwrap();
        assert_eq!(error.code(), "invalidInput", "{error}");
    });
}

#[test]
fn an_interface_that_a_service_brings_is_learned_from_the_manual_once() {
    virtual_time(async {
        let node = Node::new();
        node.grants.borrow_mut().push(grant("manual", MANUAL));
        node.schema.replace(LAB_REQUEST.to_vec());
        let (_connection, session, _link) = signed_in(&node).await;
        let kept = session.kept();
        for _ in 0..2 {
            let lab = session.get("lab", LAB).await.unwrap();
            let next = session.call(&lab, "next", &json!({}), &kept, "lab", &[]).await.unwrap();
            assert!(next["lab"]["$cap"].is_u64());
        }
        session.get("system_info", SYSTEM_INFO).await.unwrap();
        assert_eq!(node.asked_schemas.get(), 1);
    });
}

#[test]
fn a_schema_that_a_node_gives_is_refused_whole_unless_it_is_the_one_asked_for() {
    virtual_time(async {
        let node = Node::new();
        node.grants.borrow_mut().push(grant("manual", MANUAL));
        let (_connection, session, _link) = signed_in(&node).await;
        for (schema, refused) in [
            (b"nonsense".to_vec(), "invalidInput"),
            (LAB_REQUEST[..LAB_REQUEST.len() / 2].to_vec(), "invalidInput"),
            (redeclared(), "invalidInput"),
            (REQUEST.to_vec(), "protocol"),
        ] {
            node.schema.replace(schema);
            assert_eq!(session.learn(LAB).await.err().unwrap().code(), refused);
            let lab = session.get("lab", LAB).await.unwrap();
            assert!(lab.methods().is_err(), "nothing of it is known");
        }
        node.schema.replace(LAB_REQUEST.to_vec());
        session.learn(LAB).await.unwrap();
    });
}

/// The laboratory's schema with its `Nest` under the id of the contract's `ChatEvent`.
fn redeclared() -> Vec<u8> {
    let (nest, chat_event) = (0xe0c5_d3a1_b297_4586_u64.to_le_bytes(), 0x9025_1010_40dc_7ffb_u64.to_le_bytes());
    let words = LAB_REQUEST.chunks(8).map(|word| if word == nest { chat_event.to_vec() } else { word.to_vec() });
    let bytes: Vec<u8> = words.flatten().collect();
    assert_ne!(bytes, LAB_REQUEST);
    bytes
}

#[test]
fn wrong_calls_are_told_before_anything_is_sent() {
    virtual_time(async {
        let node = Node::new();
        let (connection, session, _link) = signed_in(&node).await;
        connection.load_schema(LAB_REQUEST).unwrap();
        let lab = session.get("lab", LAB).await.unwrap();
        let before = node.lab.counts();
        for (method, params) in [("nothing", json!({})), ("echo", json!({ "payload": 3 })), ("echo", json!({ "x": 1 }))]
        {
            let error = session.call(&lab, method, &params, &session.kept(), "lab", &[]).await.err().unwrap();
            assert_eq!(error.code(), "invalidInput", "{error}");
        }
        assert_eq!(node.lab.counts(), before);
    });
}

#[test]
fn refusals_services_and_nonsense_are_told_apart() {
    virtual_time(async {
        let node = Node::new();
        let (_connection, session, _link) = signed_in(&node).await;
        let object = session.get("system_info", SYSTEM_INFO).await.unwrap();
        let failed = |text: &str| Err(capnp::Error::failed(text.to_owned()));
        let long = format!("service: {}", "x".repeat(1 << 20));
        for (motd, code, part) in [
            (Err(Code::LeaseExpired.into()), "leaseExpired", "the lease on this capability is over"),
            (failed("service: revoked: no\x1b[2Jt"), "service", "revoked: no\u{fffd}[2Jt"),
            (failed("service: "), "service", "The service failed"),
            (failed(&long), "service", "xxx…"),
            (failed("revoked: \x1b]0;gotcha\x07"), "revoked", "\u{fffd}]0;gotcha\u{fffd}"),
            (failed("src/main.rs:1: 10.0.0.1 (os error 2)"), "protocol", "cannot be used"),
            (Err(capnp::Error::disconnected("serviceUnavailable: gone".to_owned())), "serviceUnavailable", "gone"),
            (Err(capnp::Error::unimplemented("no".to_owned())), "protocol", "does not know this method"),
        ] {
            *node.motd.borrow_mut() = motd;
            let error =
                session.call(&object, "motd", &json!({}), &session.kept(), "system_info", &[]).await.err().unwrap();
            assert_eq!(error.code(), code, "{error}");
            assert!(error.to_string().contains(part), "{error}");
            assert!(error.to_string().len() < 2048 && !error.to_string().contains('\x1b'));
        }
        session.info().await.unwrap();
    });
}

#[test]
fn the_first_look_is_the_baseline_and_later_ones_say_what_changed() {
    virtual_time(async {
        let node = Node::new();
        let (_connection, session, _link) = signed_in(&node).await;
        let first = session.refresh().await.unwrap();
        assert!(first.baseline && first.is_empty());
        assert_eq!(session.refresh().await.unwrap().summary(), "nothing changed");

        node.expires_at_ms.set(20_000);
        node.grants.borrow_mut()[0].3 = 77;
        node.grants.borrow_mut().push(grant("chat", 5));
        let diff = session.refresh().await.unwrap();
        assert_eq!(diff.summary(), "1 grant added, 1 grant on other terms, 1 session field changed");
        assert_eq!((diff.added[0].name.as_str(), diff.removed.len()), ("chat", 0));
        assert_eq!(diff.policy_changed[0].after.lease_expires_at_ms, Some(77));
    });
}

#[test]
fn a_session_that_was_logged_out_is_stale_and_off_view_and_another_can_begin() {
    virtual_time(async {
        let node = Node::new();
        let (connection, session, _link) = signed_in(&node).await;
        let object = session.get("system_info", SYSTEM_INFO).await.unwrap();
        session.refresh().await.unwrap();
        session.logout().await.unwrap();
        assert_eq!((session.view(), connection.view()), Default::default());
        for error in [
            session.info().await.err().unwrap(),
            session.caps().await.err().unwrap(),
            session.get("lab", LAB).await.err().unwrap(),
            session.call(&object, "motd", &json!({}), &session.kept(), "system_info", &[]).await.err().unwrap(),
            session.logout().await.err().unwrap(),
        ] {
            assert_eq!(error.code(), "staleSession");
            assert!(error.to_string().contains("sign in again"), "{error}");
        }
        let again = crate::ground::sign_in(&connection).await;
        assert!(again.refresh().await.unwrap().baseline, "what an earlier session saw is no baseline");
    });
}

#[test]
fn a_session_ended_by_the_node_is_off_view_with_the_first_refusal() {
    virtual_time(async {
        let node = Node::new();
        let (connection, session, _link) = signed_in(&node).await;
        session.refresh().await.unwrap();
        session.remote().logout_request().send().promise.await.unwrap();
        assert_eq!(session.info().await.err().unwrap().code(), "staleSession");
        assert_eq!((session.view(), connection.view()), Default::default());
    });
}

#[test]
fn what_is_done_is_in_the_transcript_by_name_and_outcome_alone() {
    virtual_time(async {
        let node = Node::new();
        let (connection, session, _link) = signed_in(&node).await;
        connection.load_schema(LAB_REQUEST).unwrap();
        let lab = session.get("lab", LAB).await.unwrap();
        let params = json!({ "text": "psst" });
        let _ = session.call(&lab, "fail", &params, &session.kept(), "lab", &[]).await;
        let _ = session.call(&lab, "hunter2", &params, &session.kept(), "lab", &[]).await;
        session.logout().await.unwrap();
        let rows = session.transcript().rows();
        let told: Vec<_> =
            rows.iter().map(|row| (row.session, row.operation, row.subject.as_str(), row.outcome)).collect();
        assert_eq!(
            told,
            [
                (0, "signIn", "password", "ok"),
                (1, "get", "lab", "ok"),
                (1, "call", "lab.fail", "protocol"),
                (1, "call", "lab", "invalidInput"),
                (1, "logout", "", "ok"),
            ]
        );
        assert!(!session.transcript().export().contains("psst"));
    });
}

#[test]
fn an_exception_of_a_call_made_elsewhere_is_judged_the_same() {
    virtual_time(async {
        let node = Node::new();
        let (_connection, session, link) = signed_in(&node).await;
        let typed: system_info::Client = session.get_as("system_info").await.unwrap();
        *node.motd.borrow_mut() = Err(Code::Revoked.into());
        let error = typed.motd_request().send().promise.await.err().unwrap();
        assert_eq!(session.judge("motd", &error).code(), "revoked");
        link.cut();
        let error = typed.motd_request().send().promise.await.err().unwrap();
        assert!(matches!(session.judge("motd", &error), Error::Disconnected { .. }));
    });
}
