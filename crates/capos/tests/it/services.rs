//! Services through a real node: what a session is told of them, what it gains, and what it loses when they go.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use capos_testkit::node::descendants::is_running;
use capos_testkit::{LAB_REQUEST, Node, NodePlan};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::connecting::{connect, connected, error, json};
use crate::ground::*;

/// A profile whose program is there and is no service.
const BROKEN: &str = "\
id = 'broken'
label = 'Broken'
summary = 'Ends at once.'
program = '/bin/false'
root = 'system'
sandbox = 'best-effort'
offered = ['operator']
schema = 'broken.schema'

[[exports]]
name = 'broken'
interface = 'Lab'
transfer = 'session'
audit = 'denied'
";

fn names(listed: &Value, key: &str) -> Vec<String> {
    listed.as_array().unwrap().iter().map(|one| one[key].as_str().unwrap().to_owned()).collect()
}

fn state(plan: &NodePlan, id: &str) -> String {
    let listed = json(plan, &["services"]);
    let found = listed.as_array().unwrap().iter().find(|service| service["id"] == id);
    found.unwrap()["state"].as_str().unwrap().to_owned()
}

fn eventually(what: &str, mut question: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !question() {
        assert!(Instant::now() < deadline, "it never came to that: {what}");
        thread::sleep(Duration::from_millis(50));
    }
}

#[test]
fn a_service_is_listed_launched_used_and_given_back() {
    let node = connected();
    let plan = node.plan();
    assert_eq!(names(&json(plan, &["services"]), "id"), ["adventure", "chat", "paperclips", "shell"]);
    assert_eq!(state(plan, "adventure"), "startable");
    let before = node.descendants().len();
    let probed = json(plan, &["probe", "adventure"]);
    assert_eq!(probed["launchSupported"], true, "{probed}");
    assert_eq!((node.descendants().len(), &*state(plan, "adventure")), (before, "startable"), "nothing was started");
    let lendable = json(plan, &["probe", "paperclips"])["mayBeLent"].clone();
    assert_eq!(lendable[0]["name"], "proof_accelerator", "{lendable}");
    let (code, nothing) = error(plan, &["commands", "system_info"]);
    assert_eq!(code, Some(2), "{nothing}");
    assert!(nothing["advice"].as_str().unwrap().starts_with("You hold none that does"), "{nothing}");

    let launched = capos(plan, &["launch", "adventure"], "");
    assert_eq!(launched.code, Some(0), "{}", launched.err);
    assert!(launched.out.contains("capos call adventure look"), "{}", launched.out);
    assert!(launched.out.contains("capos commands adventure_commands"), "{}", launched.out);
    assert_eq!(state(plan, "adventure"), "running");
    let (_, other) = error(plan, &["do", "adventure", "look"]);
    assert_eq!(other["advice"], "Of what you hold, these do: adventure_commands.");
    let caps = json(plan, &["caps"]);
    assert!(names(&caps, "name").contains(&"adventure".to_owned()), "{caps}");
    assert!(json(plan, &["call", "adventure", "look"])["view"]["title"].is_string());
    let room = capos(plan, &["call", "adventure", "look"], "").out;
    assert!(room.contains("title:") && room.contains("exits:"), "{room}");

    let stopped = capos(plan, &["stop", "adventure"], "");
    assert_eq!(stopped.code, Some(0), "{}", stopped.err);
    let (code, gone) = error(plan, &["call", "adventure", "look"]);
    assert_eq!((code, &gone["code"]), (Some(3), &"unknownCap".into()), "{gone}");
}

