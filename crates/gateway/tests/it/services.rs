//! Services as sessions have them: seen, started, granted, lent to, stopped, and gone.

use std::time::Duration;

use capos_authority::{Actor, PrincipalKind};
use capos_schema::Code;
use capos_schema::catalog_capnp::remote_service_catalog;
use capos_schema::manual_capnp::manual;
use capos_testkit::lab::{Answer, CallbackState};
use capos_testkit::lab_capnp::lab;
use serde_json::Value;
use tokio::task::spawn_local;

use crate::client::{Held, Line, code, denial, echo, get, run};
use crate::hall::{
    ACCELERATOR, BENCH, BORROWER, CATALOG, Hall, OTHER, OWN, Status, attach, bench, granted, names, order, probe,
    profiles, start, stop, told,
};
use crate::node::{Grants, PASSWORD};

/// A moment on an idle machine; a busy one is given longer.
const SOON: Duration = Duration::from_secs(20);
const LAB: u64 = 0xa6b4_c1d5_e8f7_0213;
const SPARE: &str = r#"{ "name": "spare", "interface": "ProofAccelerator", "object": "builtin:proof_accelerator" }"#;

/// Ids and states of the catalog.
async fn catalog(held: &Held) -> Vec<(String, String)> {
    let catalog: remote_service_catalog::Client = held.get_as("services").await.expect("granted");
    let response = catalog.list_request().send().promise.await.expect("it is answered");
    let profiles = response.get().expect("it is answered").get_profiles().expect("it is answered");
    let text = |text: capnp::Result<capnp::text::Reader<'_>>| {
        text.expect("it is answered").to_string().expect("it is answered")
    };
    profiles.iter().map(|profile| (text(profile.get_id()), text(profile.get_state()))).collect()
}

fn pairs(all: &[(&str, &str)]) -> Vec<(String, String)> {
    all.iter().map(|(one, two)| ((*one).to_owned(), (*two).to_owned())).collect()
}

#[test]
fn the_catalog_tells_what_is_offered_and_how_it_stands() {
    run(async {
        let unoffered = OTHER.replace("id = \"other\"", "id = \"other\"\noffered = [\"nobody\"]");
        let hall = Hall::with(&[BENCH, OWN, &unoffered], &[]).await;
        let (_line, held) = hall.ada().await;
        assert_eq!(catalog(&held).await, pairs(&[("bench", "startable"), ("own", "startable")]));
        start(&held, "own", &[]).await.unwrap();
        hall.node.account("bob", PrincipalKind::Human, &["tester"], "lab").await;
        let (_other, bob) = Line::signed_in(&hall.node, "bob").await;
        start(&bob, "bench", &[]).await.unwrap();
        assert_eq!(catalog(&bob).await, pairs(&[("bench", "running"), ("own", "startable")]), "before it is taken");
        order(&bench(&bob, "bench").await, "hello").await.unwrap();
        assert_eq!(catalog(&held).await, pairs(&[("bench", "attachable"), ("own", "running")]));
        assert_eq!(catalog(&bob).await, pairs(&[("bench", "running"), ("own", "startable")]));
        hall.close().await;
    });
}

#[test]
fn a_probe_tells_what_a_start_does_and_does_nothing() {
    run(async {
        let hall = Hall::with(&[OWN, BORROWER], &[ACCELERATOR]).await;
        let (_line, held) = hall.ada().await;
        let (before, rows) = (names(&held).await, hall.node.journal().await.len());
        let files = hall.files();
        for _ in 0..10 {
            let asked = probe(&held, "own", &[]).await.unwrap();
            assert_eq!((asked.status.as_str(), asked.supported), ("ready", true));
            let exports =
                [("own".to_owned(), "launchRequired".to_owned(), 17), ("listed".to_owned(), "planned".to_owned(), 17)];
            assert_eq!(asked.exports, exports);
        }
        let asked = probe(&held, "borrower", &["proof_accelerator"]).await.unwrap();
        assert_eq!((asked.accepted, asked.status), (vec!["proof_accelerator".to_owned()], "ready".to_owned()));
        assert_eq!((names(&held).await, hall.node.journal().await.len()), (before, rows));
        assert_eq!((hall.seen.started(""), catalog(&held).await.len()), (0, 2));
        assert_eq!(hall.files(), files, "no file and no socket");
        assert!(hall.runner.statuses().iter().all(|status| status.instances.is_empty()));
    });
}

