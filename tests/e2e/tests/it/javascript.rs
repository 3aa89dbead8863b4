//! The official Cap'n Web package against a node: WebSocket, HTTP batches, and `capos stdio`.

mod programs;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::time::{Duration, Instant};

use capos_testkit::node::{Node, NodePlan, program};
use serde_json::{Value, json};

use crate::foreign::make_key;
use programs::{Program, Talking};

const ACCOUNT: &str = "alice";
const PASSWORD: &str = "a password that alice has";
const NOVICE: &str = "novice";
const ONE_TIME: &str = "good for one time";
/// How the held session of `alice` is called.
const HELD: &str = "ours";
/// Longer than anything here takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A node with a listener for the web, and people to be.
struct World {
    node: Node,
    /// A key of `alice`.
    key: PathBuf,
}

impl World {
    fn start() -> Self {
        Self::with(|_| ())
    }

    /// One whose data is made ready further.
    fn with(more: impl FnOnce(&NodePlan)) -> Self {
        let plan = NodePlan::new(program()).arguments(&["--rpc", "127.0.0.1:0", "--web", "127.0.0.1:0"]);
        plan.make_data();
        let account = |name: &str, more: &[&str], password: &str| {
            let add = ["account", "add", name, "--profile", "user", "--password-stdin"];
            plan.admin(&[&add[..], more].concat(), password);
        };
        account(ACCOUNT, &[], PASSWORD);
        account(NOVICE, &["--one-time"], ONE_TIME);
        let key = make_key(plan.directory(), "ed25519");
        let public = key.with_extension("pub");
        plan.admin(&["key", "add", ACCOUNT, "--file", public.to_str().expect("a temporary path is text")], "");
        more(&plan);
        Self { node: plan.start(), key }
    }

    /// Where it speaks Cap'n Web.
    fn web(&self) -> SocketAddr {
        self.node.ready()["web"][0].as_str().and_then(|address| address.parse().ok()).expect("the ready file has it")
    }

    /// Everything that a program is told.
    fn settings(&self, more: &Value) -> Value {
        let mut settings = json!({
            "rpc": self.web().to_string(),
            "account": ACCOUNT,
            "password": PASSWORD,
            "novice": NOVICE,
            "oneTime": ONE_TIME,
            "key": self.key,
            "node": self.node.ready()["nodeId"],
            "capos": program(),
            "held": { "command": ["stdio", HELD], "environment": self.environment() },
        });
        settings.as_object_mut().expect("it is one").extend(more.as_object().cloned().unwrap_or_default());
        settings
    }

    /// What keeps the sessions of this test apart from those of whoever runs it.
    fn environment(&self) -> Value {
        let home = self.node.plan().directory().display().to_string();
        json!({
            "HOME": home, "XDG_CONFIG_HOME": format!("{home}/config"), "XDG_STATE_HOME": format!("{home}/state"),
            "XDG_RUNTIME_DIR": home, "NO_COLOR": "1", "PATH": std::env::var("PATH").unwrap_or_default(),
        })
    }

    /// Any command of the program, which must succeed; gives what it answers.
    fn capos(&self, arguments: &[&str], input: &str) -> String {
        let output = self.try_capos(arguments, input);
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("it is text")
    }

    fn try_capos(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = self.node.plan().command();
        command.args(arguments);
        programs::fed(command, input)
    }

    /// Signs in and holds the session.
    fn hold(&self, account: &str, password: &str, name: &str) {
        let target = format!("{account}@{}", self.node.address());
        let fingerprint = self.node.fingerprint();
        let connect = ["connect", "--password-stdin", "--fingerprint", fingerprint, "--name", name, &target];
        self.capos(&connect, &format!("{password}\n"));
    }

    fn run(&self, script: &str, more: &Value) {
        Program::new(script).settings(&self.settings(more)).expect_success();
    }

    fn talk(&self) -> Talking {
        Program::new("together.mjs").settings(&self.settings(&json!({}))).talk()
    }

    /// Whether a command is under way somewhere below the node.
    fn runs(&self, command: &str) -> bool {
        self.node.descendants().iter().any(|(_, line)| line.contains(command))
    }
}

