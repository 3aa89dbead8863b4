//! What bounds a session at a service is a typed denial, and told to the journal.

use capos_schema::Code;
use capos_testkit::lab::{Answer, CallbackState};
use serde_json::Value;

use capos_authority::PrincipalKind;

use crate::client::{Held, Line, code, keep, run};
use crate::hall::{BENCH, Hall, OWN, bench, granted, order, start, stop};

/// The one row that tells of a bound that this session has met.
async fn row(hall: &Hall, held: &Held) -> Value {
    let rows = hall.node.journaled("limit.reached", 1).await;
    assert_eq!(rows.len(), 1, "those that follow are told together: {rows:?}");
    let row: Value = serde_json::from_str(&rows[0]).expect("a row is JSON");
    assert_eq!(row["session"], held.handle().await.to_string());
    row
}

#[test]
fn a_share_that_is_used_up_is_a_denial_and_a_row() {
    run(async {
        let hall = Hall::with(&[BENCH], &[&granted("bench", "bench/bench")]).await;
        let (_line, held) = hall.ada().await;
        let taken = bench(&held, "bench").await;
        let callbacks: Vec<_> =
            (0..=capos_runner::Limits::default().session_callbacks).map(|_| CallbackState::new(Answer::Echo)).collect();
        let (one_more, all) = callbacks.split_last().unwrap();
        for callback in all {
            keep(&taken, callback.client()).await.expect("so many");
        }
        assert!(hall.node.journal().await.iter().all(|row| row.0 != "limit.reached"));
        assert_eq!(code(keep(&taken, one_more.client()).await), Code::QuotaExceeded, "and no more");
        assert_eq!(row(&hall, &held).await["cause"], "calls");
        order(&taken, "and it goes on").await.expect("it is served");
        hall.close().await;
    });
}

#[test]
fn where_no_more_services_may_run_a_start_and_a_taken_grant_are_refused_and_told() {
    run(async {
        let limits = capos_runner::Limits { instances: 1, ..capos_runner::Limits::default() };
        let hall = Hall::within(limits, &[OWN], &[&granted("mine", "own/own")], |_| {}).await;
        hall.node.account("bob", PrincipalKind::Human, &["tester"], "lab").await;
        let (_other, bob) = Line::signed_in(&hall.node, "bob").await;
        start(&bob, "own", &[]).await.expect("there is room for one");

        let (line, held) = hall.ada().await;
        assert_eq!(start(&held, "own", &[]).await.expect("it is answered").status, "notLaunched");
        assert_eq!(row(&hall, &held).await["cause"], "services");
        line.cut();

        let (_line, held) = hall.ada().await;
        assert_eq!(code(order(&bench(&held, "mine").await, "no room").await), Code::Overloaded);
        let rows = hall.node.journaled("limit.reached", 2).await;
        assert!(rows[1].contains(r#""cause":"calls""#), "{rows:?}");
        order(&bench(&bob, "own").await, "the one that runs goes on").await.expect("it is served");
        stop(&bob, "own").await.expect("it is answered");
        assert_eq!(start(&held, "own", &[]).await.expect("it is answered").status, "running");
        hall.close().await;
    });
}