#[test]
fn what_is_started_is_granted_at_once_and_what_is_stopped_is_gone() {
    run(async {
        let hall = Hall::with(&[OWN], &[]).await;
        let (_line, held) = hall.ada().await;
        let first = start(&held, "own", &[]).await.unwrap();
        assert_eq!((first.status.as_str(), first.supported), ("running", true));
        assert_eq!(first.exports[0], ("own".to_owned(), "callable".to_owned(), 17));
        let all = ["session", "services", "runner", "own", "listed"];
        assert_eq!(names(&held).await, all);
        let own = bench(&held, "own").await;
        assert_eq!(order(&own, "hello").await.unwrap(), "hello");
        assert_eq!(code(held.get("listed", LAB).await), Code::MethodDenied);
        assert_eq!(code(held.get("hidden", LAB).await), Code::UnknownCap, "a launch does not add it");
        assert_eq!(start(&held, "own", &[]).await.unwrap(), first, "a second start joins");
        assert_eq!((names(&held).await.len(), hall.seen.started("own")), (5, 1));
        assert_eq!(attach(&held, "own").await.unwrap().status, "running");
        order(&own, "still the same").await.unwrap();
        let stopped = stop(&held, "own").await.unwrap();
        assert_eq!((stopped.status.as_str(), names(&held).await.len()), ("notLaunched", 3));
        assert_eq!(code(echo(&own, b"").await), Code::Revoked);
        assert_eq!(code(held.get("own", LAB).await), Code::UnknownCap);
        hall.until(|hall| hall.seen.over("own") == 1).await;
        for kind in ["service.launched", "service.attached", "service.released"] {
            let row: Value = serde_json::from_str(&hall.node.journaled(kind, 1).await[0]).unwrap();
            assert_eq!((&row["service"], &row["account"]), (&"own".into(), &"ada".into()), "{kind}");
        }
        hall.close().await;
    });
}

#[test]
fn refusals_of_others_keep_nobody_from_starting_and_a_session_has_a_pace_of_its_own() {
    run(async {
        let limits = |setup: &mut crate::node::Setup| {
            (setup.limits.node_denial_rows, setup.limits.launch_rows) = (5, 3);
        };
        let hall = Hall::set_up(&[BENCH], &[], limits).await;
        let (_line, held) = hall.ada().await;
        hall.node.account("bob", PrincipalKind::Human, &["tester"], "lab").await;
        let (_other, bob) = Line::signed_in(&hall.node, "bob").await;
        for _ in 0..20 {
            assert_eq!(start(&bob, "unknown", &[]).await.unwrap().status, "denied");
        }
        for _ in 0..3 {
            assert_eq!(start(&held, "bench", &[]).await.unwrap().status, "running");
        }
        assert_eq!(code(start(&held, "bench", &[]).await), Code::TooManyCalls, "one past the bound");
        assert_eq!(start(&bob, "bench", &[]).await.unwrap().status, "running", "which is hers alone");
        hall.close().await;
    });
}

