//! A laboratory behind a membrane, laid out in each way that a node has it.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use capnp::capability::{Client, FromClientHook};
use capnp::private::capability::ClientHook;
use capnp_rpc::rpc_twoparty_capnp::Side;
use capnp_rpc::{RpcSystem, twoparty};
use capos_membrane::{Clock, Liveness, Membrane, Observer, Rules, Settled};
use capos_schema::{Code, Denial, Shape, Shapes};
use capos_testkit::clock::VirtualClock;
use capos_testkit::lab::LabState;
use capos_testkit::lab_capnp::lab;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_util::compat::TokioAsyncReadCompatExt;

pub(crate) const LAB: u64 = 0xa6b4_c1d5_e8f7_0213;
pub(crate) const CALLBACK: u64 = 0xb9d2_e6f4_a1c8_0357;

/// Where the holder and the object are, seen from the membrane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Layout {
    /// Holder, membrane and object in one process.
    InProcess,
    /// The holder behind a connection.
    Remote,
    /// The holder and the object each behind a connection of their own.
    Between,
    /// The holder in the node, the object behind a connection.
    ToService,
}

pub(crate) const LAYOUTS: [Layout; 4] = [Layout::InProcess, Layout::Remote, Layout::Between, Layout::ToService];

/// One laid-out laboratory.
pub(crate) struct World {
    /// As its holder has it.
    pub(crate) lab: lab::Client,
    pub(crate) state: LabState,
    pub(crate) membrane: Membrane,
    pub(crate) liveness: Liveness,
    pub(crate) record: Rc<Record>,
}

impl World {
    pub(crate) fn new(layout: Layout) -> Self {
        Self::with(layout, |_| {})
    }

    pub(crate) fn with(layout: Layout, change: impl FnOnce(&mut Rules)) -> Self {
        let state = LabState::new();
        let liveness = Liveness::new();
        let record = Rc::new(Record::default());
        let mut rules = Rules::new(liveness.clone());
        rules.observer = Some(record.clone());
        rules.shapes = Rc::new(LabShapes::new());
        change(&mut rules);
        let membrane = Membrane::new(rules);
        let inside = match layout {
            Layout::Between | Layout::ToService => link(state.client().client),
            Layout::InProcess | Layout::Remote => state.client().client,
        };
        let outside = membrane.wrap(inside);
        let held = match layout {
            Layout::Remote | Layout::Between => link(outside),
            Layout::InProcess | Layout::ToService => outside,
        };
        Self { lab: FromClientHook::new(held.hook), state, membrane, liveness, record }
    }

    pub(crate) async fn echo(&self, payload: &[u8]) -> capnp::Result<Vec<u8>> {
        echo(&self.lab, payload).await
    }
}

/// Serves `bootstrap` on one end of a pipe and gives what the other end makes of it.
pub(crate) fn link(bootstrap: Client) -> Client {
    let (near, far) = tokio::io::duplex(1 << 16);
    tokio::task::spawn_local(system(far, Side::Server, Some(bootstrap)));
    let mut system = system(near, Side::Client, None);
    let client = system.bootstrap(Side::Server);
    tokio::task::spawn_local(system);
    client
}

pub(crate) fn system(
    stream: impl AsyncRead + AsyncWrite + 'static,
    side: Side,
    bootstrap: Option<Client>,
) -> RpcSystem<Side> {
    let (reader, writer) = tokio::io::split(stream);
    let network = twoparty::VatNetwork::new(
        reader.compat(),
        tokio_util::compat::TokioAsyncWriteCompatExt::compat_write(writer),
        side,
        Default::default(),
    );
    RpcSystem::new(Box::new(network), bootstrap)
}

/// Runs a test on one thread, with a time-out that only a defect reaches.
pub(crate) fn run<F: Future<Output = ()>>(test: F) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let local = tokio::task::LocalSet::new();
    local.block_on(&runtime, async {
        tokio::time::timeout(Duration::from_secs(20), test).await.expect("the test hangs");
    });
}

/// Runs a test in every layout.
#[expect(clippy::print_stderr, reason = "tells which layout it was, when the test fails")]
pub(crate) fn everywhere<F: Future<Output = ()>>(test: impl Fn(Layout) -> F) {
    for layout in LAYOUTS {
        eprintln!("{layout:?}");
        run(test(layout));
    }
}

/// Lets every task run until none is ready.
pub(crate) async fn quiet() {
    for _ in 0..200 {
        tokio::task::yield_now().await;
    }
}

pub(crate) async fn echo(lab: &lab::Client, payload: &[u8]) -> capnp::Result<Vec<u8>> {
    let mut request = lab.echo_request();
    request.get().set_payload(payload);
    Ok(request.send().promise.await?.get()?.get_payload()?.to_vec())
}

/// What a capability is when all its promises have resolved.
///
/// Not `when_resolved`: the library's own promises never answer one who asks after they have resolved.
pub(crate) async fn settled(client: &Client) -> Box<dyn ClientHook> {
    let mut hook = client.hook.add_ref();
    loop {
        hook = match hook.get_resolved() {
            Some(resolved) => resolved,
            None => match hook.when_more_resolved() {
                Some(resolution) => resolution.await.unwrap(),
                None => return hook,
            },
        };
    }
}

pub(crate) fn code<T>(result: capnp::Result<T>) -> Option<Code> {
    let error = result.err().expect("a refusal");
    Some(Denial::from_error(&error).unwrap_or_else(|| panic!("no denial: {error}")).code)
}

/// What the observer was told.
#[derive(Default)]
pub(crate) struct Record(RefCell<Vec<Settled>>);

impl Observer for Record {
    fn settled(&self, settled: &Settled) {
        self.0.borrow_mut().push(*settled);
    }
}

impl Record {
    pub(crate) fn all(&self) -> Vec<Settled> {
        self.0.borrow().clone()
    }

    /// The calls of one interface, as (method, side towards).
    pub(crate) fn methods(&self, interface: u64) -> Vec<u16> {
        self.all().iter().filter(|settled| settled.interface == interface).map(|settled| settled.method).collect()
    }

    pub(crate) fn clear(&self) {
        self.0.borrow_mut().clear();
    }
}

/// The laboratory's shapes, written by hand.
pub(crate) struct LabShapes {
    methods: Vec<Shape>,
}

impl LabShapes {
    pub(crate) fn new() -> Self {
        let mut methods = vec![Shape::default(); 17];
        for lone in [1, 6, 11] {
            methods[lone].capability_paths = Box::new([Box::new([0])]);
        }
        methods[7].streaming = true;
        Self { methods }
    }
}

impl Shapes for LabShapes {
    fn shape(&self, interface: u64, method: u16) -> Option<&Shape> {
        (interface == LAB).then(|| self.methods.get(usize::from(method))).flatten()
    }
}

/// A virtual clock as the membrane reads it.
pub(crate) struct Time(pub(crate) VirtualClock);

impl Clock for Time {
    fn now(&self) -> u64 {
        self.0.now()
    }
}
