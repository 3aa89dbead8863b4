//! A private key in OpenSSH's format.

use std::path::Path;

use futures::future::LocalBoxFuture;

use super::Signer;
use crate::ask::Answers;
use crate::error::Error;
use crate::limits::Limits;

/// A private key from a file, locked until its passphrase was given where it has one.
pub struct KeyFile {
    label: String,
}

impl KeyFile {
    /// Reads the file. Nobody but its owner may be able to read it.
    pub fn read(path: &Path, limits: &Limits) -> Result<Self, Error> {
        let _ = (path, limits);
        unimplemented!()
    }

    /// The public half, as a line of OpenSSH's.
    #[must_use]
    pub fn public_line(&self) -> String {
        unimplemented!()
    }

    /// Its fingerprint, as `ssh-keygen -l` shows it.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        unimplemented!()
    }

    /// Whether a passphrase is needed before it can sign.
    #[must_use]
    pub fn is_locked(&self) -> bool {
        unimplemented!()
    }

    /// Asks for the passphrase, up to three times; does nothing where none is needed.
    pub async fn unlock(&mut self, answers: &mut dyn Answers) -> Result<(), Error> {
        let _ = answers;
        unimplemented!()
    }
}

impl Signer for KeyFile {
    fn label(&self) -> String {
        self.label.clone()
    }

    fn sign<'a>(&'a mut self, challenge: &'a [u8]) -> LocalBoxFuture<'a, Result<Vec<u8>, Error>> {
        let _ = challenge;
        unimplemented!()
    }
}