#[test]
fn what_runs_for_somebody_else_is_attached_without_a_start() {
    run(async {
        let hall = Hall::with(&[BENCH], &[]).await;
        let (_line, held) = hall.ada().await;
        hall.node.account("bob", PrincipalKind::Human, &["tester"], "lab").await;
        let (_other, bob) = Line::signed_in(&hall.node, "bob").await;
        start(&bob, "bench", &[]).await.unwrap();
        assert_eq!(attach(&held, "bench").await.unwrap().status, "running");
        assert_eq!(order(&bench(&held, "bench").await, "hello").await.unwrap(), "hello");
        assert_eq!(hall.seen.started("bench"), 1);
        stop(&held, "bench").await.unwrap();
        order(&bench(&bob, "bench").await, "a stop is one session's own").await.unwrap();
        hall.close().await;
    });
}

#[test]
fn a_service_that_policy_grants_needs_no_launch() {
    run(async {
        let hall = Hall::with(&[BENCH], &[&granted("bench", "bench/bench")]).await;
        let (_line, held) = hall.ada().await;
        assert_eq!(order(&bench(&held, "bench").await, "hello").await.unwrap(), "hello");
        let started = start(&held, "bench", &[]).await.unwrap();
        assert_eq!(started.exports[0].1, "callable", "what is granted already is no conflict");
        assert_eq!(names(&held).await.iter().filter(|name| *name == "bench").count(), 1);
        stop(&held, "bench").await.unwrap();
        order(&bench(&held, "bench").await, "and stays").await.unwrap();
        hall.close().await;
    });
}

/// Invariant: what two services are told of one session has nothing in common.
#[test]
fn two_services_cannot_tell_that_a_session_is_the_same() {
    run(async {
        let grants =
            [granted("bench", "bench/bench"), granted("again", "bench/bench"), granted("other", "other/other")];
        let grants: Vec<_> = grants.iter().map(String::as_str).collect();
        let hall = Hall::with(&[BENCH, OTHER], &grants).await;
        hall.node.time.advance(Duration::from_millis(12_345));
        let (_line, held) = hall.ada().await;
        let (one, again, other) =
            (bench(&held, "bench").await, bench(&held, "again").await, bench(&held, "other").await);
        let reference = told(&one, "reference").await;
        assert_eq!(reference.len(), 64);
        assert_eq!(told(&again, "reference").await, reference, "one service, one session, one reference");
        assert_ne!(told(&other, "reference").await, reference);
        let pseudonym = told(&one, "pseudonym").await;
        assert_eq!(pseudonym.len(), 64);
        assert_ne!(told(&other, "pseudonym").await, pseudonym);
        let (_next, later) = hall.ada().await;
        let later = bench(&later, "bench").await;
        assert_ne!(told(&later, "reference").await, reference, "each session has its own");
        assert_eq!(told(&later, "pseudonym").await, pseudonym, "and each person one");
        let times = told(&one, "times").await;
        let times: Vec<u64> = times.split(',').map(|time| time.parse().unwrap()).collect();
        assert!(times.iter().all(|time| time % 60_000 == 0), "no moment is told that only one session has: {times:?}");
        let session = hall.node.authority.session(&held.handle().await).expect("live");
        assert!(times[0] <= session.context().created_at_ms && session.expires_at_ms() <= times[1]);
        let handle: String = held.handle().await.to_string();
        for line in [&one, &other] {
            let all = order(line, "told").await.unwrap();
            assert!(!all.contains(&handle) && !all.contains("=ada"), "{all}");
        }
        hall.close().await;
    });
}

