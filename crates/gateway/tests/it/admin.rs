//! Administration by its capabilities.

use capos_authority::PrincipalKind;
use capos_schema::Code;
use capos_schema::accounts_capnp::AccountState;

use crate::client::{Line, code, denial, echo, run};
use crate::node::{Grants, Node};
use crate::office::Office;

#[test]
fn an_account_is_made_given_a_password_and_signs_in() {
    run(async {
        let node = Node::start().await;
        let office = Office::open(&node).await;
        office.create("eve", &["tester"], "lab").await.unwrap();
        let line = Line::plain(&node).await;
        assert_eq!(code(line.password("eve", "a long enough one", "").await), Code::AuthenticationDenied);
        assert!(office.set_password("eve", "a long enough one").await.unwrap());
        let eve = line.password("eve", "a long enough one", "").await.unwrap();
        assert_eq!(echo(&eve.lab("lab").await, b"hello").await.unwrap(), b"hello");
        let session = eve.handle().await.to_string();
        for (kind, part) in [
            ("account.created", r#""account":"eve""#),
            ("account.created", r#""by":"root""#),
            ("account.password", r#""account":"eve""#),
            ("session.begun", &*session),
        ] {
            let rows = node.journal().await;
            assert!(rows.iter().any(|row| row.0.contains(kind) && row.1.contains(part)), "{kind} {part}: {rows:#?}");
        }
        let told = node.journal().await;
        assert!(told.iter().all(|row| !row.1.contains("a long enough one")), "no password is written down");
    });
}

#[test]
fn a_session_is_listed_with_what_it_holds_and_a_reference_is_cut_off() {
    run(async {
        let node = Node::start().await;
        let office = Office::open(&node).await;
        let (_line, ada) = Line::signed_in(&node, "ada").await;
        let session = ada.id().await.unwrap();
        let (live, more) = office.live(&[], 0).await.unwrap();
        assert!(!more);
        assert!(live.contains(&(session.clone(), "ada".to_owned(), false)));
        assert!(live.contains(&(office.held.id().await.unwrap(), "root".to_owned(), true)));

        let lab = ada.lab("lab").await;
        let child = lab.next_request().send().promise.await.unwrap().get().unwrap().get_lab().unwrap();
        let sibling = lab.next_request().send().promise.await.unwrap().get().unwrap().get_lab().unwrap();
        let grandchild = child.next_request().send().promise.await.unwrap().get().unwrap().get_lab().unwrap();
        let grant = office.grant(&session, "lab").await;
        assert_eq!((&*grant.origin, &*grant.interface, grant.calls), ("test:lab", "Lab", 3));
        let [root, first, second, third] = &grant.references[..] else { panic!("{grant:?}") };
        assert_eq!((root.1, &*root.2), (0, ""));
        assert_eq!((first.1, &*first.2, second.1), (root.0, "next", root.0));
        assert_eq!(third.1, first.0);

        office.revoke_reference(&session, "lab", first.0).await.unwrap();
        assert_eq!(code(echo(&child, b"x").await), Code::Revoked);
        assert_eq!(code(echo(&grandchild, b"x").await), Code::Revoked);
        assert_eq!(echo(&sibling, b"y").await.unwrap(), b"y");
        assert_eq!(echo(&lab, b"z").await.unwrap(), b"z");
        assert_eq!(code(office.revoke_reference(&session, "lab", 4711).await), Code::BadRequest);
        let rows = node.journaled("reference.revoked", 1).await;
        assert!(rows[0].contains(r#""by":"root""#) && rows[0].contains(r#""note":"astray""#), "{rows:?}");
    });
}

#[test]
fn a_grant_is_taken_and_others_live_on() {
    run(async {
        let node = Node::start().await;
        let office = Office::open(&node).await;
        let (_line, ada) = Line::signed_in(&node, "ada").await;
        let session = ada.id().await.unwrap();
        let lab = ada.lab("lab").await;
        office.revoke_grant(&session, "lab").await.unwrap();
        assert_eq!(code(echo(&lab, b"x").await), Code::Revoked);
        assert!(ada.user_session().await.info_request().send().promise.await.is_ok());
        assert_eq!(office.grant(&session, "lab").await.ended, "revoked");
        assert_eq!(code(office.revoke_grant(&session, "lab").await), Code::BadRequest);
        assert_eq!(code(office.revoke_grant(&session, "nothing").await), Code::BadRequest);
        assert!(node.journaled("grant.revoked", 1).await[0].contains("enough"));
    });
}

#[test]
fn a_session_is_ended_and_its_calls_are_stale() {
    run(async {
        let node = Node::start().await;
        let office = Office::open(&node).await;
        let (_line, ada) = Line::signed_in(&node, "ada").await;
        let session = ada.id().await.unwrap();
        let lab = ada.lab("lab").await;
        office.end(&session, "lunch").await.unwrap();
        assert_eq!(code(echo(&lab, b"x").await), Code::StaleSession);
        assert_eq!(code(office.end(&session, "").await), Code::BadRequest);
        assert_eq!(code(office.grants(&session).await), Code::BadRequest);
        let rows = node.journaled("session.ended", 1).await;
        assert!(rows[0].contains("lunch") && rows[0].contains(r#""by":"root""#), "{rows:?}");
    });
}

#[test]
fn all_sessions_of_an_account_end_together() {
    run(async {
        let node = Node::start().await;
        let office = Office::open(&node).await;
        let (_one, first) = Line::signed_in(&node, "ada").await;
        let (_other, second) = Line::signed_in(&node, "ada").await;
        assert_eq!(office.end_account("ada").await.unwrap(), 2);
        assert_eq!(code(first.list().await), Code::StaleSession);
        assert_eq!(code(second.list().await), Code::StaleSession);
        assert_eq!(office.end_account("ada").await.unwrap(), 0);
        assert!(office.held.list().await.is_ok());
    });
}

#[test]
fn ending_ones_own_session_answers_and_is_written_down() {
    run(async {
        let node = Node::start().await;
        let office = Office::open(&node).await;
        let own = office.held.id().await.unwrap();
        office.end(&own, "done for today").await.unwrap();
        assert_eq!(code(office.names("", 0).await), Code::StaleSession);
        let rows = node.journaled("session.ended", 1).await;
        assert!(rows[0].contains("done for today") && rows[0].contains("administrator"), "{rows:?}");
    });
}

#[test]
fn what_cuts_off_its_own_caller_is_written_down() {
    run(async {
        let node = Node::start().await;
        let office = Office::open(&node).await;
        let own = office.held.id().await.unwrap();
        let root = office.grant(&own, "sessions").await.references[0].0;
        let cut = office.revoke_reference(&own, "sessions", root).await;
        assert_eq!(code(cut), Code::Revoked, "it was cut off before it could answer");
        assert!(node.journaled("reference.revoked", 1).await[0].contains("astray"));
        assert!(office.names("", 0).await.is_ok(), "the other grants live on");
    });
}

#[test]
fn ending_the_sessions_of_ones_own_account_ends_each() {
    run(async {
        let node = Node::start().await;
        let office = Office::open(&node).await;
        let (_line, other) = Line::signed_in(&node, "root").await;
        assert_eq!(code(office.end_account("root").await), Code::StaleSession);
        node.until(|node| node.authority.sessions().is_empty()).await;
        assert_eq!(code(other.list().await), Code::StaleSession);
        assert_eq!(node.journaled("session.ended", 2).await.len(), 2);
    });
}

#[test]
fn who_was_not_granted_administration_finds_none() {
    run(async {
        let node = Node::start().await;
        let (_line, ada) = Line::signed_in(&node, "ada").await;
        for (name, interface) in
            [("accounts", 0xb0d9_a1cb_8463_5cd5), ("sessions", 0xb83d_5a35_c0b4_8122), ("audit", 0x873c_1e35_d4ed_f388)]
        {
            assert_eq!(code(ada.get(name, interface).await.map(drop)), Code::UnknownCap);
        }
    });
}

#[test]
fn a_change_of_profile_takes_a_grant_out_of_a_live_session() {
    run(async {
        let node = Node::start().await;
        let office = Office::open(&node).await;
        let (_line, ada) = Line::signed_in(&node, "ada").await;
        let lab = ada.lab("lab").await;
        let (_, revision) = office.profile("lab").await;
        let definition =
            format!(r#"{{"label": "less", "admits": ["human"], "duration": "1h", "grants": [{}]}}"#, Grants::SESSION);
        assert_eq!(code(office.put_profile("lab", revision + 9, &definition).await), Code::BadRequest);
        assert!(echo(&lab, b"x").await.is_ok(), "a change from elsewhere is none");
        office.put_profile("lab", revision, &definition).await.unwrap();
        assert_eq!(code(echo(&lab, b"x").await), Code::Revoked);
        assert!(ada.user_session().await.info_request().send().promise.await.is_ok());
        assert!(node.journaled("grant.revoked", 1).await[0].contains("lab"));
    });
}

#[test]
fn a_disabled_account_has_lost_its_sessions_when_that_is_answered() {
    run(async {
        let node = Node::start().await;
        let office = Office::open(&node).await;
        let (_line, ada) = Line::signed_in(&node, "ada").await;
        let revision = office.account("ada", |account| account.get_revision()).await.unwrap();
        office.update("ada", revision, AccountState::Disabled).await.unwrap();
        assert_eq!(code(ada.list().await), Code::StaleSession);
        let late = denial(office.update("ada", revision, AccountState::Active).await);
        assert_eq!((late.code, late.sentence.contains("changed")), (Code::BadRequest, true), "{late}");
    });
}

#[test]
fn accounts_and_sessions_come_in_pages() {
    run(async {
        let node = Node::start().await;
        let office = Office::open(&node).await;
        for name in ["bea", "cal", "dan"] {
            office.create(name, &["tester"], "lab").await.unwrap();
        }
        assert_eq!(office.names("", 2).await.unwrap(), (vec!["ada".into(), "bea".into()], true));
        assert_eq!(office.names("bea", 2).await.unwrap(), (vec!["cal".into(), "dan".into()], true));
        assert_eq!(office.names("dan", 0).await.unwrap(), (vec!["guest".into(), "root".into()], false));

        let (_line, _ada) = Line::signed_in(&node, "ada").await;
        let (first, more) = office.live(&[], 1).await.unwrap();
        let (second, no_more) = office.live(&first[0].0, 1).await.unwrap();
        assert!(more && !no_more && first[0].0 < second[0].0);
        assert_eq!(code(office.live(b"short", 0).await), Code::BadRequest);
    });
}

#[test]
fn an_answer_stays_below_its_bound() {
    run(async {
        let node = Node::with(|setup| setup.limits.answer_bytes = 400).await;
        let office = Office::open(&node).await;
        let (names, more) = office.names("", 0).await.unwrap();
        assert_eq!((names.len(), more), (2, true));
        let (sessions, more) = office.live(&[], 0).await.unwrap();
        assert_eq!((sessions.len(), more), (1, false), "one is given however small an answer may be");
        let profiles = office.accounts.profiles_request().send().promise.await.map(drop);
        assert_eq!(code(profiles), Code::QuotaExceeded);
    });
}

#[test]
fn what_is_asked_wrongly_is_a_bad_request() {
    run(async {
        let node = Node::with(|setup| setup.limits.listed_names = 2).await;
        let office = Office::open(&node).await;
        assert!(office.create("two", &["tester", "user"], "lab").await.is_ok());
        assert_eq!(code(office.create("three", &["tester", "user", "guest"], "lab").await), Code::BadRequest);
        assert_eq!(code(office.create("ada", &["tester"], "lab").await), Code::BadRequest);
        assert_eq!(code(office.create("no name", &["tester"], "lab").await), Code::BadRequest);
        assert_eq!(code(office.create("eve", &["nothing"], "lab").await), Code::BadRequest);
        assert_eq!(code(office.set_password("nobody", "a long enough one").await), Code::BadRequest);
        assert_eq!(code(office.account("nobody", |_| ()).await), Code::BadRequest);
        assert_eq!(code(office.account(&"n".repeat(300), |_| ()).await), Code::BadRequest);
        assert_eq!(code(office.end(&[0; 16], "").await), Code::BadRequest);
        assert_eq!(code(office.end(&[0; 15], "").await), Code::BadRequest);
        let session = office.held.id().await.unwrap();
        assert_eq!(code(office.end(&session, &"r".repeat(1025)).await), Code::BadRequest);
        assert!(office.end(&session, &"r".repeat(1024)).await.is_ok());
    });
}

#[test]
fn keys_and_roles_are_administered() {
    run(async {
        let node = Node::start().await;
        let office = Office::open(&node).await;
        let line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdD7y3aLq454yWBdwLWbieU1ebz9/cu7/QEXn9OIeZJ ada@home";
        let mut request = office.accounts.add_key_request();
        request.get().set_name("ada");
        request.get().set_key(line);
        let response = request.send().promise.await.unwrap();
        let keys = response.get().unwrap().get_account().unwrap().get_keys().unwrap();
        let fingerprint = keys.get(0).get_fingerprint().unwrap().to_string().unwrap();
        assert_eq!(keys.get(0).get_comment().unwrap(), "ada@home");
        let mut request = office.accounts.remove_key_request();
        request.get().set_name("ada");
        request.get().set_fingerprint(&fingerprint);
        let response = request.send().promise.await.unwrap();
        assert!(response.get().unwrap().get_account().unwrap().get_keys().unwrap().is_empty());

        let mut request = office.accounts.put_role_request();
        let mut role = request.get().init_role();
        role.set_name("visitor");
        role.init_profiles(1).set(0, "user");
        let response = request.send().promise.await.unwrap();
        let revision = response.get().unwrap().get_role().unwrap().get_revision();
        let mut request = office.accounts.remove_role_request();
        request.get().set_name("visitor");
        request.get().set_revision(revision);
        request.send().promise.await.unwrap();
        let mut request = office.accounts.remove_role_request();
        request.get().set_name("tester");
        assert_eq!(code(request.send().promise.await.map(drop)), Code::BadRequest, "an account has it");
    });
}

#[test]
fn two_operators_see_each_other_and_two_users_do_not() {
    run(async {
        let node = Node::start().await;
        node.account("bob", PrincipalKind::Human, &["tester"], "lab").await;
        let (_one, ada) = Line::signed_in(&node, "ada").await;
        let (_other, bob) = Line::signed_in(&node, "bob").await;
        let before = (ada.list().await.unwrap(), ada.id().await.unwrap());
        let lab = bob.lab("lab").await;
        echo(&lab, b"x").await.unwrap();
        assert_eq!((ada.list().await.unwrap(), ada.id().await.unwrap()), before);
        assert_ne!(ada.id().await.unwrap(), bob.id().await.unwrap());
        ada.lab("lab").await;
        assert_eq!(node.labs.count(), 2, "each has an object of its own");

        let office = Office::open(&node).await;
        let (live, _) = office.live(&[], 0).await.unwrap();
        assert_eq!(live.len(), 3);
        assert_eq!(office.grant(&bob.id().await.unwrap(), "lab").await.calls, 1);
    });
}
