//! Commands that mean harm, in the place of a session: the node, other sessions and the host go on, and nothing stays.

use std::fs;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use capos_testkit::NodePlan;

use crate::connecting::{connect, connected, json};
use crate::ground::*;

/// How long something may take until it is gone, on a machine that has much else to do.
const PATIENCE: Duration = Duration::from_secs(60);

fn shell(plan: &NodePlan, words: &[&str]) -> Done {
    let all: Vec<&str> = ["shell", "--node", "lab", "-n"].iter().chain(words).copied().collect();
    capos(plan, &all, "")
}

/// How many processes of the host have this among their words.
fn running(mark: &str) -> usize {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let lines = processes.filter_map(|entry| fs::read(entry.path().join("cmdline")).ok());
    lines.filter(|line| line.starts_with(b"sleep\0") && String::from_utf8_lossy(line).contains(mark)).count()
}

/// A number of seconds that nobody else sleeps.
fn mark(number: u32) -> String {
    format!("{}.{number}", 70_000 + std::process::id() % 10_000)
}

fn until(what: &str, is_so: impl Fn() -> bool) -> Duration {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "it never came to that: {what}");
        thread::sleep(Duration::from_millis(10));
    }
    began.elapsed()
}

/// Something that runs in a session and wants to stay: daemons that take no notice of signals.
fn settle(plan: &NodePlan, mark: &str) -> std::process::Child {
    let line = format!("trap '' TERM HUP; setsid sleep {mark} & sleep {mark} & exec sleep {mark}");
    let mut command = plan.command();
    command.args(["shell", "-n", "sh", "-c", &line]).stdout(Stdio::null()).stderr(Stdio::null());
    let child = command.spawn().unwrap();
    until("it runs", || running(mark) == 3);
    child
}

#[test]
fn nothing_stays_of_a_session_that_was_logged_out() {
    let node = connected();
    let mark = mark(1);
    let mut child = settle(node.plan(), &mark);
    assert_eq!(capos(node.plan(), &["logout"], "").code, Some(0));
    until("all of it is gone", || running(&mark) == 0);
    child.wait().unwrap();
}

#[test]
fn nothing_stays_of_a_command_that_nobody_holds() {
    let node = connected();
    let mark = mark(2);
    let mut child = settle(node.plan(), &mark);
    child.kill().unwrap();
    child.wait().unwrap();
    until("all of it is gone", || running(&mark) == 0);
    assert_eq!(shell(node.plan(), &["echo", "fine"]).out, "fine\n");
}

#[test]
fn nothing_stays_of_a_node_that_was_killed() {
    let node = connected();
    let mark = mark(3);
    let mut child = settle(node.plan(), &mark);
    drop(node);
    until("all of it is gone", || running(&mark) == 0);
    child.wait().unwrap();
}

#[test]
fn a_session_outlives_its_own_attacks_and_others_do_not_notice() {
    let node = connected();
    let plan = node.plan();
    assert_eq!(connect(&node, &["--name", "other"]).code, Some(0));
    let other = |plan: &NodePlan| {
        let done = capos(plan, &["shell", "--node", "other", "-n", "echo", "fine"], "");
        format!("{}{}", done.out, done.err)
    };
    assert_eq!(other(plan), "fine\n");
    for attack in [
        "kill -9 -1; sleep 60",
        "b() { b | b & }; b; sleep 2",
        "yes > /tmp/full; head -c 1G /dev/zero > /dev/shm/full",
        "python3 -c 'b = bytearray(8 << 30)' || perl -e '$x = \"x\" x (8 << 30)'",
        "for i in 1 2 3 4 5 6 7 8; do yes >/dev/null & done; sleep 1",
        "mount -t tmpfs none /mnt; unshare -r true; cat /proc/1/environ; cat /etc/shadow; ping -c1 127.0.0.1",
    ] {
        shell(plan, &["--timeout", "3s", "sh", "-c", attack]);
        assert_eq!(other(plan), "fine\n", "after {attack:?}");
        until(attack, || shell(plan, &["echo", "fine"]).out == "fine\n");
    }
}

#[test]
fn every_method_can_be_called_from_the_command_line() {
    let node = connected();
    let call = |words: &[&str]| {
        let all: Vec<&str> = ["call", "shell"].iter().chain(words).copied().collect();
        json(node.plan(), &all)
    };
    let result = |words: &[&str]| call(words)["result"]["stdout"].clone();
    assert_eq!(result(&["exec", "printf", r#"["%s", "a b"]"#]), "a b");
    assert_eq!(result(&["exec", "wc", r#"["-c"]"#, r#"options={"stdin": "some words", "timeout": 60000}"#]), "10\n");
    assert_eq!(result(&["exec", "echo $HOME && true", r#"options={"shell": "/bin/bash"}"#]), "/home/user\n");
    assert_eq!(result(&["run", "set -e; cd /usr; pwd"]), "/usr\n");
    call(&["cd", "/usr/share"]);
    assert_eq!(call(&["cwd"])["path"], "/usr/share");
    call(&["setEnv", "EDITOR", "vim"]);
    assert_eq!(result(&["exec", "sh", r#"["-c", "echo $EDITOR; pwd"]"#]), "vim\n/usr/share\n");
    call(&["unsetEnv", "EDITOR"]);
    assert!(!call(&["env"])["env"].to_string().contains("EDITOR"));
}
