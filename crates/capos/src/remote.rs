//! What a command runs against: a session that a background process holds, or one of its own (`--once`).

pub(crate) mod arguments;
pub(crate) mod capabilities;
pub(crate) mod show;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use capnp::capability::{Client, FromClientHook};
use capnp::traits::HasTypeId;
use capos_client::{Schemas, fetch_schema};
use capos_schema::Registry;
use capos_schema::dynamic::Object;
use capos_schema::manual_capnp::manual;
use capos_schema::session_capnp::{remote_cap_set, remote_session};
use futures::future::join_all;
use serde::Serialize;

use crate::args::target::Target;
use crate::commands::admin::model::as_id;
use crate::failure::{Exit, Failure};
use crate::generated::held_capnp::held;
use crate::held::{Handle, Reached, reach};
use crate::output::Output;
use crate::prompt::Person;
use crate::sign_in::{SignedIn, Wish, sign_in};

/// A session, wherever it is held.
pub(crate) struct Remote {
    session: remote_session::Client,
    grants: remote_cap_set::Client,
    schemas: Schemas,
    /// Grants that were taken and may not be there yet: one that nobody holds any more is not waited for, and a call
    /// of it would not learn why there is none.
    taken: RefCell<Vec<Taken>>,
    source: Source,
    again: String,
}

/// One that was asked for by its name.
struct Taken {
    name: String,
    as_id: u64,
    _held: Client,
}

enum Source {
    Held(Box<Reached>),
    Own(Box<SignedIn>),
}

/// One grant.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Grant {
    pub(crate) name: String,
    /// Its name, where this program or the node's manual knows it.
    pub(crate) interface: Option<String>,
    #[serde(serialize_with = "as_id")]
    pub(crate) interface_id: u64,
    pub(crate) transfer_policy: String,
    /// 0 when it lasts as long as the session.
    pub(crate) lease_expires_at_ms: u64,
}

/// Runs `work` in the session that is meant. A session of its own ends with it, however it ends.
pub(crate) async fn within<T>(
    target: &Target,
    output: &Output,
    work: impl AsyncFnOnce(&Remote) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let remote = Remote::open(target, output).await?;
    let result = work(&remote).await;
    if let Source::Own(own) = &remote.source {
        // It ends with the connection in any case.
        let _ = own.session.logout().await;
    }
    match result {
        Ok(done) => Ok(done),
        Err(failure) => Err(remote.explained(remote.named(failure).await)),
    }
}

/// The same in a held session, with nothing said about signing in.
pub(crate) async fn within_held<T>(
    node: Option<&str>,
    work: impl AsyncFnOnce(&Remote) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let remote = Remote::held(node).await?;
    work(&remote).await.map_err(|failure| remote.explained(failure))
}

impl Remote {
    async fn open(target: &Target, output: &Output) -> Result<Self, Failure> {
        let how = &target.how;
        let Some(once) = &target.once else {
            let signs_in = how.by.is_some() || how.key.is_some() || how.fingerprint.is_some();
            if signs_in || target.more.profile.is_some() || target.more.password_stdin {
                return Err(
                    Failure::usage("how to sign in was said, but not where").advise("Use --once, or `capos connect`.")
                );
            }
            return Self::held(target.node.as_deref()).await;
        };
        let wish = Wish::parse(once, how, &target.more)?;
        let person = Person::new(output, wish.password_given);
        let own = sign_in(&wish, &*person).await?;
        let session = own.session.remote().clone();
        Ok(Self::new(session, Source::Own(Box::new(own)), "Try again.".to_owned()))
    }

    async fn held(node: Option<&str>) -> Result<Self, Failure> {
        let reached = reach(node).await?;
        let session = reached.held.session_request().send().pipeline.get_session();
        let again = format!("Sign in again: {}", reached.status.again);
        Ok(Self::new(session, Source::Held(Box::new(reached)), again))
    }

    fn new(session: remote_session::Client, source: Source, again: String) -> Self {
        let grants = session.cap_set_request().send().pipeline.get_caps();
        let bounds = capos_client::Limits::default();
        let schemas = Schemas::new(Arc::clone(Registry::builtin()), capos_schema::Limits::default(), &bounds);
        Self { session, grants, schemas, taken: RefCell::default(), source, again }
    }

    /// The failure, with which grant it is that is not there or is something else.
    async fn named(&self, failure: Failure) -> Failure {
        if !matches!(&*failure.code, "unknownCap" | "interfaceMismatch") {
            return failure;
        }
        let Ok(grants) = self.grants().await else { return failure };
        let taken = self.taken.borrow();
        let is_as_taken =
            |taken: &Taken| grants.iter().any(|grant| grant.name == taken.name && grant.interface_id == taken.as_id);
        let Some(Taken { name, as_id, .. }) = taken.iter().find(|taken| !is_as_taken(taken)) else { return failure };
        match grants.iter().find(|grant| grant.name == *name) {
            None => capabilities::not_granted(name, &grants),
            Some(grant) => {
                let word = |id: u64| self.interface_name(id).unwrap_or_else(|| format!("{id:#018x}"));
                let sentence = format!("`{name}` is a {}, and a {} is needed", word(grant.interface_id), word(*as_id));
                Failure { sentence, ..failure }.advise("See what is granted with `capos caps`.")
            }
        }
    }

