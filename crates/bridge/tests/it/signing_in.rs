//! Signing in, step by step and in one call.

use capnweb::{Bytes, Value};
use capos_authority::Actor;
use capos_bridge::Limits;
use ssh_key::private::{Ed25519Keypair, KeypairData};
use ssh_key::{HashAlg, LineEnding, PrivateKey};

use crate::ground::{Program, ada, code, function, key, member, options, run, stub, text, then};
use crate::node::{Node, ONE_TIME, PASSWORD};

#[test]
fn the_ways_of_signing_in_are_as_the_schema_lists_them() {
    run(async {
        let node = Node::start().await;
        let program = Program::start(&node).await;
        let methods = program.main.call(Some("authMethods"), vec![]).await.unwrap();
        let kinds: Vec<String> = methods.as_array().unwrap().iter().map(|one| text(&member(one, "kind"))).collect();
        let all = "password publicKey oidcDeviceCode oidcAuthorizationCodePkce passkey mtlsClientCert guest anonymous \
                   serviceCredential";
        assert_eq!(kinds.join(" "), all);
        let first = &methods.as_array().unwrap()[0];
        assert_eq!(member(first, "enabled").as_bool(), Some(true));
        assert!(member(first, "profileHints").as_array().is_some());
        let read = program.main.get(&[key("authMethods")]).await.unwrap();
        assert_eq!(read.as_array().unwrap().len(), 9, "without parameters it can be read, too");
    });
}

#[test]
fn a_password_is_all_that_the_short_form_takes() {
    run(async {
        let node = Node::start().await;
        let program = Program::start(&node).await;
        let info = then(&program.signed_in(), "info", vec![]).await.unwrap();
        assert_eq!(text(&member(&info, "profile")), "lab");
        assert_eq!(text(&member(&info, "authStrength")), "password");
        assert_eq!(member(&info, "sessionId").as_bytes().unwrap().len(), 16);
        assert_eq!(text(&member(&info, "principal.displayName")), "ADA");
        let (created, expires) = (member(&info, "createdAtMs"), member(&info, "expiresAtMs"));
        assert!(matches!((created, expires), (Value::Number(created), Value::Number(expires)) if created < expires));
    });
}

#[test]
fn every_refused_sign_in_says_its_code_and_touches_no_other() {
    run(async {
        let node = Node::start().await;
        let program = Program::start(&node).await;
        let held = program.signed_in();
        let refused: [(&[(&str, &str)], &str); 8] = [
            (&[("account", "ada"), ("password", "wrong")], "authenticationDenied"),
            (&[("account", "eve"), ("password", PASSWORD)], "authenticationDenied"),
            (&[("account", "ada"), ("password", PASSWORD), ("profile", "operator")], "authenticationDenied"),
            (&[("kind", "serviceCredential"), ("assertion", "a.b.c")], "disabledAuthMethod"),
            (&[("kind", "passkey")], "disabledAuthMethod"),
            (&[("kind", "telepathy")], "disabledAuthMethod"),
            (&[("kind", "guest"), ("profile", "lab")], "authenticationDenied"),
            (&[("kind", "anonymous"), ("profile", "lab")], "authenticationDenied"),
        ];
        for (given, expected) in refused {
            let given: capnweb::Object = given.iter().map(|(name, value)| (*name, *value)).collect();
            let promise = program.main.call(Some("authenticate"), vec![given.into()]);
            assert_eq!(code(promise).await, expected);
        }
        then(&held, "info", vec![]).await.unwrap();
        assert_eq!(node.authority.sessions().len(), 1);
    });
}

