//! A node in this process, in front of which a whole desk stands: what it grants says and does what a test wants.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeSet, VecDeque};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use capnp::capability::{Client, FromClientHook};
use capnp::traits::HasTypeId;
use capos_client::{Connection, Identify, Options, SignIn};
use capos_rpc::Peer;
use capos_schema::commands_capnp::{command_menu, command_surface};
use capos_schema::gateway_capnp::remote_session_gateway;
use capos_schema::session_capnp::{remote_cap_set, remote_session};
use capos_testkit::stock;
use serde_json::Value;
use tokio::task::spawn_local;
use tokio::time::timeout;

use crate::workspace::board::{Opening, Window};
use crate::workspace::command::Command;
use crate::workspace::desk::{Desk, DeskHandle};
use crate::workspace::limits::WorkspaceLimits;
use crate::workspace::problem::Problem;
use crate::workspace::view::Key;

/// Long beside everything that is waited for; it passes at once where nothing happens any more.
const PATIENCE: Duration = Duration::from_secs(300);

type Answer = capnp::Result<()>;

/// What a session is granted.
pub(crate) struct Grant {
    name: &'static str,
    interface: u64,
    client: Client,
}

pub(crate) fn grant<C: FromClientHook + HasTypeId>(name: &'static str, client: C) -> Grant {
    Grant { name, interface: C::TYPE_ID, client: Client::new(client.into_client_hook()) }
}

/// How a service takes what it is asked.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Mood {
    /// It answers.
    #[default]
    Fine,
    /// It never does.
    Silent,
    /// It is not there any more.
    Gone,
}

/// A service's mood, for whoever changes it meanwhile.
#[derive(Clone, Default)]
pub(crate) struct Moods(Rc<Cell<Mood>>);

impl Moods {
    pub(crate) fn set(&self, mood: Mood) {
        self.0.set(mood);
    }

    /// Where it answers at all.
    pub(crate) async fn bear(&self) -> Answer {
        match self.0.get() {
            Mood::Fine => Ok(()),
            Mood::Silent => futures::future::pending().await,
            Mood::Gone => {
                Err(capnp::Error::disconnected("/home/secret: the service is gone (os error 104)".to_owned()))
            }
        }
    }
}

/// One service, a page in front of it, and what lies between.
pub(crate) struct Stage {
    pub(crate) desk: DeskHandle,
    page: Window,
    heard: VecDeque<Value>,
}

/// Runs a test on a clock that jumps to whatever is waited for.
pub(crate) fn play(grants: Vec<Grant>, wants: &[&str], body: impl AsyncFnOnce(Stage)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build().unwrap();
    runtime.block_on(stock::vat(async {
        let (ours, theirs) = tokio::io::duplex(64 << 10);
        let gateway: remote_session_gateway::Client = capnp_rpc::new_client(Node(Rc::new(grants)));
        stock::serve(theirs, gateway);
        let connection = Connection::over(ours, Peer::internal(), &Options::new(Identify::Plain));
        let session = connection.sign_in(SignIn::Anonymous { profile: "" }).await.unwrap();
        let limits = Arc::new(WorkspaceLimits::default());
        let (desk, handle) = Desk::begin(connection, session, limits).await.map_err(|problem| problem.message).unwrap();
        let work = spawn_local(desk.work());
        let page = window(&handle, wants);
        body(Stage { desk: handle, page, heard: VecDeque::new() }).await;
        work.abort();
    }));
}

fn window(desk: &DeskHandle, wants: &[&str]) -> Window {
    let topics: BTreeSet<String> = wants.iter().map(|&topic| topic.to_owned()).collect();
    let opening = Opening { window: Key::new(), topics, after: None };
    desk.board.window(opening).map_err(|problem| problem.message).unwrap()
}

impl Stage {
    /// Has an area do something.
    pub(crate) async fn ask(&self, area: &str, name: &str, body: Value) -> Result<Value, Problem> {
        let command = Command { name: name.to_owned(), body: body.to_string().into() };
        let asked = timeout(PATIENCE, self.desk.ask(area.to_owned(), command));
        let reply = asked.await.expect("whatever is asked is answered")?;
        Ok(serde_json::from_slice(&reply.json()).unwrap())
    }

    /// The next that the page is told of a topic, in whole or in part, of which that is so.
    pub(crate) async fn told(&mut self, topic: &str, is: impl Fn(&Value) -> bool) -> Value {
        timeout(PATIENCE, async {
            loop {
                let event = self.hear().await;
                let said = if event["whole"].is_null() { &event["delta"] } else { &event["whole"] };
                if event["topic"] == topic && is(said) {
                    return said.clone();
                }
            }
        })
        .await
        .unwrap_or_else(|_| panic!("nothing like that is told of {topic}"))
    }

