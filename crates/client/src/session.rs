//! A session that is signed in.

mod facts;
mod own;
mod renewal;
mod watch;

use std::rc::Rc;

use capnp::capability::FromClientHook;
use capnp::traits::HasTypeId;
use capos_rpc::Peer;
use capos_schema::dynamic::{Kept, Object};
use capos_schema::manual_capnp::manual;
use capos_schema::reflect::Notation;
use capos_schema::session_capnp::{remote_cap_set, remote_session};
use capos_schema::{Code, Denial};
use serde_json::Value;

use crate::connection::{Failed, Wire};
use crate::diff::{SessionDiff, Snapshot};
use crate::error::Error;
use crate::schemas::{Schemas, fetch_schema};
use crate::transcript::{Operation, Transcript};
use crate::view::{self, CapEntry, Reading, SessionInfo, View};

pub(crate) use facts::Facts;
pub use renewal::Renewal;
pub use watch::{Ended, News, Watch};

/// One session, on its connection's thread. Clones are the same session; dropping all of them does not log out.
///
/// Every method fails with [`Error::Disconnected`] once the connection is gone, and with a refusal `staleSession` once
/// the node has ended the session.
#[derive(Clone)]
pub struct Session {
    wire: Rc<Wire>,
    remote: remote_session::Client,
    caps: remote_cap_set::Client,
    facts: Rc<Facts>,
    /// What was signed to get in, as a renewal by key names it.
    challenge: Option<[u8; 32]>,
}

impl Session {
    pub(crate) fn new(wire: Rc<Wire>, remote: remote_session::Client, challenge: Option<[u8; 32]>) -> Self {
        // The bundle's object is asked for at once and used before it is there.
        let caps = remote.cap_set_request().send().pipeline.get_caps();
        let facts = Rc::new(Facts::new(wire.options().transcript.next_session()));
        wire.show(&facts);
        Self { wire, remote, caps, facts, challenge }
    }

    /// The session's own object, for calls that this crate does not have.
    #[must_use]
    pub fn remote(&self) -> &remote_session::Client {
        &self.remote
    }

    /// Who is at the other end of its connection, as far as this side knows.
    #[must_use]
    pub fn peer(&self) -> &Peer {
        self.wire.line().peer()
    }

    /// What is known of interfaces.
    #[must_use]
    pub fn schemas(&self) -> &Schemas {
        self.wire.schemas()
    }

    /// The session's facts.
    ///
    /// # Errors
    /// When the session or its connection is over, or the answer cannot be used.
    pub async fn info(&self) -> Result<SessionInfo, Error> {
        let operation = self.operation("info", "");
        self.run(&operation, self.ask_info(operation.verb)).await
    }

    async fn ask_info(&self, operation: &str) -> Result<SessionInfo, Failed> {
        let response = self.remote.info_request().send().promise.await?;
        let reading = self.reading(operation);
        let info = response.get().and_then(|results| results.get_info());
        let info = view::session_info(reading, info.map_err(|_| reading.damaged("its facts cannot be read"))?)?;
        self.facts.learn_info(&info);
        Ok(info)
    }

    /// The whole current bundle.
    ///
    /// # Errors
    /// As [`Session::info`]; `tooManyCapHolders` when it lists more than any bundle can have.
    pub async fn caps(&self) -> Result<Vec<CapEntry>, Error> {
        let operation = self.operation("caps", "");
        self.run(&operation, self.ask_caps(operation.verb)).await
    }

    async fn ask_caps(&self, operation: &str) -> Result<Vec<CapEntry>, Failed> {
        let response = self.caps.list_request().send().promise.await?;
        let reading = self.reading(operation);
        let list = response.get().and_then(|results| results.get_entries());
        let caps = view::grants(reading, list.map_err(|_| reading.damaged("its list cannot be read"))?)?;
        self.facts.learn_caps(&caps);
        Ok(caps)
    }

