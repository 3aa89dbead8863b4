//! A node in little: the contract's front door on the plain RPC library, with a script of what it says.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use capnp::Error;
use capnp::capability::FromClientHook;
use capos_schema::gateway_capnp::{RemoteAuthKind, remote_auth_flow, remote_session_gateway};
use capos_schema::manual_capnp::manual;
use capos_schema::session_capnp::{remote_cap_set, remote_session, session_listener, session_watch};
use capos_schema::system_info_capnp::system_info;
use capos_schema::{Code, Denial, identity_capnp};
use capos_testkit::lab::LabState;
use capos_testkit::lab_capnp::lab;

type Outcome = Result<(), Error>;

pub(crate) const SYSTEM_INFO: u64 = 0xfbbd_c602_980c_b986;
pub(crate) const LAB: u64 = 0xa6b4_c1d5_e8f7_0213;
pub(crate) const MANUAL: u64 = 0xa475_40e0_9e7d_1f31;
pub(crate) const PASSWORD: &str = "correct horse";
pub(crate) const SESSION_ID: [u8; 16] = [0xab; 16];

/// What a flow was started with, and what its connection is.
#[derive(Clone, Default)]
pub(crate) struct Asked {
    pub(crate) nonce: Vec<u8>,
    pub(crate) account: Vec<u8>,
    pub(crate) profile: String,
    pub(crate) binding: [u8; 32],
    pub(crate) node: [u8; 32],
}

pub(crate) type MakeChallenge = dyn Fn(&Asked) -> Vec<u8>;

/// One grant as it is listed: name, interface, policy, lease.
pub(crate) type Grant = (String, u64, String, u64);

/// What the node says, and what it has heard; a test changes the one and reads the other.
pub(crate) struct Node {
    pub(crate) grants: RefCell<Vec<Grant>>,
    pub(crate) expires_at_ms: Cell<u64>,
    pub(crate) display_name: RefCell<String>,
    pub(crate) methods: Cell<u32>,
    /// The password is to be replaced by the next answer.
    pub(crate) one_time: Cell<bool>,
    /// Never done, whatever is answered.
    pub(crate) insatiable: Cell<bool>,
    /// What sign-ins are refused with.
    pub(crate) refusal: RefCell<Option<Error>>,
    pub(crate) challenge: RefCell<Box<MakeChallenge>>,
    pub(crate) binding: Cell<[u8; 32]>,
    pub(crate) id: Cell<[u8; 32]>,
    /// Answers to steps, and signatures, as they came.
    pub(crate) proofs: RefCell<Vec<Vec<u8>>>,
    pub(crate) signed: RefCell<Vec<u8>>,
    pub(crate) cancelled: Cell<u32>,
    pub(crate) asked_methods: Cell<u32>,
    pub(crate) logouts: Cell<u32>,
    pub(crate) lab: LabState,
    /// What the manual gives where it is asked for a schema, and how often it was.
    pub(crate) schema: RefCell<Vec<u8>>,
    pub(crate) asked_schemas: Cell<u32>,
    /// Who watches, and how often a watch was let go of.
    pub(crate) listeners: RefCell<Vec<session_listener::Client>>,
    pub(crate) unwatched: Cell<u32>,
    /// How many other sessions and profiles it lists.
    pub(crate) listed: Cell<u32>,
    /// Handles of sessions that were ended from another one.
    pub(crate) ended: RefCell<Vec<Vec<u8>>>,
    /// What `motd` says, or fails with.
    pub(crate) motd: RefCell<Result<String, Error>>,
}

impl Node {
    pub(crate) fn new() -> Rc<Self> {
        Rc::new(Self {
            grants: RefCell::new(vec![grant("system_info", SYSTEM_INFO), grant("lab", LAB)]),
            expires_at_ms: Cell::new(10_000),
            display_name: RefCell::new("Ada".to_owned()),
            methods: Cell::new(9),
            one_time: Cell::default(),
            insatiable: Cell::default(),
            refusal: RefCell::default(),
            challenge: RefCell::new(Box::new(challenge)),
            binding: Cell::default(),
            id: Cell::default(),
            proofs: RefCell::default(),
            signed: RefCell::default(),
            cancelled: Cell::default(),
            asked_methods: Cell::default(),
            logouts: Cell::default(),
            lab: LabState::new(),
            schema: RefCell::default(),
            asked_schemas: Cell::default(),
            listeners: RefCell::default(),
            unwatched: Cell::default(),
            listed: Cell::new(2),
            ended: RefCell::default(),
            motd: RefCell::new(Ok("be kind".to_owned())),
        })
    }

