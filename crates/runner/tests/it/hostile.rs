//! Services that mean harm: whoever asked them is told, and nobody else notices.

use std::time::Duration;

use capos_membrane::{Membrane, Rules};
use capos_runner::{Event, Limits, Opened};
use futures::FutureExt as _;

use crate::bench::{Bench, SOON, key, opening, profile, say};

/// A bad service beside a good one; what a call of the bad one comes to, while the good one answers.
async fn beside(mode: &str) -> (Bench, String) {
    let limits = Limits { open_within: Duration::from_millis(300), connection_calls: 5000, ..Limits::default() };
    let bench = Bench::with(&[profile("bad", mode, ""), profile("good", "good", "")], limits, &[]);
    let failed = bench
        .on_vat(0, |runner| async move {
            let (bad, good) = (runner.open(opening(1, "bad")), runner.open(opening(1, "good")));
            let (failed, answered) = futures::join!(say(&bad, "about"), say(&good, "hello"));
            assert_eq!(answered.unwrap(), "hello");
            let failed = failed.unwrap_err();
            assert_eq!(say(&good, "again").await.unwrap(), "again");
            while bad.standing.is_live() {
                tokio::task::yield_now().await;
            }
            failed
        })
        .await;
    (bench, failed)
}

const NOT_STARTED: &str =
    "Disconnected serviceUnavailable: the service could not be started; its operator finds the reason in its log";
const GONE: &str = "Disconnected serviceUnavailable: the service has gone; get the capability again";

#[tokio::test]
async fn garbage_on_a_connection_ends_the_service_that_sent_it() {
    for mode in ["garbage", "giant", "flood"] {
        let (bench, failed) = beside(mode).await;
        assert_eq!(failed, GONE, "{mode}");
        let broke = |event: &Event| matches!(event, Event::Ended(how) if how.contains("broke a rule"));
        bench.until("bad", 1, broke).await;
    }
}

#[tokio::test]
async fn garbage_instead_of_a_beginning_is_a_failed_start() {
    let (bench, failed) = beside("garbage-first").await;
    assert_eq!(failed, NOT_STARTED);
    bench.until("bad", 1, |event| matches!(event, Event::Ended(_))).await;
}

#[tokio::test]
async fn a_door_that_is_slammed_or_never_answered_is_told_in_the_nodes_words() {
    for mode in ["slam", "never-open"] {
        let (_, failed) = beside(mode).await;
        assert_eq!(failed, GONE, "{mode}");
    }
}

#[tokio::test]
async fn nothing_instead_of_a_facet_is_none() {
    let (_, failed) = beside("poison").await;
    assert_eq!(failed, GONE);
}

#[tokio::test]
async fn a_service_cannot_end_a_facet_in_the_nodes_name() {
    let bench = Bench::new(&[profile("bad", "forge", "")]);
    let code = bench
        .on_vat(0, |runner| async move {
            let bad = runner.open(opening(1, "bad"));
            let failed = say(&bad, "about").await.unwrap_err();
            assert!(failed.contains("revoked: by whoever"), "its own words, for the membrane to mark: {failed}");
            bad.standing.check().unwrap_err().code.as_str()
        })
        .await;
    assert_eq!(code, "serviceUnavailable");
}

#[tokio::test]
async fn a_flood_of_output_is_dropped_and_marked() {
    let limits = Limits { log_rate: 1, log_burst: 10, ..Limits::default() };
    let bench = Bench::with(&[profile("bad", "chatter", "")], limits, &[]);
    let mut follow = bench.runner.log("bad").unwrap().follow();
    bench.runner.launch("bad", &key(1), None).await.unwrap();
    let mut lines = Vec::new();
    while !lines.iter().any(|line: &capos_runner::Line| line.text.contains("lines were dropped")) {
        lines.extend(tokio::time::timeout(SOON, follow.next(100)).await.expect("in time").expect("there is more"));
    }
    assert!(lines.len() < 20, "{}", lines.len());
    assert_eq!(bench.say(1, "bad", "hello").await.unwrap(), "hello");
}

#[tokio::test]
async fn a_session_cannot_fill_the_connection_that_others_share() {
    let bench = Bench::new(&[profile("lab", "good", "")]);
    let refused = bench
        .on_vat(0, |runner| async move {
            let opened = runner.open(opening(1, "lab"));
            say(&opened, "hello").await.unwrap();
            let mut rules = Rules::new(opened.standing.child());
            (rules.budgets, rules.inlet) = (opened.budgets.clone(), opened.inlet.clone());
            let guarded = Opened { facet: Membrane::new(rules).wrap(opened.facet.clone()), ..opened };
            let large = "x".repeat(7 << 20);
            // It reads nothing meanwhile.
            let _hangs = futures::future::select(Box::pin(say(&guarded, "hang")), Box::pin(quiet())).await;
            for _ in 0..12 {
                // Each is given up at once, and draws on no budget any more.
                if let Some(Err(refused)) = say(&guarded, &large).now_or_never() {
                    return refused;
                }
                quiet().await;
            }
            "nothing was refused".to_owned()
        })
        .await;
    assert!(refused.contains("overloaded: too much waits for the service"), "{refused}");
    assert_eq!(bench.events("lab"), [Event::Started], "and it is not ended for what somebody sent it");
}

/// Until what is there to be done is done.
async fn quiet() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn what_it_started_ends_with_it() {
    let bench = Bench::new(&[profile("bad", "good", "[limits]\nprocesses = 16\n")]);
    let child = bench.say(1, "bad", "fork").await.unwrap();
    child.parse::<u32>().unwrap_or_else(|_| panic!("{child}"));
    bench.runner.shut_down().await;
    let left = std::fs::read_dir("/proc").unwrap().filter_map(Result::ok).filter(|process| {
        let read = |name: &str| std::fs::read(process.path().join(name)).unwrap_or_default();
        read("cmdline").windows(5).any(|part| part == b"idle\0") && read("cmdline").starts_with(b"/proc/self/exe")
    });
    assert_eq!(left.count(), 0);
}

#[tokio::test]
async fn nothing_is_left_where_a_runner_is_dropped() {
    let bench = Bench::new(&[profile("lab", "good", "")]);
    bench.runner.launch("lab", &key(1), None).await.unwrap();
    assert_eq!(bench.sockets(), 1);
    let Bench { runner, directory, .. } = bench;
    drop(runner);
    let gone = async {
        while std::fs::read_dir(directory.path().join("sockets")).unwrap().count() > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(SOON, gone).await.expect("in time");
}
