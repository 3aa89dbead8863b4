//! Signing in, and the sessions that a background process holds.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::{Duration, Instant};

use capos_testkit::{Node, NodePlan};
use serde_json::Value;

use crate::ground::*;

/// Signs in to a node as its operator and calls the session `lab`.
pub(crate) fn connect(node: &Node, more: &[&str]) -> Done {
    let target = format!("{}@{}", node.operator(), node.address());
    let mut arguments = vec!["connect", "--password-stdin", "--fingerprint", node.fingerprint()];
    arguments.extend(more);
    arguments.push(&target);
    capos(node.plan(), &arguments, &format!("{}\n", node.password()))
}

/// A node that somebody is signed in to.
pub(crate) fn connected() -> Node {
    let node = plan().start();
    let done = connect(&node, &["--name", "lab"]);
    assert_eq!((done.code, &*done.err), (Some(0), ""));
    node
}

/// The answer of a command in JSON.
pub(crate) fn json(plan: &NodePlan, arguments: &[&str]) -> Value {
    let all: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
    let done = capos(plan, &all, "");
    assert_eq!(done.code, Some(0), "{arguments:?}: {}", done.err);
    serde_json::from_str(&done.out).unwrap()
}

/// The error of a command that fails.
pub(crate) fn error(plan: &NodePlan, arguments: &[&str]) -> (Option<i32>, Value) {
    let all: Vec<&str> = arguments.iter().copied().chain(["--json"]).collect();
    let done = capos(plan, &all, "");
    assert_eq!(done.out, "", "nothing but the answer is on standard output");
    (done.code, serde_json::from_str::<Value>(&done.err).unwrap()["error"].clone())
}

/// Repeats a question until its answer is yes.
fn eventually(mut question: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !question() {
        assert!(Instant::now() < deadline, "it never came to that");
    }
}

#[test]
fn a_session_is_held_from_one_command_to_the_next() {
    let node = connected();
    let plan = node.plan();
    let me = json(plan, &["whoami"]);
    assert_eq!((&me["profile"], &me["authStrength"]), (&"operator".into(), &"password".into()));
    assert_eq!(json(plan, &["whoami", "--node", "lab"])["sessionId"], me["sessionId"], "it is the same session");
    let nodes = json(plan, &["nodes"]);
    assert_eq!((&nodes[0]["name"], &nodes[0]["fingerprint"]), (&"lab".into(), &node.fingerprint().into()));
    let names: Vec<Value> =
        json(plan, &["caps"]).as_array().unwrap().iter().map(|grant| grant["name"].clone()).collect();
    assert!(names.contains(&"manual".into()) && names.contains(&"accounts".into()), "{names:?}");
}

#[test]
fn the_socket_is_the_users_alone() {
    let node = connected();
    let folder = node.plan().directory().join("capos");
    let mode = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode(folder.clone()), mode(folder.join("lab.sock"))), (0o700, 0o600));
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o770)).unwrap();
    let (code, error) = error(node.plan(), &["caps"]);
    assert_eq!(code, Some(1));
    assert!(error["message"].as_str().unwrap().contains("open to others"), "{error}");
}

#[test]
fn logging_out_ends_the_session_and_its_process() {
    let node = connected();
    let plan = node.plan();
    assert_eq!(json(plan, &["logout"])["ended"], serde_json::json!(["lab"]));
    let _ = node.wait_for_log("a session ended");
    assert!(!plan.directory().join("capos/lab.sock").exists());
    let (code, error) = error(plan, &["caps"]);
    assert_eq!((code, &error["code"]), (Some(1), &"notConnected".into()));
    assert_eq!(connect(&node, &["--name", "lab"]).code, Some(0), "the name is free again");
}

#[test]
fn a_second_session_of_the_same_name_is_refused_and_the_first_lives() {
    let node = connected();
    let done = connect(&node, &["--name", "lab"]);
    assert_eq!(done.code, Some(1));
    assert!(done.err.contains("held already") && done.err.contains("capos logout --node lab"), "{}", done.err);
    assert_eq!(json(node.plan(), &["nodes"]).as_array().unwrap().len(), 1);
    assert_eq!(connect(&node, &["--name", "other"]).code, Some(0));
    assert_eq!(json(node.plan(), &["whoami"])["node"]["name"], "other", "the one connected last is meant");
}

#[test]
fn a_node_that_was_restarted_is_told_with_the_way_back() {
    let node = connected();
    let plan = node.plan().clone();
    node.kill();
    eventually(|| plan.directory().join("capos/lab.ended").exists());
    let (code, error) = error(&plan, &["caps"]);
    assert_eq!((code, &error["code"]), (Some(4), &"gatewayDisconnected".into()));
    let advice = error["advice"].as_str().unwrap();
    assert!(advice.starts_with("Sign in again: capos connect") && advice.contains("--name lab"), "{advice}");
    let node = plan.start();
    assert_eq!(connect(&node, &["--name", "lab"]).code, Some(0));
    assert_eq!(json(&plan, &["whoami"])["profile"], "operator");
}

