//! What a program gets by signing in: the session, and its bundle of grants.

use std::rc::Rc;
use std::sync::Arc;

use capnp::capability::{Client, FromClientHook};
use capnp::traits::HasTypeId;
use capnweb::{Answer, Outcome, Stub, Target, Thrown, Value};
use capos_client::{Schemas, fetch_schema};
use capos_schema::dynamic::Object;
use capos_schema::manual_capnp::manual;
use capos_schema::session_capnp::{remote_cap_set, remote_session};
use capos_schema::{Code, Registry};

use crate::capability::Capability;
use crate::errors;
use crate::line::Hold;
use crate::options::misused;
use crate::renewal::Renewal;
use crate::world::World;

/// The main object for a session of Cap'n Web that begins where somebody else has signed in: that session itself. It
/// goes on when the program has gone, and can be ended by its `logout` all the same.
///
/// To be called where capabilities may live.
#[must_use]
pub fn session_object(session: remote_session::Client) -> Stub {
    let world = World::new(knowing(Arc::clone(Registry::builtin())));
    SignedIn { remote: session, signed: None }.stub(&world, Hold::lent())
}

/// These interfaces, and those that are learned.
pub(crate) fn knowing(registry: Arc<Registry>) -> Rc<Schemas> {
    Rc::new(Schemas::new(registry, capos_schema::Limits::default(), &capos_client::Limits::default()))
}

/// A session that the node gave.
pub(crate) struct SignedIn {
    pub(crate) remote: remote_session::Client,
    /// The digest of the challenge that was signed to get in, as a renewal by key names it.
    pub(crate) signed: Option<[u8; 32]>,
}

impl SignedIn {
    /// As a program has it. Everything that is reached through it keeps `hold`.
    pub(crate) fn stub(self, world: &World, hold: Rc<Hold>) -> Stub {
        let world = world.keeping(hold.clone());
        let facts = known(&self.remote.client, remote_session::Client::TYPE_ID, &world);
        Stub::new(Session { signed_in: self, facts, world, hold })
    }
}

/// An object whose interface is one of the contract's, by its schema.
pub(crate) fn known(client: &Client, interface_id: u64, world: &World) -> Stub {
    let schemas = world.schemas();
    let registry = schemas.registry_of(interface_id);
    let object = Object::new(client.hook.add_ref(), interface_id, registry, schemas.limits().clone());
    Capability::stub(object, world)
}

/// What an object answers by its schema alone.
pub(crate) fn ask(object: &Stub, method: &str, arguments: Vec<Value>) -> Answer {
    Answer::Later(object.call(Some(method), arguments).into_future())
}

/// What a program can call of a session …
pub(crate) const METHODS: [&str; 9] =
    ["info", "capSet", "renew", "logout", "watch", "others", "endOther", "profiles", "enter"];
/// … and of its bundle.
pub(crate) const CAP_SET_METHODS: [&str; 2] = ["list", "get"];

struct Session {
    signed_in: SignedIn,
    /// The same, as its schema has it.
    facts: Stub,
    world: World,
    hold: Rc<Hold>,
}

impl Target for Session {
    fn call(self: Rc<Self>, name: Option<&str>, arguments: Vec<Value>) -> Answer {
        match name.filter(|name| METHODS.contains(name)) {
            Some(method @ ("info" | "watch" | "others" | "endOther" | "profiles")) => {
                ask(&self.facts, method, arguments)
            }
            Some("enter") => Answer::later(self.enter(arguments)),
            Some("capSet") => Answer::later(self.cap_set()),
            Some("renew") => Answer::later(self.renew(arguments)),
            Some("logout") => Answer::later(self.logout(arguments)),
            _ => Answer::no_method(name),
        }
    }

    fn get(self: Rc<Self>, name: &str) -> Answer {
        match name {
            "info" | "capSet" | "others" | "profiles" => self.call(Some(name), Vec::new()),
            _ => Answer::Now(Ok(Value::Undefined)),
        }
    }
}

impl Session {
    async fn cap_set(self: Rc<Self>) -> Outcome {
        let answer = self.signed_in.remote.cap_set_request().send().promise.await.map_err(errors::thrown)?;
        let grants = answer.get().and_then(|answer| answer.get_caps()).map_err(errors::thrown)?;
        let facts = known(&grants.client, remote_cap_set::Client::TYPE_ID, &self.world);
        Ok(Value::Stub(Stub::new(CapSet { grants, facts, world: self.world.clone() })))
    }

    /// What the session's facts are, once it has been extended.
    async fn renew(self: Rc<Self>, arguments: Vec<Value>) -> Outcome {
        let renewal = Renewal::read(arguments)?;
        renewal.carry_out(&self.signed_in).await?;
        self.facts.call(Some("info"), Vec::new()).await
    }

