//! The way from this machine to the node: a connection for each sign-in, on threads of their own.

use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use capos_client::{
    Confirm, Connection, Ending, Endpoint, Error, Fingerprint, Identify, KnownNodes, NoConfirm, Options, Stranger,
    Timeouts, connect,
};
use capos_rpc::{Peer, Vats};
use capos_schema::{Code, Denial};
use capos_web::{Choice, Chosen, Place, Reach, Refusal, Work};
use futures::future::{BoxFuture, Either, LocalBoxFuture, select};
use hyper::StatusCode;
use tokio::sync::oneshot;

use super::way::Way;

/// A browser has one session here, and a second thread asks for ways of signing in meanwhile.
const THREADS: usize = 2;

const STOPPING: Refusal = Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", "the bridge is stopping");

/// Leads to the node that the person at it has chosen.
pub(super) struct Bridge {
    vats: Arc<Vats>,
    known: KnownNodes,
    /// The key of the node that it was started for, where it was given.
    pinned: Option<(Endpoint, Fingerprint)>,
    endpoint: Mutex<Endpoint>,
    way: Arc<Way>,
}

impl Bridge {
    pub(super) fn start(
        endpoint: Endpoint,
        pinned: Option<Fingerprint>,
        known: KnownNodes,
        way: Way,
    ) -> io::Result<Self> {
        let pinned = pinned.map(|fingerprint| (endpoint.clone(), fingerprint));
        let (vats, endpoint) = (Arc::new(Vats::start(THREADS)?), Mutex::new(endpoint));
        Ok(Self { vats, known, pinned, endpoint, way: Arc::new(way) })
    }

    /// Waits until every session is over, and ends what is left.
    pub(super) async fn drain(&self, patience: Duration) {
        self.vats.drain(patience, Denial::new(Code::ServiceUnavailable, "the bridge was stopped")).await;
    }

    fn endpoint(&self) -> MutexGuard<'_, Endpoint> {
        self.endpoint.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pinned_for(&self, endpoint: &Endpoint) -> Option<Fingerprint> {
        self.pinned.as_ref().filter(|(pinned, _)| pinned == endpoint).map(|(_, fingerprint)| *fingerprint)
    }

    fn options(&self, endpoint: &Endpoint) -> Options {
        let identify = match self.pinned_for(endpoint) {
            Some(fingerprint) => Identify::Pinned(fingerprint),
            None => Identify::Known(self.known.clone()),
        };
        Options { timeouts: timeouts(), ..Options::new(identify) }
    }
}

/// A page that shows a session has to say soon that nothing is behind it any more.
fn timeouts() -> Timeouts {
    let five = Duration::from_secs(5);
    Timeouts { quiet: five, probe: five, ..Timeouts::default() }
}

impl Reach for Bridge {
    fn reach(&self, _: Peer, work: Work) -> Result<(), Refusal> {
        let endpoint = self.endpoint().clone();
        let (options, way) = (self.options(&endpoint), self.way.clone());
        let go = move || async move {
            // Who has not been confirmed by then is not while somebody signs in.
            let reached = connect(&endpoint, &options, &mut NoConfirm).await;
            way.tried(&endpoint, reached.as_ref().err());
            let watched = reached.as_ref().ok().cloned();
            let work = work(reached);
            match watched {
                Some(connection) => watch(connection, work, |ending| way.ended(&endpoint, &ending)).await,
                None => work.await,
            }
        };
        self.vats.place(go).map(drop).ok_or(STOPPING)
    }

    fn place(&self) -> Place {
        Place::Bridge
    }

    fn choice(&self) -> Option<&dyn Choice> {
        Some(self)
    }
}

impl Choice for Bridge {
    fn chosen(&self) -> Result<Chosen, Error> {
        let endpoint = self.endpoint().clone();
        let fingerprint = match self.pinned_for(&endpoint) {
            Some(fingerprint) => Some(fingerprint),
            None => self.known.find(&endpoint, &capos_client::Limits::default())?.map(|(fingerprint, _)| fingerprint),
        };
        Ok(Chosen { endpoint: Some(endpoint), fingerprint })
    }

    fn choose(&self, endpoint: Endpoint, confirmed: Option<Fingerprint>) -> BoxFuture<'_, Result<Fingerprint, Error>> {
        let options = self.options(&endpoint);
        Box::pin(async move {
            let (tell, told) = oneshot::channel();
            let at = endpoint.clone();
            let meet = move || async move {
                // Whoever asked may have gone.
                let _ = tell.send(meet(&at, &options, confirmed).await);
            };
            self.vats.place(meet).ok_or(Error::Cancelled)?;
            let fingerprint = told.await.map_err(|_| Error::Cancelled)??;
            *self.endpoint() = endpoint;
            Ok(fingerprint)
        })
    }
}

/// Goes on with the work; where the connection ends meanwhile, `ended` is told how.
async fn watch(connection: Connection, work: LocalBoxFuture<'static, ()>, ended: impl FnOnce(Ending)) {
    let closed = pin!(connection.closed());
    if let Either::Left((ending, work)) = select(closed, work).await {
        ended(ending);
        work.await;
    }
}

async fn meet(endpoint: &Endpoint, options: &Options, confirmed: Option<Fingerprint>) -> Result<Fingerprint, Error> {
    let connection = connect(endpoint, options, &mut Compared(confirmed)).await?;
    connection.close();
    connection.fingerprint().ok_or(Error::System("the node has shown no key"))
}

/// Somebody has compared this key with the node's.
struct Compared(Option<Fingerprint>);

impl Confirm for Compared {
    fn confirm<'a>(&'a mut self, stranger: &'a Stranger) -> LocalBoxFuture<'a, bool> {
        let is_it = self.0 == Some(stranger.fingerprint);
        Box::pin(async move { is_it })
    }
}