    pub(crate) fn client(self: &Rc<Self>) -> remote_session_gateway::Client {
        capnp_rpc::new_client(Gateway(Rc::clone(self)))
    }

    fn session(self: &Rc<Self>) -> remote_session::Client {
        capnp_rpc::new_client(Session { node: Rc::clone(self), over: Rc::default() })
    }

    fn admit(&self) -> Outcome {
        self.refusal.borrow().clone().map_or(Ok(()), Err)
    }
}

pub(crate) fn grant(name: &str, interface: u64) -> Grant {
    (name.to_owned(), interface, "session".to_owned(), 0)
}

/// The documented layout.
pub(crate) fn challenge(asked: &Asked) -> Vec<u8> {
    let counted = |bytes: &[u8]| [&u16::try_from(bytes.len()).unwrap().to_be_bytes()[..], bytes].concat();
    [
        b"capos-remote-session sign-in 1\0".as_slice(),
        &asked.node,
        &asked.binding,
        &[7; 32],
        &counted(&asked.nonce),
        &counted(&asked.account),
        &counted(b""),
        &counted(asked.profile.as_bytes()),
        &99_u64.to_be_bytes(),
    ]
    .concat()
}

struct Gateway(Rc<Node>);

impl remote_session_gateway::Server for Gateway {
    async fn auth_methods(
        self: Rc<Self>,
        _: remote_session_gateway::AuthMethodsParams,
        mut results: remote_session_gateway::AuthMethodsResults,
    ) -> Outcome {
        self.0.asked_methods.set(self.0.asked_methods.get() + 1);
        let mut methods = results.get().init_methods(self.0.methods.get());
        for (index, kind) in (0..self.0.methods.get()).zip([RemoteAuthKind::Password, RemoteAuthKind::PublicKey]) {
            let mut method = methods.reborrow().get(index);
            method.set_kind(kind);
            method.set_label("by \x1b[1mlabel\x1b[0m");
            method.set_enabled(true);
            method.init_profile_hints(1).set(0, "user");
        }
        Ok(())
    }

    async fn start(
        self: Rc<Self>,
        params: remote_session_gateway::StartParams,
        mut results: remote_session_gateway::StartResults,
    ) -> Outcome {
        let request = params.get()?.get_request()?;
        let asked = Asked {
            nonce: request.get_client_nonce()?.to_vec(),
            account: request.get_selector()?.get_value()?.to_vec(),
            profile: request.get_requested_profile()?.to_string()?,
            binding: self.0.binding.get(),
            node: self.0.id.get(),
        };
        let flow = Flow { node: Rc::clone(&self.0), kind: request.get_kind()?, asked, step: Cell::new(0) };
        results.get().set_flow(capnp_rpc::new_client(flow));
        Ok(())
    }

    async fn guest(
        self: Rc<Self>,
        params: remote_session_gateway::GuestParams,
        mut results: remote_session_gateway::GuestResults,
    ) -> Outcome {
        self.0.admit()?;
        assert_eq!(params.get()?.get_requested_profile()?, "guest");
        results.get().set_session(self.0.session());
        Ok(())
    }

    async fn anonymous(
        self: Rc<Self>,
        _: remote_session_gateway::AnonymousParams,
        mut results: remote_session_gateway::AnonymousResults,
    ) -> Outcome {
        self.0.admit()?;
        results.get().set_session(self.0.session());
        Ok(())
    }
}

struct Flow {
    node: Rc<Node>,
    kind: RemoteAuthKind,
    asked: Asked,
    step: Cell<u32>,
}