    /// The entry of that name, as the bundle was last seen, else as it is.
    ///
    /// # Errors
    /// As [`Session::caps`]; `unknownCap` when there is none.
    pub async fn entry(&self, name: &str) -> Result<CapEntry, Error> {
        let named = |caps: Vec<CapEntry>| caps.into_iter().find(|entry| entry.name == name);
        if let Some(entry) = self.view().caps.and_then(named) {
            return Ok(entry);
        }
        named(self.caps().await?).ok_or_else(|| Denial::from(Code::UnknownCap).into())
    }

    /// Takes a grant, to be called by the names of its schema. An interface that is not known here yet is looked up in
    /// the node's manual, where that is granted, too.
    ///
    /// # Errors
    /// As [`Session::info`], and what the node refuses with: `unknownCap`, `interfaceMismatch`, `leaseExpired` ….
    pub async fn get(&self, name: &str, interface_id: u64) -> Result<Object, Error> {
        let capability = self.take::<capnp::capability::Client>(name, interface_id).await?;
        // Without it the object is there all the same, to be passed on.
        let _ = self.learn(interface_id).await;
        Ok(self.object(capability, interface_id))
    }

    /// Sees to it that an interface is known: one that is not is looked up in the node's manual.
    ///
    /// # Errors
    /// As [`Session::get`] where the manual is not granted; `badRequest` where the node does not know the interface,
    /// and what makes a schema unusable.
    pub async fn learn(&self, interface_id: u64) -> Result<(), Error> {
        if self.wire.schemas().knows(interface_id) {
            return Ok(());
        }
        let operation = self.operation("schema", "manual");
        let work = async {
            let mut request = self.caps.get_request();
            request.get().set_name("manual");
            request.get().set_expected_interface_id(manual::Client::TYPE_ID);
            let manual: manual::Client = FromClientHook::new(request.send().pipeline.get_cap().as_cap());
            let schema = fetch_schema(&manual, interface_id).await?;
            self.wire.schemas().load_for(interface_id, &schema)?;
            Ok(())
        };
        self.wire.work(&operation, work).await
    }

    /// Takes a grant as an interface known at compile time.
    ///
    /// # Errors
    /// As [`Session::get`].
    pub async fn get_as<C: FromClientHook + HasTypeId>(&self, name: &str) -> Result<C, Error> {
        self.take(name, C::TYPE_ID).await
    }

    async fn take<C: FromClientHook>(&self, name: &str, interface_id: u64) -> Result<C, Error> {
        let operation = self.operation("get", name);
        let work = async {
            let mut request = self.caps.get_request();
            request.get().set_name(name);
            request.get().set_expected_interface_id(interface_id);
            let response = request.send().promise.await?;
            let cap = response.get().map(|results| results.get_cap());
            match cap {
                Ok(cap) if !cap.is_null() => cap.get_as_capability().map_err(|_| self.nothing(operation.verb)),
                _ => Err(self.nothing(operation.verb)),
            }
        };
        self.run(&operation, work).await
    }

    fn nothing(&self, operation: &str) -> Failed {
        self.reading(operation).damaged("it gave no capability").into()
    }

    /// The same capability, to be used as the interface with that id: for one that a schema leaves untyped.
    #[must_use]
    pub fn cast(&self, object: &Object, interface_id: u64) -> Object {
        self.object(capnp::capability::Client::new(object.hook().add_ref()), interface_id)
    }

    fn object(&self, capability: capnp::capability::Client, interface_id: u64) -> Object {
        let schemas = self.wire.schemas();
        Object::new(capability.hook, interface_id, schemas.registry_of(interface_id), schemas.limits().clone())
    }

