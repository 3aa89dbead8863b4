//! What a handle has, on its thread.

use std::cell::RefCell;
use std::rc::Rc;

use capos_schema::dynamic::Kept;
use capos_schema::{Code, Denial};
use serde_json::Value;

use super::{Credentials, Target};
use crate::connection::Connection;
use crate::error::Error;
use crate::limits::Limits;
use crate::options::Options;
use crate::session::Session;
use crate::sign_in::SignIn;
use crate::transcript::Transcript;
use crate::view::SessionInfo;

pub(super) type Shared = Rc<World>;

pub(super) struct World {
    connection: RefCell<Option<Connection>>,
    session: RefCell<Option<Session>>,
    /// The capabilities of the session: a call of an earlier one that ends late does not reach it.
    kept: RefCell<Kept>,
    transcript: RefCell<Transcript>,
}

impl World {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            connection: RefCell::default(),
            session: RefCell::default(),
            kept: RefCell::new(Kept::new(limits.kept)),
            transcript: RefCell::new(Transcript::new(limits)),
        }
    }

    /// Lets go of what was before another connection is made.
    pub(super) fn begin(&self, options: &Options) {
        self.let_go();
        if let Some(connection) = self.connection.take() {
            connection.close();
        }
        self.transcript.replace(options.transcript.clone());
    }

    pub(super) fn hold(&self, connection: Connection) {
        self.let_go();
        self.connection.replace(Some(connection));
    }

    pub(super) fn connection(&self) -> Result<Connection, Error> {
        let connection = self.connection.borrow().clone();
        connection.ok_or_else(|| Error::Input("there is no connection; connect first".to_owned()))
    }

    pub(super) fn session(&self) -> Result<Session, Error> {
        let session = self.session.borrow().clone();
        session.ok_or_else(|| Denial::from(Code::Unauthenticated).into())
    }

    pub(super) fn kept(&self) -> Kept {
        self.kept.borrow().clone()
    }

    pub(super) fn transcript(&self) -> Transcript {
        self.transcript.borrow().clone()
    }

    fn let_go(&self) -> Option<Session> {
        let next = self.kept().successor();
        self.kept.replace(next).clear();
        self.session.take()
    }

    pub(super) async fn sign_in(&self, credentials: Credentials) -> Result<SessionInfo, Error> {
        let connection = self.connection()?;
        if let Some(before) = self.let_go() {
            // It is given up either way; the node may have ended it already.
            let _ = before.logout().await;
        }
        let session = with(credentials, async |how| connection.sign_in(how).await).await?;
        let info = session.info().await?;
        self.session.replace(Some(session));
        Ok(info)
    }

    pub(super) async fn call(&self, target: &Target, method: &str, params: &Value) -> Result<Value, Error> {
        let (session, kept) = (self.session()?, self.kept());
        let numbered = |number| kept.get(number).ok_or_else(|| Error::Input(format!("no capability {number} is kept")));
        let (object, subject) = match target {
            Target::Grant(name) => {
                let entry = session.entry(name).await?;
                (session.get(name, entry.interface_id).await?, name.as_str())
            }
            Target::Kept(number) => (numbered(*number)?, "kept"),
            Target::KeptAs(number, interface_id) => (session.cast(&numbered(*number)?, *interface_id), "kept"),
        };
        session.call(&object, method, params, &kept, subject, &[]).await
    }

    pub(super) async fn log_out(&self) -> Result<(), Error> {
        let session = self.session()?;
        self.kept().clear();
        session.logout().await
    }

    pub(super) async fn close(&self) {
        self.let_go();
        if let Some(connection) = self.connection.take() {
            connection.close();
            connection.closed().await;
        }
    }
}

async fn with<T>(credentials: Credentials, sign_in: impl AsyncFnOnce(SignIn<'_>) -> T) -> T {
    match credentials {
        Credentials::Password { account, profile, mut answers } => {
            sign_in(SignIn::Password { account: &account, profile: &profile, answers: answers.as_mut() }).await
        }
        Credentials::PublicKey { account, profile, mut signer } => {
            sign_in(SignIn::PublicKey { account: &account, profile: &profile, signer: signer.as_mut() }).await
        }
        Credentials::Guest => sign_in(SignIn::Guest).await,
        Credentials::Anonymous { profile } => sign_in(SignIn::Anonymous { profile: &profile }).await,
    }
}
