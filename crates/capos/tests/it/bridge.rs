//! `capos web`: the workspace in front of a node elsewhere, from outside.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use capos_testkit::{Node, NodePlan};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};

use crate::ground::*;

/// A bridge that runs; it is killed with this.
struct Bridge {
    child: Child,
    address: SocketAddr,
}

impl Bridge {
    /// Away from any terminal, on a free port.
    fn start(plan: &NodePlan, arguments: &[&str]) -> Self {
        let mut command = plan.command_of("setsid");
        command.arg(env!("CARGO_BIN_EXE_capos")).args(["--json", "web", "--listen", "0"]).args(arguments);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let told: Value = serde_json::from_str(&line).unwrap();
        let url = told["url"].as_str().unwrap();
        let address = url.strip_prefix("http://").and_then(|rest| rest.strip_suffix('/')).unwrap();
        Self { child, address: address.parse().unwrap() }
    }

    /// One that knows the node already.
    fn to(node: &Node) -> Self {
        let address = node.address().to_string();
        Self::start(node.plan(), &["--fingerprint", node.fingerprint(), &address])
    }

    fn get(&self, path: &str) -> Answer {
        ask(self.address, &format!("GET {path}"), "", "")
    }

    /// As a page of its own does.
    fn post(&self, path: &str, pass: Option<&Pass>, body: &Value) -> Answer {
        let lines = format!("Origin: http://{}\r\nContent-Type: application/json\r\n", self.address);
        ask(
            self.address,
            &format!("POST {path}"),
            &(lines + &pass.map(Pass::lines).unwrap_or_default()),
            &body.to_string(),
        )
    }

    fn sign_in(&self, node: &Node) -> Answer {
        let (account, password) = (node.operator(), node.password());
        let wish = json!({ "method": "password", "account": account, "password": password, "profile": "operator" });
        self.post("/api/sign-in", None, &wish)
    }

    /// The window's stream, from its head on.
    fn events(&self, pass: &Pass) -> BufReader<TcpStream> {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        let (address, lines) = (self.address, pass.lines());
        write!(
            stream,
            "GET /api/events?window=0123456789abcdef HTTP/1.1\r\nHost: {address}\r\n{lines}Connection: close\r\n\r\n"
        )
        .unwrap();
        BufReader::new(stream)
    }

