//! How processes begin and end, and that nothing outlives what it belongs to.

use std::io::{BufRead, BufReader, PipeReader, Read};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};

use capos_sandbox::{Error, Exit, Zygote};

use crate::guest::{PROGRAM, descriptors, directory, home, plan, read_all, run, start, zygote};

/// Reads until a line is said.
pub(crate) fn until(out: PipeReader, line: &str) {
    let mut lines = BufReader::new(out).lines();
    assert!(lines.any(|said| said.unwrap() == line), "it never said {line}");
}

#[tokio::test]
async fn a_program_runs_and_its_code_is_told() {
    let (said, exit) = run(&zygote(), &plan(&["exit=3"])).await;
    assert_eq!((said.as_str(), exit), ("", Exit::Code(3)));
}

#[tokio::test]
async fn a_script_runs_where_the_system_is_visible() {
    let mut plan = plan(&["-c", "echo \"$HOME $PATH $USER\"; hostname; id -un; pwd; exit 4"]);
    plan.program = PathBuf::from("/bin/sh");
    plan.root = capos_sandbox::Root::System;
    let (said, exit) = run(&zygote(), &plan).await;
    assert_eq!(said, "/home/service /usr/bin:/bin service\nservice\nservice\n/home/service\n");
    assert_eq!(exit, Exit::Code(4));
}

#[tokio::test]
async fn sockets_come_from_three_on_and_are_announced() {
    let (mut ours, theirs) = UnixStream::pair().unwrap();
    let (descriptors, out) = descriptors(vec![theirs.into()]);
    let arguments = ["environment=LISTEN_FDS", "environment=LISTEN_PID", "environment=LISTEN_FDNAMES", "say-on=3"];
    let process = zygote().spawn(&plan(&arguments), descriptors).await.unwrap();
    process.ended().await;
    let mut heard = String::new();
    ours.read_to_string(&mut heard).unwrap();
    assert_eq!(heard, "hello from inside");
    assert_eq!(read_all(out).matches("REACHED").count(), 4);
}

#[tokio::test]
async fn one_socket_too_many_is_refused() {
    let most = capos_sandbox::Limits::default().sockets;
    let pairs = |count: usize| (0..count).map(|_| UnixStream::pair().unwrap().0.into()).collect();
    let zygote = zygote();
    let (given, _out) = descriptors(pairs(most));
    zygote.spawn(&plan(&["exit=0"]), given).await.unwrap();
    let (given, _out) = descriptors(pairs(most + 1));
    assert!(matches!(zygote.spawn(&plan(&["exit=0"]), given).await, Err(Error::Plan(_))));
}

#[tokio::test]
async fn a_plan_that_is_too_long_is_refused_and_the_helper_lives() {
    let zygote = zygote();
    let long = "x".repeat(capos_sandbox::Limits::default().message_bytes);
    assert!(matches!(start(&zygote, &plan(&[&long])).await, Err(Error::Plan(_))));
    assert_eq!(run(&zygote, &plan(&["exit=0"])).await.1, Exit::Code(0));
}

#[tokio::test]
async fn it_ends_when_asked_to_and_when_killed() {
    let zygote = zygote();
    let (process, out) = start(&zygote, &plan(&["sleep"])).await.unwrap();
    until(out, "asleep");
    process.terminate();
    assert_eq!(process.ended().await, Exit::Signal(libc::SIGTERM));
    let (process, _out) = start(&zygote, &plan(&["sleep"])).await.unwrap();
    process.kill();
    assert_eq!(process.ended().await, Exit::Signal(libc::SIGKILL));
    assert_eq!(process.has_ended(), Some(Exit::Signal(libc::SIGKILL)));
}

/// The pipe closes when the last process that holds it is gone.
#[tokio::test]
async fn orphans_of_a_service_end_with_it() {
    let (process, out) = start(&zygote(), &plan(&["orphan"])).await.unwrap();
    assert_eq!(process.ended().await, Exit::Code(0));
    assert!(read_all(out).contains("orphan REACHED"));
}

#[tokio::test]
async fn dropping_the_last_clone_kills() {
    let zygote = zygote();
    let (process, out) = start(&zygote, &plan(&["sleep"])).await.unwrap();
    let clone = process.clone();
    drop(process);
    assert_eq!(clone.has_ended(), None);
    drop(clone);
    // Closes only once it is dead.
    read_all(out);
}

#[tokio::test]
async fn a_start_that_nobody_waits_for_is_killed() {
    let zygote = zygote();
    let (given, out) = descriptors(Vec::new());
    let sleeping = plan(&["sleep"]);
    let spawn = zygote.spawn(&sleeping, given);
    let given_up = tokio::time::timeout(std::time::Duration::ZERO, spawn).await;
    assert!(given_up.is_err());
    // Closes only once it is dead.
    read_all(out);
}