    /// Calls a method with JSON. Capabilities in the results are put into `kept`, and `{"$cap": n}` stands for them;
    /// so it does for one of `kept` in `params`. `subject` names the object in errors and in the transcript; of the
    /// arguments, those named in `safe` alone are noted there.
    ///
    /// # Errors
    /// As [`Session::info`]; `invalidInput` when there is no such method or the arguments do not fit it, and nothing
    /// was sent then; `service` when the service behind it failed.
    pub async fn call(
        &self,
        object: &Object,
        method: &str,
        params: &Value,
        kept: &Kept,
        subject: &str,
        safe: &[&str],
    ) -> Result<Value, Error> {
        let methods = object.methods();
        let known = methods.as_ref().is_ok_and(|all| all.iter().any(|one| one.declared.name == method));
        let unknown = methods.is_err();
        let subject = if known { format!("{subject}.{method}") } else { subject.to_owned() };
        let operation = self.operation("call", &subject).noting(params, safe, &self.wire.options().bounds);
        let work = async {
            if unknown {
                return Err(Error::Input("the interface is not known here; load its schema first".to_owned()).into());
            }
            let mut keeping = kept.keeping(object);
            let results = object.call(method, params, &mut keeping)?.results(&mut keeping).await?;
            keeping.done();
            Ok(results)
        };
        self.run(&operation, work).await
    }

    /// Calls a method with values in that notation, which keeps the capabilities. `subject` names the object in errors
    /// and in the transcript, where nothing of the arguments is noted.
    ///
    /// # Errors
    /// As [`Session::call`].
    pub async fn call_as<N: Notation>(
        &self,
        object: &Object,
        method: &str,
        params: &N::Value,
        notation: &mut N,
        subject: &str,
    ) -> Result<N::Value, Error> {
        let method = object.method(method);
        let subject = match &method {
            Ok(method) => format!("{subject}.{}", method.declared.name),
            Err(_) => subject.to_owned(),
        };
        let work = async { Ok(object.call_as(&method?, params, notation)?.results_as(notation).await?) };
        self.run(&self.operation("call", &subject), work).await
    }

    /// What an exception of a call that was made without this crate's help means.
    #[must_use]
    pub fn judge(&self, operation: &str, error: &capnp::Error) -> Error {
        self.wire.judge(&self.operation("call", operation), error)
    }

    /// An empty table for capabilities of this session.
    #[must_use]
    pub fn kept(&self) -> Kept {
        Kept::new(self.wire.options().bounds.kept)
    }

    /// Ends the session. Every object reached through it has stopped working when this returns.
    ///
    /// # Errors
    /// As [`Session::info`]: `staleSession` when it was over already.
    pub async fn logout(&self) -> Result<(), Error> {
        let operation = self.operation("logout", "");
        let work = async { Ok(self.remote.logout_request().send().promise.await.map(drop)?) };
        self.facts.forget();
        self.run(&operation, work).await
    }

    /// Looks at facts and bundle anew and says what changed since the last look; the first look is the baseline.
    ///
    /// # Errors
    /// As [`Session::caps`].
    pub async fn refresh(&self) -> Result<SessionDiff, Error> {
        let operation = self.operation("refresh", "");
        let work = async {
            let (info, caps) = futures::try_join!(self.ask_info(operation.verb), self.ask_caps(operation.verb))?;
            Ok(self.facts.compare(Snapshot { info, caps }))
        };
        self.run(&operation, work).await
    }

    /// What is known of the session; empty once it is over.
    #[must_use]
    pub fn view(&self) -> View {
        if self.wire.line().ending().is_some() {
            self.facts.forget();
        }
        self.facts.view()
    }

    /// What was done.
    #[must_use]
    pub fn transcript(&self) -> &Transcript {
        &self.wire.options().transcript
    }

    fn operation(&self, verb: &'static str, subject: &str) -> Operation {
        Operation::new(self.facts.number(), verb, subject)
    }

    fn reading<'r>(&'r self, operation: &'r str) -> Reading<'r> {
        Reading { operation, bounds: &self.wire.options().bounds }
    }

    async fn run<T>(&self, operation: &Operation, work: impl Future<Output = Result<T, Failed>>) -> Result<T, Error> {
        let outcome = self.wire.run(operation, work).await;
        if let Err(error) = &outcome
            && is_end(error)
        {
            self.facts.forget();
        }
        outcome
    }
}

/// Whether the session is over, as far as this error tells.
fn is_end(error: &Error) -> bool {
    match error {
        Error::Disconnected { .. } => true,
        Error::Denied(denial) => denial.code == Code::StaleSession,
        _ => false,
    }
}
