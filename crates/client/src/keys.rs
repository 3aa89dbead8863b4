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
pub use file::KeyFile;

/// What signatures are made for: one made for another purpose is of no use here, nor these elsewhere.
pub const NAMESPACE: &str = "capos-remote-session";

/// Holds a key and signs with it.
pub trait Signer {
    /// What a person knows the key by.
    fn label(&self) -> String;

    /// An SSHSIG over `challenge`, in the namespace [`NAMESPACE`].
    fn sign<'a>(&'a mut self, challenge: &'a [u8]) -> LocalBoxFuture<'a, Result<Vec<u8>, Error>>;
}