    fn stop(mut self) -> ExitStatus {
        kill_process(Pid::from_child(&self.child), Signal::INT).unwrap();
        self.child.wait().unwrap()
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

struct Answer {
    status: u16,
    head: String,
    body: String,
}

/// What a browser is let in by.
struct Pass {
    cookie: String,
    token: String,
}

impl Pass {
    fn lines(&self) -> String {
        format!("Cookie: {}\r\nX-Csrf-Token: {}\r\n", self.cookie, self.token)
    }
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }

    fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    fn pass(&self) -> Pass {
        assert_eq!(self.status, 200, "{}", self.body);
        let cookie = self.head.lines().find_map(|line| line.strip_prefix("set-cookie: ")).unwrap();
        let token = self.json()["token"].as_str().unwrap().to_owned();
        Pass { cookie: cookie.split(';').next().unwrap().to_owned(), token }
    }
}

fn ask(address: SocketAddr, first: &str, lines: &str, body: &str) -> Answer {
    let length = body.len();
    let head = format!("{first} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {length}\r\n{lines}Connection: close");
    let answer = exchange(address, &format!("{head}\r\n\r\n{body}"));
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    Answer { status, head: head.to_owned(), body: body.to_owned() }
}

/// Reads until something is said.
fn hear(events: &mut BufReader<TcpStream>, said: &str) -> String {
    let mut heard = String::new();
    while !heard.contains(said) {
        let before = heard.len();
        events.read_line(&mut heard).unwrap();
        assert!(heard.len() > before, "it ended with {heard}");
    }
    heard
}

#[test]
fn a_browser_signs_in_through_a_bridge_and_is_told_when_the_node_dies() {
    let node = plan().start();
    let bridge = Bridge::to(&node);
    let welcome = bridge.get("/api/welcome");
    assert_eq!((welcome.status, welcome.json()["bridge"].as_bool()), (200, Some(true)), "{}", welcome.body);
    let pass = bridge.sign_in(&node).pass();
    let mut events = bridge.events(&pass);
    hear(&mut events, "\"session\"");
    let (plan, address) = (node.plan().clone(), node.address().to_string());
    let fingerprint = node.fingerprint().to_owned();
    node.kill();
    let killed = Instant::now();
    hear(&mut events, "gatewayDisconnected");
    // Milliseconds on an idle machine, and not what a connection that says nothing any more is given.
    assert!(killed.elapsed() < Duration::from_secs(10), "{:?}", killed.elapsed());
    let mut rest = String::new();
    events.read_to_string(&mut rest).unwrap();
    let welcome = bridge.get("/api/welcome");
    assert_eq!(welcome.code(), "unreachable", "nobody answers there: {}", welcome.body);
    let again = plan.arguments(&["--rpc", &address]).start();
    assert_eq!(again.fingerprint(), fingerprint);
    let pass = bridge.sign_in(&again).pass();
    hear(&mut bridge.events(&pass), "\"session\"");
}

#[test]
fn a_bridge_is_one_browsers_and_ends_its_session_with_itself() {
    let node = plan().start();
    let bridge = Bridge::to(&node);
    let pass = bridge.sign_in(&node).pass();
    assert_eq!((bridge.sign_in(&node).status, bridge.sign_in(&node).code()), (409, "sessionAlreadyInUse".to_owned()));
    let elsewhere = json!({ "endpoint": "192.0.2.1" });
    assert_eq!(
        bridge.post("/api/endpoint", None, &elsewhere).code(),
        "sessionAlreadyInUse",
        "nor does another lead it away"
    );
    assert_eq!(bridge.post("/api/sign-out", Some(&pass), &json!({})).status, 200);
    bridge.sign_in(&node).pass();
    let status = bridge.stop();
    assert!(status.success(), "{status}");
    let plan = node.plan().clone();
    drop(node.wait_for_log("reason=\"logout\""));
    assert!(node.stop().0.success());
    let ended: Vec<_> = journal(&plan).into_iter().filter(|row| row.0 == "session.ended").collect();
    assert_eq!(ended.len(), 2, "{ended:?}");
    assert!(ended.iter().all(|row| row.1.contains("logout")), "{ended:?}");
}

#[test]
fn a_node_is_led_to_only_once_its_key_was_compared() {
    let node = plan().start();
    let address = node.address().to_string();
    let bridge = Bridge::start(node.plan(), &[&address]);
    let shown = bridge.get("/api/endpoint").json();
    assert_eq!(shown, json!({ "endpoint": address, "fingerprint": null, "known": false }));
    assert_eq!(bridge.get("/api/welcome").code(), "identityUnconfirmed");
    assert_eq!(bridge.sign_in(&node).code(), "identityUnconfirmed", "no password goes to a node that nobody knows");
    let stranger = json!({ "endpoint": address, "fingerprint": node.fingerprint(), "known": false });
    assert_eq!(bridge.post("/api/endpoint", None, &json!({ "endpoint": address })).json(), stranger);
    let other = format!("SHA256:{}", "A".repeat(43));
    let mistaken = json!({ "endpoint": address, "fingerprint": other });
    assert_eq!(bridge.post("/api/endpoint", None, &mistaken).json(), stranger, "another key than the one compared");
    assert_eq!(bridge.get("/api/welcome").code(), "identityUnconfirmed");
    let compared = json!({ "endpoint": address, "fingerprint": node.fingerprint() });
    assert_eq!(bridge.post("/api/endpoint", None, &compared).json()["known"], true);
    assert_eq!(bridge.get("/api/welcome").status, 200);
    bridge.sign_in(&node).pass();
    let known = fs::read_to_string(node.plan().directory().join("config/capos/known_nodes")).unwrap();
    assert_eq!(known.trim(), format!("{address} {}", node.fingerprint()), "as `capos connect` has it");
}

#[test]
fn a_node_with_another_key_than_the_known_one_is_refused() {
    let node = plan().start();
    let (address, directory) = (node.address().to_string(), node.plan().directory().join("config/capos"));
    fs::create_dir_all(&directory).unwrap();
    let known = format!("{address} SHA256:{}\n", "A".repeat(43));
    fs::write(directory.join("known_nodes"), &known).unwrap();
    let bridge = Bridge::start(node.plan(), &[&address]);
    assert_eq!(bridge.get("/api/welcome").code(), "identityChanged");
    assert_eq!(bridge.sign_in(&node).code(), "identityChanged");
    let compared = json!({ "endpoint": address, "fingerprint": node.fingerprint() });
    let refused = bridge.post("/api/endpoint", None, &compared);
    assert_eq!((refused.status, refused.code()), (409, "identityChanged".to_owned()), "nor does a yes help");
    assert_eq!(fs::read_to_string(directory.join("known_nodes")).unwrap(), known);
}

#[test]
fn another_node_is_chosen_in_the_page() {
    let (one, two) = (plan().start(), plan().start());
    let bridge = Bridge::to(&one);
    let address = two.address().to_string();
    let compared = json!({ "endpoint": address, "fingerprint": two.fingerprint() });
    assert_eq!(bridge.post("/api/endpoint", None, &compared).json()["known"], true);
    assert_eq!(bridge.get("/api/endpoint").json()["endpoint"], address.as_str());
    bridge.sign_in(&two).pass();
    drop(two.wait_for_log("a session began"));
    assert!(!one.log().contains("a session began"));
    let bridge = Bridge::to(&one);
    for (bad, code) in [("", "invalidInput"), ("a b", "invalidInput"), ("127.0.0.1:1", "unreachable")] {
        let answer = bridge.post("/api/endpoint", None, &json!({ "endpoint": bad }));
        assert_eq!(answer.code(), code, "{bad:?}");
    }
    assert_eq!(bridge.get("/api/endpoint").json()["endpoint"], one.address().to_string(), "it leads where it did");
}

#[test]
fn a_page_of_somebody_else_leads_a_bridge_nowhere() {
    let node = plan().start();
    let bridge = Bridge::to(&node);
    let body = json!({ "endpoint": "192.0.2.1" }).to_string();
    let json = "Content-Type: application/json\r\n";
    for origin in ["", "Origin: https://attacker.example\r\n", "Origin: null\r\n"] {
        let answer = ask(bridge.address, "POST /api/endpoint", &format!("{origin}{json}"), &body);
        assert_eq!((answer.status, answer.code()), (403, "originRefused".to_owned()), "{origin}");
    }
    let own = format!("Origin: http://{}\r\nContent-Type: text/plain\r\n", bridge.address);
    assert_eq!(ask(bridge.address, "POST /api/endpoint", &own, &body).status, 415);
    assert_eq!(bridge.get("/api/endpoint").json()["endpoint"], node.address().to_string());
}

#[test]
fn only_a_bridge_can_be_led_elsewhere() {
    let node = plan().start();
    let answer = ask(node.web().unwrap(), "GET /api/endpoint", "", "");
    assert_eq!((answer.status, answer.code()), (404, "notFound".to_owned()));
}

#[test]
fn a_bridge_serves_the_very_pages_of_the_node() {
    let node = plan().start();
    let bridge = Bridge::to(&node);
    let index = bridge.get("/");
    assert_eq!(index.status, 200);
    let quoted = index.body.split('"').filter(|part| part.ends_with(".js") || part.ends_with(".css"));
    let mut files: Vec<String> = quoted.map(|file| format!("/{}", file.trim_start_matches(['.', '/']))).collect();
    files.push("/".to_owned());
    assert!(files.len() > 2, "{files:?}");
    for file in files {
        let (ours, theirs) = (bridge.get(&file), ask(node.web().unwrap(), &format!("GET {file}"), "", ""));
        assert_eq!((ours.status, &ours.body), (200, &theirs.body), "{file}");
        let policy = |answer: &Answer| {
            let line = answer.head.lines().find(|line| line.starts_with("content-security-policy"));
            line.map(str::to_owned)
        };
        assert_eq!(policy(&ours), policy(&theirs), "{file}");
    }
}

#[test]
fn what_cannot_be_a_bridge_is_told() {
    let plan = plan();
    for (arguments, code, said) in [
        (&["web", "--listen", "0.0.0.0:8081"][..], 2, "loopback"),
        (&["web", "ada@node.example"], 2, "account"),
        (&["web", "--fingerprint", "x", "node.example"], 2, "fingerprint"),
        (&["web", "a b"], 2, "host"),
    ] {
        let done = capos(&plan, arguments, "");
        assert_eq!((done.code, done.err.contains(said)), (Some(code), true), "{arguments:?}: {}", done.err);
    }
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let done = run(plan.command_of("setsid").args([env!("CARGO_BIN_EXE_capos"), "web", "--listen", &address]), "");
    assert_eq!(done.code, Some(1));
    assert!(done.err.contains("is taken by another program"), "{}", done.err);
}