#[test]
fn a_session_that_was_ended_is_a_denial_with_the_way_back() {
    let node = connected();
    assert_eq!(connect(&node, &["--name", "admin"]).code, Some(0));
    let handle = json(node.plan(), &["whoami", "--node", "lab"])["sessionId"].as_str().unwrap().to_owned();
    assert_eq!(capos(node.plan(), &["admin", "session", "end", &handle, "--reason", "a test"], "").code, Some(0));
    let (code, error) = error(node.plan(), &["caps", "--node", "lab"]);
    assert_eq!((code, &error["code"]), (Some(3), &"staleSession".into()));
    assert!(error["advice"].as_str().unwrap().contains("capos connect"), "{error}");
    let again = connect(&node, &["--name", "lab"]);
    assert_eq!((again.code, &*again.err), (Some(0), ""), "the name is free, and the way back is one");
    let taken = connect(&node, &["--name", "lab"]);
    assert!(taken.code == Some(1) && taken.err.contains("is held already"), "{}", taken.err);
}

#[test]
fn a_wrong_password_is_a_denial_and_leaves_nothing_behind() {
    let node = plan().start();
    let target = format!("{}@{}", node.operator(), node.address());
    let wrong = ["connect", "--password-stdin", "--fingerprint", node.fingerprint(), &target];
    let done = capos(node.plan(), &wrong, "not the password\n");
    assert_eq!((done.code, &*done.out), (Some(3), ""));
    assert_eq!(json(node.plan(), &["nodes"]), serde_json::json!([]));
}

#[test]
fn an_unknown_node_and_a_wrong_one_get_no_proof() {
    let node = plan().start();
    let target = format!("{}@{}", node.operator(), node.address());
    let unknown = capos(node.plan(), &["connect", "--password-stdin", &target], "a password\n");
    assert_eq!(unknown.code, Some(1));
    assert!(unknown.err.contains(node.fingerprint()) && unknown.err.contains("--fingerprint"), "{}", unknown.err);
    let other = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let wrong = capos(node.plan(), &["connect", "--password-stdin", "--fingerprint", other, &target], "a password\n");
    assert_eq!(wrong.code, Some(1));
    let (_, log) = node.stop();
    assert!(!log.contains("refused"), "nobody tried to sign in: {log}");
}

#[test]
fn nobody_at_the_port_is_a_node_that_cannot_be_reached() {
    let plan = plan();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let (code, error) = error(&plan, &["connect", "--password-stdin", &format!("me@{free}")]);
    assert_eq!((code, &error["code"]), (Some(4), &"unreachable".into()));
}

#[test]
fn a_key_of_ones_own_signs_in_without_a_question_and_renews() {
    let node = connected();
    let plan = node.plan();
    let folder = plan.directory().join(".ssh");
    fs::create_dir(&folder).unwrap();
    let key = folder.join("id_ed25519");
    let made = Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-f"]).arg(&key).status().unwrap();
    assert!(made.success());
    let public = key.with_extension("pub");
    let add = ["admin", "key", "add", node.operator(), "--file", public.to_str().unwrap()];
    assert_eq!(capos(plan, &add, "").code, Some(0));
    let private = capos(plan, &["admin", "key", "add", node.operator(), "--file", key.to_str().unwrap()], "");
    assert_eq!(private.code, Some(2), "a private key is not sent");

    let target = format!("{}@{}", node.operator(), node.address());
    let done = capos(plan, &["connect", "--name", "key", "--fingerprint", node.fingerprint(), &target], "");
    assert_eq!((done.code, &*done.err), (Some(0), ""));
    let before = json(plan, &["whoami", "--node", "key"]);
    assert_eq!(before["authStrength"], "publicKey");
    let renewed = json(plan, &["renew", "--node", "key"]);
    assert!(renewed["expiresAtMs"].as_u64() >= before["expiresAtMs"].as_u64(), "{renewed}");
}

#[test]
fn a_session_for_one_command_leaves_nothing_behind() {
    let node = plan().start();
    let target = format!("{}@{}", node.operator(), node.address());
    let once = ["whoami", "--json", "--once", &target, "--password-stdin", "--fingerprint", node.fingerprint()];
    let done = capos(node.plan(), &once, &format!("{}\n", node.password()));
    assert_eq!(done.code, Some(0), "{}", done.err);
    assert_eq!(serde_json::from_str::<Value>(&done.out).unwrap()["profile"], "operator");
    let _ = node.wait_for_log("a session ended");
    assert_eq!(json(node.plan(), &["nodes"]), serde_json::json!([]));
}

#[test]
fn a_guest_is_told_that_there_is_nothing_to_renew() {
    let node = connected();
    let visitors = ["admin", "account", "add", "visitors", "--profile", "guest", "--no-password"];
    assert_eq!(capos(node.plan(), &visitors, "").code, Some(0));
    assert_eq!(connect(&node, &["--method", "guest", "--name", "visit"]).code, Some(0));
    let (code, error) = error(node.plan(), &["renew", "--node", "visit"]);
    assert_eq!(code, Some(3));
    assert!(error["message"].as_str().unwrap().contains("cannot be renewed"), "{error}");
    assert!(!error["advice"].as_str().unwrap().contains("proof"), "{error}");
}