    /// The failure, with what to do where the session itself is over.
    fn explained(&self, failure: Failure) -> Failure {
        match (failure.exit, &*failure.code) {
            (_, "staleSession") => failure.advise(self.again.clone()),
            (Exit::Unreachable, _) => {
                let sentence = "the connection to the node was lost, and the session with it";
                Failure { sentence: sentence.to_owned(), ..failure }.advise(self.again.clone())
            }
            _ => failure,
        }
    }

    /// The session itself.
    pub(crate) fn session(&self) -> &remote_session::Client {
        &self.session
    }

    /// Its bundle.
    pub(crate) fn bundle(&self) -> remote_cap_set::Client {
        self.grants.clone()
    }

    /// What holds it, where it is held.
    pub(crate) fn reached(&self) -> Option<&Reached> {
        match &self.source {
            Source::Held(reached) => Some(reached),
            Source::Own(_) => None,
        }
    }

    /// Waits until nothing of the session can be reached any more.
    pub(crate) async fn gone(&self) {
        match &self.source {
            Source::Held(reached) => reached.gone().await,
            Source::Own(own) => drop(own.connection.closed().await),
        }
    }

    fn keeper(&self) -> Option<&held::Client> {
        self.reached().map(|reached| &reached.held)
    }

    /// The whole bundle.
    pub(crate) async fn grants(&self) -> Result<Vec<Grant>, Failure> {
        let answer = self.grants.list_request().send().promise.await?;
        let read = |entry: capos_schema::session_capnp::remote_cap_entry::Reader<'_>| {
            Ok(Grant {
                name: entry.get_name()?.to_str()?.to_owned(),
                interface: None,
                interface_id: entry.get_interface_id(),
                transfer_policy: entry.get_transfer_policy()?.to_str()?.to_owned(),
                lease_expires_at_ms: entry.get_lease_expires_at_ms(),
            })
        };
        let grants: capnp::Result<Vec<Grant>> = answer.get()?.get_entries()?.iter().map(read).collect();
        let mut grants = grants?;
        self.learn(grants.iter().map(|grant| grant.interface_id)).await;
        for grant in &mut grants {
            grant.interface = self.interface_name(grant.interface_id);
        }
        Ok(grants)
    }

    /// Looks interfaces that are not known up in the node's manual, where that is granted. One that is not to be
    /// learned stays a number.
    pub(crate) async fn learn(&self, interfaces: impl Iterator<Item = u64>) {
        let unknown: BTreeSet<u64> = interfaces.filter(|id| *id != 0 && !self.schemas.knows(*id)).collect();
        let manual: manual::Client = self.grant("manual");
        let asked = join_all(unknown.iter().map(async |id| (*id, fetch_schema(&manual, *id).await))).await;
        for (id, schema) in asked {
            // Another one's answer may have had it, too.
            if let Ok(schema) = schema
                && !self.schemas.knows(id)
            {
                let _ = self.schemas.load_for(id, &schema);
            }
        }
    }

    /// What is known of interfaces.
    pub(crate) fn schemas(&self) -> &Schemas {
        &self.schemas
    }

    /// The name of an interface, where it is known.
    pub(crate) fn interface_name(&self, id: u64) -> Option<String> {
        self.schemas.registry_of(id).node(id).map(|node| node.name.clone())
    }

    /// The interface of that name: one that this program knows, or one of a grant.
    pub(crate) async fn interface_id(&self, name: &str) -> Result<Option<u64>, Failure> {
        if let Some(known) = self.schemas.interface_id(name) {
            return Ok(Some(known));
        }
        self.grants().await?;
        Ok(self.schemas.interface_id(name))
    }

    /// Everything that is kept by number; nothing in a session of the command's own.
    pub(crate) async fn handles(&self) -> Result<Vec<Handle>, Failure> {
        match self.reached() {
            Some(reached) => reached.handles().await,
            None => Ok(Vec::new()),
        }
    }

    /// A grant as an interface known at compile time, to be called at once: where it is not given, its calls fail.
    pub(crate) fn grant<C: FromClientHook + HasTypeId>(&self, name: &str) -> C {
        let mut request = self.grants.get_request();
        request.get().set_name(name);
        request.get().set_expected_interface_id(C::TYPE_ID);
        let taken = Client::new(request.send().pipeline.get_cap().as_cap());
        self.taken.borrow_mut().push(Taken { name: name.to_owned(), as_id: C::TYPE_ID, _held: taken.clone() });
        FromClientHook::new(taken.hook)
    }

    /// What a person calls `name`, `%1` or `%1:Interface`, and what is known of its interface.
    pub(crate) async fn object(&self, subject: &str) -> Result<(Object, Arc<Registry>), Failure> {
        let found = capabilities::find(self, subject).await?;
        if found.interface_id == 0 {
            let sentence = format!("nobody knows what interface {subject} has");
            return Err(Failure::usage(sentence).advise(format!("Say it: {subject}:Interface.")));
        }
        self.learn(std::iter::once(found.interface_id)).await;
        let registry = self.schemas.registry_of(found.interface_id);
        let object = Object::new(
            found.capability.hook,
            found.interface_id,
            Arc::clone(&registry),
            self.schemas.limits().clone(),
        );
        Ok((object, registry))
    }
}

/// A text of a node's; what is no UTF-8 in it is shown as such.
pub(crate) fn text(text: capnp::Result<capnp::text::Reader<'_>>) -> Result<String, Failure> {
    Ok(String::from_utf8_lossy(text?.as_bytes()).into_owned())
}
