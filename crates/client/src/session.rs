//! A session that is signed in.

use capnp::capability::FromClientHook;
use capnp::traits::HasTypeId;
use capos_schema::dynamic::{Kept, Object};
use capos_schema::session_capnp::remote_session;
use serde_json::Value;

use crate::ask::Answers;
use crate::diff::SessionDiff;
use crate::error::Error;
use crate::keys::Signer;
use crate::transcript::Transcript;
use crate::view::{CapEntry, SessionInfo, View};

/// How to prove once more who one is.
pub enum Renewal<'a> {
    /// By the password.
    Password(&'a mut dyn Answers),
    /// By the key that the session was signed in with, or another of the account's.
    Key(&'a mut dyn Signer),
}

/// One session. Clones are the same session; dropping all of them does not log out.
#[derive(Clone)]
pub struct Session {}

impl Session {
    /// The session's own object, for calls that this crate does not have.
    #[must_use]
    pub fn remote(&self) -> &remote_session::Client {
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

    /// The entry of that name, from the bundle as it was last seen, else as it is.
    pub async fn entry(&self, name: &str) -> Result<CapEntry, Error> {
        let _ = name;
        unimplemented!()
    }

    /// Takes a grant, to be called by the names of its schema.
    pub async fn get(&self, name: &str, interface_id: u64) -> Result<Object, Error> {
        let _ = (name, interface_id);
        unimplemented!()
    }

    /// Takes a grant as an interface known at compile time.
    pub async fn get_as<C: FromClientHook + HasTypeId>(&self, name: &str) -> Result<C, Error> {
        let _ = name;
        unimplemented!()
    }

    /// Calls a method with JSON. Capabilities in the results are put into `kept`, and `{"$cap": n}` stands for them;
    /// so it does for one of `kept` in `params`. `subject` names the object in errors and in the transcript; of the
    /// arguments, those named in `safe` alone are noted there.
    pub async fn call(
        &self,
        object: &Object,
        method: &str,
        params: &Value,
        kept: &Kept,
        subject: &str,
        safe: &[&str],
    ) -> Result<Value, Error> {
        let _ = (object, method, params, kept, subject, safe);
        unimplemented!()
    }

    /// What an exception of a call that was made without this crate's help means.
    #[must_use]
    pub fn judge(&self, operation: &str, error: &capnp::Error) -> Error {
        let _ = (operation, error);
        unimplemented!()
    }

    /// An empty table for capabilities of this session.
    #[must_use]
    pub fn kept(&self) -> Kept {
        unimplemented!()
    }

    /// Extends the session, within the bounds of policy; 0 asks for the profile's duration.
    pub async fn renew(&self, proof: Renewal<'_>, duration_ms: u64) -> Result<SessionInfo, Error> {
        let _ = (proof, duration_ms);
        unimplemented!()
    }

    /// Ends the session. Every object reached through it has stopped working when this returns.
    pub async fn logout(&self) -> Result<(), Error> {
        unimplemented!()
    }

    /// Looks at facts and bundle anew and says what changed since the last look; the first look is the baseline.
    pub async fn refresh(&self) -> Result<SessionDiff, Error> {
        unimplemented!()
    }

    /// What is known of the session; empty once it is over.
    #[must_use]
    pub fn view(&self) -> View {
        unimplemented!()
    }

    /// What was done.
    #[must_use]
    pub fn transcript(&self) -> &Transcript {
        unimplemented!()
    }
}
