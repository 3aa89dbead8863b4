//! `capos recordings` and `capos replay`, with terminals that a real service runs and a real node records.

use std::fs;
use std::time::{Duration, Instant};

use capos_testkit::{Node, NodePlan};
use serde_json::{Value, json as value};

use crate::connecting::{connect, error, json};
use crate::ground::*;
use crate::pty::Pty;

const SHELL: &str = include_str!("../../../../services/shell/shell.toml");

/// A plan for a node whose terminals are recorded so.
fn recording(how: &str) -> NodePlan {
    let bundled = "[services]\nbundled = [\"chat\"]\n[limits.recordings]\nreserve_bytes = 1\n";
    let profile = format!("{SHELL}\n[settings]\nrecording = \"{how}\"\n");
    plan().configuration(bundled).service_file("shell.toml", profile)
}

fn signed_in(plan: &NodePlan) -> Node {
    let node = plan.start();
    let done = connect(&node, &["--name", "lab"]);
    assert_eq!((done.code, &*done.err), (Some(0), ""));
    node
}

/// Opens a terminal in which a script runs, and gives the handle that it has then.
fn open(plan: &NodePlan, title: &str, script: &str) -> String {
    let options = value!({ "options": { "command": ["/bin/sh", "-c", script], "title": title } });
    let opened = json(plan, &["call", "terminal", "open", "--params", &options.to_string()]);
    opened["terminal"]["$cap"].as_str().unwrap().to_owned()
}

