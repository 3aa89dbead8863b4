//! A program of the tests: a service that plants trees and does with them what its first argument names; it fails where something is left.
//!
//! A process of its own, because what is left of a whole process is counted, and because inside a sandbox it is the first of its namespace.

#![expect(clippy::print_stdout, reason = "what it says is what the tests read")]
#![expect(clippy::unwrap_used, reason = "what fails in the ground of a test fails the test")]

mod bed;
mod hostile;
mod storm;

use std::future::Future;
use std::time::Duration;

use bed::Bed;

fn main() {
    capos_sandbox::run_if_helper();
    let mut arguments = std::env::args().skip(1);
    let (what, count) = (arguments.next().unwrap(), arguments.next().and_then(|count| count.parse().ok()));
    match what.as_str() {
        "storm" => tend(async |bed| storm::random(bed, count.unwrap()).await),
        "many" => tend(async |bed| storm::at_once(bed, count.unwrap()).await),
        "one-too-many" => tend(hostile::one_process_too_many),
        "bomb" => tend(hostile::bomb),
        "hidden" => tend(hostile::hidden),
        "keeper-killed" => tend(hostile::keeper_killed),
        "keeper-stopped" => tend(hostile::keeper_stopped),
        "keeper-stopped-at-the-end" => tend(hostile::keeper_stopped_at_the_end),
        "factory-killed" => tend(hostile::factory_killed),
        "both-killed" => tend(hostile::both_killed),
        "all-killed" => tend(hostile::all_killed),
        "other-children" => tend(hostile::other_children),
        "end-all" => tend(hostile::end_all),
        "hold" => tend(hostile::hold),
        other => panic!("no such thing to do: {other}"),
    }
    println!("{what} done");
}

/// Does it, then looks whether anything is left.
fn tend<F: Future<Output = ()>>(what: impl FnOnce(Bed) -> F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let before = bed::Count::take();
        // Where a keeper is stopped for good, this is how long it takes; elsewhere only a machine that is very busy comes to it.
        let patience = if std::env::args().nth(1).is_some_and(|what| what == "keeper-stopped") { 4 } else { 60 };
        let bed = Bed::lay(Duration::from_secs(patience)).await;
        let trees = bed.trees.clone();
        let done = tokio::time::timeout(Duration::from_secs(100), what(bed)).await;
        assert!(done.is_ok(), "it took too long; left: {:?}", bed::marked());
        trees.end_all(Duration::from_millis(100)).await;
        drop(trees);
        before.compare().await;
    });
}
