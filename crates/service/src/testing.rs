//! A service within a test, reached as the node reaches it.
//!
//! ```no_run
//! # use capos_service::{Service, testing::{Bench, Visitor}};
//! # use capos_schema::system_info_capnp::system_info;
//! # async fn test(greeter: impl Service) -> capnp::Result<()> {
//! let bench = Bench::begin(greeter).await?; // within a LocalSet
//! let info: system_info::Client = bench.open(&Visitor::named("Ann"), "info").await?;
//! let answer = info.motd_request().send().promise.await?;
//! assert_eq!(answer.get()?.get_text()?, "Hello, Ann!");
//! # Ok(())
//! # }
//! ```

mod person;

use std::rc::Rc;

use capnp::capability::{Client, FromClientHook};
use capnp::struct_list;
use capnp::traits::HasTypeId;
use capnp_rpc::rpc_twoparty_capnp::Side;
use capnp_rpc::{Disconnector, RpcSystem};
use capos_rpc::{Limits, Network, Peer};
use capos_schema::identity_capnp::{AuthStrength, PrincipalKind};
use capos_schema::service_capnp::{Disclosure, named_capability, service, session_context};
use futures::FutureExt as _;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::LocalSet;

use crate::host::Host;
use crate::{Given, Health, Service};
pub use person::Person;

/// Room in the pipe between the two sides.
const PIPE: usize = 64 << 10;

/// Runs a test on one thread, as a service runs.
pub fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    LocalSet::new().block_on(&runtime.expect("a test has descriptors"), test);
}

/// The node's side of one connection to a service.
pub struct Bench {
    service: service::Client,
    wants: Vec<Disclosure>,
    disconnector: Option<Disconnector<Side>>,
}

impl Bench {
    /// Starts a service in this process, with nothing that it needs.
    pub async fn begin<S: Service>(service: S) -> Result<Self, capnp::Error> {
        Self::begin_with(service, Given::default()).await
    }

    /// Starts a service in this process and gives it what it needs.
    pub async fn begin_with<S: Service>(service: S, given: Given) -> Result<Self, capnp::Error> {
        let host = Host::new(Rc::new(service), crate::Limits::default());
        let mut bench = Self::connect_to(&host);
        bench.give(given).await?;
        Ok(bench)
    }

    /// One more connection to a service in this process, as another thread of the node makes it.
    pub fn connect_to<S: Service>(host: &Rc<Host<S>>) -> Self {
        let (ours, theirs) = tokio::io::duplex(PIPE);
        let host = host.clone();
        tokio::task::spawn_local(async move { host.serve(theirs).await });
        let mut bench = Self::connect(ours);
        bench.wants = S::WANTS.to_vec();
        bench
    }

    /// A connection to whatever serves at the other end: a process, in any language. It is to [`give`](Self::give) next.
    pub fn connect(stream: impl AsyncRead + AsyncWrite + 'static) -> Self {
        let (network, _) = Network::new(stream, Side::Client, Peer::unix(), &Limits::default());
        let mut system = RpcSystem::new(Box::new(network), None);
        let service = system.bootstrap(Side::Server);
        let disconnector = Some(system.get_disconnector());
        tokio::task::spawn_local(system);
        Self { service, wants: Vec::new(), disconnector }
    }

    /// Calls `begin` with capabilities and [settings](Given::with_settings), and tells from here on what the service asks for.
    pub async fn give(&mut self, given: Given) -> Result<(), capnp::Error> {
        let mut request = self.service.begin_request();
        request.get().set_settings(given.settings_text());
        write(&given, request.get().init_grants(count(&given)))?;
        let answer = request.send().promise.await?;
        self.wants = answer.get()?.get_wants()?.iter().collect::<Result<_, _>>()?;
        Ok(())
    }

    /// What the service asks to be told.
    pub fn wants(&self) -> &[Disclosure] {
        &self.wants
    }

    /// Opens an export for a visitor.
    pub async fn open<T: FromClientHook>(&self, visitor: &Visitor, export: &str) -> Result<T, capnp::Error> {
        self.open_lending(visitor, export, Given::default()).await
    }

    /// Opens an export for a visitor who lends something.
    pub async fn open_lending<T: FromClientHook>(
        &self,
        visitor: &Visitor,
        export: &str,
        lent: Given,
    ) -> Result<T, capnp::Error> {
        let mut request = self.service.open_request();
        request.get().set_export(export);
        visitor.write(request.get().init_context(), &self.wants)?;
        write(&lent, request.get().init_grants(count(&lent)))?;
        let answer = request.send().promise.await?;
        let facet: Client = answer.get()?.get_facet().get_as_capability()?;
        Ok(T::new(facet.hook))
    }

    /// Asks how the service does.
    pub async fn health(&self) -> Result<Health, capnp::Error> {
        let answer = self.service.health_request().send().promise.await?;
        let told = answer.get()?;
        Ok(if told.get_healthy() { Health::Good } else { Health::Bad(told.get_message()?.to_string()?) })
    }

