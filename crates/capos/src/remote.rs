//! What a command runs against: a session that a background process holds, or one of its own (`--once`).

pub(crate) mod arguments;
pub(crate) mod capabilities;
pub(crate) mod show;

use std::sync::Arc;

use capnp::capability::FromClientHook;
use capnp::traits::HasTypeId;
use capos_schema::Registry;
use capos_schema::dynamic::Object;
use capos_schema::session_capnp::{remote_cap_set, remote_session};
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
    source: Source,
    again: String,
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
    /// Its name, where this program knows it.
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
    result.map_err(|failure| remote.explained(failure))
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
        Self { session, grants, source, again }
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

    fn keeper(&self) -> Option<&held::Client> {
        self.reached().map(|reached| &reached.held)
    }

    /// The whole bundle.
    pub(crate) async fn grants(&self) -> Result<Vec<Grant>, Failure> {
        let answer = self.grants.list_request().send().promise.await?;
        let registry = Registry::builtin();
        let read = |entry: capos_schema::session_capnp::remote_cap_entry::Reader<'_>| {
            let interface_id = entry.get_interface_id();
            Ok(Grant {
                name: entry.get_name()?.to_str()?.to_owned(),
                interface: registry.node(interface_id).map(|node| node.name.clone()),
                interface_id,
                transfer_policy: entry.get_transfer_policy()?.to_str()?.to_owned(),
                lease_expires_at_ms: entry.get_lease_expires_at_ms(),
            })
        };
        answer.get()?.get_entries()?.iter().map(read).collect::<capnp::Result<_>>().map_err(Failure::from)
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
        FromClientHook::new(request.send().pipeline.get_cap().as_cap())
    }

    /// What a person calls `name`, `%1` or `%1:Interface`.
    pub(crate) async fn object(&self, subject: &str) -> Result<Object, Failure> {
        let found = capabilities::find(self, subject).await?;
        let registry = Registry::builtin();
        if found.interface_id == 0 {
            let sentence = format!("nobody knows what interface {subject} has");
            return Err(Failure::usage(sentence).advise(format!("Say it: {subject}:Interface.")));
        }
        Ok(Object::new(
            found.capability.hook,
            found.interface_id,
            Arc::clone(registry),
            capos_schema::Limits::default(),
        ))
    }
}
