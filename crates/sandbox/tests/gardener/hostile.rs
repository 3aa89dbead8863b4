//! Commands that fight for their life, or against who keeps them.

use std::process::{Command, Stdio};
use std::time::Duration;

use capos_sandbox::tree::{Exit, Fault, Tree};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::bed::{Bed, factory, marked, until};

const KILLED: Exit = Exit::Signal(9);

/// Forks without end, ignores what it can, and leaves its session.
const BOMB: &str = "trap '' TERM INT HUP; echo lit; b() { (setsid bash -c 'sleep 100' & ) ; b | b & b; }; b";

fn is_first() -> bool {
    std::process::id() == 1
}

/// Only where the number of processes is bounded.
pub(crate) async fn bomb(bed: Bed) {
    let (tree, said) = bed.plant_and_hear(BOMB).await;
    assert_eq!(said, "lit");
    until("the bound", || marked().len() > 20).await;
    // Others are told that there is no room, or find some; either is an answer.
    match bed.try_plant("exit 0").await {
        Ok(other) => drop(other.ended().await),
        Err(fault) => assert!(matches!(fault, Fault::TooMany), "{fault:?}"),
    }
    tree.end(Duration::from_millis(50));
    tree.gone().await;
    assert_eq!(marked(), Vec::<String>::new());
    assert_eq!(bed.plant("exit 3").await.ended().await, Exit::Code(3));
}

/// At the bound of processes a plant says so, and once there is room it works again.
pub(crate) async fn one_process_too_many(bed: Bed) {
    let mut trees = Vec::new();
    let fault = loop {
        match bed.try_plant("exec sleep 100").await {
            Ok(tree) => trees.push(tree),
            Err(fault) => break fault,
        }
        assert!(trees.len() < 100, "there is no bound");
    };
    assert!(matches!(fault, Fault::TooMany), "{fault:?}");
    let last = trees.pop().unwrap();
    last.kill();
    last.gone().await;
    drop(trees.pop());
    until("room", || marked().len() == trees.len()).await;
    assert_eq!(bed.plant("exit 3").await.ended().await, Exit::Code(3));
}

/// What made itself unreadable is in no list of processes, and is ended all the same.
pub(crate) async fn hidden(bed: Bed) {
    let hide = "import ctypes,os,time; os.setsid(); ctypes.CDLL(None).prctl(4,0); print('hidden', flush=True); time.sleep(100)";
    let script = format!("/usr/bin/python3 -c \"{hide}\" & wait");
    let (tree, said) = bed.plant_and_hear(&script).await;
    assert_eq!(said, "hidden");
    tree.end(Duration::from_millis(10));
    tree.gone().await;
}

pub(crate) async fn keeper_killed(bed: Bed) {
    let (tree, said) =
        bed.plant_and_hear("(setsid sleep 100 &); sleep 100 & echo done; sleep 0.1; kill -9 $PPID; sleep 100").await;
    assert_eq!(said, "done");
    assert_eq!(tree.ended().await, KILLED);
    tree.gone().await;
    assert_eq!(marked(), Vec::<String>::new());
    assert_eq!(bed.plant("exit 3").await.ended().await, Exit::Code(3));
}

pub(crate) async fn keeper_stopped(bed: Bed) {
    // Not before the keeper has said that the command runs.
    let stopper =
        "(sleep 0.3; kill -STOP $PPID; echo stopped; while kill -STOP $PPID; do sleep 0.001; done) & sleep 100";
    let (tree, said) = bed.plant_and_hear(stopper).await;
    assert_eq!(said, "stopped");
    tree.kill();
    tree.gone().await;
    assert_eq!(marked(), Vec::<String>::new());
}

/// Nobody orders anything: the end is told all the same.
pub(crate) async fn keeper_stopped_at_the_end(bed: Bed) {
    let (tree, said) = bed.plant_and_hear("sleep 0.3; kill -STOP $PPID; echo stopped; exit 5").await;
    assert_eq!(said, "stopped");
    assert_eq!(tree.ended().await, Exit::Code(5));
    tree.gone().await;
}

