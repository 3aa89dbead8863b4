//! How to connect.

use std::sync::Arc;

use capos_rpc::Fingerprint;
use capos_schema::Registry;

use crate::known_nodes::KnownNodes;
use crate::limits::{Limits, Timeouts};
use crate::transcript::Transcript;

/// How the node proves which one it is.
#[derive(Clone, Debug)]
pub enum Identify {
    /// By the key that the file has for it; a person is asked where it has none.
    Known(KnownNodes),
    /// By this key and no other.
    Pinned(Fingerprint),
    /// Not at all, without TLS: for loopback addresses and whoever trusts everything on this machine.
    Plain,
}

/// Everything that a connection is made with.
#[derive(Clone, Debug)]
pub struct Options {
    /// How the node proves which one it is.
    pub identify: Identify,
    /// What the connection may cost this side.
    pub limits: capos_rpc::Limits,
    /// How long to wait.
    pub timeouts: Timeouts,
    /// What one value may cost in reflection.
    pub schema_limits: capos_schema::Limits,
    /// What a node may say, and what is kept of it.
    pub bounds: Limits,
    /// The interfaces known from the start.
    pub registry: Arc<Registry>,
    /// Where what happens is noted. One that is given again goes on over a new connection.
    pub transcript: Transcript,
}

impl Options {
    /// Defaults for everything but the identity.
    #[must_use]
    pub fn new(identify: Identify) -> Self {
        let bounds = Limits::default();
        Self {
            identify,
            limits: capos_rpc::Limits::default(),
            timeouts: Timeouts::default(),
            schema_limits: capos_schema::Limits::default(),
            transcript: Transcript::new(&bounds),
            bounds,
            registry: Arc::clone(Registry::builtin()),
        }
    }
}
