//! A connection and its session, for hosts with many threads.

mod thread;
mod world;

use std::sync::Arc;

use capos_rpc::{Fingerprint, Peer};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncWrite};

use crate::ask::{Answers, Confirm};
use crate::connection::Connection;
use crate::diff::SessionDiff;
use crate::endpoint::Endpoint;
use crate::error::Error;
use crate::keys::Signer;
use crate::limits::Limits;
use crate::options::Options;
use crate::session::Renewal;
use crate::transcript::Transcript;
use crate::view::{CapEntry, Method, SessionInfo, View};
use thread::Thread;

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
    /// The same, as the interface with that id: for one that a schema leaves untyped.
    KeptAs(u64, u64),
}

/// One connection with at most one session, usable from any thread and any runtime.
///
/// Clones are the same; when the last one is dropped, its thread and the connection end. Dropping the future of a
/// call cancels the call.
#[derive(Clone)]
pub struct Handle(Arc<Thread>);

impl Handle {
    /// Starts the thread; nothing is connected yet.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(limits: &Limits) -> Result<Self, Error> {
        Ok(Self(Arc::new(Thread::start(limits)?)))
    }

    /// Connects; the connection before, if any, is closed first.
    ///
    /// # Errors
    /// As [`connect`](crate::connect).
    pub async fn connect(
        &self,
        endpoint: Endpoint,
        options: Options,
        mut confirm: Box<dyn Confirm + Send>,
    ) -> Result<Option<Fingerprint>, Error> {
        let work = async move |world: world::Shared| {
            world.begin(&options);
            let connection = crate::connection::connect(&endpoint, &options, confirm.as_mut()).await?;
            let fingerprint = connection.fingerprint();
            world.hold(connection);
            Ok(fingerprint)
        };
        self.0.run(work).await
    }

    /// The same over a stream that is there already.
    ///
    /// # Errors
    /// When the thread is gone.
    pub async fn connect_over<S>(&self, stream: S, peer: Peer, options: Options) -> Result<(), Error>
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        let work = async move |world: world::Shared| {
            world.begin(&options);
            world.hold(Connection::over(stream, peer, &options));
            Ok(())
        };
        self.0.run(work).await
    }

    /// The ways of signing in that the node supports.
    ///
    /// # Errors
    /// As [`Connection::methods`].
    pub async fn methods(&self) -> Result<Vec<Method>, Error> {
        self.0.run(async |world: world::Shared| world.connection()?.methods().await).await
    }

    /// Signs in. The session before is logged out, and its view and capabilities are gone, whether or not this
    /// succeeds.
    ///
    /// # Errors
    /// As [`Connection::sign_in`].
    pub async fn sign_in(&self, credentials: Credentials) -> Result<SessionInfo, Error> {
        self.0.run(async move |world: world::Shared| world.sign_in(credentials).await).await
    }

    /// The session's facts.
    ///
    /// # Errors
    /// As [`Session::info`](crate::Session::info).
    pub async fn info(&self) -> Result<SessionInfo, Error> {
        self.0.run(async |world: world::Shared| world.session()?.info().await).await
    }

    /// The whole current bundle.
    ///
    /// # Errors
    /// As [`Session::caps`](crate::Session::caps).
    pub async fn caps(&self) -> Result<Vec<CapEntry>, Error> {
        self.0.run(async |world: world::Shared| world.session()?.caps().await).await
    }

    /// Calls a method by name, with JSON in and JSON out. `{"$cap": n}` stands for a capability, which is kept
    /// until [`Handle::drop_kept`] or the session's end.
    ///
    /// # Errors
    /// As [`Session::get`](crate::Session::get) and [`Session::call`](crate::Session::call).
    pub async fn call(&self, target: Target, method: &str, params: Value) -> Result<Value, Error> {
        let method = method.to_owned();
        self.0.run(async move |world: world::Shared| world.call(&target, &method, &params).await).await
    }

    /// Lets go of a kept capability; whether there was one of that number.
    ///
    /// # Errors
    /// When the thread is gone.
    pub async fn drop_kept(&self, number: u64) -> Result<bool, Error> {
        self.0.run(async move |world: world::Shared| Ok(world.kept().remove(number))).await
    }

    /// Makes the interfaces of a compiled schema known to the connection.
    ///
    /// # Errors
    /// As [`Connection::load_schema`].
    pub async fn load_schema(&self, request: Vec<u8>) -> Result<(), Error> {
        self.0.run(async move |world: world::Shared| world.connection()?.load_schema(&request).map(drop)).await
    }

    /// What changed in the session since the last look.
    ///
    /// # Errors
    /// As [`Session::refresh`](crate::Session::refresh).
    pub async fn refresh(&self) -> Result<SessionDiff, Error> {
        self.0.run(async |world: world::Shared| world.session()?.refresh().await).await
    }

    /// Extends the session by its password.
    ///
    /// # Errors
    /// As [`Session::renew`](crate::Session::renew).
    pub async fn renew_by_password(
        &self,
        mut answers: Box<dyn Answers + Send>,
        duration_ms: u64,
    ) -> Result<SessionInfo, Error> {
        let work = async move |world: world::Shared| {
            world.session()?.renew(Renewal::Password(answers.as_mut()), duration_ms).await
        };
        self.0.run(work).await
    }

    /// Extends the session by a key.
    ///
    /// # Errors
    /// As [`Session::renew`](crate::Session::renew).
    pub async fn renew_by_key(
        &self,
        mut signer: Box<dyn Signer + Send>,
        duration_ms: u64,
    ) -> Result<SessionInfo, Error> {
        let work =
            async move |world: world::Shared| world.session()?.renew(Renewal::Key(signer.as_mut()), duration_ms).await;
        self.0.run(work).await
    }

    /// Ends the session; the connection stays for another sign-in.
    ///
    /// # Errors
    /// As [`Session::logout`](crate::Session::logout).
    pub async fn logout(&self) -> Result<(), Error> {
        self.0.run(async |world: world::Shared| world.log_out().await).await
    }

    /// What is known of the session; empty where there is none.
    ///
    /// # Errors
    /// When the thread is gone.
    pub async fn view(&self) -> Result<View, Error> {
        self.0
            .run(async |world: world::Shared| Ok(world.session().map(|session| session.view()).unwrap_or_default()))
            .await
    }

    /// What was done over the connection there is, or was last.
    ///
    /// # Errors
    /// When the thread is gone.
    pub async fn transcript(&self) -> Result<Transcript, Error> {
        self.0.run(async |world: world::Shared| Ok(world.transcript())).await
    }

    /// Closes the connection.
    ///
    /// # Errors
    /// When the thread is gone.
    pub async fn close(&self) -> Result<(), Error> {
        let work = async |world: world::Shared| {
            world.close().await;
            Ok(())
        };
        self.0.run(work).await
    }
}
