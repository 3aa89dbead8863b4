//! What the gardener does with trees: as a service of its own, and confined, where it is the first process of its namespace.
//!
//! It looks itself whether a process, a zombie or a descriptor is left.

use std::path::PathBuf;
use std::process::Command;

use capos_sandbox::{Exit, Mechanism, Plan, ProcessLimits, Root};

use crate::guest::{USER, is_root, run, zygote};

const GARDENER: &str = env!("CARGO_BIN_EXE_capos-sandbox-gardener");

fn outside(what: &[&str]) {
    let output = Command::new(GARDENER).args(what).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && said.contains(" done"), "{said}{}", String::from_utf8_lossy(&output.stderr));
}

/// Returns what it could not try where the host lacks what makes it the first process.
async fn inside(what: &[&str]) {
    let zygote = zygote();
    if !zygote.survey().has(Mechanism::PidNamespace) {
        return;
    }
    let plan = Plan {
        name: "gardener".into(),
        arguments: what.iter().map(|word| (*word).to_owned()).collect(),
        root: Root::System,
        commands: true,
        limits: ProcessLimits {
            processes: if what.contains(&"storm") { 1000 } else { 64 },
            memory_bytes: 512 << 20,
            ..ProcessLimits::default()
        },
        user: is_root().then_some(USER),
        ..Plan::new(PathBuf::from(GARDENER))
    };
    let (said, exit) = run(&zygote, &plan).await;
    assert!(exit == Exit::Code(0) && said.contains(" done"), "{exit:?}: {said}");
}

#[tokio::test]
async fn a_thousand_trees_ended_at_any_moment_leave_nothing() {
    outside(&["storm", "1000"]);
    inside(&["storm", "1000"]).await;
}

#[tokio::test]
async fn as_many_trees_as_may_be_live_at_once_and_one_more_is_refused() {
    outside(&["many", "128"]);
    inside(&["many", "20"]).await;
}

#[tokio::test]
async fn a_fork_bomb_is_ended_and_others_get_an_answer_meanwhile() {
    inside(&["bomb"]).await;
}

#[tokio::test]
async fn at_the_bound_of_processes_a_plant_says_so() {
    inside(&["one-too-many"]).await;
}

#[tokio::test]
async fn what_hides_is_ended() {
    outside(&["hidden"]);
    inside(&["hidden"]).await;
}

#[tokio::test]
async fn what_killed_its_keeper_is_ended() {
    outside(&["keeper-killed"]);
    inside(&["keeper-killed"]).await;
}

#[tokio::test]
async fn what_stops_its_keeper_is_ended() {
    outside(&["keeper-stopped"]);
    inside(&["keeper-stopped"]).await;
}

#[tokio::test]
async fn the_end_of_what_stopped_its_keeper_is_told() {
    outside(&["keeper-stopped-at-the-end"]);
    inside(&["keeper-stopped-at-the-end"]).await;
}

#[tokio::test]
async fn without_the_factory_trees_live_and_end_and_the_next_one_has_another() {
    outside(&["factory-killed"]);
    inside(&["factory-killed"]).await;
}

#[tokio::test]
async fn what_killed_keeper_and_factory_is_ended() {
    inside(&["both-killed"]).await;
}

#[tokio::test]
async fn who_kills_everything_kills_all_but_the_service() {
    inside(&["all-killed"]).await;
}

#[tokio::test]
async fn children_that_the_service_started_otherwise_are_left_to_it() {
    outside(&["other-children"]);
    inside(&["other-children"]).await;
}

#[tokio::test]
async fn everything_is_ended_at_once_where_that_is_asked() {
    outside(&["end-all"]);
    inside(&["end-all"]).await;
}
