//! Keys that an ssh-agent holds.

use std::path::{Path, PathBuf};

use futures::future::LocalBoxFuture;

use super::Signer;
use crate::error::Error;
use crate::limits::Limits;

/// An ssh-agent, by its socket.
#[derive(Clone, Debug)]
pub struct Agent {
    socket: PathBuf,
    limits: Limits,
}

impl Agent {
    /// The agent that listens on this socket: `SSH_AUTH_SOCK`, usually.
    #[must_use]
    pub fn at(socket: &Path, limits: &Limits) -> Self {
        Self { socket: socket.to_owned(), limits: limits.clone() }
    }

    /// The keys it holds, in its order.
    pub async fn keys(&self) -> Result<Vec<AgentKey>, Error> {
        let _ = (&self.socket, &self.limits);
        unimplemented!()
    }
}

/// One key of an agent.
#[derive(Clone, Debug)]
pub struct AgentKey {
    comment: String,
}

impl AgentKey {
    /// Its fingerprint, as `ssh-keygen -l` shows it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        unimplemented!()
    }
}

impl Signer for AgentKey {
    fn label(&self) -> String {
        self.comment.clone()
    }

    fn sign<'a>(&'a mut self, challenge: &'a [u8]) -> LocalBoxFuture<'a, Result<Vec<u8>, Error>> {
        let _ = challenge;
        unimplemented!()
    }
}