#[tokio::test]
async fn when_the_helper_dies_everything_does_and_the_next_start_has_another() {
    let zygote = zygote();
    let (process, out) = start(&zygote, &plan(&["sleep"])).await.unwrap();
    let helper = parent_of(process.host_pid());
    nix::sys::signal::kill(nix::unistd::Pid::from_raw(helper), nix::sys::signal::Signal::SIGKILL).unwrap();
    assert_eq!(process.ended().await, Exit::Signal(libc::SIGKILL));
    read_all(out);
    let sleeps = plan(&["sleep"]);
    let (one, other) = tokio::join!(start(&zygote, &sleeps), start(&zygote, &sleeps));
    let helpers = [one, other].map(|started| parent_of(started.unwrap().0.host_pid()));
    assert!(helpers[0] == helpers[1] && helpers[0] != helper, "{helpers:?} after {helper}");
}

pub(crate) fn parent_of(pid: i32) -> i32 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    status.lines().find_map(|line| line.strip_prefix("PPid:")?.trim().parse().ok()).unwrap()
}

#[tokio::test]
async fn when_the_node_lets_go_of_everything_the_helper_ends() {
    let zygote = zygote();
    let (process, out) = start(&zygote, &plan(&["sleep"])).await.unwrap();
    let helper = parent_of(process.host_pid());
    drop((zygote, process));
    read_all(out);
    while Path::new(&format!("/proc/{helper}")).exists() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn many_start_at_once() {
    let zygote = zygote();
    let starts: Vec<_> = (0..40)
        .map(|number| {
            let zygote = zygote.clone();
            tokio::spawn(async move { run(&zygote, &plan(&[&format!("exit={number}")])).await.1 })
        })
        .collect();
    for (number, start) in (0..).zip(starts) {
        assert_eq!(start.await.unwrap(), Exit::Code(number));
    }
}

#[tokio::test]
async fn what_is_not_there_is_said_by_who_must_act() {
    let zygote = zygote();
    let mut absent = plan(&[]);
    absent.program = PathBuf::from("/opt/no/such/program");
    assert!(
        matches!(start(&zygote, &absent).await, Err(Error::NoProgram(path)) if path == Path::new("/opt/no/such/program"))
    );
    let mut unseen = plan(&[]);
    unseen.read_only = vec![PathBuf::from("/no/such/directory")];
    assert!(matches!(start(&zygote, &unseen).await, Err(Error::Plan(what)) if what.contains("/no/such/directory")));
    for reserved in ["/", "/proc/1", "/sys", "/dev/kmsg", "/etc", "relative", "/opt/../etc"] {
        let mut reserving = plan(&[]);
        reserving.read_only = vec![PathBuf::from(reserved)];
        assert!(matches!(start(&zygote, &reserving).await, Err(Error::Plan(_))), "{reserved}");
    }
    assert!(matches!(Zygote::start(Path::new("/no/helper")), Err(Error::Start(_))));
    assert!(matches!(Zygote::start(Path::new("/bin/true")), Err(Error::Start(_))));
}

#[tokio::test]
async fn a_home_is_kept_and_its_files_are_the_users() {
    let data = directory();
    let own = home(data.path(), "home");
    let mut keeping = plan(&["write=/home/service/kept"]);
    keeping.home = Some(own.clone());
    run(&zygote(), &keeping).await;
    assert_eq!(std::fs::read_to_string(own.join("kept")).unwrap(), "evil");
    keeping.arguments = vec!["read=/home/service/kept".into()];
    assert!(run(&zygote(), &keeping).await.0.contains("REACHED"));
}

#[test]
fn a_program_that_is_not_the_helper_goes_on() {
    let output = std::process::Command::new(PROGRAM).arg("exit=5").output().unwrap();
    assert_eq!(output.status.code(), Some(5));
}

#[tokio::test]
async fn a_service_in_rust_has_what_it_needs() {
    let (said, _) = run(&zygote(), &plan(&["runtime=/tmp", "runtime=/home/service"])).await;
    assert_eq!(said.matches("REACHED hello of ").count(), 2, "{said}");
}

#[tokio::test]
async fn the_host_sees_it_by_its_name() {
    let (process, _out) = start(&zygote(), &plan(&["sleep"])).await.unwrap();
    assert_eq!(std::fs::read_to_string(format!("/proc/{}/comm", process.host_pid())).unwrap(), "guest\n");
}

/// Started by hand, without a socket to serve.
#[test]
fn a_helper_without_a_node_ends_at_once() {
    let mut command = std::process::Command::new(PROGRAM);
    let status = command.arg("capos-sandbox-helper").stdin(std::process::Stdio::null()).status().unwrap();
    assert!(!status.success());
}

/// Its output closes only once nobody is left who holds it.
#[test]
fn when_the_node_is_killed_everything_ends() {
    let mut node =
        std::process::Command::new(PROGRAM).arg("hold").stdout(std::process::Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(node.stdout.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), "asleep");
    node.kill().unwrap();
    assert!(lines.next().is_none());
    node.wait().unwrap();
}
