//! Calls of what a node shows a client: its front door, a session, and what that was granted.

use capnp::traits::HasTypeId as _;
use capos_schema::gateway_capnp::{LoginSelectorKind, RemoteAuthKind, remote_auth_flow, remote_session_gateway};
use capos_schema::identity_capnp::user_session;
use capos_schema::session_capnp::{remote_cap_set, remote_session};
use capos_schema::system_info_capnp::system_info;
use capos_testkit::hostile::{Call, Target};

/// The object that everybody is given.
pub const DOOR: Target = Target::Import(0);
/// The session of a peer that was let in as a guest, and has asked for nothing before.
pub const SESSION: Target = Target::Import(1);

/// The front door's interface.
pub const GATEWAY: u64 = remote_session_gateway::Client::TYPE_ID;

/// A sign-in about to be begun; empty unless said.
#[derive(Clone, Default)]
pub struct Start {
    /// The account's name, or a principal's handle.
    pub selector: Vec<u8>,
    /// Whether it is a handle.
    pub by_principal: bool,
    /// The profile asked for.
    pub profile: String,
    /// The client's nonce.
    pub nonce: Vec<u8>,
}

impl Start {
    /// Of the account of that name.
    #[must_use]
    pub fn of(account: &str) -> Self {
        Self { selector: account.into(), ..Self::default() }
    }

    /// Its answer has the flow in its first field.
    #[must_use]
    pub fn call(self, question: u32, kind: RemoteAuthKind) -> Call {
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

/// Asks for the ways of signing in.
#[must_use]
pub fn auth_methods(question: u32, target: Target) -> Call {
    Call::new(question, target, GATEWAY, 0)
}

/// Asks for a session as a guest.
#[must_use]
pub fn guest(question: u32) -> Call {
    Call::new(question, DOOR, GATEWAY, 2)
        .params::<remote_session_gateway::guest_params::Owned>(|mut params| params.set_requested_profile("guest"))
}

/// Where the session is in the answer of `next`.
#[must_use]
pub fn session_of(question: u32) -> Target {
    Target::Answer { question, path: vec![1] }
}

/// Answers a step.
#[must_use]
pub fn next(question: u32, flow: Target, response: &[u8]) -> Call {
    let response = response.to_vec();
    Call::new(question, flow, remote_auth_flow::Client::TYPE_ID, 0)
        .params::<remote_auth_flow::next_params::Owned>(move |mut params| params.set_response(&response))
}

/// Gives a sign-in up.
#[must_use]
pub fn cancel(question: u32, flow: Target) -> Call {
    Call::new(question, flow, remote_auth_flow::Client::TYPE_ID, 1)
}

/// Calls a session's method of that number, without parameters.
#[must_use]
pub fn session(question: u32, target: Target, method: u16) -> Call {
    Call::new(question, target, remote_session::Client::TYPE_ID, method)
}

/// Tells whose session it is.
pub const INFO: u16 = 0;
/// Gives what was granted.
pub const CAP_SET: u16 = 1;
/// Asks for more time.
pub const RENEW: u16 = 2;
/// Ends it.
pub const LOGOUT: u16 = 3;

/// Lists what was granted.
#[must_use]
pub fn list(question: u32, caps: Target) -> Call {
    Call::new(question, caps, remote_cap_set::Client::TYPE_ID, 0)
}

/// Gets what was granted.
#[must_use]
pub fn get(question: u32, caps: Target, name: &str, interface: u64) -> Call {
    let name = name.to_owned();
    Call::new(question, caps, remote_cap_set::Client::TYPE_ID, 1).params::<remote_cap_set::get_params::Owned>(
        move |mut params| {
            params.set_name(&name);
            params.set_expected_interface_id(interface);
        },
    )
}

/// The interface of `system_info`.
pub const SYSTEM_INFO: u64 = system_info::Client::TYPE_ID;
/// The interface of `session`.
pub const USER_SESSION: u64 = user_session::Client::TYPE_ID;

/// Asks for what the node says to whoever is in.
#[must_use]
pub fn motd(question: u32, target: Target) -> Call {
    Call::new(question, target, SYSTEM_INFO, 0)
}