#[test]
fn what_cannot_be_meant_is_a_type_error_and_reaches_no_node() {
    run(async {
        let node = Node::start().await;
        let program = Program::start(&node).await;
        let wrong = [
            vec![],
            vec!["ada".into(), PASSWORD.into()],
            vec![options([("account", "ada".into())])],
            vec![options([("password", PASSWORD.into())])],
            vec![options([("account", "".into()), ("password", PASSWORD.into())])],
            vec![options([("account", 7.0.into()), ("password", PASSWORD.into())])],
            vec![options([("account", "ada".into()), ("password", PASSWORD.into()), ("pasword", "x".into())])],
            vec![options([("kind", "publicKey".into()), ("account", "ada".into())])],
            vec![options([("kind", "publicKey".into()), ("account", "ada".into()), ("sign", "me".into())])],
        ];
        for arguments in wrong {
            assert_eq!(code(program.main.call(Some("authenticate"), arguments)).await, "TypeError");
        }
        assert_eq!(code(program.main.call(Some("start"), vec![options([])])).await, "TypeError");
        assert_eq!(code(program.main.call(Some("guest"), vec!["guest".into()])).await, "TypeError");
        assert_eq!(node.gateway.figures().sign_ins.iter().map(|tried| tried.denied).sum::<u64>(), 0);
    });
}

#[test]
fn guests_and_nobodies_sign_in_without_a_proof() {
    run(async {
        let node = Node::start().await;
        let program = Program::start(&node).await;
        for (kind, profile) in [("guest", "guest"), ("anonymous", "anonymous")] {
            let given = match kind {
                "guest" => options([("kind", kind.into())]),
                _ => options([("kind", kind.into()), ("profile", profile.into())]),
            };
            let session = program.main.call(Some("authenticate"), vec![given]);
            let info = then(&session, "info", vec![]).await.unwrap();
            assert_eq!(text(&member(&info, "profile")), profile);
            assert_eq!(member(&info, "principal.id").as_bytes().unwrap().len(), 0);
        }
    });
}

#[test]
fn a_password_that_is_good_for_once_is_replaced_or_nothing_happens() {
    run(async {
        let node = Node::start().await;
        let program = Program::start(&node).await;
        let sign_in = |more: &[(&str, &str)]| {
            let given = [("account", "novice"), ("password", ONE_TIME)];
            let given: capnweb::Object = given.iter().chain(more).map(|(name, value)| (*name, *value)).collect();
            program.main.call(Some("authenticate"), vec![given.into()])
        };
        let thrown = sign_in(&[]).await.unwrap_err();
        let message = &thrown.error().unwrap().message;
        assert!(message.contains("good for once") && message.contains("newPassword"), "{message}");
        assert_eq!(code(sign_in(&[("newPassword", "short")])).await, "badRequest");
        assert_eq!(node.authority.sessions().len(), 0);
        then(&sign_in(&[("newPassword", "much longer than before")]), "info", vec![]).await.unwrap();
        assert_eq!(code(sign_in(&[])).await, "authenticationDenied");
    });
}

#[test]
fn a_key_signs_what_the_node_asks_and_renews_what_it_signed_in() {
    run(async {
        let node = Node::start().await;
        let key = PrivateKey::new(KeypairData::Ed25519(Ed25519Keypair::from_seed(&[7; 32])), "").unwrap();
        let public = key.public_key().to_openssh().unwrap();
        node.authority.admin().add_key("ada", &public, &Actor::offline()).await.unwrap();
        let program = Program::start(&node).await;
        let sign = function(move |arguments| {
            let challenge = arguments[0].as_bytes().unwrap();
            let signature = key.sign("capos-remote-session", HashAlg::Sha512, challenge).unwrap();
            signature.to_pem(LineEnding::LF).unwrap().into()
        });
        let given = options([
            ("kind", "publicKey".into()),
            ("account", "ada".into()),
            ("nonce", Bytes::new(vec![1; 16]).into()),
            ("sign", sign.clone()),
        ]);
        let session = stub(&program.main.call(Some("authenticate"), vec![given]).await.unwrap());
        let info = session.call(Some("info"), vec![]).await.unwrap();
        assert_eq!(text(&member(&info, "authStrength")), "publicKey");
        node.time.advance(std::time::Duration::from_secs(60));
        let renewed = session.call(Some("renew"), vec![options([("sign", sign)])]).await.unwrap();
        assert!(member(&renewed, "expiresAtMs").as_f64() > member(&info, "expiresAtMs").as_f64());

        let other = function(|_| "no signature".into());
        let given = options([("kind", "publicKey".into()), ("account", "ada".into()), ("sign", other)]);
        let refused = program.main.call(Some("authenticate"), vec![given]);
        assert_eq!(code(refused).await, "authenticationDenied");
    });
}

