//! `capos stdio`: what is on its streams, and how it ends.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use capos_testkit::NodePlan;
use rustix::process::Signal;
use serde_json::{Value, json};

use crate::connecting::{connect, connected};
use crate::ground::*;

/// The program with somebody at its streams.
struct Spoken {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
}

impl Spoken {
    fn start(plan: &NodePlan, arguments: &[&str]) -> Self {
        let mut command = plan.command();
        command.arg("stdio").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (input, output) = (child.stdin.take(), child.stdout.take().unwrap());
        Self { child, input, output: BufReader::new(output) }
    }

    fn say(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    fn hear(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap_or_else(|_| panic!("{line:?} is no message"))
    }

    /// Asks for what `path` gives when it is called.
    fn ask(&mut self, path: &Value) -> Value {
        self.say(&json!(["push", ["pipeline", 0, path, []]]).to_string());
        self.say(r#"["pull",1]"#);
        self.hear()
    }

    /// Its status, all that it still said, and its notes.
    fn end(mut self) -> (Option<i32>, String, String) {
        drop(self.input.take());
        let (mut said, mut notes) = (String::new(), String::new());
        self.output.read_to_string(&mut said).unwrap();
        self.child.stderr.take().unwrap().read_to_string(&mut notes).unwrap();
        (self.child.wait().unwrap().code(), said, notes)
    }
}

#[test]
fn the_session_is_there_and_goes_on_when_the_input_ends() {
    let node = connected();
    let mut spoken = Spoken::start(node.plan(), &["lab"]);
    let answer = spoken.ask(&json!(["info"]));
    assert_eq!((&answer[0], &answer[1], &answer[2]["profile"]), (&"resolve".into(), &1.into(), &"operator".into()));
    assert_eq!(spoken.end(), (Some(0), String::new(), String::new()), "nothing but messages is on its output");
    assert_eq!(capos(node.plan(), &["whoami"], "").code, Some(0));
}

#[test]
fn a_session_of_its_own_ends_with_it() {
    let node = plan().start();
    let key = node.plan().directory().join("key");
    let made =
        std::process::Command::new("ssh-keygen").args(["-q", "-N", "", "-t", "ed25519", "-f"]).arg(&key).status();
    assert!(made.unwrap().success());
    assert_eq!(connect(&node, &["--name", "lab"]).code, Some(0));
    let public = key.with_extension("pub");
    let add = ["admin", "key", "add", node.operator(), "--file", public.to_str().unwrap()];
    assert_eq!(capos(node.plan(), &add, "").code, Some(0));
    assert_eq!(capos(node.plan(), &["logout"], "").code, Some(0));

    let target = format!("{}@{}", node.operator(), node.address());
    let once = ["--once", &target, "--key", key.to_str().unwrap(), "--fingerprint", node.fingerprint()];
    let mut spoken = Spoken::start(node.plan(), &once);
    assert_eq!(spoken.ask(&json!(["info"]))[2]["authStrength"], "publicKey");
    assert_eq!(spoken.end(), (Some(0), String::new(), String::new()));
    let done = capos(node.plan(), &["stdio", "--once", &target, "--password-stdin"], "secret\n");
    assert_eq!((done.code, &*done.out), (Some(2), ""), "{}", done.err);
}

#[test]
fn whoever_breaks_the_protocol_is_told_and_the_session_goes_on() {
    let node = connected();
    let mut spoken = Spoken::start(node.plan(), &[]);
    spoken.say(r#"["push",["pipeline",7,["info"],[]]]"#);
    assert_eq!(spoken.hear()[0], "abort");
    let (code, said, notes) = spoken.end();
    assert_eq!((code, &*said), (Some(1), ""));
    assert!(notes.contains("the conversation ended"), "{notes}");
    assert_eq!(capos(node.plan(), &["whoami"], "").code, Some(0));
}

#[test]
fn a_node_that_goes_away_ends_it() {
    let node = connected();
    let mut spoken = Spoken::start(node.plan(), &[]);
    assert_eq!(spoken.ask(&json!(["info"]))[0], "resolve");
    node.signal(Signal::TERM);
    let told = spoken.hear();
    assert_eq!(told[0], "abort");
    assert!(told.to_string().contains("gatewayDisconnected"), "{told}");
    let mut rest = String::new();
    spoken.output.read_to_string(&mut rest).unwrap();
    let (code, _, notes) = spoken.end();
    assert_eq!((code, &*rest), (Some(4), ""), "{notes}");
}

#[test]
fn without_a_session_nothing_is_spoken() {
    let node = plan().start();
    let spoken = Spoken::start(node.plan(), &[]);
    let (code, said, notes) = spoken.end();
    assert_eq!((code, &*said), (Some(1), ""));
    assert!(notes.contains("not signed in"), "{notes}");
}
