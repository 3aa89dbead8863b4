//! Calls of what a node shows a client: its front door, a session, and what that was granted.

use capnp::traits::HasTypeId as _;
use capos_schema::gateway_capnp::{LoginSelectorKind, RemoteAuthKind, remote_auth_flow, remote_session_gateway};
use capos_schema::identity_capnp::user_session;
use capos_schema::session_capnp::{remote_cap_set, remote_session};
use capos_schema::system_info_capnp::system_info;
use capos_testkit::hostile::{Call, Target};

/// The object that everybody is given.
pub(crate) const DOOR: Target = Target::Import(0);
/// The session of a peer that has been let in; see [`crate::ground::Ground::Session`].
pub(crate) const SESSION: Target = Target::Import(1);

/// The front door's interface.
pub(crate) const GATEWAY: u64 = remote_session_gateway::Client::TYPE_ID;

/// A sign-in about to be begun; empty unless said.
#[derive(Clone, Default)]
pub(crate) struct Start {
    pub(crate) selector: Vec<u8>,
    pub(crate) by_principal: bool,
    pub(crate) profile: String,
    pub(crate) nonce: Vec<u8>,
}

impl Start {
    pub(crate) fn of(account: &str) -> Self {
        Self { selector: account.into(), ..Self::default() }
    }

    /// Its answer has the flow in its first field.
    pub(crate) fn call(self, question: u32, kind: RemoteAuthKind) -> Call {
        let call = Call::new(question, DOOR, GATEWAY, 1);
        call.params::<remote_session_gateway::start_params::Owned>(move |params| {
            let mut request = params.init_request();
            request.set_kind(kind);
            request.set_requested_profile(&self.profile);
            request.set_client_nonce(&self.nonce);
            let mut selector = request.init_selector();
            selector.set_value(&self.selector);
            if self.by_principal {
                selector.set_kind(LoginSelectorKind::PrincipalId);
            }
        })
    }
}

pub(crate) fn auth_methods(question: u32, target: Target) -> Call {
    Call::new(question, target, GATEWAY, 0)
}

pub(crate) fn guest(question: u32) -> Call {
    Call::new(question, DOOR, GATEWAY, 2)
        .params::<remote_session_gateway::guest_params::Owned>(|mut params| params.set_requested_profile("guest"))
}

/// Where the session is in the answer of `next`.
pub(crate) fn session_of(question: u32) -> Target {
    Target::Answer { question, path: vec![1] }
}

pub(crate) fn next(question: u32, flow: Target, response: &[u8]) -> Call {
    let response = response.to_vec();
    Call::new(question, flow, remote_auth_flow::Client::TYPE_ID, 0)
        .params::<remote_auth_flow::next_params::Owned>(move |mut params| params.set_response(&response))
}

pub(crate) fn cancel(question: u32, flow: Target) -> Call {
    Call::new(question, flow, remote_auth_flow::Client::TYPE_ID, 1)
}

/// The method of that number.
pub(crate) fn session(question: u32, target: Target, method: u16) -> Call {
    Call::new(question, target, remote_session::Client::TYPE_ID, method)
}

pub(crate) const INFO: u16 = 0;
pub(crate) const CAP_SET: u16 = 1;
pub(crate) const RENEW: u16 = 2;
pub(crate) const LOGOUT: u16 = 3;

pub(crate) fn list(question: u32, caps: Target) -> Call {
    Call::new(question, caps, remote_cap_set::Client::TYPE_ID, 0)
}

pub(crate) fn get(question: u32, caps: Target, name: &str, interface: u64) -> Call {
    let name = name.to_owned();
    Call::new(question, caps, remote_cap_set::Client::TYPE_ID, 1).params::<remote_cap_set::get_params::Owned>(
        move |mut params| {
            params.set_name(&name);
            params.set_expected_interface_id(interface);
        },
    )
}

pub(crate) const SYSTEM_INFO: u64 = system_info::Client::TYPE_ID;
pub(crate) const USER_SESSION: u64 = user_session::Client::TYPE_ID;

/// Asks for what the node says to whoever is in.
pub(crate) fn motd(question: u32, target: Target) -> Call {
    Call::new(question, target, SYSTEM_INFO, 0)
}