/// Invariant: a service is told what its profile discloses and it asked for, and nothing else.
#[test]
fn a_service_is_told_what_both_sides_agree_on() {
    run(async {
        let hall =
            Hall::with(&[BENCH, OTHER], &[&granted("bench", "bench/bench"), &granted("other", "other/other")]).await;
        let (_line, held) = hall.ada().await;
        let (one, other) = (bench(&held, "bench").await, bench(&held, "other").await);
        // The program asks for class, name and pseudonym; the one profile discloses name, pseudonym and profile.
        assert_eq!(told(&one, "disclosed").await, "DisplayName,Pseudonym");
        assert_eq!((told(&one, "name").await, told(&one, "profile").await), ("ADA".to_owned(), String::new()));
        assert_eq!(told(&other, "disclosed").await, "Pseudonym");
        assert_eq!(told(&other, "name").await, "");
        assert_eq!(told(&one, "class").await, told(&other, "class").await);
        let bench_of = granted("bench", "bench/bench");
        hall.node.profile("guest", &["guest"], &[Grants::SESSION, &bench_of]).await;
        let guest = Line::plain(&hall.node).await;
        let visitor = guest.guest().await.unwrap();
        let visited = bench(&visitor, "bench").await;
        assert_eq!(
            (told(&visited, "disclosed").await, told(&visited, "pseudonym").await),
            ("DisplayName".to_owned(), String::new())
        );
        hall.close().await;
    });
}

