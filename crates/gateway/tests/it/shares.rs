//! What bounds a session at a service is a typed denial, and told to the journal.

use capos_schema::Code;
use capos_testkit::lab::{Answer, CallbackState};
use serde_json::Value;

use crate::client::{Held, code, keep, run};
use crate::hall::{BENCH, Hall, bench, granted, order};

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
        order(&taken, "and it goes on").await.unwrap();
        hall.close().await;
    });
}