#[test]
fn what_is_refused_is_told_with_its_reason_and_three() {
    let node = connected();
    let plan = node.plan();
    for (verb, more) in [("probe", &[][..]), ("launch", &[]), ("attach", &[]), ("stop", &[])] {
        let (code, refused) = error(plan, &[&[verb, "nothing"][..], more].concat());
        assert_eq!((code, &refused["code"]), (Some(3), &"denied".into()), "{verb}: {refused}");
        assert!(refused["message"].as_str().unwrap().starts_with("nothing: "), "{refused}");
    }
    let (code, refused) = error(plan, &["launch", "chat", "--grant", "no_such_grant"]);
    assert_eq!((code, &refused["code"]), (Some(3), &"denied".into()), "{refused}");
    let (code, refused) = error(plan, &["attach", "adventure"]);
    assert!(matches!(code, Some(1 | 3)), "it does not run: {refused}");
    assert_eq!(state(plan, "adventure"), "startable");

    let add = ["admin", "account", "add", "visitors", "--kind", "guest", "--no-password"];
    assert_eq!(capos(plan, &add, "").code, Some(0));
    let target = node.address().to_string();
    let visit = ["connect", "--method", "guest", "--name", "visit", "--fingerprint", node.fingerprint(), &target];
    assert_eq!(capos(plan, &visit, "").code, Some(0));
    for command in [&["services"][..], &["launch", "chat"], &["admin", "service", "list"]] {
        let (code, refused) = error(plan, &[command, &["--node", "visit"]].concat());
        assert_eq!((code, &refused["code"]), (Some(3), &"unknownCap".into()), "{command:?}: {refused}");
    }
}

#[test]
fn an_interface_that_a_profile_brings_has_its_name_and_a_service_that_does_not_come_up_says_so() {
    let plan = plan().service_file("broken.toml", BROKEN).service_file("broken.schema", LAB_REQUEST);
    let node = plan.start();
    assert_eq!(connect(&node, &["--name", "lab"]).code, Some(0));
    let listed = json(&plan, &["services"]);
    let broken = listed.as_array().unwrap().iter().find(|service| service["id"] == "broken").unwrap();
    assert_eq!(broken["exports"][0]["interface"], "Lab");
    let (code, failed) = error(&plan, &["launch", "broken"]);
    assert_eq!(code, Some(1), "{failed}");
    assert!(failed["message"].as_str().unwrap().contains("could not be started"), "{failed}");
    assert_eq!(capos(&plan, &["call", "system_info", "hostname"], "").code, Some(0), "the session lives on");
}

#[test]
fn a_service_that_refuses_what_its_profile_exports_says_why_in_its_log() {
    let wrong = "id = 'wrong'\nlabel = 'Wrong'\nsummary = 'A chat by another name.'\nprogram = 'bundled:chat'\n\
        sandbox = 'best-effort'\noffered = ['operator']\n[[exports]]\nname = 'nonsense'\ninterface = 'SystemInfo'\n";
    let plan = plan().service_file("wrong.toml", wrong);
    let node = plan.start();
    assert_eq!(connect(&node, &["--name", "lab"]).code, Some(0));
    assert_eq!(capos(&plan, &["launch", "wrong"], "").code, Some(0));
    for _ in 0..2 {
        let (code, gone) = error(&plan, &["call", "nonsense", "hostname"]);
        assert_eq!(code, Some(1), "{gone}");
    }
    let log = capos(&plan, &["admin", "service", "log", "wrong"], "").out;
    assert_eq!(log.matches("`open` refused the export nonsense: ").count(), 1, "{log}");
}

/// A chat whose lines a test writes and reads.
struct Talk {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: mpsc::Receiver<String>,
    seen: Vec<String>,
}

impl Talk {
    fn begin(plan: &NodePlan, arguments: &[&str]) -> Self {
        Self::of(plan, &[&["chat"], arguments].concat())
    }

    /// The same of any command that goes on.
    fn of(plan: &NodePlan, arguments: &[&str]) -> Self {
        let mut command = plan.command();
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (sender, lines) = mpsc::channel();
        let (out, err) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let notes = sender.clone();
        thread::spawn(move || BufReader::new(out).lines().map_while(Result::ok).all(|line| sender.send(line).is_ok()));
        thread::spawn(move || BufReader::new(err).lines().map_while(Result::ok).all(|line| notes.send(line).is_ok()));
        Self { stdin: child.stdin.take(), child, lines, seen: Vec::new() }
    }

