//! Keys that sign: OpenSSH key files and ssh-agents.
//!
//! A signature is an OpenSSH SSHSIG over the challenge, in the namespace [`NAMESPACE`].

mod agent;
mod file;
mod rsa;
mod sshsig;

use futures::future::LocalBoxFuture;

use crate::error::Error;

pub use agent::{Agent, AgentKey};
pub use capos_schema::signing::NAMESPACE;
pub use file::KeyFile;

/// Holds a key and signs with it.
pub trait Signer {
    /// What a person knows the key by.
    fn label(&self) -> String;

    /// An SSHSIG over `challenge`, in the namespace [`NAMESPACE`].
    fn sign<'a>(&'a mut self, challenge: &'a [u8]) -> LocalBoxFuture<'a, Result<Vec<u8>, Error>>;
}
