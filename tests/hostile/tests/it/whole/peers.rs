//! Honest clients of a node, in the way of everybody's RPC library.

use std::time::{Duration, Instant};

use capnp::capability::{FromClientHook as _, Promise};
use capos_hostile::node::connect;
use capos_rpc::{Limits, Peer};
use capos_schema::gateway_capnp::{RemoteAuthKind, remote_auth_flow, remote_session_gateway};
use capos_schema::session_capnp::remote_session;
use capos_schema::system_info_capnp::system_info;

use crate::node::Door;
use capos_hostile::front::SYSTEM_INFO;

/// An answer that takes longer fails the test.
const PATIENCE: Duration = Duration::from_secs(60);

/// One connection to the node, from one of this machine's addresses.
pub(crate) struct Client {
    gateway: remote_session_gateway::Client,
}

impl Client {
    pub(crate) async fn connect(door: &Door, source: u8) -> Self {
        let stream = door.enter(source).await.expect("it is let in");
        let (system, client, _) = connect(stream, Peer::internal(), &Limits::default());
        tokio::task::spawn_local(system);
        Self { gateway: remote_session_gateway::Client::new(client.hook) }
    }

    /// Begins a sign-in by password, as far as the prompt.
    pub(crate) async fn begin(&self, account: &str) -> capnp::Result<remote_auth_flow::Client> {
        let mut request = self.gateway.start_request();
        let mut start = request.get().init_request();
        start.set_kind(RemoteAuthKind::Password);
        start.init_selector().set_value(account.as_bytes());
        let flow = request.send().pipeline.get_flow();
        flow.next_request().send().promise.await?;
        Ok(flow)
    }

    /// Answers with a password.
    pub(crate) fn answer(
        flow: &remote_auth_flow::Client,
        password: &str,
    ) -> Promise<capnp::capability::Response<remote_auth_flow::next_results::Owned>, capnp::Error> {
        let mut request = flow.next_request();
        request.get().set_response(password.as_bytes());
        request.send().promise
    }

    /// Signs in, and tells how long the answer to the password took.
    pub(crate) async fn sign_in(&self, account: &str, password: &str) -> (capnp::Result<Session>, Duration) {
        let flow = self.begin(account).await.expect("a sign-in begins");
        let began = Instant::now();
        let answer = tokio::time::timeout(PATIENCE, Self::answer(&flow, password)).await.expect("an answer in time");
        let took = began.elapsed();
        (answer.and_then(|answer| Ok(Session { remote: answer.get()?.get_session()? })), took)
    }
}

/// A session, and what it was granted.
pub(crate) struct Session {
    remote: remote_session::Client,
}

impl Session {
    pub(crate) async fn system_info(&self) -> capnp::Result<system_info::Client> {
        let caps = self.remote.cap_set_request().send().pipeline.get_caps();
        let mut request = caps.get_request();
        request.get().set_name("system_info");
        request.get().set_expected_interface_id(SYSTEM_INFO);
        let answer = request.send().promise.await?;
        answer.get()?.get_cap().get_as_capability()
    }
}
