//! What the journal keeps of calls.

use capos_schema::Code;
use capos_testkit::lab::{Answer, CallbackState};
use tokio::task::spawn_local;

use crate::client::{Line, code, echo, run};
use crate::node::{Grants, Node, PASSWORD};

/// In every argument; in no row.
const MARKER: &[u8] = b"marker-of-an-argument";

#[test]
fn a_grants_level_says_which_calls_are_kept() {
    run(async {
        let node = levels().await;
        let (line, held) = Line::signed_in(&node, "ada").await;
        for name in ["off", "denied", "all"] {
            let lab = held.lab(name).await;
            echo(&lab, MARKER).await.unwrap();
            assert_eq!(code(lab.total_request().send().promise.await), Code::MethodDenied);
            lab.fail_request().send().promise.await.err().expect("it fails");
            let pending = spawn_local(lab.hang_request().send().promise);
            node.labs.tally(name).until(|counts| counts.running() == 1).await;
            pending.abort();
            node.labs.tally(name).until(|counts| counts.running() == 0).await;
        }
        line.cut();
        node.until(|node| node.gateway.figures().connections_open == 0).await;
        let rows = calls(&node, 5).await;
        let of = |grant: &str| outcomes(&rows, grant);
        assert_eq!(of("off"), Vec::<String>::new());
        assert_eq!(of("denied"), ["methodDenied"]);
        let mut all = of("all");
        all.sort();
        assert_eq!(all, ["abandoned", "done", "failed", "methodDenied"]);
        assert!(node.journal().await.iter().all(|row| !row.1.contains("marker-of")), "never an argument");
        assert_eq!(node.gateway.figures().unrecorded_calls, 0);
    });
}

#[test]
fn callbacks_and_descent_are_kept_too() {
    run(async {
        let node = levels().await;
        let (_line, held) = Line::signed_in(&node, "ada").await;
        let lab = held.lab("all").await;
        let child = lab.next_request().send().promise.await.unwrap().get().unwrap().get_lab().unwrap();
        let mut request = child.call_back_request();
        request.get().set_to(CallbackState::new(Answer::Echo).client());
        request.send().promise.await.unwrap();
        let rows = calls(&node, 3).await;
        assert_eq!(rows.len(), 3, "{rows:?}");
        assert_eq!(rows.iter().filter(|row| row.contains(r#""callback":true"#)).count(), 1, "{rows:?}");
        let on_child: Vec<_> = rows.iter().filter(|row| row.contains(r#""parent":1"#)).collect();
        assert_eq!(on_child.len(), 1, "{rows:?}");
    });
}

#[test]
fn an_unwritable_store_stops_what_has_to_be_recorded_and_nothing_else() {
    run(async {
        let node = levels().await;
        let (line, held) = Line::signed_in(&node, "ada").await;
        let mut labs = Vec::new();
        for name in ["off", "denied", "all"] {
            labs.push(held.lab(name).await);
        }
        fill_up(&node).await;
        echo(&labs[0], b"").await.expect("nothing is recorded of it");
        assert_eq!(code(echo(&labs[1], b"").await), Code::Overloaded);
        assert_eq!(code(echo(&labs[2], b"").await), Code::Overloaded);
        assert!(line.guest().await.is_err(), "no session is minted");
        held.list().await.expect("the session goes on");
        node.store.grow(None).await.unwrap();
        node.store.prove().await.unwrap();
        for lab in &labs {
            echo(lab, b"").await.expect("it can be recorded again");
        }
    });
}

#[test]
fn a_flood_of_refusals_is_counted_together() {
    run(async {
        let node = Node::with(|setup| setup.limits.denial_rows = 3).await;
        let denied = Grants::lab("denied", r#""audit": "denied", "methods": ["echo"]"#);
        node.profile("lab", &["human"], &[&denied]).await;
        let (line, held) = Line::signed_in(&node, "ada").await;
        let lab = held.lab("denied").await;
        for _ in 0..10 {
            assert_eq!(code(lab.total_request().send().promise.await), Code::MethodDenied);
        }
        line.cut();
        let reached = node.journaled("limit.reached", 2).await;
        assert!(reached[0].contains("denialRows") && reached[1].contains(r#""count":6"#), "{reached:?}");
        assert_eq!(calls(&node, 3).await.len(), 3);
    });
}

#[test]
fn refusals_after_an_end_do_not_fill_the_journal_session_by_session() {
    run(async {
        let node = Node::with(|setup| setup.limits.node_denial_rows = 5).await;
        let denied = Grants::lab("denied", r#""audit": "denied""#);
        node.profile("lab", &["human"], &[&denied]).await;
        let line = Line::plain(&node).await;
        for _ in 0..4 {
            let held = line.password("ada", PASSWORD, "").await.unwrap();
            let lab = held.lab("denied").await;
            held.logout().await.unwrap();
            for _ in 0..5 {
                assert_eq!(code(echo(&lab, b"").await), Code::StaleSession);
            }
        }
        line.cut();
        let reached = node.journaled("limit.reached", 1).await;
        assert!(reached[0].contains("denialRows"), "{reached:?}");
        assert_eq!(calls(&node, 5).await.len(), 5);
    });
}

async fn levels() -> Node {
    let node = Node::with(|setup| setup.store.database_bytes = Some(8 << 20)).await;
    let grant = |level: &str| {
        let rules = format!(r#""audit": "{level}", "methods": ["echo", "next", "fail", "hang", "callBack"]"#);
        Grants::lab(level, &rules)
    };
    node.profile("lab", &["human"], &[&grant("off"), &grant("denied"), &grant("all")]).await;
    node
}

/// Rows that tell of calls, once there are so many.
async fn calls(node: &Node, count: usize) -> Vec<String> {
    node.journaled("call", count).await
}

fn outcomes(rows: &[String], grant: &str) -> Vec<String> {
    let named = format!(r#""grant":"{grant}""#);
    let outcome = |row: &String| {
        let (_, rest) = row.split_once(r#""outcome":""#)?;
        rest.split_once('"').map(|(outcome, _)| outcome.to_owned())
    };
    rows.iter().filter(|row| row.contains(&named)).filter_map(outcome).collect()
}

/// Leaves the store no room.
async fn fill_up(node: &Node) {
    node.store.grow(Some(1)).await.expect("it can be bounded");
    let key = |number: u32| capos_store::Key::parse(&format!("filler/{number}")).expect("a key");
    let bucket = capos_store::Bucket::new("filler");
    for number in 0.. {
        if node.store.create(bucket, &key(number), vec![0; 64 << 10]).await.is_err() {
            break;
        }
    }
    assert!(node.store.trouble().is_some());
}
