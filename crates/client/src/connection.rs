//! A connection to a node.

mod dial;
mod failed;
mod pulse;
mod wire;

use std::rc::Rc;
use std::sync::Arc;

use capos_rpc::{Ending, Fingerprint, Peer};
use capos_schema::Registry;
use capos_schema::gateway_capnp::remote_session_gateway;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::error::Error;
use crate::options::Options;
use crate::session::Session;
use crate::sign_in::{self, SignIn};
use crate::transcript::{Operation, Transcript};
use crate::view::{self, Method, Reading, View};

pub use dial::connect;
pub(crate) use failed::Failed;
pub(crate) use wire::{Attention, Wire};

/// A connection to a node, on one thread's `LocalSet`. Clones are the same connection.
///
/// It ends when it and every [`Session`] made on it are dropped; capabilities taken out of a session do not keep it.
#[derive(Clone)]
pub struct Connection {
    wire: Rc<Wire>,
}

impl Connection {
    /// A connection over a stream that is there already: in this process, over a Unix socket.
    ///
    /// # Panics
    /// Outside of a `LocalSet`.
    #[must_use]
    pub fn over<S: AsyncRead + AsyncWrite + 'static>(stream: S, peer: Peer, options: &Options) -> Self {
        Self { wire: Wire::start(stream, peer, options) }
    }

    /// The node's front door, for calls that this crate does not have.
    #[must_use]
    pub fn gateway(&self) -> &remote_session_gateway::Client {
        self.wire.gateway()
    }

    /// The ways of signing in that the node supports.
    ///
    /// # Errors
    /// When the connection is gone or the node's answer cannot be used.
    pub async fn methods(&self) -> Result<Vec<Method>, Error> {
        self.wire.run(&Operation::new(0, "authMethods", ""), self.ask_methods("authMethods")).await
    }

    async fn ask_methods(&self, operation: &str) -> Result<Vec<Method>, Failed> {
        let response = self.gateway().auth_methods_request().send().promise.await?;
        let reading = Reading { operation, bounds: &self.wire.options().bounds };
        let list = response.get().and_then(|results| results.get_methods());
        Ok(view::methods(reading, list.map_err(|_| reading.damaged("its list cannot be read"))?)?)
    }

    /// Whether a node's front door answers; noted by who connects.
    async fn prove(&self) -> Result<(), Error> {
        self.wire.work(&dial::connecting(), self.ask_methods("connect")).await.map(drop)
    }

    /// Signs in. Whatever was shown of a session before is dropped first, so that a refusal never leaves it on
    /// display.
    ///
    /// # Errors
    /// When the node refuses, nobody answers, the key cannot sign, the challenge is not for this connection, or the
    /// connection is gone. After any of them but the last a new sign-in can begin at once.
    pub async fn sign_in(&self, how: SignIn<'_>) -> Result<Session, Error> {
        self.wire.drop_view();
        sign_in::sign_in(&self.wire, how).await
    }

    /// The key that the node proved to hold, where there is TLS.
    #[must_use]
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        self.wire.fingerprint()
    }

    /// What is known of the session signed in last; empty once it is over.
    #[must_use]
    pub fn view(&self) -> View {
        self.wire.view()
    }

    /// What was done.
    #[must_use]
    pub fn transcript(&self) -> &Transcript {
        &self.wire.options().transcript
    }

    /// Makes the interfaces of a compiled schema known, beside the contract's, which it cannot change.
    ///
    /// # Errors
    /// When the schema is damaged, contradicts the contract, or is one too many.
    pub fn load_schema(&self, request: &[u8]) -> Result<Arc<Registry>, Error> {
        self.wire.schemas().load(request)
    }

    /// The registry that knows the interface: the one given in the options, else one loaded since.
    #[must_use]
    pub fn registry_of(&self, interface_id: u64) -> Arc<Registry> {
        self.wire.schemas().registry_of(interface_id)
    }

    /// Waits for the end.
    pub async fn closed(&self) -> Ending {
        self.wire.line().closed().await
    }

    /// Whether it is over.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        self.wire.line().ending().is_some()
    }

    /// Ends it, and every session on it with it.
    pub fn close(&self) {
        self.wire.line().close();
    }
}
