//! A client that came over HTTP, on its way to a vat thread.
//!
//! It is a client of the node like one that comes to the port for Cap'n Proto: it has a place at the same gate, a
//! connection of its own within the same bounds, on one vat thread for its whole life, and is who the accepted
//! connection says. What it reads and writes there are ordinary messages, over a stream in this process: so every budget
//! that counts messages, and every way in which a connection ends, is the one of any other client.

use std::net::IpAddr;
use std::panic::resume_unwind;
use std::sync::{Arc, Weak};

use capos_client::{Connection, Identify};
use capos_gateway::Gateway;
use capos_rpc::{Crowded, Gate, Origin, Peer, Permit, Vats};
use capos_web::Refusal;
use hyper::StatusCode;
use tokio::io::duplex;

const SOURCE_CROWDED: Refusal = Refusal::new(
    StatusCode::TOO_MANY_REQUESTS,
    "overloaded",
    "too many connections from there wait to sign in; try again later",
);
const CROWDED: Refusal = Refusal::new(
    StatusCode::SERVICE_UNAVAILABLE,
    "overloaded",
    "too many connections wait to sign in; try again later",
);
pub(super) const STOPPING: Refusal =
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "overloaded", "the node is stopping");
const LOST: Refusal = Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "the request was lost");

/// Where clients that come over HTTP are let in.
#[derive(Clone)]
pub(crate) struct Seats {
    gateway: Gateway,
    gate: Gate,
    /// Weakly: a slow client does not keep the threads.
    vats: Weak<Vats>,
    /// Bytes on the way within this process.
    pipe_bytes: usize,
}

impl Seats {
    pub(crate) fn new(gateway: Gateway, gate: Gate, vats: &Arc<Vats>, pipe_bytes: usize) -> Self {
        Self { gateway, gate, vats: Arc::downgrade(vats), pipe_bytes }
    }

    /// A place at the gate for that peer.
    pub(super) fn seat(&self, peer: Peer) -> Result<Seat, Refusal> {
        if self.gateway.is_stopping() {
            return Err(STOPPING);
        }
        let address = address(&peer).ok_or(LOST)?;
        let permit = self.gate.admit(address).map_err(|crowded| match crowded {
            Crowded::Node => CROWDED,
            Crowded::Source => SOURCE_CROWDED,
        })?;
        Ok(Seat { seats: self.clone(), peer, permit })
    }
}

fn address(peer: &Peer) -> Option<IpAddr> {
    match peer.origin {
        Origin::Tcp(address) => Some(address.ip()),
        Origin::Unix | Origin::Internal => None,
    }
}

/// A client that was let in.
pub(super) struct Seat {
    seats: Seats,
    peer: Peer,
    permit: Permit,
}

impl Seat {
    /// Serves it on a vat thread, where `speak` has the connection. False where the node stops.
    pub(super) fn take<F>(self, speak: impl FnOnce(Connection) -> F + Send + 'static) -> bool
    where
        F: Future<Output = ()> + 'static,
    {
        let Some(vats) = self.seats.vats.upgrade() else { return false };
        let serving = vats.clone();
        vats.place(move || self.converse(serving, speak)).is_some()
    }

    async fn converse<F: Future<Output = ()>>(self, vats: Arc<Vats>, speak: impl FnOnce(Connection) -> F) {
        let Self { seats: Seats { gateway, pipe_bytes, .. }, peer, permit } = self;
        let (ours, theirs) = duplex(pipe_bytes);
        let mut options = capos_client::Options::new(Identify::Plain);
        options.registry = gateway.registry();
        options.limits.message_bytes = options.limits.message_bytes.max(gateway.connection_limits().message_bytes);
        let served = tokio::task::spawn_local(async move { gateway.serve_relayed(&vats, theirs, peer, permit).await });
        let connection = Connection::over(ours, Peer::internal(), &options);
        speak(connection.clone()).await;
        // With the last word of the program goes everything it had.
        connection.close();
        if let Err(error) = served.await
            && error.is_panic()
        {
            // Counted as any other connection that is lost to one.
            resume_unwind(error.into_panic());
        }
    }
}
