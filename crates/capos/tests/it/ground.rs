//! What the tests here stand on: nodes, commands, and a client that has nothing of ours but the schema.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use capos_schema::gateway_capnp::LoginSelectorKind;
use capos_schema::gateway_capnp::{remote_auth_flow, remote_session_gateway};
use capos_schema::session_capnp::remote_session;
use capos_store::{Limits, Store};
use capos_testkit::stock::{self, Ended};
use capos_testkit::{Node, NodePlan};
use futures::StreamExt as _;

/// A plan for a node of this program.
pub(crate) fn plan() -> NodePlan {
    NodePlan::new(env!("CARGO_BIN_EXE_capos"))
}

/// What a command that ended left behind.
pub(crate) struct Done {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// Runs a command to its end, with this on its standard input.
pub(crate) fn run(command: &mut Command, input: &str) -> Done {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // It may not want to read it.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let Output { status, stdout, stderr } = child.wait_with_output().unwrap();
    let [out, err] = [stdout, stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    Done { code: status.code(), out, err }
}

/// Runs `capos` beside the node of a plan.
pub(crate) fn capos(plan: &NodePlan, arguments: &[&str], input: &str) -> Done {
    run(plan.command().args(arguments), input)
}

/// The one line that a command which failed has said; colours are off.
pub(crate) fn one_line(done: &Done) -> &str {
    let mut lines = done.err.lines();
    let line = lines.next().unwrap_or_default();
    assert_eq!(lines.next(), None, "one line: {}", done.err);
    line
}

/// The journal of a stopped node, which has to be sound: the kind and the payload of each row.
pub(crate) fn journal(plan: &NodePlan) -> Vec<(String, String)> {
    on_vat(async {
        let store = Store::open(&plan.data(), Limits::default()).unwrap();
        let verdict = store.verify(&[]).await.unwrap();
        assert!(verdict.is_sound(), "{verdict:?}");
        let rows = store.follow(1).take(usize::try_from(verdict.rows).unwrap());
        let rows = rows.map(|row| {
            let entry = row.unwrap().entry;
            (entry.kind.into_owned(), String::from_utf8(entry.payload).unwrap())
        });
        rows.collect().await
    })
}

/// Whether a row of that kind is in the journal.
pub(crate) fn has_row(rows: &[(String, String)], kind: &str) -> bool {
    rows.iter().any(|row| row.0 == kind)
}

/// Runs `body` where capabilities may live.
pub(crate) fn on_vat<T>(body: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(stock::vat(body))
}

/// A client of the plain RPC library.
pub(crate) struct Client {
    pub(crate) gateway: remote_session_gateway::Client,
    pub(crate) ended: Ended,
}

impl Client {
    /// Over plain TCP.
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = tokio::net::TcpStream::connect(address).await.unwrap();
        let (gateway, ended) = stock::connect_and_watch(stream);
        Self { gateway, ended }
    }

    /// Begins to sign in by password.
    pub(crate) async fn begin(&self, account: &str) -> capnp::Result<remote_auth_flow::Client> {
        let mut request = self.gateway.start_request();
        let mut selector = request.get().init_request().init_selector();
        selector.set_kind(LoginSelectorKind::AccountName);
        selector.set_value(account.as_bytes());
        request.send().promise.await?.get()?.get_flow()
    }

    /// Signs in by password.
    pub(crate) async fn sign_in(&self, account: &str, password: &str) -> capnp::Result<remote_session::Client> {
        let flow = self.begin(account).await?;
        flow.next_request().send().promise.await?;
        let mut answer = flow.next_request();
        answer.get().set_response(password.as_bytes());
        let answer = answer.send().promise.await?;
        let answer = answer.get()?;
        assert!(answer.get_done(), "a password is enough");
        answer.get_session()
    }

    /// Signs in as the operator of a node.
    pub(crate) async fn operator(node: &Node) -> (Self, remote_session::Client) {
        let client = Self::connect(node.address()).await;
        let session = client.sign_in(node.operator(), node.password()).await.unwrap();
        (client, session)
    }
}

/// Whether a session answers.
pub(crate) async fn is_live(session: &remote_session::Client) -> bool {
    session.info_request().send().promise.await.is_ok()
}

/// One page over HTTP: status and body.
pub(crate) fn get(address: SocketAddr, path: &str) -> (u16, String) {
    let text = exchange(address, &format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n\r\n"));
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let body = text.split_once("\r\n\r\n").map_or("", |(_, body)| body).to_owned();
    (status, body)
}

/// Sends these bytes and reads what comes until the end.
pub(crate) fn exchange(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    // Who is refused early is cut while it says more.
    let _ = stream.write_all(request.as_bytes());
    let mut text = String::new();
    let _ = stream.read_to_string(&mut text);
    text
}

/// The value of a figure that stands alone.
pub(crate) fn figure(page: &str, name: &str) -> Option<f64> {
    page.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
}

/// The permission bits of a file.
pub(crate) fn mode(path: &std::path::Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}