    fn say(&mut self, line: &str) {
        writeln!(self.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    /// Waits until a line with this was seen, from now on.
    fn wait_for(&mut self, part: &str) -> String {
        let deadline = Instant::now() + Duration::from_secs(60);
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = self.lines.recv_timeout(left);
            let line = line.unwrap_or_else(|_| panic!("never seen: {part}\n{}", self.seen.join("\n")));
            self.seen.push(line.clone());
            if line.contains(part) {
                return line;
            }
        }
    }

    /// The end of what it is given to say, and how it ends.
    fn end(mut self) -> Option<i32> {
        drop(self.stdin.take());
        self.child.wait().unwrap().code()
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Another session of the same account.
fn second(node: &Node) {
    assert_eq!(connect(node, &["--name", "two"]).code, Some(0));
}

#[test]
fn two_sessions_talk_and_nothing_of_one_acts_on_the_others_terminal() {
    let node = connected();
    second(&node);
    let plan = node.plan();
    let mut ada = Talk::begin(plan, &["--handle", "ada", "--node", "lab"]);
    ada.wait_for("You are in lobby");
    let bob = ["chat", "--handle", "bob", "--node", "two"];
    let said = capos(plan, &bob, "hello \u{5b57}\n\n//slash\n/usr/bin/cc: broken\n\u{1b}[2Jred\n/msg ada psst\n");
    assert_eq!(said.code, Some(0), "{}", said.err);
    for line in ["[lobby] bob: hello \u{5b57}", "[lobby] bob: /slash", "[lobby] bob: /usr/bin/cc: broken"] {
        ada.wait_for(line);
    }
    ada.wait_for("[lobby] bob: \u{fffd}[2Jred");
    ada.wait_for("bob: psst");
    ada.wait_for("* bob has gone");
    ada.say("/who");
    assert!(!ada.wait_for("* here: ").contains("bob"));
    ada.say("/history 10");
    ada.wait_for("hello \u{5b57}");
    ada.say("/nothing");
    ada.wait_for("[lobby] ada: /nothing");
    ada.say("/channels");
    ada.wait_for("lobby");
    let taken = capos(plan, &["chat", "--handle", "ada", "--node", "two"], "x\n");
    assert_eq!(taken.code, Some(3), "the name is taken: {}", taken.err);
    assert_eq!(ada.end(), Some(0));
    let record = capos(plan, &["chat", "--json", "--node", "two"], "one\n/quit\nnever\n");
    assert_eq!(record.code, Some(0), "{}", record.err);
    assert!(record.out.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{}", record.out);
}

#[test]
fn a_chat_that_takes_the_seat_over_keeps_its_place() {
    let node = connected();
    let plan = node.plan();
    let mut first = Talk::begin(plan, &["--handle", "ada"]);
    first.wait_for("You are in lobby");
    let mut second = Talk::begin(plan, &["--handle", "ada"]);
    second.wait_for("You are in lobby");
    first.wait_for("another chat of this session");
    assert_eq!(first.end(), Some(1));
    second.say("still here");
    second.wait_for("[lobby] ada: still here");
    assert_eq!(second.end(), Some(0));
}

/// The process of a bundled service itself, not the ones around it.
fn service_process(node: &Node, name: &str) -> Option<u32> {
    let word = format!("bundled-service {name}");
    let found = node.descendants().into_iter().rev().find(|(_, line)| line.ends_with(&word));
    found.map(|(process, _)| process)
}

fn kill(process: u32) {
    kill_process(Pid::from_raw(i32::try_from(process).unwrap()).unwrap(), Signal::KILL).unwrap();
}

#[test]
fn a_service_that_is_killed_comes_back_and_the_session_never_went() {
    let node = connected();
    let plan = node.plan();
    let who = json(plan, &["whoami"])["sessionId"].clone();
    let mut ada = Talk::begin(plan, &["--handle", "ada"]);
    ada.wait_for("You are in lobby");
    kill(service_process(&node, "chat").unwrap());
    ada.wait_for("waiting for it");
    ada.wait_for("You are in lobby");
    ada.say("still here");
    ada.wait_for("[lobby] ada: still here");
    assert_eq!(ada.end(), Some(0));
    eventually("the chat is called again", || capos(plan, &["call", "chat", "channels"], "").code == Some(0));
    assert_eq!(json(plan, &["whoami"])["sessionId"], who);

    let shown = json(plan, &["admin", "service", "show", "chat"]);
    assert_eq!((&shown["state"], &shown["isolation"]), (&"running".into(), &"shared".into()), "{shown}");
    assert!(shown["inside"].as_array().unwrap().contains(&"It reaches no network.".into()), "{shown}");
    let told = capos(plan, &["admin", "service", "show", "chat"], "").out;
    assert!(
        told.contains("\ninside      One instance of ") && told.contains("\n            It reaches no network.\n"),
        "{told}"
    );
    let log = json_lines(&capos(plan, &["admin", "service", "log", "chat", "-n", "100", "--json"], "").out);
    assert!(!log.is_empty() && log.iter().any(|line| line["stream"] == "node"), "{log:?}");
    assert_eq!(capos(plan, &["admin", "service", "restart", "chat"], "").code, Some(0));
    assert_eq!(json(plan, &["admin", "service", "stop", "chat"])["state"], "stopped");
    for verb in ["show", "log", "start", "stop", "restart"] {
        let (code, missing) = error(plan, &["admin", "service", verb, "nothing"]);
        assert_eq!(
            (code, &missing["message"]),
            (Some(1), &"there is no service `nothing`".into()),
            "{verb}: {missing}"
        );
    }
    let (code, offline) = error(plan, &["admin", "--data", "/nowhere", "service", "list"]);
    assert_eq!((code, &offline["message"]), (Some(2), &"a node that is stopped runs no services".into()));

    let (status, said) = node.stop();
    assert!(status.success(), "{said}");
}

#[test]
fn what_a_service_writes_is_followed_as_it_comes() {
    let node = connected();
    let plan = node.plan();
    assert_eq!(capos(plan, &["call", "chat", "channels"], "").code, Some(0));
    let mut log = Talk::of(plan, &["admin", "service", "log", "chat", "--follow", "-n", "1"]);
    log.wait_for("chat node: started");
    kill(service_process(&node, "chat").unwrap());
    log.wait_for("chat node: ");
    log.wait_for("started");
    assert_eq!(capos(plan, &["logout", "--all"], "").code, Some(0));
    assert_ne!(log.end(), Some(0), "a following that ends by itself has lost its session");
}

#[test]
fn a_talk_ends_with_its_session_and_says_so() {
    let node = connected();
    let plan = node.plan();
    let mut ada = Talk::begin(plan, &["--handle", "ada"]);
    ada.wait_for("You are in lobby");
    second(&node);
    let sessions = json(plan, &["admin", "session", "list", "--node", "two"]);
    let other = sessions.as_array().unwrap().iter().find(|session| session["own"] == false).unwrap();
    let end = ["admin", "session", "end", other["session"].as_str().unwrap(), "--node", "two"];
    assert_eq!(capos(plan, &end, "").code, Some(0));
    ada.wait_for("error: ");
    ada.wait_for("Sign in again");
    assert!(matches!(ada.end(), Some(3 | 4)));
}

fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn what_becomes_of_a_service_is_in_the_journal() {
    let node = connected();
    let plan = node.plan().clone();
    assert_eq!(capos(&plan, &["call", "chat", "channels"], "").code, Some(0));
    kill(service_process(&node, "chat").unwrap());
    let _ = node.wait_for_log("a service has ended");
    eventually("it is back", || capos(&plan, &["call", "chat", "channels"], "").code == Some(0));
    assert!(node.stop().0.success());
    let rows = journal(&plan);
    for kind in ["service.started", "service.ended", "service.stopped"] {
        let row = rows.iter().find(|row| row.0 == kind).unwrap_or_else(|| panic!("{kind} in {rows:?}"));
        assert!(row.1.contains("\"service\":\"chat\""), "{}", row.1);
    }
}

#[test]
fn nothing_of_a_node_that_is_killed_is_left_after_a_moment() {
    let node = connected();
    for service in ["chat", "adventure", "paperclips"] {
        let done = capos(node.plan(), &["launch", service], "");
        assert_eq!(done.code, Some(0), "{service}: {}", done.err);
    }
    let before = node.descendants();
    assert!(before.iter().any(|(_, line)| line.contains("bundled-service chat")), "{before:?}");
    node.kill();
    let deadline = Instant::now() + Duration::from_secs(20);
    loop {
        let left: Vec<_> = before.iter().filter(|(process, _)| is_running(*process)).collect();
        if left.is_empty() {
            break;
        }
        assert!(Instant::now() < deadline, "left: {left:?}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn nothing_of_a_node_that_was_stopped_is_left_at_all() {
    let node = connected();
    assert_eq!(capos(node.plan(), &["launch", "adventure"], "").code, Some(0));
    let before = node.descendants();
    assert!(!before.is_empty());
    assert!(node.stop().0.success());
    let left: Vec<_> = before.iter().filter(|(process, _)| is_running(*process)).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn commands_that_a_service_describes_are_listed_and_done() {
    let node = connected();
    let plan = node.plan();
    assert_eq!(capos(plan, &["launch", "paperclips"], "").code, Some(0));
    let menu = json(plan, &["commands", "paperclips_commands"]);
    let first = menu["commands"].as_array().unwrap().iter().find(|command| command["available"] == true).unwrap();
    assert!(first["name"].is_string() && first["parameters"].is_array(), "{first}");
    let shown = capos(plan, &["commands", "paperclips_commands"], "").out;
    assert!(shown.contains("Do one: capos do paperclips_commands "), "{shown}");
    let (code, none) = error(plan, &["do", "paperclips_commands", "no-such-command"]);
    assert_eq!(code, Some(2), "{none}");
    let (code, none) = error(plan, &["commands", "manual"]);
    assert_eq!(code, Some(2), "{none}");
}

#[test]
fn a_bad_profile_is_told_by_its_place_and_no_node_starts_with_it() {
    let bad = BROKEN.replace("summary = 'Ends at once.'\n", "sumary = 'x'\n");
    let plan = plan().service_file("broken.toml", bad).service_file("broken.schema", LAB_REQUEST);
    std::fs::write(plan.configuration_file(), "").unwrap();
    let file = plan.configuration_file().display().to_string();
    let done = capos(&plan, &["config", "check", &file], "");
    assert_eq!((done.code, &*done.out), (Some(2), ""), "{}", done.err);
    assert!(done.err.contains("services/broken.toml:3:1: "), "{}", done.err);
    let up = run(&mut plan.up(), "");
    assert_eq!(up.code, Some(2), "{}", up.err);
    assert!(up.err.contains("services/broken.toml:3:1: "), "{}", up.err);
}

#[test]
fn profiles_are_read_again_and_a_bad_one_changes_nothing() {
    let node = connected();
    let plan = node.plan().clone().service_file("broken.schema", LAB_REQUEST).service_file("broken.toml", BROKEN);
    node.reconfigure("services.bundled = ['chat']\n");
    let log = node.wait_for_log("the configuration was read again");
    for (what, service) in [("is new", "broken"), ("is gone", "adventure"), ("is gone", "paperclips")] {
        let told = |line: &str| line.contains(&format!("a service {what}")) && line.contains(service);
        assert!(log.lines().any(told), "{service} {what}: {log}");
    }
    assert_eq!(names(&json(&plan, &["services"]), "id"), ["broken", "chat"]);
    let plan = plan.service_file("broken.toml", "id = 'broken'\nnonsense = 1\n");
    node.signal(Signal::HUP);
    let _ = node.wait_for_log("the configuration stays as it was");
    assert_eq!(names(&json(&plan, &["services"]), "id"), ["broken", "chat"]);
}

#[test]
fn what_confines_services_is_told_at_the_start_and_their_figures_are_on_the_page() {
    let node = plan().configuration("metrics.listen = '127.0.0.1:0'").start();
    let confinement = &node.ready()["confinement"];
    assert!(confinement["present"].is_array() && confinement["missing"].is_array(), "{confinement}");
    assert!(node.log().contains("services: confined"), "{}", node.log());
    assert_eq!(connect(&node, &[]).code, Some(0));
    assert_eq!(capos(node.plan(), &["call", "chat", "channels"], "").code, Some(0));
    let page = get(node.metrics().unwrap(), "/metrics").1;
    assert!(page.contains("capos_service_processes{service=\"chat\"} 1"), "{page}");
    assert_eq!(figure(&page, "capos_services_given_up"), Some(0.0));
}
