//! A connection and its session, for hosts with many threads.

use capos_rpc::{Fingerprint, Peer};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::ask::{Answers, Confirm};
use crate::diff::SessionDiff;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::keys::Signer;
use crate::limits::Limits;
use crate::options::Options;
use crate::transcript::Transcript;
use crate::view::{CapEntry, Method, SessionInfo, View};

/// How to sign in through a [`Handle`]; as [`SignIn`](crate::SignIn), owned.
pub enum Credentials {
    /// By what a person knows.
    Password {
        /// The account's name.
        account: String,
        /// The profile wanted; empty for the account's default.
        profile: String,
        /// Who answers, on the handle's thread.
        answers: Box<dyn Answers + Send>,
    },
    /// By a key registered for the account.
    PublicKey {
        /// The account's name.
        account: String,
        /// The profile wanted; empty for the account's default.
        profile: String,
        /// The key, used on the handle's thread.
        signer: Box<dyn Signer + Send>,
    },
    /// As the node's guest.
    Guest,
    /// As nobody.
    Anonymous {
        /// The profile wanted.
        profile: String,
    },
}

/// What is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A grant by its name.
    Grant(String),
    /// A capability of an earlier result, by its number in this handle: the `n` of `{"$cap": n}`.
    Kept(u64),
}

/// One connection with at most one session, usable from any thread and any runtime.
///
/// Clones are the same; when the last one is dropped, its thread and the connection end.
#[derive(Clone)]
pub struct Handle {}

impl Handle {
    /// Starts the thread; nothing is connected yet.
    pub fn start(limits: &Limits) -> Result<Self, Error> {
        let _ = limits;
        unimplemented!()
    }

    /// Connects; the connection before, if any, is closed.
    pub async fn connect(
        &self,
        endpoint: Endpoint,
        options: Options,
        confirm: Box<dyn Confirm + Send>,
    ) -> Result<Option<Fingerprint>, Error> {
        let _ = (endpoint, options, confirm);
        unimplemented!()
    }

    /// The same over a stream that is there already.
    pub async fn connect_over<S>(&self, stream: S, peer: Peer, options: Options) -> Result<(), Error>
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        let _ = (stream, peer, options);
        unimplemented!()
    }

    /// The ways of signing in that the node supports.
    pub async fn methods(&self) -> Result<Vec<Method>, Error> {
        unimplemented!()
    }

    /// Signs in. The session before, its view and its capabilities are gone first, whether or not this succeeds.
    pub async fn sign_in(&self, credentials: Credentials) -> Result<SessionInfo, Error> {
        let _ = credentials;
        unimplemented!()
    }

    /// The session's facts.
    pub async fn info(&self) -> Result<SessionInfo, Error> {
        unimplemented!()
    }

    /// The whole current bundle.
    pub async fn caps(&self) -> Result<Vec<CapEntry>, Error> {
        unimplemented!()
    }

    /// Calls a method by name, with JSON in and JSON out. `{"$cap": n}` stands for a capability, which is kept
    /// until [`Handle::drop_kept`] or the session's end.
    pub async fn call(&self, target: Target, method: &str, params: Value) -> Result<Value, Error> {
        let _ = (target, method, params);
        unimplemented!()
    }

    /// Lets go of a kept capability; whether there was one of that number.
    pub async fn drop_kept(&self, number: u64) -> Result<bool, Error> {
        let _ = number;
        unimplemented!()
    }

    /// What changed in the session since the last look.
    pub async fn refresh(&self) -> Result<SessionDiff, Error> {
        unimplemented!()
    }

    /// Extends the session by its password.
    pub async fn renew_by_password(
        &self,
        answers: Box<dyn Answers + Send>,
        duration_ms: u64,
    ) -> Result<SessionInfo, Error> {
        let _ = (answers, duration_ms);
        unimplemented!()
    }

    /// Extends the session by a key.
    pub async fn renew_by_key(&self, signer: Box<dyn Signer + Send>, duration_ms: u64) -> Result<SessionInfo, Error> {
        let _ = (signer, duration_ms);
        unimplemented!()
    }

    /// Ends the session; the connection stays for another sign-in.
    pub async fn logout(&self) -> Result<(), Error> {
        unimplemented!()
    }

    /// What is known of the session; empty where there is none.
    pub async fn view(&self) -> Result<View, Error> {
        unimplemented!()
    }

    /// What was done over the connection there is, or was last.
    pub async fn transcript(&self) -> Result<Transcript, Error> {
        unimplemented!()
    }

    /// Closes the connection.
    pub async fn close(&self) -> Result<(), Error> {
        unimplemented!()
    }
}
