//! A service as the node sees it: the interface of `service.capnp`, for all connections together.

use std::cell::Cell;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;

use capnp_rpc::RpcSystem;
use capnp_rpc::rpc_twoparty_capnp::Side;
use capos_rpc::{Network, Peer};
use capos_schema::service_capnp::service;
use futures::FutureExt as _;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{OnceCell, watch};

use crate::context::Context;
use crate::error::{bad_request, unavailable};
use crate::given::Given;
use crate::limits::Limits;
use crate::seats::Seats;
use crate::{Health, Service};

/// How far a process has come.
#[derive(Clone, Copy, PartialEq)]
enum Stage {
    Fresh,
    Beginning,
    Serving,
    /// `begin` failed: the service has not what it needs.
    Unfit,
}

/// One running service, whatever it is reached over.
pub struct Host<S: Service> {
    service: Rc<S>,
    seats: Seats<S::Seat>,
    stage: watch::Sender<Stage>,
    leaving: Cell<bool>,
    drained: OnceCell<()>,
    limits: Limits,
}

impl<S: Service> Host<S> {
    /// A service that nobody has reached yet.
    #[must_use]
    pub fn new(service: Rc<S>, limits: Limits) -> Rc<Self> {
        Rc::new(Self {
            service,
            seats: Seats::new(limits.seats),
            stage: watch::channel(Stage::Fresh).0,
            leaving: Cell::new(false),
            drained: OnceCell::new(),
            limits,
        })
    }

    /// Serves one connection of the node until its end. Any number may be served at once.
    pub async fn serve(self: &Rc<Self>, stream: impl AsyncRead + AsyncWrite + 'static) -> Result<(), capnp::Error> {
        let front: service::Client = capnp_rpc::new_client(Front(self.clone()));
        let (network, _) = Network::new(stream, Side::Server, Peer::unix(), &self.limits.of_connections());
        run_out(RpcSystem::new(Box::new(network), Some(front.client))).await
    }

    /// Lets the service keep what is worth keeping, once, and lets nobody in from here on.
    pub async fn drain(&self) {
        self.leaving.set(true);
        self.drained.get_or_init(|| self.service.drain()).await;
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    async fn begin(&self, given: Given) -> Result<(), capnp::Error> {
        let first = self.stage.send_if_modified(|stage| {
            let fresh = *stage == Stage::Fresh;
            if fresh {
                *stage = Stage::Beginning;
            }
            fresh
        });
        if !first {
            return Err(bad_request("a service begins once"));
        }
        let begun = Begun { stage: &self.stage, became: Cell::new(Stage::Unfit) };
        self.service.begin(given).await?;
        begun.became.set(Stage::Serving);
        Ok(())
    }

    /// One of the node's connections may bring a session while another is at `begin`.
    async fn ready(&self) -> Result<(), capnp::Error> {
        let mut stage = self.stage.subscribe();
        let reached = stage.wait_for(|stage| *stage != Stage::Beginning).await.map(|stage| *stage);
        match reached {
            _ if self.leaving.get() => Err(unavailable("this service is about to end")),
            Ok(Stage::Serving) => Ok(()),
            Ok(Stage::Fresh) => Err(bad_request("a service begins before it opens")),
            _ => Err(unavailable("this service has not what it needs")),
        }
    }

    fn seat(&self, context: Context, lent: Given) -> Result<Rc<S::Seat>, capnp::Error> {
        if let Some(seat) = self.seats.find(&context.reference) {
            self.service.seated_again(&seat, lent)?;
            return Ok(seat);
        }
        self.seats.room()?;
        let reference = context.reference;
        let seat = Rc::new(self.service.seat(context, lent)?);
        self.seats.keep(reference, &seat);
        Ok(seat)
    }
}

/// Says how `begin` ended, also where the node gave up waiting for it.
struct Begun<'a> {
    stage: &'a watch::Sender<Stage>,
    became: Cell<Stage>,
}

impl Drop for Begun<'_> {
    fn drop(&mut self) {
        self.stage.send_replace(self.became.get());
    }
}

/// Runs a connection to its end. A panic in one of its calls is that end: dropped as it is then, what the connection
/// holds would hold itself for ever, and the node would never hear of it.
async fn run_out(system: RpcSystem<Side>) -> Result<(), capnp::Error> {
    let disconnector = system.get_disconnector();
    match AssertUnwindSafe(system).catch_unwind().await {
        Ok(ended) => ended,
        Err(_) => {
            // What it said is in the log already.
            tracing::error!("a connection was cut by a panic");
            // Nobody is left to tell when it is done; what it does is done at once.
            let _ = disconnector.now_or_never();
            Err(capnp::Error::failed("a call panicked".into()))
        }
    }
}

/// What one connection's bootstrap object is.
struct Front<S: Service>(Rc<Host<S>>);

type Outcome = Result<(), capnp::Error>;

impl<S: Service> service::Server for Front<S> {
    async fn begin(self: Rc<Self>, params: service::BeginParams, mut results: service::BeginResults) -> Outcome {
        let asked = params.get()?;
        let given = Given::parse(asked.get_grants()?, &self.0.limits)?.with_settings(asked.get_settings()?.to_str()?);
        self.0.begin(given).await?;
        results.get().set_wants(S::WANTS)
    }

    async fn open(self: Rc<Self>, params: service::OpenParams, mut results: service::OpenResults) -> Outcome {
        self.0.ready().await?;
        let asked = params.get()?;
        let lent = Given::parse(asked.get_grants()?, &self.0.limits)?;
        let seat = self.0.seat(Context::parse(asked.get_context()?)?, lent)?;
        let facet = self.0.service.facet(&seat, asked.get_export()?.to_str()?)?;
        results.get().get_facet().set_as_capability(facet.hook);
        Ok(())
    }

    async fn health(self: Rc<Self>, _: service::HealthParams, mut results: service::HealthResults) -> Outcome {
        let mut told = results.get();
        match self.0.service.health() {
            Health::Good => told.set_healthy(true),
            Health::Bad(reason) => told.set_message(&reason),
        }
        Ok(())
    }

    async fn drain(self: Rc<Self>, _: service::DrainParams, _: service::DrainResults) -> Outcome {
        self.0.drain().await;
        Ok(())
    }
}

/// Serves a service over one connection, with the default limits, until the connection ends.
///
/// For a program that brings its own sockets, and for tests; [`run`](crate::run()) is for services of their own.
pub async fn serve_stream<S: Service>(
    service: Rc<S>,
    stream: impl AsyncRead + AsyncWrite + 'static,
) -> Result<(), capnp::Error> {
    Host::new(service, Limits::default()).serve(stream).await
}