    /// Drains the service.
    pub async fn drain(&self) -> Result<(), capnp::Error> {
        self.service.drain_request().send().promise.await.map(drop)
    }

    /// Cuts the connection, as the end of the node does.
    pub fn cut(self) {}
}

impl Drop for Bench {
    fn drop(&mut self) {
        // Facets that a test still holds would keep the connection otherwise.
        if let Some(disconnector) = self.disconnector.take() {
            let _ = disconnector.now_or_never();
        }
    }
}

fn count(given: &Given) -> u32 {
    u32::try_from(given.entries().len()).unwrap_or(u32::MAX)
}

fn write(given: &Given, mut list: struct_list::Builder<'_, named_capability::Owned>) -> Result<(), capnp::Error> {
    for (index, (name, interface, client)) in (0..).zip(given.entries()) {
        let mut grant = list.reborrow().get(index);
        grant.set_name(name);
        grant.set_interface_id(interface);
        grant.get_capability().set_as_capability(client.hook.clone());
    }
    Ok(())
}

impl Given {
    /// Adds a capability, to hand over in a test.
    #[must_use]
    pub fn with<T: FromClientHook + HasTypeId>(self, name: &str, capability: T) -> Self {
        self.with_interface(name, T::TYPE_ID, capability)
    }

    /// The same with these settings, an object of JSON, as a profile's table becomes one.
    #[must_use]
    pub fn with_settings_of(self, json: &str) -> Self {
        self.with_settings(json)
    }

    /// The same under an interface id that may be wrong.
    #[must_use]
    pub fn with_interface<T: FromClientHook>(mut self, name: &str, interface: u64, capability: T) -> Self {
        self.put(name, interface, Client::new(capability.into_client_hook()));
        self
    }
}

/// A made-up session. Two of the same name are the same person in the same session.
#[derive(Clone, Debug)]
pub struct Visitor {
    name: String,
    session: u8,
    stranger: bool,
    /// What kind of principal it is.
    pub class: PrincipalKind,
    /// How strongly it proved who it is.
    pub strength: AuthStrength,
    /// The profile that its session runs under.
    pub profile: String,
    /// When its session began.
    pub created_at_ms: u64,
    /// When it ends.
    pub expires_at_ms: u64,
}

impl Visitor {
    /// A person who signed in with a password.
    #[must_use]
    pub fn named(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            session: 0,
            stranger: false,
            class: PrincipalKind::Human,
            strength: AuthStrength::Password,
            profile: "user".to_owned(),
            created_at_ms: 1_700_000_000_000,
            expires_at_ms: 1_700_000_000_000 + 3_600_000,
        }
    }

    /// A guest: nobody who could be recognised.
    #[must_use]
    pub fn guest(name: &str) -> Self {
        let (class, strength) = (PrincipalKind::Guest, AuthStrength::None);
        Self { stranger: true, class, strength, profile: "guest".to_owned(), ..Self::named(name) }
    }

    /// The same person in another session.
    #[must_use]
    pub fn in_session(mut self, number: u8) -> Self {
        self.session = number;
        self
    }

    /// The pseudonym that it comes under.
    #[must_use]
    pub fn pseudonym(&self) -> Option<[u8; 32]> {
        (!self.stranger).then(|| self.bytes(0xff))
    }

    /// What stands for its session.
    #[must_use]
    pub fn reference(&self) -> [u8; 32] {
        self.bytes(self.session)
    }

    /// 32 bytes that differ for each name: its own bytes stirred, which is enough for made-up people.
    fn bytes(&self, last: u8) -> [u8; 32] {
        let mut state = 0xcbf2_9ce4_8422_2325_u64;
        let mut stir = |byte: u8| {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
            state.to_be_bytes()[0]
        };
        self.name.bytes().chain([last]).for_each(|byte| {
            stir(byte);
        });
        std::array::from_fn(|_| stir(1))
    }

    fn write(&self, mut to: session_context::Builder<'_>, wants: &[Disclosure]) -> Result<(), capnp::Error> {
        to.set_reference(&self.reference());
        to.set_created_at_ms(self.created_at_ms);
        to.set_expires_at_ms(self.expires_at_ms);
        to.set_disclosed(wants)?;
        for fact in wants {
            match fact {
                Disclosure::PrincipalClass => to.set_principal_class(self.class),
                Disclosure::AuthStrength => to.set_auth_strength(self.strength),
                Disclosure::ProfileClass => to.set_profile_class(&self.profile),
                Disclosure::DisplayName => to.set_display_name(&self.name),
                Disclosure::Pseudonym => to.set_pseudonym(self.pseudonym().as_ref().map_or(&[], |bytes| bytes)),
            }
        }
        Ok(())
    }
}