    /// All of a topic, as a window that comes now is sent it.
    pub(crate) async fn whole(&mut self, topic: &str) -> Value {
        self.page = window(&self.desk, &[topic]);
        self.heard.clear();
        self.told(topic, |_| true).await
    }

    async fn hear(&mut self) -> Value {
        loop {
            if let Some(event) = self.heard.pop_front() {
                return event;
            }
            let piece = self.page.next().await.expect("the session goes on");
            let text = String::from_utf8(piece.to_vec()).unwrap();
            let lines = text.lines().filter_map(|line| line.strip_prefix("data: "));
            self.heard.extend(lines.map(|line| serde_json::from_str::<Value>(line).unwrap()));
        }
    }
}

#[derive(Clone)]
struct Node(Rc<Vec<Grant>>);

impl remote_session_gateway::Server for Node {
    async fn anonymous(
        self: Rc<Self>,
        _: remote_session_gateway::AnonymousParams,
        mut results: remote_session_gateway::AnonymousResults,
    ) -> Answer {
        results.get().set_session(capnp_rpc::new_client((*self).clone()));
        Ok(())
    }
}

impl remote_session::Server for Node {
    async fn info(self: Rc<Self>, _: remote_session::InfoParams, mut results: remote_session::InfoResults) -> Answer {
        let mut info = results.get().init_info();
        info.set_session_id(&[0xab; 16]);
        info.set_expires_at_ms(u64::MAX >> 1);
        Ok(())
    }

    async fn cap_set(
        self: Rc<Self>,
        _: remote_session::CapSetParams,
        mut results: remote_session::CapSetResults,
    ) -> Answer {
        results.get().set_caps(capnp_rpc::new_client((*self).clone()));
        Ok(())
    }
}

impl remote_cap_set::Server for Node {
    async fn list(self: Rc<Self>, _: remote_cap_set::ListParams, mut results: remote_cap_set::ListResults) -> Answer {
        let mut entries = results.get().init_entries(u32::try_from(self.0.len()).unwrap());
        for (place, grant) in (0..).zip(&*self.0) {
            let mut entry = entries.reborrow().get(place);
            entry.set_name(grant.name);
            entry.set_interface_id(grant.interface);
            entry.set_transfer_policy("session");
        }
        Ok(())
    }

    async fn get(self: Rc<Self>, params: remote_cap_set::GetParams, mut results: remote_cap_set::GetResults) -> Answer {
        let name = params.get()?.get_name()?.to_string()?;
        let found = self.0.iter().find(|grant| grant.name == name);
        let found = found.ok_or_else(|| capnp::Error::failed("unknown".to_owned()))?;
        results.get().get_cap().set_as_capability(found.client.hook.add_ref());
        Ok(())
    }
}

/// A service that describes commands, and does whatever it is told.
pub(crate) struct Commands {
    pub(crate) fill: Box<dyn Fn(command_menu::Builder<'_>)>,
    pub(crate) moods: Moods,
    /// What it was asked for, as it came.
    pub(crate) asked: Rc<RefCell<Vec<String>>>,
    /// What it says to each of it.
    pub(crate) says: String,
    /// Whether it says what can be done after it.
    pub(crate) goes_on: bool,
}

impl Commands {
    pub(crate) fn new(moods: &Moods, fill: impl Fn(command_menu::Builder<'_>) + 'static) -> Self {
        let asked = Rc::default();
        Self { fill: Box::new(fill), moods: moods.clone(), asked, says: "done".to_owned(), goes_on: true }
    }
}

impl command_surface::Server for Commands {
    async fn menu(self: Rc<Self>, _: command_surface::MenuParams, mut results: command_surface::MenuResults) -> Answer {
        self.moods.bear().await?;
        (self.fill)(results.get().init_menu());
        Ok(())
    }

    async fn invoke(
        self: Rc<Self>,
        params: command_surface::InvokeParams,
        mut results: command_surface::InvokeResults,
    ) -> Answer {
        self.moods.bear().await?;
        self.asked.borrow_mut().push(format!("{:?}", params.get()?));
        let mut outcome = results.get().init_outcome();
        outcome.set_done(true);
        outcome.set_text(&*self.says);
        if self.goes_on {
            (self.fill)(outcome.init_menu());
        }
        Ok(())
    }
}