#[test]
fn a_service_that_is_gone_is_had_again_and_what_came_before_stays_gone() {
    run(async {
        let hall = Hall::with(&[BENCH], &[&granted("bench", "bench/bench"), Grants::LAB]).await;
        let (_line, held) = hall.ada().await;
        let before = bench(&held, "bench").await;
        let reference = told(&before, "reference").await;
        let hanging = spawn_local(before.hang_request().send().promise);
        let error = denial(order(&before, "exit").await);
        assert_eq!(error.code, Code::ServiceUnavailable);
        assert_eq!(code(hanging.await.unwrap()), Code::ServiceUnavailable);
        echo(&held.lab("lab").await, b"the session goes on").await.unwrap();
        let after = loop {
            let after = bench(&held, "bench").await;
            if order(&after, "hello").await.is_ok() {
                break after;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        assert_eq!(told(&after, "reference").await, reference, "to the service it is the same session");
        assert_eq!(code(echo(&before, b"").await), Code::ServiceUnavailable, "what came of the old one stays gone");
        assert_eq!(hall.seen.started("bench"), 2);
        hall.close().await;
    });
}

#[test]
fn a_revocation_ends_calls_under_way_and_the_service_learns_of_it() {
    run(async {
        let hall = Hall::with(&[BENCH, OWN], &[]).await;
        let (_line, held) = hall.ada().await;
        start(&held, "bench", &[]).await.unwrap();
        start(&held, "own", &[]).await.unwrap();
        let (shared, own) = (bench(&held, "bench").await, bench(&held, "own").await);
        order(&shared, "hello").await.unwrap();
        order(&own, "hello").await.unwrap();
        let hanging = [&shared, &own].map(|bench| spawn_local(bench.hang_request().send().promise));
        order(&own, "after the hang").await.unwrap();
        let session = hall.node.authority.session(&held.handle().await).expect("live");
        for name in ["bench", "own"] {
            assert!(session.revoke_grant(name, &Actor::offline(), "").await.unwrap());
        }
        for call in hanging {
            assert_eq!(code(call.await.unwrap()), Code::Revoked);
        }
        assert_eq!(code(echo(&shared, b"").await), Code::Revoked);
        let facets = |hall: &Hall| -> u32 {
            hall.runner.statuses().iter().flat_map(|status| &status.instances).map(|instance| instance.facets).sum()
        };
        let gone = hall.until(|hall| facets(hall) == 0 && hall.seen.over("own") == 1);
        tokio::time::timeout(SOON, gone).await.expect("soon");
        assert_eq!(start(&held, "bench", &[]).await.unwrap().status, "denied", "what was taken is not got again");
        hall.close().await;
    });
}

#[test]
fn the_end_of_a_session_ends_its_processes_soon() {
    run(async {
        let hall = Hall::with(&[OWN], &[&granted("own", "own/own")]).await;
        let (_one, ada) = hall.ada().await;
        hall.node.account("bob", PrincipalKind::Human, &["tester"], "lab").await;
        let (two, bob) = Line::signed_in(&hall.node, "bob").await;
        let (adas, bobs) = (bench(&ada, "own").await, bench(&bob, "own").await);
        order(&adas, "hello").await.unwrap();
        order(&bobs, "hello").await.unwrap();
        assert_eq!(hall.seen.started("own"), 2);
        let hanging = spawn_local(adas.hang_request().send().promise);
        ada.logout().await.unwrap();
        assert_eq!(code(hanging.await.unwrap()), Code::StaleSession);
        tokio::time::timeout(SOON, hall.until(|hall| hall.seen.over("own") == 1)).await.expect("in time");
        order(&bobs, "others go on").await.unwrap();
        two.cut();
        tokio::time::timeout(SOON, hall.until(|hall| hall.seen.over("own") == 2)).await.expect("in time");
        hall.close().await;
    });
}

#[test]
fn a_principal_is_at_home_in_every_session_however_the_service_was_started() {
    run(async {
        let own = OWN.replace("isolation", "home = \"principal\"\n    isolation");
        let hall = Hall::with(&[&own], &[&granted("mine", "own/own")]).await;
        hall.node.account("bob", PrincipalKind::Human, &["tester"], "lab").await;
        let ((_one, ada), (_two, again)) = (hall.ada().await, Line::signed_in(&hall.node, "ada").await);
        let (_three, bob) = Line::signed_in(&hall.node, "bob").await;
        assert_eq!(start(&ada, "own", &[]).await.unwrap().status, "running");
        order(&bench(&ada, "own").await, "keep:treasure").await.unwrap();
        assert_eq!(order(&bench(&again, "mine").await, "kept").await.unwrap(), "treasure", "by a grant, at once");
        assert_eq!(order(&bench(&bob, "mine").await, "kept").await.unwrap(), "");
        assert_eq!(hall.seen.started("own"), 3, "each session has a process of its own");
        ada.logout().await.unwrap();
        again.logout().await.unwrap();
        let (_four, later) = hall.ada().await;
        assert_eq!(start(&later, "own", &[]).await.unwrap().status, "running");
        assert_eq!(order(&bench(&later, "own").await, "kept").await.unwrap(), "treasure");
        hall.close().await;
    });
}

#[test]
fn what_is_lent_works_until_it_is_taken_back() {
    run(async {
        let hall = Hall::with(&[BORROWER], &[ACCELERATOR]).await;
        let (_line, held) = hall.ada().await;
        let started = start(&held, "borrower", &["proof_accelerator"]).await.unwrap();
        assert_eq!(started.accepted, ["proof_accelerator"]);
        let borrowed = bench(&held, "borrowed").await;
        assert_eq!(order(&borrowed, "lent").await.unwrap(), "proof_accelerator");
        assert_eq!(order(&borrowed, "use:proof_accelerator").await.unwrap(), "allowed");
        assert!(names(&held).await.contains(&"proof_accelerator".to_owned()), "what is shared stays");
        let session = hall.node.authority.session(&held.handle().await).expect("live");
        session.revoke_grant("proof_accelerator", &Actor::offline(), "").await.unwrap();
        let error = order(&borrowed, "use:proof_accelerator").await.unwrap_err();
        assert!(error.extra.contains("revoked"), "{error}");
        order(&borrowed, "and goes on without").await.unwrap();
        hall.close().await;
    });
}

/// What a service may be lent and is not is left alone: here, to take it would start another service.
#[test]
fn what_is_not_lent_is_not_touched() {
    run(async {
        let optional = BORROWER.replace("proof_accelerator", "other").replace("ProofAccelerator", "Lab");
        let optional =
            optional.replacen("\"shared\"\n    [[exports]]", "\"shared\"\n    optional = true\n    [[exports]]", 1);
        let optional = optional.replacen("transfer = \"shared\"", "transfer = \"shared\"\n    optional = true", 1);
        let hall = Hall::with(&[&optional, OTHER], &[&granted("other", "other/other")]).await;
        let (_line, held) = hall.ada().await;
        start(&held, "borrower", &[]).await.unwrap();
        assert_eq!(order(&bench(&held, "borrowed").await, "lent").await.unwrap(), "");
        let all = hall.node.gateway.holdings().of(&held.handle().await).await.expect("it is live");
        let other = all.iter().find(|grant| grant.grant.name == "other").expect("granted");
        assert!(other.references.is_empty(), "it was not even taken");
        assert_eq!(hall.seen.started("other"), 0);
        let started = start(&held, "borrower", &["other"]).await.unwrap();
        assert_eq!(started.accepted, ["other"]);
        assert_eq!(order(&bench(&held, "borrowed").await, "lent").await.unwrap(), "other");
        hall.close().await;
    });
}

/// Two that need each other's grants are refused, and nothing goes round for ever.
#[test]
fn services_that_need_each_other_are_refused() {
    run(async {
        let needing = |id: &str, other: &str| {
            format!(
                "id = \"{id}\"\n[[requires]]\nname = \"{other}\"\ninterface = \"Lab\"\nholder = \"backendHeld\"\n\
                 transfer = \"shared\"\n[[exports]]\nname = \"{id}\"\ninterface = \"Lab\"\ntransfer = \"session\""
            )
        };
        let (one, two) = (needing("one", "two"), needing("two", "one"));
        let hall = Hall::with(&[&one, &two], &[&granted("one", "one/one"), &granted("two", "two/two")]).await;
        let (_line, held) = hall.ada().await;
        assert_eq!(code(held.get("one", LAB).await), Code::ServiceUnavailable);
        assert_eq!(code(held.get("two", LAB).await), Code::ServiceUnavailable);
        hall.close().await;
    });
}

#[test]
fn what_is_moved_is_not_the_sessions_until_it_is_given_back() {
    run(async {
        let hall = Hall::with(&[BORROWER], &[ACCELERATOR, SPARE]).await;
        let (_line, held) = hall.ada().await;
        let id = 0xd660_8ac7_bae5_f1aa;
        let spare: capos_schema::paperclips_capnp::proof_accelerator::Client = held.get_as("spare").await.unwrap();
        spare.allow_request().send().promise.await.unwrap();
        start(&held, "borrower", &["proof_accelerator"]).await.unwrap();
        assert_eq!(order(&bench(&held, "borrowed").await, "lent").await.unwrap(), "proof_accelerator");
        let started = start(&held, "borrower", &["proof_accelerator", "spare"]).await.unwrap();
        assert_eq!(started.accepted, ["proof_accelerator", "spare"]);
        let borrowed = bench(&held, "borrowed").await;
        assert_eq!(order(&borrowed, "use:spare").await.unwrap(), "allowed");
        assert!(!names(&held).await.contains(&"spare".to_owned()));
        assert_eq!(code(held.get("spare", id).await), Code::UnknownCap);
        assert_eq!(code(spare.allow_request().send().promise.await), Code::Revoked, "what it held is gone");
        stop(&held, "borrower").await.unwrap();
        let spare: capos_schema::paperclips_capnp::proof_accelerator::Client = held.get_as("spare").await.unwrap();
        spare.allow_request().send().promise.await.unwrap();
        assert!(names(&held).await.contains(&"spare".to_owned()));
        hall.close().await;
    });
}

#[test]
fn what_is_attached_outlasts_renewals_and_not_the_policy_that_offered_it() {
    run(async {
        let hall = Hall::with(&[BENCH], &[]).await;
        let (_line, held) = hall.ada().await;
        start(&held, "bench", &[]).await.unwrap();
        let taken = bench(&held, "bench").await;
        order(&taken, "hello").await.unwrap();
        let mut request = held.0.renew_request();
        request.get().set_proof(PASSWORD.as_bytes());
        request.send().promise.await.unwrap();
        order(&taken, "and after").await.unwrap();
        assert!(names(&held).await.contains(&"bench".to_owned()));
        hall.node.profile("lab", &["human"], &[Grants::SESSION, CATALOG]).await;
        assert_eq!(code(echo(&taken, b"").await), Code::Revoked);
        assert!(!names(&held).await.contains(&"bench".to_owned()));
        hall.close().await;
    });
}

#[test]
fn what_is_not_offered_any_more_is_not_had_again() {
    run(async {
        let hall = Hall::with(&[BENCH], &[]).await;
        let (_line, held) = hall.ada().await;
        start(&held, "bench", &[]).await.unwrap();
        let unoffered = BENCH.replace("id = \"bench\"", "id = \"bench\"\noffered = [\"nobody\"]");
        hall.runner.set_profiles(profiles(&[&unoffered]));
        hall.gateway().set_services(hall.runner.clone());
        assert_eq!(code(held.get("bench", LAB).await), Code::ServiceUnavailable);
        assert_eq!(catalog(&held).await, []);
        hall.close().await;
    });
}

#[test]
fn a_callback_that_a_service_holds_works_and_ends_with_its_grant() {
    run(async {
        let hall = Hall::with(&[BENCH], &[&granted("bench", "bench/bench")]).await;
        let (_line, held) = hall.ada().await;
        let taken = bench(&held, "bench").await;
        let callback = CallbackState::new(Answer::Echo);
        crate::hall::flood(&taken, callback.client(), 20, 8).await.unwrap();
        while callback.payloads().len() < 20 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let caps = held.caps();
        let again: lab::Client = capnp::capability::FromClientHook::new(get(&caps, "bench", LAB).await.unwrap().hook);
        order(&again, "hello").await.unwrap();
        hall.close().await;
    });
}

#[test]
fn the_manual_has_the_pages_and_schemas_of_what_profiles_bring() {
    run(async {
        let manual_grant = r#"{ "name": "manual", "interface": "Manual", "object": "builtin:manual" }"#;
        let hall = Hall::with(&[], &[manual_grant]).await;
        let (_line, held) = hall.ada().await;
        let manual: manual::Client = held.get_as("manual").await.unwrap();
        let schema = async |id: u64| -> capnp::Result<Vec<u8>> {
            let mut request = manual.schema_request();
            request.get().set_interface_id(id);
            Ok(request.send().promise.await?.get()?.get_request()?.to_vec())
        };
        assert_eq!(code(schema(LAB).await), Code::BadRequest);
        assert_eq!(code(schema(7).await), Code::BadRequest);
        assert_eq!(schema(0xa383_b2af_5a8f_a8f2).await.unwrap(), capos_schema::REQUEST);
        hall.runner.set_profiles(profiles(&[BENCH]));
        hall.gateway().set_services(hall.runner.clone());
        assert_eq!(schema(LAB).await.unwrap(), capos_testkit::LAB_REQUEST, "who holds the manual reads the new one");
        let mut request = manual.describe_request();
        request.get().set_interface_id(LAB);
        let response = request.send().promise.await.unwrap();
        assert_eq!(response.get().unwrap().get_page().unwrap().get_name().unwrap(), "Lab");
    });
}

#[test]
fn starts_and_stops_are_paced() {
    run(async {
        let hall = Hall::with(&[BENCH], &[]).await;
        let (_line, held) = hall.ada().await;
        start(&held, "bench", &[]).await.unwrap();
        let mut outcomes = Vec::new();
        for _ in 0..130 {
            outcomes.push(attach(&held, "bench").await);
        }
        let (done, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
        assert_eq!((done.len(), refused.len()), (119, 11), "as many rows as a session has in a minute");
        assert!(refused.into_iter().all(|one: capnp::Result<Status>| code(one) == Code::TooManyCalls));
        hall.node.time.advance(Duration::from_secs(1));
        attach(&held, "bench").await.unwrap();
        hall.close().await;
    });
}
