//! What a session may not start is refused before any process is.

use capos_schema::Code;
use serde_json::Value;

use crate::client::{code, run};
use crate::hall::{
    ACCELERATOR, BENCH, BORROWER, CATALOG, Hall, OWN, RUNNER, attach, granted, names, probe, runner, start, stop,
};
use crate::node::Grants;

const UNOFFERED: &str = r#"
    id = "unoffered"
    offered = ["nobody"]
    [[exports]]
    name = "unoffered"
    interface = "Lab"
    transfer = "session"
"#;

/// Takes the name of a grant that the session has.
const NAMESAKE: &str = r#"
    id = "namesake"
    [[exports]]
    name = "lab"
    interface = "Lab"
    transfer = "session"
"#;

/// As accelerators that are none, or none that could be lent.
const LISTED: &str = r#"{ "name": "spare", "interface": "ProofAccelerator", "object": "builtin:proof_accelerator",
                          "transfer": "local" }"#;
const WRONG: &str = r#"{ "name": "proof_accelerator", "interface": "Manual", "object": "builtin:manual" }"#;

/// A probe and a start are refused alike, with this cause in the journal, and nothing has happened.
async fn refused(hall: &Hall, held: &crate::client::Held, service: &str, grants: &[&str], cause: &str) {
    let before = (names(held).await, hall.runner.statuses().len());
    let rows = hall.node.journal().await.iter().filter(|row| row.0 == "service.refused").count();
    let probed = probe(held, service, grants).await.expect("it is answered");
    assert_eq!(hall.node.journal().await.iter().filter(|row| row.0 == "service.refused").count(), rows, "{cause}");
    let started = start(held, service, grants).await.expect("it is answered");
    assert_eq!(probed, started, "{cause}: the probe tells what a start does");
    assert_eq!(started.status, "denied", "{cause}");
    assert!(started.accepted.is_empty() && started.exports.is_empty() && !started.message.is_empty(), "{cause}");
    let row = hall.node.journaled("service.refused", rows + 1).await.pop().expect("a row");
    let row: Value = serde_json::from_str(&row).expect("it is answered");
    assert_eq!((&row["cause"], &row["action"], &row["account"]), (&cause.into(), &"start".into(), &"ada".into()));
    assert_eq!(hall.seen.started(""), 0, "{cause}: no process");
    assert!(hall.runner.statuses().iter().all(|status| status.instances.is_empty()), "{cause}");
    assert_eq!((names(held).await, hall.runner.statuses().len()), before, "{cause}");
}

#[test]
fn every_refusal_comes_before_any_process() {
    run(async {
        let services = [BENCH, OWN, BORROWER, UNOFFERED, NAMESAKE];
        let hall = Hall::with(&services, &[ACCELERATOR, LISTED, Grants::LAB]).await;
        let (_line, held) = hall.ada().await;
        refused(&hall, &held, "nothing", &[], "unknownProfile").await;
        refused(&hall, &held, "", &[], "unknownProfile").await;
        refused(&hall, &held, "unoffered", &[], "notOffered").await;
        refused(&hall, &held, "bench", &["session"], "unknownRequirement").await;
        refused(&hall, &held, "borrower", &[], "missingGrant").await;
        refused(&hall, &held, "borrower", &["proof_accelerator", "spare"], "listedOnly").await;
        refused(&hall, &held, "namesake", &[], "nameTaken").await;
        hall.close().await;
    });
}

#[test]
fn a_grant_that_is_not_what_is_asked_for_is_refused() {
    run(async {
        let hall = Hall::with(&[BORROWER], &[WRONG]).await;
        let (_line, held) = hall.ada().await;
        refused(&hall, &held, "borrower", &["proof_accelerator"], "wrongInterface").await;
        refused(&hall, &held, "borrower", &["proof_accelerator", "spare"], "wrongInterface").await;
        let hall = Hall::with(&[BORROWER], &[]).await;
        let (_line, held) = hall.ada().await;
        refused(&hall, &held, "borrower", &["proof_accelerator"], "missingGrant").await;
    });
}

