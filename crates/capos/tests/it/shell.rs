//! Commands of a session's shell, with the streams of this side.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use capos_testkit::NodePlan;
use rustix::process::{Pid, Signal, kill_process};

use crate::connecting::connected;
use crate::ground::*;
use crate::pty::Pty;

fn shell(plan: &NodePlan, words: &[&str], input: &str) -> Done {
    let all: Vec<&str> = ["shell"].iter().chain(words).copied().collect();
    capos(plan, &all, input)
}

/// A command that runs, with its streams open here.
fn spawn(plan: &NodePlan, words: &[&str]) -> Child {
    let mut command = plan.command();
    command.arg("shell").args(words).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

fn signal(child: &Child, signal: Signal) {
    kill_process(Pid::from_child(child), signal).unwrap();
}

/// Whether a command of that name runs in the session.
fn runs(plan: &NodePlan, name: &str) -> bool {
    let found = shell(plan, &["-n", "sh", "-c", "cat /proc/[0-9]*/comm 2>/dev/null"], "");
    found.out.lines().any(|line| line == name)
}

fn eventually(what: &str, mut question: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !question() {
        assert!(Instant::now() < deadline, "it never came to that: {what}");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn streams_pass_byte_for_byte_and_apart() {
    let node = connected();
    let plan = node.plan();
    let (big, copy) = (plan.directory().join("big"), plan.directory().join("copy"));
    let mut bytes = vec![0; 20_000_000];
    File::open("/dev/urandom").unwrap().read_exact(&mut bytes).unwrap();
    fs::write(&big, &bytes).unwrap();
    let mut command = plan.command();
    command.args(["shell", "--", "cat"]).stdin(File::open(&big).unwrap()).stdout(File::create(&copy).unwrap());
    assert_eq!(command.status().unwrap().code(), Some(0));
    assert!(fs::read(&copy).unwrap() == bytes, "the copy is another");

    let both = shell(plan, &["sh", "-c", "echo out; echo err >&2; printf '\\033]52;c;aGk=\\a'"], "");
    assert_eq!((both.out.as_str(), both.err.as_str()), ("out\n\x1b]52;c;aGk=\x07", "err\n"), "pipes are not filtered");
    assert_eq!(shell(plan, &["-n", "cat"], "not read").out, "");
}

#[test]
fn statuses_and_signals_pass_through() {
    let node = connected();
    let plan = node.plan();
    for (words, code, said) in [
        (&["sh", "-c", "exit 7"][..], 7, ""),
        (&["sh", "-c", "kill -TERM $$"], 143, ""),
        (&["no-such-program"], 127, "there is no such program"),
        (&["/etc/passwd"], 126, "cannot be executed"),
        (&["--timeout", "200ms", "sleep", "60"], 124, "time was over"),
        (&["--cwd", "/nowhere", "true"], 127, "no such directory"),
    ] {
        let done = shell(plan, words, "");
        assert_eq!(done.code, Some(code), "{words:?}: {}", done.err);
        assert!(done.err.contains(said) && (done.err.is_empty() || !said.is_empty()), "{words:?}: {}", done.err);
    }
    let placed = shell(plan, &["--cwd", "/tmp", "--env", "A=b c", "--", "sh", "-c", "pwd; echo \"$A\""], "");
    assert_eq!(placed.out, "/tmp\nb c\n");
    let denied = shell(plan, &["--cap", "chat", "true"], "");
    assert!(denied.code == Some(3) && denied.err.contains("`chat` is a Chat, and a Shell is needed"), "{}", denied.err);
    let missing = shell(plan, &["--cap", "shel", "true"], "");
    assert!(missing.code == Some(3) && missing.err.contains("nothing named `shel` is granted"), "{}", missing.err);
    let lost = shell(plan, &["--cwd", "nowhere", "true"], "");
    assert!(lost.code == Some(127) && lost.err.contains("nowhere: there is no such directory"), "{}", lost.err);
}

#[test]
fn a_program_gets_one_result() {
    let node = connected();
    let done = capos(node.plan(), &["--json", "shell", "sh", "-c", "cat; echo err >&2; exit 3"], "in");
    assert_eq!((done.code, done.err.as_str()), (Some(3), ""));
    let result: serde_json::Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!((&result["stdout"], &result["stderr"]), (&"in".into(), &"err\n".into()));
    assert_eq!((&result["exitCode"], &result["signal"], &result["success"]), (&3.into(), &"".into(), &false.into()));
}

#[test]
fn scripts_come_from_a_file_or_from_standard_input() {
    let node = connected();
    let plan = node.plan();
    let file = |name: &str, text: &str| {
        let path = plan.directory().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let script = file("script", "read line; echo \"$1 $line\"; exit 5");
    let done = capos(plan, &["run", &script, "--one"], "two\n");
    assert_eq!((done.code, done.out.as_str()), (Some(5), "--one two\n"), "{}", done.err);
    let sed = file("edit", "#!/usr/bin/sed -f\ns/a/b/\n");
    assert_eq!(capos(plan, &["run", &sed], "aha\n").out, "bha\n");
    assert_eq!(capos(plan, &["run", "-", "x"], "echo $1; cat").out, "x\n");
    assert_eq!(shell(plan, &[], "echo $((1 + 1))\nread next\nfoo\necho $next").out, "2\nfoo\n");
    assert_eq!(capos(plan, &["run", "nowhere"], "").code, Some(2));
}

#[test]
fn what_is_asked_of_this_side_is_passed_on() {
    let node = connected();
    let plan = node.plan();
    let trap = "trap 'echo told; exit 9' TERM; echo ready; while :; do sleep 0.05; done";
    let mut child = spawn(plan, &["-n", "sh", "-c", trap]);
    let mut out = BufReader::new(child.stdout.take().unwrap()).lines();
    assert_eq!(out.next().unwrap().unwrap(), "ready");
    signal(&child, Signal::TERM);
    assert_eq!(out.next().unwrap().unwrap(), "told");
    assert_eq!(child.wait().unwrap().code(), Some(9));
}

#[test]
fn a_second_interrupt_within_a_second_means_it() {
    let node = connected();
    let plan = node.plan();
    let stubborn = "trap 'echo no' INT; echo ready; while :; do sleep 0.05; done";
    let mut terminal = Pty::capos(plan, &["shell", "sh", "-c", stubborn]);
    terminal.wait_for("ready");
    terminal.types("\x03");
    terminal.wait_for("no");
    thread::sleep(Duration::from_millis(1100));
    terminal.types("\x03");
    terminal.wait_for("no");
    // A machine may take a second from one to the next, but not each time.
    assert_eq!(terminal.end_typing("\x03"), Some(137), "{}", terminal.seen);
    assert!(terminal.seen.contains("ended by SIGKILL") && terminal.echoes(), "{}", terminal.seen);
}

#[test]
fn a_slow_reader_slows_the_command_and_nothing_piles_up() {
    let node = connected();
    let plan = node.plan();
    let steps = 24;
    let script = format!("for i in $(seq {steps}); do head -c 1000000 /dev/zero; echo $i >&2; done");
    let mut child = spawn(plan, &["-n", "bash", "-c", &script]);
    let (sender, told) = mpsc::channel();
    let errors = BufReader::new(child.stderr.take().unwrap());
    thread::spawn(move || errors.lines().map_while(Result::ok).try_for_each(|line| sender.send(line)));
    let mut last = 0;
    // It goes on until every place on the way is full: the first of it takes as long as it takes to begin.
    let patience = |last: usize| Duration::from_secs(if last == 0 { 60 } else { 5 });
    while let Ok(line) = told.recv_timeout(patience(last)) {
        last = line.parse().unwrap();
    }
    assert!((1..16).contains(&last), "{last} million bytes are somewhere");
    let memory = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let peak = memory.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap().trim();
    let kib: u64 = peak.trim_end_matches(" kB").parse().unwrap();
    assert!(kib < 64 << 10, "{peak} in this command");
    let mut rest = Vec::new();
    child.stdout.take().unwrap().read_to_end(&mut rest).unwrap();
    assert_eq!(rest.len(), steps * 1_000_000);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_command_that_reads_nothing_slows_whoever_writes() {
    let node = connected();
    let mut child = spawn(node.plan(), &["sh", "-c", "read go < /dev/null; sleep 2; wc -c"]);
    let mut stdin = child.stdin.take().unwrap();
    let writer = thread::spawn(move || stdin.write_all(&vec![b'x'; 8_000_000]));
    let mut out = String::new();
    child.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    assert_eq!(out.trim(), "8000000");
    writer.join().unwrap().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_command_whose_output_nobody_reads_is_ended() {
    let node = connected();
    let plan = node.plan();
    let mut child = spawn(plan, &["yes"]);
    let mut first = [0; 4];
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut first).unwrap();
    drop(out);
    assert_eq!((child.wait().unwrap().code(), &first), (Some(141), b"y\ny\n"));
    eventually("it is gone", || !runs(plan, "yes"));
}

#[test]
fn a_command_ends_with_whoever_ran_it() {
    let node = connected();
    let plan = node.plan();
    let mut child = spawn(plan, &["-n", "sh", "-c", "echo ready; exec sleep 1000"]);
    let mut ready = [0; 6];
    child.stdout.as_mut().unwrap().read_exact(&mut ready).unwrap();
    eventually("it runs", || runs(plan, "sleep"));
    signal(&child, Signal::KILL);
    child.wait().unwrap();
    eventually("it is gone", || !runs(plan, "sleep"));
}

#[test]
fn a_terminal_is_shown_what_is_safe_for_it() {
    let node = connected();
    let text = "printf '\\033]52;c;aGk=\\a\\033[31mred\\033[0m\\033[21t\\n'; echo mistake >&2";
    let mut terminal = Pty::capos(node.plan(), &["shell", "sh", "-c", text]);
    terminal.wait_for("mistake");
    assert_eq!(terminal.end(), Some(0));
    assert!(terminal.seen.contains("\x1b[31mred\x1b[0m") && !terminal.seen.contains("52;c"), "{:?}", terminal.seen);
    assert!(!terminal.seen.contains("21t"), "{:?}", terminal.seen);
}

#[test]
fn a_terminal_is_read_line_by_line_and_to_its_end() {
    let node = connected();
    let mut terminal =
        Pty::capos(node.plan(), &["shell", "--", "sh", "-c", "while read line; do echo \"got $line\"; done; exit 4"]);
    terminal.types("one\r");
    terminal.wait_for("got one");
    terminal.types("two\r\x04");
    terminal.wait_for("got two");
    assert_eq!(terminal.end(), Some(4));
}

#[test]
fn a_node_that_goes_is_told_with_what_to_do() {
    let node = connected();
    let plan = node.plan().clone();
    let mut child = spawn(&plan, &["-n", "sh", "-c", "echo ready; exec sleep 1000"]);
    let mut ready = [0; 6];
    child.stdout.as_mut().unwrap().read_exact(&mut ready).unwrap();
    node.kill();
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(4), "{said}");
    assert!(said.contains("connection to the node was lost") && said.contains("capos connect"), "{said}");
}
