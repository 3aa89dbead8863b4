//! One vat with a hostile client, a neighbour, and, where the plan says so, a service behind another connection.

use std::cell::RefCell;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use capnp::capability::{Client, FromClientHook as _};
use capos_membrane::{Liveness, Membrane, Trust};
use capos_rpc::{ConnectionHandle, Limits, Peer};
use capos_schema::NoShapes;
use capos_testkit::lab::LabState;
use capos_testkit::lab_capnp::lab;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, ReadHalf, WriteHalf};
use tokio::task::{JoinHandle, LocalSet, spawn_local, yield_now};

use super::bytes::Bytes;
use crate::node;

const PIPE: usize = 64 << 10;
/// Longer than any deadline of a connection; the clock is a virtual one.
const LONG: Duration = Duration::from_secs(600);
/// Turns of the executor after which a vat that has nothing to wait for is at rest.
const TURNS: usize = 60;

/// Runs a body on one thread whose clock jumps to the next deadline as soon as there is nothing else to do.
pub(super) fn on_vat(body: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    let runtime = runtime.expect("a runtime without I/O needs nothing");
    LocalSet::new().block_on(&runtime, body);
}

/// Lets everything run that can.
pub(super) async fn quiet() {
    for _ in 0..TURNS {
        yield_now().await;
    }
}

/// A peer whose messages are the fuzzer's.
pub(super) struct Scripted {
    writer: WriteHalf<DuplexStream>,
    handle: ConnectionHandle,
    /// Held where nothing is ever read.
    _unread: Option<ReadHalf<DuplexStream>>,
}

impl Scripted {
    fn new(stream: DuplexStream, handle: ConnectionHandle, reads: bool) -> Self {
        let (mut reader, writer) = tokio::io::split(stream);
        let unread = if reads {
            spawn_local(async move { while matches!(reader.read(&mut [0; 4096]).await, Ok(1..)) {} });
            None
        } else {
            Some(reader)
        };
        Self { writer, handle, _unread: unread }
    }

    pub(super) async fn send(&mut self, frame: &[u8]) {
        // A full pipe is given up on: the node may stop reading a peer, and may have closed on it.
        let _ = tokio::time::timeout(Duration::from_millis(1), self.writer.write_all(frame)).await;
    }

    async fn leave(mut self) {
        let _ = self.writer.shutdown().await;
    }
}

/// Everything on one vat.
pub(super) struct World {
    pub(super) client: Scripted,
    pub(super) service: Option<Scripted>,
    pub(super) liveness: Liveness,
    pub(super) membrane: Membrane,
    lab: LabState,
    neighbour: Neighbour,
    systems: Systems,
}

impl World {
    pub(super) fn new(plan: &mut Bytes<'_>) -> Self {
        let choices = plan.byte();
        let (lab, systems) = (LabState::new(), Systems::default());
        let mut service = None;
        let inside = match choices & 3 {
            0 => lab.client().client,
            1 => behind_connection(&lab, &systems),
            _ => {
                let (inside, scripted) = scripted_service(&systems);
                service = Some(scripted);
                inside
            }
        };
        let liveness = Liveness::new();
        let mut rules = node::rules(liveness.child());
        if choices & 4 != 0 {
            rules.trust = Trust::Node;
        }
        if choices & 8 != 0 {
            rules.shapes = Arc::new(NoShapes);
        }
        let membrane = Membrane::new(rules);
        let (near, far) = tokio::io::duplex(PIPE);
        let outside = membrane.wrap(inside);
        let (system, handle) = node::serve(near, Peer::internal(), &Limits::default(), outside);
        systems.run("hostile client", system, &handle);
        let client = Scripted::new(far, handle, choices & 0x30 != 0x30);
        Self { client, service, liveness, membrane, lab, neighbour: Neighbour::new(&systems), systems }
    }

    /// Nothing has panicked, the neighbour is served, and everything ends and is let go of.
    pub(super) async fn check(self) {
        let Self { client, service, membrane, lab, neighbour, systems, .. } = self;
        quiet().await;
        neighbour.is_served().await;
        let mut handles = vec![client.handle.clone()];
        client.leave().await;
        if let Some(service) = service {
            handles.push(service.handle.clone());
            service.leave().await;
        }
        drop(membrane);
        tokio::time::sleep(LONG).await;
        quiet().await;
        for handle in handles {
            assert!(handle.ending().is_some(), "a connection outlives its peer");
        }
        neighbour.is_served().await;
        // A kept callback may be the laboratory itself.
        lab.forget_kept();
        lab.refuse("it is over");
        systems.close();
        tokio::time::sleep(LONG).await;
        quiet().await;
        assert_eq!(lab.counts().alive(), 0, "objects outlive their connection");
        systems.have_ended().await;
    }
}

fn behind_connection(lab: &LabState, systems: &Systems) -> Client {
    let (near, far) = tokio::io::duplex(PIPE);
    let (service, served) = node::serve(far, Peer::unix(), &Limits::default(), lab.client().client);
    let (system, client, connected) = node::connect(near, Peer::unix(), &Limits::default());
    systems.run("service", service, &served);
    systems.run("connection to the service", system, &connected);
    client
}

fn scripted_service(systems: &Systems) -> (Client, Scripted) {
    let (near, far) = tokio::io::duplex(PIPE);
    let (system, client, handle) = node::connect(near, Peer::unix(), &Limits::default());
    systems.run("connection to the hostile service", system, &handle);
    (client, Scripted::new(far, handle, true))
}

/// Somebody else on the same thread.
struct Neighbour {
    lab: lab::Client,
    handle: ConnectionHandle,
}

impl Neighbour {
    fn new(systems: &Systems) -> Self {
        let (near, far) = tokio::io::duplex(PIPE);
        let wrapped = Membrane::new(node::rules(Liveness::new())).wrap(LabState::new().client());
        let (server, handle) = node::serve(near, Peer::internal(), &Limits::default(), wrapped.client);
        let (system, client, own) = node::connect(far, Peer::internal(), &Limits::default());
        systems.run("neighbour", server, &handle);
        systems.run("neighbour's own side", system, &own);
        Self { lab: lab::Client::new(client.hook), handle }
    }

    async fn is_served(&self) {
        let mut request = self.lab.echo_request();
        request.get().set_payload(b"here");
        let answer = tokio::time::timeout(LONG, request.send().promise).await.expect("the neighbour gets an answer");
        let answer = answer.expect("the neighbour's call succeeds");
        assert_eq!(answer.get().and_then(|answer| answer.get_payload()).expect("a payload"), b"here");
        assert_eq!(self.handle.ending(), None, "the neighbour lost its connection");
    }
}

/// The vats of the connections.
#[derive(Default)]
struct Systems(RefCell<Vec<System>>);

struct System {
    name: &'static str,
    task: JoinHandle<()>,
    handle: ConnectionHandle,
}

impl Systems {
    fn run(
        &self,
        name: &'static str,
        system: impl Future<Output = capnp::Result<()>> + 'static,
        handle: &ConnectionHandle,
    ) {
        let task = spawn_local(async move {
            // How a connection ends is not the point here; that it does is.
            let _ = system.await;
        });
        self.0.borrow_mut().push(System { name, task, handle: handle.clone() });
    }

    fn close(&self) {
        self.0.borrow().iter().for_each(|system| system.handle.close());
    }

    async fn have_ended(self) {
        for System { name, task, .. } in self.0.into_inner() {
            assert!(task.is_finished(), "the task of the {name} goes on for ever");
            if let Err(error) = task.await {
                assert!(!error.is_panic(), "the task of the {name} panicked: {error}");
            }
        }
    }
}