#[test]
fn a_grant_that_is_over_is_refused() {
    run(async {
        let leased = ACCELERATOR.replace('}', r#", "lease": "1h" }"#);
        let hall = Hall::with(&[BORROWER], &[&leased]).await;
        let (_line, held) = hall.ada().await;
        assert_eq!(probe(&held, "borrower", &["proof_accelerator"]).await.unwrap().status, "ready");
        hall.node.time.advance(std::time::Duration::from_secs(3600));
        refused(&hall, &held, "borrower", &["proof_accelerator"], "grantEnded").await;
        let hall = Hall::with(&[BORROWER], &[ACCELERATOR]).await;
        let (_line, held) = hall.ada().await;
        let session = hall.node.authority.session(&held.handle().await).expect("live");
        session.revoke_grant("proof_accelerator", &capos_authority::Actor::offline(), "").await.unwrap();
        refused(&hall, &held, "borrower", &["proof_accelerator"], "grantEnded").await;
    });
}

#[test]
fn a_full_bundle_is_refused_and_one_with_room_is_not() {
    run(async {
        let full: Vec<_> = (0..61).map(|number| granted(&format!("g{number}"), "bench/bench")).collect();
        let full: Vec<_> = full.iter().map(String::as_str).collect();
        let hall = Hall::with(&[BENCH], &full).await;
        let (_line, held) = hall.ada().await;
        assert_eq!(names(&held).await.len(), 64);
        refused(&hall, &held, "bench", &[], "bundleFull").await;
        let all = [&[Grants::SESSION, CATALOG, RUNNER], &full[..60]].concat();
        hall.node.profile("lab", &["human"], &all).await;
        let (_line, held) = hall.ada().await;
        assert_eq!(start(&held, "bench", &[]).await.unwrap().status, "running");
        assert_eq!(names(&held).await.len(), 64);
        hall.close().await;
    });
}

#[test]
fn a_program_that_is_not_there_is_told_and_not_started() {
    run(async {
        let hall = Hall::with(&[BENCH], &[]).await;
        let missing = BENCH.replace("id =", "program = \"/nowhere/at/all\"\nid =");
        let limits = capos_runner::Limits::default();
        let whole = format!("label = \"A bench\"\nsummary = \"For tests.\"\noffered = [\"lab\"]\n{missing}");
        let draft = capos_runner::Draft::parse(&whole, std::path::Path::new("bench.toml"), &limits).unwrap();
        let schema = Some(capos_testkit::LAB_REQUEST.into());
        hall.runner.set_profiles(capos_runner::Profiles::check(vec![(draft, schema)], &limits).unwrap());
        hall.gateway().set_services(hall.runner.clone());
        let (_line, held) = hall.ada().await;
        for asked in [probe(&held, "bench", &[]).await, start(&held, "bench", &[]).await, attach(&held, "bench").await]
        {
            let asked = asked.unwrap();
            assert_eq!((asked.status.as_str(), asked.supported), ("missingBinary", false));
            assert!(!asked.message.contains('/'), "{}", asked.message);
        }
        assert_eq!(hall.seen.started(""), 0);
    });
}

#[test]
fn without_the_runner_or_a_live_session_there_is_no_answer_at_all() {
    run(async {
        let hall = Hall::with(&[BENCH], &[]).await;
        let (_line, held) = hall.ada().await;
        let launcher = runner(&held).await;
        held.logout().await.unwrap();
        let mut request = launcher.start_request();
        crate::hall::ask(request.get().init_request(), "bench", &[]);
        assert_eq!(code(request.send().promise.await), Code::StaleSession);
        let mut request = launcher.attach_request();
        request.get().set_profile_id("bench");
        assert_eq!(code(request.send().promise.await), Code::StaleSession);
        hall.node.profile("lab", &["human"], &[Grants::SESSION, CATALOG]).await;
        let (_line, held) = hall.ada().await;
        let asked = held.get("runner", 0x97d0_efd5_c16e_5dc0).await;
        assert_eq!(code(asked), Code::UnknownCap);
        assert_eq!(hall.seen.started(""), 0);
    });
}

#[test]
fn requests_beyond_their_bounds_are_bad_requests() {
    run(async {
        let hall = Hall::with(&[BENCH], &[]).await;
        let (_line, held) = hall.ada().await;
        let names: Vec<_> = (0..65).map(|number| format!("g{number}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        assert_eq!(code(start(&held, "bench", &names).await), Code::BadRequest);
        assert_eq!(start(&held, "bench", &names[..64]).await.unwrap().status, "denied");
        assert_eq!(code(start(&held, &"b".repeat(257), &[]).await), Code::BadRequest);
        assert_eq!(code(stop(&held, &"b".repeat(257)).await), Code::BadRequest);
        assert_eq!(hall.seen.started(""), 0);
    });
}

#[test]
fn what_is_not_running_is_not_attached() {
    run(async {
        let hall = Hall::with(&[BENCH, UNOFFERED], &[]).await;
        let (_line, held) = hall.ada().await;
        let asked = attach(&held, "bench").await.unwrap();
        assert_eq!((asked.status.as_str(), asked.supported), ("notLaunched", true));
        assert_eq!(attach(&held, "unoffered").await.unwrap().status, "denied");
        assert_eq!(stop(&held, "unoffered").await.unwrap().status, "denied");
        assert_eq!(attach(&held, "nothing").await.unwrap().status, "denied");
        assert_eq!((hall.seen.started(""), names(&held).await.len()), (0, 3));
    });
}
