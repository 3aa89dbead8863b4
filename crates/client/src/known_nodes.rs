//! The nodes that a person has met.

mod file;
mod lines;

use std::path::{Path, PathBuf};

use capos_rpc::Fingerprint;

use crate::endpoint::Endpoint;
use crate::error::{Error, IdentityProblem};
use crate::limits::Limits;
use file::Hold;
use lines::{BadLine, Lines};

/// The file of known nodes: `host:port fingerprint` a line, `#` before a comment; as ssh's `known_hosts`.
///
/// A line that cannot be read stops everything, with its number: it may be the one that says whom to distrust.
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

    /// The key known for a node, and the line that has it, counted from one.
    ///
    /// # Errors
    /// When the file cannot be read, others may write it, or a line of it cannot be understood.
    pub fn find(&self, endpoint: &Endpoint, limits: &Limits) -> Result<Option<(Fingerprint, usize)>, Error> {
        let text = file::read(&self.path, limits).map_err(|problem| self.unusable(None, problem))?;
        Ok(self.parse(&text)?.find(endpoint))
    }

    /// Adds a node, or gives a known one a new key. The file is replaced whole, for its owner's eyes only.
    ///
    /// # Errors
    /// As [`KnownNodes::find`], and when the file cannot be written.
    pub fn remember(&self, endpoint: &Endpoint, fingerprint: Fingerprint, limits: &Limits) -> Result<(), Error> {
        self.change(limits, |lines| {
            lines.set(endpoint, fingerprint);
            ((), true)
        })
    }

    /// Removes a node; whether it was known.
    ///
    /// # Errors
    /// As [`KnownNodes::remember`].
    pub fn forget(&self, endpoint: &Endpoint, limits: &Limits) -> Result<bool, Error> {
        self.change(limits, |lines| {
            let known = lines.remove(endpoint);
            (known, known)
        })
    }

    /// One change, with no other process's between its reading and its writing.
    fn change<T>(&self, limits: &Limits, change: impl FnOnce(&mut Lines) -> (T, bool)) -> Result<T, Error> {
        let unusable = |problem| self.unusable(None, problem);
        let hold = Hold::take(&self.path).map_err(unusable)?;
        let text = file::read(&self.path, limits).map_err(unusable)?;
        let mut lines = self.parse(&text)?;
        let (outcome, changed) = change(&mut lines);
        if changed {
            hold.replace(lines.to_string().as_bytes(), limits).map_err(unusable)?;
        }
        Ok(outcome)
    }

    fn parse(&self, text: &str) -> Result<Lines, Error> {
        Lines::parse(text).map_err(|BadLine { line, problem }| self.unusable(Some(line), problem))
    }

    fn unusable(&self, line: Option<usize>, problem: &'static str) -> Error {
        IdentityProblem::KnownNodes { path: self.path.clone(), line, problem }.into()
    }
}