impl remote_auth_flow::Server for Flow {
    async fn next(
        self: Rc<Self>,
        params: remote_auth_flow::NextParams,
        mut results: remote_auth_flow::NextResults,
    ) -> Outcome {
        let response = params.get()?.get_response()?.to_vec();
        let number = self.step.replace(self.step.get() + 1);
        if number > 0 {
            self.node.proofs.borrow_mut().push(response.clone());
        }
        let mut step = results.get().init_step();
        match (self.kind, number) {
            _ if self.node.insatiable.get() => step.set_prompt("more"),
            (RemoteAuthKind::PublicKey, 0) => {
                let challenge = (self.node.challenge.borrow())(&self.asked);
                step.set_challenge(&challenge);
                self.node.signed.replace(challenge);
            }
            (RemoteAuthKind::Password, 0) => {
                // That the answer is a secret is for the client to know.
                step.set_prompt("Password\x1b[2J:");
                step.set_expires_at_ms(1234);
            }
            (RemoteAuthKind::Password, 1) if self.node.one_time.get() && response == PASSWORD.as_bytes() => {
                step.set_prompt("New password");
                step.set_redaction(true);
            }
            (RemoteAuthKind::Password, 1) if response != PASSWORD.as_bytes() => {
                return Err(Code::AuthenticationDenied.into());
            }
            _ => {
                self.node.admit()?;
                results.get().set_done(true);
                results.get().set_session(self.node.session());
            }
        }
        Ok(())
    }

    async fn cancel(self: Rc<Self>, _: remote_auth_flow::CancelParams, _: remote_auth_flow::CancelResults) -> Outcome {
        self.node.cancelled.set(self.node.cancelled.get() + 1);
        Ok(())
    }
}

#[derive(Clone)]
struct Session {
    node: Rc<Node>,
    over: Rc<Cell<bool>>,
}

impl Session {
    fn live(&self) -> Outcome {
        if self.over.get() { Err(Denial::from(Code::StaleSession).into()) } else { Ok(()) }
    }
}

impl remote_session::Server for Session {
    async fn info(self: Rc<Self>, _: remote_session::InfoParams, mut results: remote_session::InfoResults) -> Outcome {
        self.live()?;
        let mut info = results.get().init_info();
        info.set_session_id(&SESSION_ID);
        info.set_auth_strength(identity_capnp::AuthStrength::Password);
        info.set_created_at_ms(1);
        info.set_expires_at_ms(self.node.expires_at_ms.get());
        info.set_profile("user");
        let mut principal = info.init_principal();
        principal.set_kind(identity_capnp::PrincipalKind::Human);
        principal.set_display_name(self.node.display_name.borrow().as_str());
        Ok(())
    }

    async fn cap_set(
        self: Rc<Self>,
        _: remote_session::CapSetParams,
        mut results: remote_session::CapSetResults,
    ) -> Outcome {
        self.live()?;
        results.get().set_caps(capnp_rpc::new_client((*self).clone()));
        Ok(())
    }

    async fn renew(
        self: Rc<Self>,
        params: remote_session::RenewParams,
        mut results: remote_session::RenewResults,
    ) -> Outcome {
        self.live()?;
        self.node.proofs.borrow_mut().push(params.get()?.get_proof()?.to_vec());
        self.node.admit()?;
        let by = params.get()?.get_requested_duration_ms();
        self.node.expires_at_ms.set(self.node.expires_at_ms.get() + by);
        results.get().set_session(capnp_rpc::new_client((*self).clone()));
        Ok(())
    }

    async fn logout(self: Rc<Self>, _: remote_session::LogoutParams, _: remote_session::LogoutResults) -> Outcome {
        self.live()?;
        self.over.set(true);
        self.node.logouts.set(self.node.logouts.get() + 1);
        Ok(())
    }

    async fn watch(
        self: Rc<Self>,
        params: remote_session::WatchParams,
        mut results: remote_session::WatchResults,
    ) -> Outcome {
        self.live()?;
        self.node.listeners.borrow_mut().push(params.get()?.get_listener()?);
        results.get().set_watch(capnp_rpc::new_client(Watch(Rc::clone(&self.node))));
        Ok(())
    }

    async fn others(
        self: Rc<Self>,
        _: remote_session::OthersParams,
        mut results: remote_session::OthersResults,
    ) -> Outcome {
        self.live()?;
        let mut list = results.get().init_sessions(self.node.listed.get());
        for at in 0..self.node.listed.get() {
            let mut other = list.reborrow().get(at);
            other.set_session(&[0xcd; 16]);
            other.set_method("password");
            other.set_profile("user");
            other.set_idle_ms(7);
        }
        Ok(())
    }