#[test]
fn a_flow_goes_step_by_step() {
    run(async {
        let node = Node::start().await;
        let program = Program::start(&node).await;
        let start = options([("kind", "password".into()), ("account", "ada".into()), ("profile", "lab".into())]);
        let flow = stub(&program.main.call(Some("start"), vec![start]).await.unwrap());
        let first = flow.call(Some("next"), vec![]).await.unwrap();
        assert_eq!(member(&first, "done").as_bool(), Some(false));
        assert_eq!(member(&first, "step.redaction").as_bool(), Some(true));
        assert!(matches!(member(&first, "session"), Value::Null));
        let last = flow.call(Some("next"), vec![Bytes::new(PASSWORD.as_bytes().to_vec()).into()]).await.unwrap();
        assert_eq!(member(&last, "done").as_bool(), Some(true));
        stub(&member(&last, "session")).call(Some("info"), vec![]).await.unwrap();
        assert_eq!(code(flow.call(Some("next"), vec![])).await, "badRequest", "it is over");
    });
}

#[test]
fn steps_can_be_answered_before_they_are_there() {
    run(async {
        let node = Node::start().await;
        let program = Program::start(&node).await;
        let start = options([("kind", "password".into()), ("account", "ada".into())]);
        let flow = program.main.call(Some("start"), vec![start]);
        let first = then(&flow, "next", vec![]);
        let last = then(&flow, "next", vec![PASSWORD.into()]);
        let info = last.get(&[key("session")]).call_at(&[key("info")], vec![]).await.unwrap();
        assert_eq!(text(&member(&info, "profile")), "lab");
        first.await.unwrap();
    });
}

#[test]
fn no_more_answers_wait_than_a_sign_in_has_steps_for() {
    run(async {
        let node = Node::start().await;
        let program = Program::with(&node, Limits { waiting_steps: 2, ..Limits::default() }).await;
        let start = options([("kind", "password".into()), ("account", "ada".into())]);
        let flow = program.main.call(Some("start"), vec![start]);
        let mut answers: Vec<_> = (0..3).map(|_| then(&flow, "next", vec![])).collect();
        assert_eq!(code(answers.pop().unwrap()).await, "tooManyCalls");
        for answer in answers {
            assert_eq!(member(&answer.await.unwrap(), "done").as_bool(), Some(false));
        }
    });
}

#[test]
fn a_flow_that_is_given_up_or_dropped_is_over() {
    run(async {
        let node = Node::start().await;
        let program = Program::start(&node).await;
        let start = || options([("kind", "password".into()), ("account", "ada".into())]);
        let flow = stub(&program.main.call(Some("start"), vec![start()]).await.unwrap());
        flow.call(Some("next"), vec![]).await.unwrap();
        flow.call(Some("cancel"), vec![]).await.unwrap();
        assert_eq!(code(flow.call(Some("next"), vec![PASSWORD.into()])).await, "badRequest");
        drop(flow);
        // More than may be under way at once: each makes room for the next.
        for _ in 0..100 {
            let flow = stub(&program.main.call(Some("start"), vec![start()]).await.unwrap());
            flow.call(Some("next"), vec![]).await.unwrap();
        }
        program.main.call(Some("authenticate"), vec![ada()]).await.unwrap();
    });
}
