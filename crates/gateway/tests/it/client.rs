//! A client as a foreign program is one: the plain RPC library, and nothing of ours.

use std::future::Future;
use std::time::Duration;

use capnp::capability::{Client, FromClientHook};
use capnp::traits::HasTypeId;
use capos_rpc::{ClientTls, Trust};
use capos_schema::gateway_capnp::{RemoteAuthKind, remote_auth_flow, remote_session_gateway};
use capos_schema::identity_capnp::user_session;
use capos_schema::session_capnp::{remote_cap_set, remote_session};
use capos_schema::{Code, Denial};
use capos_testkit::hostile::HostilePeer;
use capos_testkit::lab_capnp::{callback, lab};
use capos_testkit::stock;
use tokio::net::TcpStream;
use tokio::task::LocalSet;

use crate::node::{Node, PASSWORD};

/// Runs a test on several threads, with a time-out that only a defect reaches.
pub(crate) fn run<F: Future<Output = ()>>(test: F) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    LocalSet::new().block_on(&runtime, async {
        tokio::time::timeout(Duration::from_secs(60), test).await.expect("the test hangs");
    });
}

/// One connection.
pub(crate) struct Line {
    pub(crate) door: remote_session_gateway::Client,
    task: stock::Ended,
}

impl Line {
    /// Without TLS.
    pub(crate) async fn plain(node: &Node) -> Self {
        Self::over(TcpStream::connect(node.address).await.expect("the node listens"))
    }

    /// With TLS, to the very node.
    pub(crate) async fn tls(node: &Node) -> Self {
        let stream = TcpStream::connect(node.address).await.expect("the node listens");
        let tls = ClientTls::new(&Trust::Pinned(node.identity.fingerprint()), None).expect("a client");
        Self::over(tls.connect(stream, "capos-node").await.expect("a handshake").0)
    }

    fn over(stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + 'static) -> Self {
        let (door, task) = stock::line(stream, None);
        Self { door, task }
    }

    /// Signed in by password, with the account's default profile.
    pub(crate) async fn signed_in(node: &Node, account: &str) -> (Self, Held) {
        let line = Self::plain(node).await;
        let held = line.password(account, PASSWORD, "").await.expect("a session");
        (line, held)
    }

    /// Begins a sign-in.
    pub(crate) async fn start(
        &self,
        kind: RemoteAuthKind,
        account: &str,
        profile: &str,
    ) -> capnp::Result<remote_auth_flow::Client> {
        let mut request = self.door.start_request();
        let mut start = request.get().init_request();
        start.set_kind(kind);
        start.set_requested_profile(profile);
        start.set_client_nonce(b"nonce");
        start.init_selector().set_value(account.as_bytes());
        request.send().promise.await?.get()?.get_flow()
    }

    /// Signs in by password.
    pub(crate) async fn password(&self, account: &str, password: &str, profile: &str) -> capnp::Result<Held> {
        let flow = self.start(RemoteAuthKind::Password, account, profile).await?;
        next(&flow, b"").await?;
        Ok(next(&flow, password.as_bytes()).await?.expect("a password is enough"))
    }

    /// Signs in as a guest.
    pub(crate) async fn guest(&self) -> capnp::Result<Held> {
        let mut request = self.door.guest_request();
        request.get().set_requested_profile("guest");
        Ok(Held(request.send().promise.await?.get()?.get_session()?))
    }

    /// Goes without a word.
    pub(crate) fn cut(self) {
        self.task.abort();
    }

    /// Waits until the node has ended the connection.
    pub(crate) async fn ended(self) -> Option<Denial> {
        let ended = self.task.await.expect("the client's own task stands");
        ended.err().and_then(|error| Denial::from_error(&error))
    }
}

/// Answers a step: gives the session, or none where another step follows.
pub(crate) async fn next(flow: &remote_auth_flow::Client, response: &[u8]) -> capnp::Result<Option<Held>> {
    let mut request = flow.next_request();
    request.get().set_response(response);
    let response = request.send().promise.await?;
    let response = response.get()?;
    Ok(if response.get_done() { Some(Held(response.get_session()?)) } else { None })
}

/// A session as its client holds it.
#[derive(Clone)]
pub(crate) struct Held(pub(crate) remote_session::Client);

impl Held {
    pub(crate) fn caps(&self) -> remote_cap_set::Client {
        self.0.cap_set_request().send().pipeline.get_caps()
    }

    /// One grant, awaited.
    pub(crate) async fn get(&self, name: &str, interface: u64) -> capnp::Result<Client> {
        get(&self.caps(), name, interface).await
    }

    pub(crate) async fn get_as<C: FromClientHook + HasTypeId>(&self, name: &str) -> capnp::Result<C> {
        Ok(C::new(self.get(name, C::TYPE_ID).await?.hook))
    }

    pub(crate) async fn lab(&self, name: &str) -> lab::Client {
        self.get_as(name).await.expect("a laboratory")
    }

    pub(crate) async fn user_session(&self) -> user_session::Client {
        self.get_as("session").await.expect("the session")
    }

    /// Names, interfaces and lease ends of the bundle.
    pub(crate) async fn list(&self) -> capnp::Result<Vec<(String, u64, u64)>> {
        let response = self.caps().list_request().send().promise.await?;
        let entries = response.get()?.get_entries()?;
        let entry = |entry: capos_schema::session_capnp::remote_cap_entry::Reader<'_>| {
            Ok((entry.get_name()?.to_string()?, entry.get_interface_id(), entry.get_lease_expires_at_ms()))
        };
        entries.iter().map(entry).collect()
    }

    /// The public handle.
    pub(crate) async fn id(&self) -> capnp::Result<Vec<u8>> {
        let response = self.0.info_request().send().promise.await?;
        Ok(response.get()?.get_info()?.get_session_id()?.to_vec())
    }

    pub(crate) async fn handle(&self) -> capos_authority::Handle {
        capos_authority::Handle(self.id().await.expect("a live session").try_into().expect("16 bytes"))
    }

    pub(crate) async fn logout(&self) -> capnp::Result<()> {
        self.0.logout_request().send().promise.await.map(drop)
    }
}

pub(crate) async fn get(caps: &remote_cap_set::Client, name: &str, interface: u64) -> capnp::Result<Client> {
    let mut request = caps.get_request();
    request.get().set_name(name);
    request.get().set_expected_interface_id(interface);
    request.send().promise.await?.get()?.get_cap().get_as_capability()
}

pub(crate) async fn echo(lab: &lab::Client, payload: &[u8]) -> capnp::Result<Vec<u8>> {
    let mut request = lab.echo_request();
    request.get().set_payload(payload);
    Ok(request.send().promise.await?.get()?.get_payload()?.to_vec())
}

/// Has the laboratory keep a callback.
pub(crate) async fn keep(lab: &lab::Client, callback: callback::Client) -> capnp::Result<()> {
    let mut request = lab.keep_request();
    request.get().set_to(callback);
    request.send().promise.await.map(drop)
}

/// The code of a refusal.
pub(crate) fn code<T>(result: capnp::Result<T>) -> Code {
    denial(result).code
}

pub(crate) fn denial<T>(result: capnp::Result<T>) -> Denial {
    let error = result.err().expect("a refusal");
    Denial::from_error(&error).unwrap_or_else(|| panic!("no denial: {error}"))
}

/// Why the node has ended a raw peer's connection.
pub(crate) async fn aborted(peer: &mut HostilePeer<TcpStream>) -> Code {
    let reason = peer.expect_abort().await.reason;
    let (code, _) = reason.split_once(": ").expect("a code and a sentence");
    Code::parse(code).expect("a known code")
}
