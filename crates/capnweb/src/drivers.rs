//! What carries a session's messages: WebSocket, HTTP batches, lines on any pair of streams.
//!
//! A driver is a future of one thread that ends when its session or its way to the peer ends. Dropped before that, it
//! disconnects the session: everything held of the peer breaks, everything the peer held is disposed.
//!
//! A server that is nothing but Cap'n Web starts with [`Endpoint`]. One that has a web server already takes
//! [`accept_upgrade`], [`websocket_server`] and [`batch()`]. Clients start in [`client`].

mod batch;
pub mod client;
mod close_reason;
mod drive;
mod endpoint;
mod last_words;
mod lines;
mod upgrade;
mod websocket;
mod wire;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

pub use batch::{BatchReply, batch, batch_from};
pub use endpoint::Endpoint;
pub use lines::lines;
pub use upgrade::{Refusal, accept_upgrade};
pub use websocket::websocket_server;

use crate::error::{Error, Thrown};

/// How long the drivers wait for a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// For a connection, and for the greeting on it.
    pub connect: Duration,
    /// A peer that takes nothing for so long while something waits for it is given up.
    pub send: Duration,
    /// A WebSocket that was silent for so long is asked for a sign of life, and given up after another such time.
    pub ping: Duration,
    /// For the peer to close its side, after this side has said that it ends.
    pub close: Duration,
    /// For a whole HTTP batch; a call that is not answered by then is not answered.
    pub batch: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(30),
            send: Duration::from_secs(30),
            ping: Duration::from_secs(30),
            close: Duration::from_secs(5),
            batch: Duration::from_secs(30),
        }
    }
}

/// Why a driver is done.
#[derive(Clone, Debug)]
pub enum Ended {
    /// The session ended: one side aborted or closed it.
    Session(Thrown),
    /// The peer closed the way, or sent what no session is made of.
    Closed(Error),
    /// The way broke, or the peer was given up.
    Lost(Error),
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Session(thrown) => thrown.fmt(f),
            Self::Closed(error) | Self::Lost(error) => error.fmt(f),
        }
    }
}

/// A session being carried. Nothing happens unless it is awaited or spawned (`tokio::task::spawn_local`).
#[must_use = "a driver that is not polled carries nothing"]
pub struct Driver(Pin<Box<dyn Future<Output = Ended>>>);

impl Driver {
    fn new(future: impl Future<Output = Ended> + 'static) -> Self {
        Self(Box::pin(future))
    }
}

impl Future for Driver {
    type Output = Ended;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Ended> {
        self.0.as_mut().poll(context)
    }
}

impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Driver")
    }
}