    /// The session in another profile. This one is over then, and the program has the other in its place.
    async fn enter(self: Rc<Self>, arguments: Vec<Value>) -> Outcome {
        let mut request = self.signed_in.remote.enter_request();
        request.get().set_profile(profile(arguments)?);
        let answer = request.send().promise.await.map_err(errors::thrown)?;
        let remote = answer.get().and_then(|answer| answer.get_session()).map_err(errors::thrown)?;
        self.hold.is_over();
        let hold = self.hold.of(remote.clone());
        Ok(Value::Stub(SignedIn { remote, signed: self.signed_in.signed }.stub(&self.world, hold)))
    }

    async fn logout(self: Rc<Self>, arguments: Vec<Value>) -> Outcome {
        let ended = self.facts.call(Some("logout"), arguments).await?;
        self.hold.is_over();
        Ok(ended)
    }
}

/// The bundle.
struct CapSet {
    grants: remote_cap_set::Client,
    /// The same, as its schema has it.
    facts: Stub,
    world: World,
}

impl Target for CapSet {
    fn call(self: Rc<Self>, name: Option<&str>, arguments: Vec<Value>) -> Answer {
        match name.filter(|name| CAP_SET_METHODS.contains(name)) {
            Some("list") => ask(&self.facts, "list", arguments),
            Some("get") => Answer::later(self.give(arguments)),
            _ => Answer::no_method(name),
        }
    }

    fn get(self: Rc<Self>, name: &str) -> Answer {
        match name {
            "list" => ask(&self.facts, name, Vec::new()),
            _ => Answer::Now(Ok(Value::Undefined)),
        }
    }
}

impl CapSet {
    async fn give(self: Rc<Self>, arguments: Vec<Value>) -> Outcome {
        let (name, interface_id) = wanted(arguments)?;
        let interface_id = match interface_id {
            Some(interface_id) => interface_id,
            None => self.interface_of(&name).await?,
        };
        let mut request = self.grants.get_request();
        request.get().set_name(&name);
        request.get().set_expected_interface_id(interface_id);
        let answer = request.send().promise.await.map_err(errors::thrown)?;
        let grant = answer.get().and_then(|answer| answer.get_cap().get_as_capability::<Client>());
        let grant = grant.map_err(errors::thrown)?;
        // Without it the object is there all the same, to be passed on.
        let _ = self.learn(interface_id).await;
        Ok(Value::Stub(known(&grant, interface_id, &self.world)))
    }

    /// As what the grant of that name is listed.
    async fn interface_of(&self, name: &str) -> Result<u64, Thrown> {
        let answer = self.grants.list_request().send().promise.await.map_err(errors::thrown)?;
        let entries = answer.get().and_then(|answer| answer.get_entries()).map_err(errors::thrown)?;
        let named =
            entries.iter().find(|entry| entry.get_name().is_ok_and(|given| given.as_bytes() == name.as_bytes()));
        named.map(|entry| entry.get_interface_id()).ok_or_else(|| errors::denied(&Code::UnknownCap.into()))
    }

    /// Looks an interface that is not known here up in the node's manual, where that is granted.
    async fn learn(&self, interface_id: u64) -> Result<(), Thrown> {
        let schemas = self.world.schemas();
        if schemas.knows(interface_id) {
            return Ok(());
        }
        let mut request = self.grants.get_request();
        request.get().set_name("manual");
        request.get().set_expected_interface_id(manual::Client::TYPE_ID);
        let manual: manual::Client = FromClientHook::new(request.send().pipeline.get_cap().as_cap());
        let schema = fetch_schema(&manual, interface_id).await.map_err(errors::thrown)?;
        // Another one's answer may have had it meanwhile.
        if !schemas.knows(interface_id) {
            let _ = schemas.load_for(interface_id, &schema);
        }
        Ok(())
    }
}

/// The name of a profile; none for the account's default one.
fn profile(arguments: Vec<Value>) -> Result<String, Thrown> {
    let mut arguments = arguments.into_iter();
    match (arguments.next(), arguments.next()) {
        (None | Some(Value::Undefined | Value::Null), None) => Ok(String::new()),
        (Some(Value::String(name)), None) => Ok(name),
        _ => Err(misused("enter", "takes the name of a profile")),
    }
}

/// The name of a grant and, where it was said, what interface it is to be.
fn wanted(arguments: Vec<Value>) -> Result<(String, Option<u64>), Thrown> {
    let mistaken = || misused("get", "takes the name of a grant and, if you want, its interface's id");
    let mut arguments = arguments.into_iter();
    let name = match arguments.next() {
        Some(Value::String(name)) => name,
        _ => return Err(mistaken()),
    };
    let interface_id = match arguments.next() {
        None | Some(Value::Undefined | Value::Null) => None,
        Some(id) => Some(id.as_u64().ok_or_else(mistaken)?),
    };
    if arguments.next().is_some() { Err(mistaken()) } else { Ok((name, interface_id)) }
}