/// What runs goes on, and what comes has another factory.
pub(crate) async fn factory_killed(bed: Bed) {
    let (old, tree) = (factory(), bed.plant("sleep 100").await);
    kill(Pid::from_raw(old), Signal::SIGKILL).unwrap();
    until("its end", || !is_there(old)).await;
    let others = [bed.plant("exit 3").await, bed.plant("exit 3").await, bed.plant("exit 3").await];
    for other in &others {
        assert_eq!(other.ended().await, Exit::Code(3));
    }
    tree.kill();
    assert_eq!(tree.ended().await, KILLED);
    tree.gone().await;
    assert_eq!(marked(), Vec::<String>::new());
}

fn is_there(pid: i32) -> bool {
    kill(Pid::from_raw(pid), None).is_ok()
}

/// Only the first process of a namespace can find what is left.
pub(crate) async fn both_killed(bed: Bed) {
    assert!(is_first());
    let script =
        format!("(setsid sleep 100 &); sleep 100 & echo done; sleep 0.1; kill -9 {} $PPID; sleep 100", factory());
    let (tree, said) = bed.plant_and_hear(&script).await;
    assert_eq!(said, "done");
    assert_eq!(tree.ended().await, KILLED);
    tree.gone().await;
    assert_eq!(marked(), Vec::<String>::new());
    let again: Tree = bed.plant("exit 3").await;
    assert_eq!(again.ended().await, Exit::Code(3));
}

/// Everything that a command can reach: keepers, factory and itself, and not the first process.
pub(crate) async fn all_killed(bed: Bed) {
    assert!(is_first());
    let others = [bed.plant("sleep 100").await, bed.plant("sleep 100 & sleep 100").await];
    let tree = bed.plant("sleep 0.1; kill -9 -1; sleep 100").await;
    for tree in others.iter().chain([&tree]) {
        assert_eq!(tree.ended().await, KILLED);
        tree.gone().await;
    }
    assert_eq!(marked(), Vec::<String>::new());
    assert_eq!(bed.plant("exit 3").await.ended().await, Exit::Code(3));
}

/// A child that this process started in another way is its own to wait for.
pub(crate) async fn other_children(bed: Bed) {
    let mut command = Command::new("bash");
    command.args(["-c", "exit 5"]).stdin(Stdio::null()).stdout(Stdio::null());
    let (mut brief, mut long) = (command.spawn().unwrap(), Command::new("sleep").arg("100").spawn().unwrap());
    keeper_killed(bed.clone()).await;
    factory_killed(bed.clone()).await;
    assert_eq!(brief.wait().unwrap().code(), Some(5));
    assert!(long.try_wait().unwrap().is_none());
    long.kill().unwrap();
    long.wait().unwrap();
}

pub(crate) async fn end_all(bed: Bed) {
    let stubborn = bed.plant("trap '' TERM; echo; (setsid sleep 100 &); while :; do sleep 1; done").await;
    drop(bed.plant("trap '' TERM; while :; do sleep 1; done").await);
    let ended = tokio::join!(bed.trees.end_all(Duration::from_millis(50)), bed.try_plant("exit 0")).1;
    assert!(matches!(ended, Err(Fault::Host(_))), "{ended:?}");
    assert_eq!(marked(), Vec::<String>::new());
    assert!(matches!(stubborn.ended().await, Exit::Signal(_)));
    assert_eq!(bed.plant("exit 3").await.ended().await, Exit::Code(3));
}

/// Until it is killed.
pub(crate) async fn hold(bed: Bed) {
    let _tree = bed.plant_and_hear("(setsid sleep 1234 &); trap '' TERM; echo begun; sleep 1234").await;
    println!("begun");
    std::future::pending().await
}
