//! What a program gets before it is signed in.

use std::rc::Rc;

use capnp::traits::HasTypeId;
use capnweb::{Answer, Outcome, Reprieve, Session as Speech, Stub, Target, Value};
use capos_client::Connection;
use capos_schema::gateway_capnp::remote_session_gateway;

use crate::limits::Limits;
use crate::line::Line;
use crate::session::{SignedIn, ask, knowing, known};
use crate::sign_in::{Begun, Start, authenticate};
use crate::world::World;

/// The main object for a session of Cap'n Web: signing in to the node at the other end of `connection`, and nothing else.
///
/// Until somebody has signed in on it, the session of Cap'n Web has the bounds of a stranger, within its own.
/// The connection is kept by what the program holds of it, and by nothing else: it and its sessions end with the session
/// of Cap'n Web at the latest. When it ends, that is aborted, so that whoever holds anything learns it.
///
/// To be called where capabilities may live.
pub fn main_object(connection: Connection, limits: Limits) -> impl FnOnce(&Speech) -> Option<Stub> {
    move |speech| {
        let world = World::new(knowing(connection.registry_of(remote_session_gateway::Client::TYPE_ID)));
        let gateway = connection.gateway().clone();
        let facts = known(&gateway.client, remote_session_gateway::Client::TYPE_ID, &world);
        let line = Line::over(connection, speech, limits);
        Some(Stub::new(MainObject { gateway, facts, world, line }))
    }
}

/// What a program can call before it has signed in.
pub(crate) const METHODS: [&str; 3] = ["authMethods", "authenticate", "start"];

struct MainObject {
    gateway: remote_session_gateway::Client,
    /// The same, as its schema has it.
    facts: Stub,
    world: World,
    line: Rc<Line>,
}

impl Target for MainObject {
    fn call(self: Rc<Self>, name: Option<&str>, arguments: Vec<Value>) -> Answer {
        match name.filter(|name| METHODS.contains(name)) {
            Some("authMethods") => ask(&self.facts, "authMethods", arguments),
            // Whatever comes next is the sign-in's to judge: from the moment of the call, not when its work begins.
            Some("start") => Answer::later(self.clone().start(arguments, self.line.reprieve())),
            Some("authenticate") => Answer::later(self.clone().authenticate(arguments, self.line.reprieve())),
            _ => Answer::no_method(name),
        }
    }

    fn get(self: Rc<Self>, name: &str) -> Answer {
        match name {
            "authMethods" => ask(&self.facts, name, Vec::new()),
            _ => Answer::Now(Ok(Value::Undefined)),
        }
    }
}

impl MainObject {
    async fn start(self: Rc<Self>, arguments: Vec<Value>, reprieve: Option<Reprieve>) -> Outcome {
        let begun = async {
            let start = Start::read(arguments)?;
            let flow = start.begin(&self.gateway).await?;
            Ok(Value::Stub(Stub::new(Begun::new(flow, start.kind, self.entry()))))
        };
        let begun: Outcome = begun.await;
        drop(reprieve);
        begun.inspect_err(|reason| self.line.refused(reason))
    }

    async fn authenticate(self: Rc<Self>, arguments: Vec<Value>, reprieve: Option<Reprieve>) -> Outcome {
        let signed_in = authenticate(&self.gateway, &self.entry(), arguments, reprieve).await;
        signed_in.inspect_err(|reason| self.line.refused(reason)).map(Value::Stub)
    }

    fn entry(&self) -> Entry {
        Entry { world: self.world.clone(), line: self.line.clone() }
    }
}

/// What a sign-in makes its session of.
#[derive(Clone)]
pub(crate) struct Entry {
    world: World,
    pub(crate) line: Rc<Line>,
}

impl Entry {
    /// A session that the node has just given.
    pub(crate) fn session(&self, signed_in: SignedIn) -> Stub {
        self.line.welcome();
        let hold = self.line.hold(signed_in.remote.clone());
        signed_in.stub(&self.world, hold)
    }
}
