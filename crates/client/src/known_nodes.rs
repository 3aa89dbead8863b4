//! The nodes that a person has met.

use std::path::{Path, PathBuf};

use capos_rpc::Fingerprint;

use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::limits::Limits;

/// The file of known nodes, `host:port fingerprint` a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownNodes {
    path: PathBuf,
}

impl KnownNodes {
    /// The file at this path, which need not exist yet.
    #[must_use]
    pub fn at(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The key known for a node, and the line that has it.
    pub fn find(&self, endpoint: &Endpoint, limits: &Limits) -> Result<Option<(Fingerprint, usize)>, Error> {
        let _ = (endpoint, limits);
        unimplemented!()
    }

    /// Adds a node, or gives a known one a new key.
    pub fn remember(&self, endpoint: &Endpoint, fingerprint: Fingerprint, limits: &Limits) -> Result<(), Error> {
        let _ = (endpoint, fingerprint, limits);
        unimplemented!()
    }

    /// Removes a node; whether it was known.
    pub fn forget(&self, endpoint: &Endpoint, limits: &Limits) -> Result<bool, Error> {
        let _ = (endpoint, limits);
        unimplemented!()
    }
}
