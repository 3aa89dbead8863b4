//! What a person types at a terminal: a real one, of `script` from util-linux.

use std::io::{Read as _, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};

use capos_testkit::{Node, NodePlan};

use crate::connecting::{connected, json};
use crate::ground::*;

/// A command at a terminal of its own.
struct Terminal {
    child: Child,
    keys: ChildStdin,
    screen: ChildStdout,
    seen: String,
}

impl Terminal {
    fn run(plan: &NodePlan, command: &str) -> Self {
        let mut script = plan.command_of("script");
        // What the terminal does after the command shows whether it echoes again.
        let line = format!("{} {command}; echo [$?] $(stty -a | grep -ow -e '-*echo')", env!("CARGO_BIN_EXE_capos"));
        script.args(["-q", "-c", &line, "/dev/null"]);
        let mut child = script.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (keys, screen) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Self { child, keys, screen, seen: String::new() }
    }

    /// Waits until the screen shows this, after what was waited for before.
    fn wait_for(&mut self, text: &str) {
        let mut byte = [0];
        let mut fresh = Vec::new();
        while !String::from_utf8_lossy(&fresh).contains(text) {
            let shown = String::from_utf8_lossy(&fresh).into_owned();
            assert_eq!(self.screen.read(&mut byte).unwrap(), 1, "{text:?} was never shown: {}{shown}", self.seen);
            fresh.push(byte[0]);
        }
        self.seen.push_str(&String::from_utf8_lossy(&fresh));
    }

    fn type_in(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Everything that was shown, once the command has ended.
    fn end(mut self) -> String {
        let mut rest = Vec::new();
        self.screen.read_to_end(&mut rest).unwrap();
        self.child.wait().unwrap();
        self.seen + &String::from_utf8_lossy(&rest)
    }
}

fn at_terminal(node: &Node) -> Terminal {
    Terminal::run(node.plan(), &format!("connect --name lab {}@{}", node.operator(), node.address()))
}

#[test]
fn a_password_is_asked_for_without_echo_once_the_node_is_confirmed() {
    let node = plan().start();
    let mut terminal = at_terminal(&node);
    terminal.wait_for(node.fingerprint());
    terminal.wait_for("[yes/no]");
    terminal.type_in("yes\r");
    terminal.wait_for("assword:");
    terminal.type_in(&format!("{}x\x7f\r", node.password()));
    let shown = terminal.end();
    assert!(!shown.contains(node.password()), "{shown}");
    assert!(shown.contains("signed in as") && shown.contains("[0] echo"), "{shown}");
    assert_eq!(json(node.plan(), &["whoami"])["profile"], "operator");

    assert_eq!(capos(node.plan(), &["logout"], "").code, Some(0));
    let mut again = at_terminal(&node);
    again.wait_for("assword:");
    again.type_in("\x03");
    let shown = again.end();
    assert!(!shown.contains("[yes/no]"), "the node is known: {shown}");
    assert!(shown.contains("[1] echo"), "ctrl-C leaves the terminal as it was: {shown}");
}

#[test]
fn a_node_that_is_not_confirmed_gets_no_proof_and_is_not_known() {
    let node = plan().start();
    for _ in 0..2 {
        let mut terminal = at_terminal(&node);
        terminal.wait_for("[yes/no]");
        terminal.type_in("no\r");
        let shown = terminal.end();
        assert!(!shown.contains("assword:") && shown.contains("[1] echo"), "{shown}");
    }
}

#[test]
fn taking_an_account_away_asks_first() {
    let node = connected();
    let add = ["admin", "account", "add", "alice", "--no-password"];
    assert_eq!(capos(node.plan(), &add, "").code, Some(0));
    for (answer, left) in [("no\r", 2), ("yes\r", 1)] {
        let mut terminal = Terminal::run(node.plan(), "admin account remove alice");
        terminal.wait_for("[yes/no]");
        terminal.type_in(answer);
        let shown = terminal.end();
        assert_eq!(json(node.plan(), &["admin", "account", "list"]).as_array().unwrap().len(), left, "{shown}");
    }
}
