//! How trees end, and that nothing is left of them.

use std::io::{BufRead, BufReader, PipeReader, Read};
use std::process::{self, Stdio};
use std::time::{Duration, Instant};

use capos_sandbox::tree::{Exit, Signal, Trees};

use crate::trees::{all_of, bash, ends, local, plant, trees};

/// Returns once it said that it has begun; nothing of what follows is lost.
pub(crate) async fn begun(mut read: PipeReader) -> PipeReader {
    let reading = tokio::task::spawn_blocking(move || {
        let mut said = [0; 6];
        read.read_exact(&mut said).unwrap();
        assert_eq!(&said, b"begun\n");
        read
    });
    reading.await.unwrap()
}

/// A daemon as it is made: forked twice, with a session of its own; and both outputs are open as long as it lives.
const DAEMON: &str = "(setsid bash -c 'trap \"\" HUP; echo begun; while :; do sleep 1; done' &)";

#[test]
fn a_dropped_tree_is_ended_with_its_daemons() {
    local(async {
        let trees = trees().await;
        let (tree, read) = plant(&trees, bash(&format!("{DAEMON}; sleep 100"))).await.unwrap();
        let read = begun(read).await;
        drop(tree);
        // The pipe closes with the last of them.
        assert_eq!(all_of(read).await, "");
    });
}

#[test]
fn a_daemon_outlives_its_command_and_not_the_tree() {
    local(async {
        let trees = trees().await;
        let (tree, read) = plant(&trees, bash(DAEMON)).await.unwrap();
        let read = begun(read).await;
        assert_eq!(tree.ended().await, Exit::Code(0));
        // What is said to the command's group does not reach whoever has its number by then.
        tree.signal(Signal::Kill);
        let waited = tokio::time::timeout(Duration::from_millis(50), tree.gone()).await;
        assert!(waited.is_err(), "the daemon is gone");
        tree.kill();
        tree.gone().await;
        assert_eq!(all_of(read).await, "");
    });
}

#[test]
fn who_hears_the_wish_to_end_may_tidy_up() {
    local(async {
        let trees = trees().await;
        let script = "trap 'echo tidied; exit 6' TERM; echo begun; while :; do sleep 0.01; done";
        let (tree, read) = plant(&trees, bash(script)).await.unwrap();
        let read = begun(read).await;
        tree.end(Duration::from_secs(50));
        // Bash may have said of its own child what it died of.
        assert!(all_of(read).await.ends_with("tidied\n"));
        assert_eq!(tree.ended().await, Exit::Code(6));
        tree.gone().await;
    });
}

#[test]
fn who_does_not_hear_it_is_killed_after_the_grace_and_not_before() {
    local(async {
        let trees = trees().await;
        let (tree, read) = plant(&trees, bash("trap '' TERM; echo begun; while :; do sleep 1; done")).await.unwrap();
        let _read = begun(read).await;
        let (asked, grace) = (Instant::now(), Duration::from_millis(150));
        tree.end(grace);
        // Neither longer nor by another wish than the first.
        tree.end(Duration::from_secs(100));
        assert_eq!(tree.ended().await, Exit::Signal(libc::SIGKILL));
        assert!(asked.elapsed() >= grace && asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
        tree.gone().await;
    });
}

#[test]
fn stopped_commands_end_too() {
    local(async {
        let trees = trees().await;
        for script in ["echo begun; kill -STOP $$", "(sleep 100 & kill -STOP $!); echo begun; kill -STOP $$"] {
            let (tree, read) = plant(&trees, bash(script)).await.unwrap();
            let read = begun(read).await;
            tree.end(Duration::from_secs(50));
            tree.gone().await;
            assert_eq!(all_of(read).await, "");
        }
    });
}

#[test]
fn a_plant_that_is_dropped_leaves_nothing() {
    local(async {
        let trees = trees().await;
        // Until the first wait, and ever a little further.
        for microseconds in (0..1500).step_by(25) {
            let (ends, read) = ends();
            let planting = trees.plant(bash("sleep 100 & sleep 100"), ends);
            drop(tokio::time::timeout(Duration::from_micros(microseconds), planting).await);
            assert_eq!(all_of(read).await, "");
        }
    });
}

#[test]
fn everything_ends_with_the_runtime_that_followed_it() {
    let (sender, receiver) = std::sync::mpsc::channel();
    local(async move {
        let trees = trees().await;
        let (tree, read) = plant(&trees, bash(&format!("{DAEMON}; sleep 100"))).await.unwrap();
        sender.send(begun(read).await).unwrap();
        // Dropped with the runtime, when nobody runs for it any more.
        tokio::task::spawn_local(async move {
            let _tree = tree;
            std::future::pending::<()>().await;
        });
    });
    let mut said = String::new();
    receiver.recv().unwrap().read_to_string(&mut said).unwrap();
}

#[test]
fn everything_ends_with_the_service_that_was_killed() {
    let mut service = process::Command::new(env!("CARGO_BIN_EXE_capos-sandbox-gardener"));
    let mut service = service.arg("hold").stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(service.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "begun\n");
    let mark = format!("CAPOS_SANDBOX_GARDEN={}", service.id());
    // A program that has just begun has no environment to be read for a moment.
    let begun = Instant::now();
    while count(&mark) < 2 {
        assert!(begun.elapsed() < Duration::from_secs(20), "{} have begun", count(&mark));
        std::thread::sleep(Duration::from_millis(5));
    }
    service.kill().unwrap();
    service.wait().unwrap();
    let killed = Instant::now();
    while count(&mark) > 0 {
        assert!(killed.elapsed() < Duration::from_secs(20), "{} are left", count(&mark));
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Processes with this in their environment.
fn count(mark: &str) -> usize {
    let environments =
        std::fs::read_dir("/proc").unwrap().flatten().map(|entry| std::fs::read(entry.path().join("environ")));
    environments.flatten().filter(|bytes| bytes.split(|byte| *byte == 0).any(|entry| entry == mark.as_bytes())).count()
}

#[test]
fn a_program_that_is_no_factory_is_refused() {
    local(async {
        let started = Trees::start(std::path::Path::new("/bin/true"), capos_sandbox::tree::TreeLimits::default()).await;
        assert!(started.is_err());
        let started = Trees::start(std::path::Path::new("/no/such"), capos_sandbox::tree::TreeLimits::default()).await;
        assert_eq!(started.unwrap_err().kind(), std::io::ErrorKind::NotFound);
    });
}