    async fn end_other(
        self: Rc<Self>,
        params: remote_session::EndOtherParams,
        mut results: remote_session::EndOtherResults,
    ) -> Outcome {
        self.live()?;
        self.node.ended.borrow_mut().push(params.get()?.get_session()?.to_vec());
        results.get().set_ended(true);
        Ok(())
    }

    async fn profiles(
        self: Rc<Self>,
        _: remote_session::ProfilesParams,
        mut results: remote_session::ProfilesResults,
    ) -> Outcome {
        self.live()?;
        let mut list = results.get().init_profiles(self.node.listed.get());
        for at in 0..self.node.listed.get() {
            let mut choice = list.reborrow().get(at);
            choice.set_name(format!("p{at}"));
            choice.set_label("La\x1bbel");
            choice.set_current(at == 0);
        }
        Ok(())
    }

    async fn enter(
        self: Rc<Self>,
        params: remote_session::EnterParams,
        mut results: remote_session::EnterResults,
    ) -> Outcome {
        self.live()?;
        if params.get()?.get_profile()? != "p1" {
            return Err(Code::AuthenticationDenied.into());
        }
        self.over.set(true);
        results.get().set_session(self.node.session());
        Ok(())
    }
}

struct Watch(Rc<Node>);

impl session_watch::Server for Watch {}

impl Drop for Watch {
    fn drop(&mut self) {
        self.0.unwatched.set(self.0.unwatched.get() + 1);
    }
}

impl remote_cap_set::Server for Session {
    async fn list(self: Rc<Self>, _: remote_cap_set::ListParams, mut results: remote_cap_set::ListResults) -> Outcome {
        self.live()?;
        let grants = self.node.grants.borrow();
        let mut entries = results.get().init_entries(u32::try_from(grants.len()).unwrap());
        for (index, (name, interface, transfer, lease)) in (0..).zip(grants.iter()) {
            let mut entry = entries.reborrow().get(index);
            entry.set_name(name.as_str());
            entry.set_interface_id(*interface);
            entry.set_transfer_policy(transfer.as_str());
            entry.set_lease_expires_at_ms(*lease);
        }
        Ok(())
    }

    async fn get(
        self: Rc<Self>,
        params: remote_cap_set::GetParams,
        mut results: remote_cap_set::GetResults,
    ) -> Outcome {
        self.live()?;
        let params = params.get()?;
        let name = params.get_name()?.to_string()?;
        let grants = self.node.grants.borrow();
        let found = grants.iter().find(|grant| grant.0 == name).ok_or(Error::from(Code::UnknownCap))?;
        if found.1 != params.get_expected_interface_id() {
            return Err(Code::InterfaceMismatch.into());
        }
        let hook = match found.1 {
            SYSTEM_INFO => {
                let info: system_info::Client = capnp_rpc::new_client(SystemInfo((*self).clone()));
                info.into_client_hook()
            }
            LAB => {
                let lab: lab::Client = self.node.lab.client();
                lab.into_client_hook()
            }
            MANUAL => {
                let manual: manual::Client = capnp_rpc::new_client(Manual(Rc::clone(&self.node)));
                manual.into_client_hook()
            }
            // A null, where a capability was promised.
            _ => return Ok(()),
        };
        results.get().get_cap().set_as_capability(hook);
        Ok(())
    }
}

struct SystemInfo(Session);

impl system_info::Server for SystemInfo {
    async fn motd(self: Rc<Self>, _: system_info::MotdParams, mut results: system_info::MotdResults) -> Outcome {
        self.0.live()?;
        let motd = self.0.node.motd.borrow().clone();
        results.get().set_text(motd?.as_str());
        Ok(())
    }

    async fn hostname(
        self: Rc<Self>,
        _: system_info::HostnameParams,
        mut results: system_info::HostnameResults,
    ) -> Outcome {
        self.0.live()?;
        results.get().set_name("little");
        Ok(())
    }
}

struct Manual(Rc<Node>);

impl manual::Server for Manual {
    async fn schema(self: Rc<Self>, _: manual::SchemaParams, mut results: manual::SchemaResults) -> Outcome {
        self.0.asked_schemas.set(self.0.asked_schemas.get() + 1);
        results.get().set_request(&self.0.schema.borrow());
        Ok(())
    }
}
