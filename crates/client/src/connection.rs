//! A connection to a node.

use std::sync::Arc;

use capos_rpc::{Ending, Fingerprint, Peer};
use capos_schema::Registry;
use capos_schema::gateway_capnp::remote_session_gateway;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::ask::Confirm;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::options::Options;
use crate::session::Session;
use crate::sign_in::SignIn;
use crate::transcript::Transcript;
use crate::view::{Method, View};

/// Connects to a node and makes sure which one it is. Runs on a `LocalSet`.
pub async fn connect(endpoint: &Endpoint, options: &Options, confirm: &mut dyn Confirm) -> Result<Connection, Error> {
    let _ = (endpoint, options, confirm);
    unimplemented!()
}

/// A connection to a node. It ends when it and every session made on it are dropped.
#[derive(Clone)]
pub struct Connection {}

impl Connection {
    /// A connection over a stream that is there already: in this process, over a Unix socket.
    #[must_use]
    pub fn over<S: AsyncRead + AsyncWrite + 'static>(stream: S, peer: Peer, options: &Options) -> Self {
        let _ = (stream, peer, options);
        unimplemented!()
    }

    /// The node's front door, for calls that this crate does not have.
    #[must_use]
    pub fn gateway(&self) -> &remote_session_gateway::Client {
        unimplemented!()
    }

    /// The ways of signing in that the node supports.
    pub async fn methods(&self) -> Result<Vec<Method>, Error> {
        unimplemented!()
    }

    /// Signs in. Whatever was shown of a session before is dropped first, so that a refusal never leaves it on
    /// display.
    pub async fn sign_in(&self, how: SignIn<'_>) -> Result<Session, Error> {
        let _ = how;
        unimplemented!()
    }

    /// The key that the node proved to hold, where there is TLS.
    #[must_use]
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        unimplemented!()
    }

    /// What is known of the session signed in last; empty once it is over.
    #[must_use]
    pub fn view(&self) -> View {
        unimplemented!()
    }

    /// What was done.
    #[must_use]
    pub fn transcript(&self) -> &Transcript {
        unimplemented!()
    }

    /// Makes the interfaces of a compiled schema known, beside the contract's.
    pub fn load_schema(&self, request: &[u8]) -> Result<Arc<Registry>, Error> {
        let _ = request;
        unimplemented!()
    }

    /// The registry that knows the interface: the one given in the options, or one loaded since.
    #[must_use]
    pub fn registry_of(&self, interface_id: u64) -> Arc<Registry> {
        let _ = interface_id;
        unimplemented!()
    }

    /// Waits for the end.
    pub async fn closed(&self) -> Ending {
        unimplemented!()
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        unimplemented!()
    }

    /// Ends it, and every session on it with it.
    pub fn close(&self) {
        unimplemented!()
    }
}