/// The recording of that title, once it is in that state.
fn recorded(plan: &NodePlan, title: &str, state: &str) -> Value {
    let deadline = Instant::now() + Duration::from_secs(60);
    loop {
        let all = json(plan, &["recordings"]);
        let found = all.as_array().unwrap().iter().find(|recording| recording["title"] == title);
        match found.filter(|recording| recording["state"] == state) {
            Some(recording) => return recording.clone(),
            None => assert!(Instant::now() < deadline, "it never is {state}: {all}"),
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn a_terminal_is_recorded_listed_shown_saved_and_removed() {
    let plan = recording("on");
    let node = signed_in(&plan);
    open(&plan, "demo", r#"printf 'hello\033]52;c;aGFja2Vk\007\n'; exit 3"#);
    let recording = recorded(&plan, "demo", "finished");
    assert_eq!((&recording["exitCode"], &recording["columns"]), (&3.into(), &80.into()));
    let id = recording["id"].as_str().unwrap();
    let listed = capos(&plan, &["recordings"], "").out;
    assert!(listed.starts_with(id) && listed.trim_end().ends_with("demo") && listed.contains("exit=3"), "{listed}");
    let everybodys = json(&plan, &["recordings", "--all"]);
    assert_eq!((&everybodys[0]["id"], &everybodys[0]["owner"]), (&id.into(), &node.operator().into()));
    assert_eq!(recording["owner"], Value::Null, "which is not said of one's own");

    assert_eq!(capos(&plan, &["replay", "--cat", &id[..6]], "").out, "hello\r\n", "and the clipboard is left alone");
    let file = plan.directory().join("saved.cast");
    let file = file.to_str().unwrap();
    assert_eq!(capos(&plan, &["replay", "-o", file, id], "").code, Some(0));
    let kept = fs::read(plan.data().join(format!("recordings/{id}.cast"))).unwrap();
    assert_eq!((fs::read(file).unwrap(), mode(file.as_ref())), (kept.clone(), 0o600));
    assert_eq!(capos(&plan, &["replay", "-o", "-", "--all", id], "").out.as_bytes(), kept);
    assert_eq!(capos(&plan, &["replay", "--cat", file], "").out, "hello\r\n");

    assert_eq!(error(&plan, &["replay", "--cat", "ffffffff"]).0, Some(1));
    assert_eq!(error(&plan, &["replay", "--cat", &"f".repeat(32)]).1["code"], "badRequest");
    assert_eq!(error(&plan, &["replay", id]).0, Some(2), "nothing to play it on");
    assert_eq!(error(&plan, &["recordings", "--all", "remove", id]).1["code"], "methodDenied");
    assert_eq!(json(&plan, &["recordings", "remove", &id[..8]]), value!({ "removed": [id] }));
    assert_eq!(json(&plan, &["recordings"]), value!([]));
    drop(node.stop());
    let rows = journal(&plan);
    for kind in ["recording.started", "recording.finished", "recording.opened", "recording.removed"] {
        assert_eq!(rows.iter().filter(|row| row.0 == kind).count(), 1, "{kind}");
    }
}

#[test]
fn what_was_recorded_survives_a_node_that_is_killed() {
    let plan = recording("on");
    let node = signed_in(&plan);
    open(&plan, "whole", "echo whole");
    let whole = recorded(&plan, "whole", "finished");
    open(&plan, "cut", "echo first words; sleep 600");
    let running = recorded(&plan, "cut", "running");
    let id = running["id"].as_str().unwrap();
    let shown = || capos(&plan, &["replay", "--cat", id], "").out;
    while shown().is_empty() {
        std::thread::sleep(Duration::from_millis(20));
    }
    node.kill();
    let node = signed_in(&plan);
    assert_eq!(recorded(&plan, "whole", "finished")["bytes"], whole["bytes"]);
    assert_eq!(recorded(&plan, "cut", "cut")["id"], id);
    assert_eq!(shown(), "first words\r\n");
    drop(node.stop());
    let cut: Vec<_> = journal(&plan).into_iter().filter(|row| row.0 == "recording.cut").collect();
    assert!(cut.len() == 1 && cut[0].1.contains("nodeEnded"), "{cut:?}");
}

#[test]
fn what_had_to_be_recorded_is_kept_and_the_end_of_the_session_cuts_it() {
    let plan = recording("required");
    let node = signed_in(&plan);
    open(&plan, "kept", "echo done");
    let id = recorded(&plan, "kept", "finished")["id"].as_str().unwrap().to_owned();
    assert_eq!(error(&plan, &["recordings", "remove", &id]).1["code"], "methodDenied");
    open(&plan, "open", "sleep 600");
    recorded(&plan, "open", "running");
    assert_eq!(capos(&plan, &["logout"], "").code, Some(0));
    assert_eq!(connect(&node, &["--name", "again"]).code, Some(0));
    recorded(&plan, "open", "cut");
}

#[test]
fn a_terminal_that_must_be_recorded_and_cannot_be_is_not_opened() {
    let bundled = "[services]\nbundled = [\"chat\"]\n[limits.recordings]\nprincipal = 1\nreserve_bytes = 1\n";
    let profile = format!("{SHELL}\n[settings]\nrecording = \"required\"\n");
    let plan = plan().configuration(bundled).service_file("shell.toml", profile);
    let _node = signed_in(&plan);
    open(&plan, "first", "echo done");
    recorded(&plan, "first", "finished");
    let options = value!({ "options": { "command": ["/bin/sh", "-c", "touch marker"] } }).to_string();
    let (exit, _) = error(&plan, &["call", "terminal", "open", "--params", &options]);
    assert_eq!(exit, Some(1));
    assert_eq!(json(&plan, &["call", "terminal", "list"])["terminals"].as_array().unwrap().len(), 1);
}

/// A recording of two words with two seconds between them, and what no terminal should obey.
fn two_words(plan: &NodePlan) -> String {
    let file = plan.directory().join("two.cast");
    let text = "{\"version\":2,\"width\":80,\"height\":24}\n[0.0,\"o\",\"one\\u001b]52;c;aGFja2Vk\\u0007\"]\n\
                [0.1,\"r\",\"200x50\"]\n[2.0,\"o\",\"\\u001b[?25ltwo\"]\n";
    fs::write(&file, text).unwrap();
    file.to_str().unwrap().to_owned()
}

#[test]
fn a_replay_takes_its_time_and_leaves_the_terminal_as_it_was() {
    let plan = plan();
    let file = two_words(&plan);
    let begun = Instant::now();
    let mut terminal = Pty::capos(&plan, &["replay", &file]);
    terminal.wait_for("one");
    assert!(!terminal.echoes(), "keys are not shown");
    terminal.wait_for("two");
    assert!(begun.elapsed() >= Duration::from_secs(2));
    assert_eq!(terminal.end(), Some(0));
    assert!(terminal.echoes());
    assert!(!terminal.seen.contains("]52;"), "{:?}", terminal.seen);
    assert!(terminal.seen.contains("\x1b[?25h"), "what it hid is shown again: {:?}", terminal.seen);
    assert!(terminal.seen.contains("200x50"), "a hint: {:?}", terminal.seen);
}

#[test]
fn a_replay_is_stopped_stepped_hurried_and_left_by_keys() {
    let plan = plan();
    let file = two_words(&plan);
    let mut terminal = Pty::capos(&plan, &["replay", "--speed", "0.01", &file]);
    terminal.wait_for("one");
    terminal.types(" ..");
    terminal.types("..");
    terminal.wait_for("two");
    assert_eq!(terminal.end(), Some(0), "three minutes early");
    for keys in ["q", "\x03"] {
        let mut terminal = Pty::capos(&plan, &["replay", "--speed", "0.01", &file]);
        terminal.wait_for("one");
        terminal.types(keys);
        assert_eq!(terminal.end(), Some(0));
        assert!(terminal.echoes() && !terminal.seen.contains("two"));
    }
    let mut terminal = Pty::capos(&plan, &["replay", "--speed", "0.01", "--idle-limit", "10ms", &file]);
    assert_eq!(terminal.end(), Some(0), "three minutes early");
}

#[test]
fn a_replay_that_is_ended_from_outside_leaves_the_terminal_as_it_was() {
    let plan = plan();
    let file = two_words(&plan);
    let mut terminal = Pty::capos(&plan, &["replay", "--speed", "0.01", &file]);
    terminal.wait_for("one");
    let pid = rustix::process::Pid::from_raw(terminal.pid().cast_signed()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    terminal.end();
    assert!(terminal.echoes());
}

#[test]
fn what_is_no_recording_is_told() {
    let plan = plan();
    let told = |name: &str, text: &str| {
        let file = plan.directory().join(name);
        fs::write(&file, text).unwrap();
        let (exit, error) = error(&plan, &["replay", "--cat", file.to_str().unwrap()]);
        assert_eq!(exit, Some(1));
        error["message"].as_str().unwrap().to_owned()
    };
    assert!(told("no.cast", "hello\n").contains("no asciicast recording"));
    assert!(told("old.cast", "{\"version\":1,\"width\":80,\"height\":24}\n").contains("version 2"));
    assert!(told("damaged.cast", "{\"version\":2,\"width\":80,\"height\":24}\n[0,\n").contains("line 2"));
    assert_eq!(error(&plan, &["replay", "--cat", "/nonexistent.cast"]).0, Some(1));
    assert_eq!(error(&plan, &["replay", "--cat", "/"]).0, Some(1));
}
