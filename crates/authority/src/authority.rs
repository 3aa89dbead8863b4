//! The authority: the one handle that everything begins with.

use std::fmt;
use std::sync::Arc;

use capos_schema::{Code, Denial};
use capos_store::Store;

use crate::{Actor, Admin, Audit, Clock, EndReason, Error, Flow, Handle, Method, Session, Settings, Source, Start};

/// Accounts, sign-in, sessions and audit of one node. Clones are the same one.
#[derive(Clone)]
pub struct Authority(Arc<Inner>);

struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    audit: Audit,
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Authority")
    }
}

impl Authority {
    /// Opens it over a store; the first time, the default roles and profiles are made. What works in the background
    /// runs on the current tokio runtime.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read or written, or holds what this program does not understand.
    pub async fn open(store: Store, _settings: Settings, clock: Arc<dyn Clock>) -> Result<Self, Error> {
        Ok(Self(Arc::new(Inner { store, clock, audit: Audit {} })))
    }

    /// Takes new methods and limits. The node must be the same.
    pub fn reload(&self, _settings: Settings) {}

    /// The store below it.
    #[must_use]
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// The clock it goes by.
    #[must_use]
    pub fn clock(&self) -> &Arc<dyn Clock> {
        &self.0.clock
    }

    /// Every way of signing in, in the wire's order.
    #[must_use]
    pub fn methods(&self) -> Vec<Method> {
        Vec::new()
    }

    /// Begins a sign-in. That it is begun says nothing about whether the account exists.
    ///
    /// # Errors
    ///
    /// `disabledAuthMethod`, `badRequest`, `overloaded`.
    pub fn begin(&self, _source: Source, _start: Start) -> Result<Flow, Denial> {
        Err(Code::Internal.into())
    }

    /// A session of the guest account.
    ///
    /// # Errors
    ///
    /// `disabledAuthMethod`, `authenticationDenied`, `tooManySessions`, `overloaded`.
    pub async fn guest(&self, _source: Source, _profile: &str) -> Result<Session, Denial> {
        Err(Code::Internal.into())
    }

    /// A session without identity.
    ///
    /// # Errors
    ///
    /// As [`Authority::guest`].
    pub async fn anonymous(&self, _source: Source, _profile: &str) -> Result<Session, Denial> {
        Err(Code::Internal.into())
    }

    /// Administration.
    #[must_use]
    pub fn admin(&self) -> Admin {
        Admin {}
    }

    /// The sessions that are live, in the order of their handles.
    #[must_use]
    pub fn sessions(&self) -> Vec<Session> {
        Vec::new()
    }

    /// A live session.
    #[must_use]
    pub fn session(&self, _handle: &Handle) -> Option<Session> {
        None
    }

    /// Ends all sessions of an account, and tells how many.
    ///
    /// # Errors
    ///
    /// Where it could not be written down yet; they have ended all the same.
    pub async fn end_account(&self, _account: &str, _why: EndReason, _actor: &Actor) -> Result<u32, Error> {
        Err(Error::Stopped)
    }

    /// The journal.
    #[must_use]
    pub fn audit(&self) -> &Audit {
        &self.0.audit
    }

    /// Ends every session, writes that down, and begins none any more.
    pub async fn shut_down(&self) {}
}