/// Repeats a question until its answer is yes.
fn eventually(what: &str, question: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !question() {
        assert!(Instant::now() < deadline, "it never came to that: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn the_examples_of_the_design_work_whatever_carries_them() {
    let world = World::start();
    world.hold(ACCOUNT, PASSWORD, HELD);
    for way in ["overWebSocket", "overOwnTransport", "overBatches", "overStdio"] {
        world.run("design.mjs", &json!({ "way": way }));
    }
    assert!(world.capos(&["whoami"], "").contains("user"), "a held session goes on when its program has gone");
    world.node.end_well();
}

#[test]
fn streams_and_functions_of_javascript_are_what_services_write_to_and_call() {
    let world = World::start();
    world.run("streams.mjs", &json!({}));
    world.node.end_well();
}

#[test]
fn sessions_of_the_official_package_are_signed_in_refused_and_ended() {
    let world = World::start();
    world.run("session.mjs", &json!({}));
    world.node.end_well();
}

#[test]
fn the_end_of_a_socket_ends_the_command_and_what_it_has_started() {
    let world = World::start();
    let mut talk = world.talk();
    talk.ask(&json!(["connect"]));
    talk.ask(&json!(["get", "shell"]));
    talk.ask(&json!(["hold", "spawn", "bash", ["-c", "setsid sleep 7531 & sleep 7532"]]));
    eventually("they run", || world.runs("sleep 7531") && world.runs("sleep 7532"));
    talk.kill();
    eventually("they are ended", || !world.runs("sleep 7531") && !world.runs("sleep 7532"));
    world.node.end_well();
}

#[test]
fn what_one_says_in_the_one_protocol_is_heard_in_the_other() {
    let world = World::start();
    world.hold(world.node.operator(), world.node.password(), "operator");
    let mut talk = world.talk();
    talk.ask(&json!(["connect"]));
    talk.ask(&json!(["get", "chat"]));
    talk.ask(&json!(["call", "join", "lobby", "alice"]));
    let call = |arguments: &[&str]| world.capos(&[&["call", "chat"], arguments, &["--json"]].concat(), "");
    call(&["join", "lobby", "operator"]);
    call(&["send", "lobby", "hello from Cap'n Proto"]);
    let heard = talk.ask(&json!(["call", "poll", 16]));
    assert!(heard.to_string().contains("hello from Cap'n Proto"), "{heard}");
    assert_eq!(talk.ask(&json!(["call", "send", "lobby", "hello from Cap'n Web"])), json!(true));
    assert!(call(&["poll", "16"]).contains("hello from Cap'n Web"));
    drop(talk);
    world.node.end_well();
}

#[test]
fn an_object_of_a_session_is_the_same_in_both_protocols_and_ends_in_both() {
    let world = World::start();
    world.hold(ACCOUNT, PASSWORD, HELD);
    let mut talk = world.talk();
    talk.ask(&json!(["stdio"]));
    talk.ask(&json!(["get", "shell"]));
    talk.ask(&json!(["call", "cd", "/usr"]));
    assert_eq!(world.capos(&["shell", "--node", HELD, "pwd"], "").trim(), "/usr");
    world.capos(&["call", "shell", "setEnv", "SAID", "in Cap'n Proto", "--node", HELD], "");
    assert_eq!(talk.ask(&json!(["call", "env"]))["SAID"], "in Cap'n Proto");

    // One grant, then the session, is taken away by whoever administers the node.
    world.hold(world.node.operator(), world.node.password(), "operator");
    let sessions: Value =
        serde_json::from_str(&world.capos(&["admin", "session", "list", "--node", "operator", "--json"], ""))
            .expect("it is JSON");
    let sessions = sessions.as_array().expect("it is a list");
    let ours = sessions.iter().find(|one| one["account"] == ACCOUNT).expect("it is listed");
    let id = ours["session"].as_str().expect("it has a handle");
    world.capos(&["admin", "session", "revoke", id, "shell", "--node", "operator"], "");
    assert_eq!(talk.ask(&json!(["refused", "cwd"])), "revoked");
    let refused = world.try_capos(&["call", "shell", "cwd", "--node", HELD], "");
    assert_eq!(refused.status.code(), Some(3), "{}", String::from_utf8_lossy(&refused.stderr));
    assert_eq!(talk.ask(&json!(["session"])), "user", "the rest of the session goes on");
    world.capos(&["admin", "session", "end", id, "--node", "operator"], "");
    assert_eq!(talk.ask(&json!(["stale"])), "staleSession");
    assert_eq!(world.try_capos(&["whoami", "--node", HELD], "").status.code(), Some(3));
    drop(talk);
    world.node.end_well();
}

#[test]
fn the_example_for_javascript_runs() {
    let world = World::start();
    let example = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../examples/shell.mjs");
    let output = Program::at(&example).arguments(&[&format!("ws://{}/rpc", world.web()), ACCOUNT]).feed(PASSWORD);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("\n1\n2\n3\n") && said.ends_with("it ended with 4\n"), "{said}");
    world.node.end_well();
}

#[test]
fn every_example_of_the_documentation_runs() {
    let visitors = ["account", "add", "visitors", "--profile", "guest", "--no-password"];
    let world = World::with(|plan| plan.admin(&visitors, ""));
    world.hold(ACCOUNT, PASSWORD, HELD);
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let packages = |name: &str| std::env::var(name).expect("`cargo xtask test` sets it");
    world.run(
        "documentation.mjs",
        &json!({
            "document": here.join("../../docs/capnweb.md"),
            "typed": here.join("javascript/typed.ts"),
            "fingerprint": world.node.fingerprint(),
            "modules": { "official": packages("CAPOS_NODE_MODULES"), "browser": packages("CAPOS_BROWSER_MODULES") },
        }),
    );
    world.node.end_well();
}
