//! Administration: people, live sessions, the journal, services; each where the session has the grant for it. (What
//! it shows of recordings is fed by theirs.)
//!
//! What a window looks at is read again every so often, and at once after a command; nothing is read that no window
//! wants. Sessions and what they hold are named by keys: their handles stay here.

mod held;
mod journal;
mod people;
mod rules;
mod secret;
mod services;
mod sessions;
mod words;

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::rc::{Rc, Weak};
use std::time::Duration;

use capnp::capability::FromClientHook;
use capnp::traits::HasTypeId;
use capos_schema::accounts_capnp::account_admin;
use capos_schema::audit_capnp::audit_log;
use capos_schema::services_capnp::service_admin;
use capos_schema::sessions_capnp::session_admin;
use futures::future::LocalBoxFuture;
use tokio::sync::Notify;
use tokio::time::{Instant, sleep_until};

use super::recordings;
use super::running::Running;
use crate::workspace::command::{Command, Outcome};
use crate::workspace::desk::{Area, Core};
use crate::workspace::problem::Problem;
use crate::workspace::view::{Key, shown};

/// What the topics of this area begin with.
const TOPIC: &str = "administration";
const PEOPLE: &str = "administration/people";
const SESSIONS: &str = "administration/sessions";
const HELD: &str = "administration/held/";
const JOURNAL: &str = "administration/journal";
const SERVICES: &str = "administration/services";
const LOG: &str = "administration/log/";

/// How often something is read again while a window looks at it: each reading may be a row of the journal.
const OFTEN: Duration = Duration::from_secs(5);
const SELDOM: Duration = Duration::from_secs(30);

shown! {
    /// Which parts there are.
    struct Parts {
        /// Accounts, roles, profiles.
        people: bool,
        /// Live sessions.
        sessions: bool,
        /// The journal.
        journal: bool,
        /// Services.
        services: bool,
        /// Everybody's recordings.
        recordings: bool,
    }
}

/// Administration.
pub(super) struct AdministrationArea {
    core: Rc<Core>,
    /// Something was done that may have changed what is shown.
    again: Notify,
    is_fresh: Cell<bool>,
    sessions: sessions::Known,
    held: held::Known,
    journal: RefCell<Option<journal::Tail>>,
    logs: services::Logs,
    _attending: Running,
}

impl AdministrationArea {
    pub(super) fn new(core: &Rc<Core>) -> Rc<Self> {
        Rc::new_cyclic(|area: &Weak<Self>| Self {
            core: core.clone(),
            again: Notify::new(),
            is_fresh: Cell::new(false),
            sessions: sessions::Known::default(),
            held: held::Known::default(),
            journal: RefCell::default(),
            logs: services::Logs::default(),
            _attending: Running::start(attend(area.clone(), core.clone())),
        })
    }

    /// The administration with that interface, where it is granted.
    async fn grant<C: FromClientHook + HasTypeId>(&self) -> Result<C, Problem> {
        let entry = self.core.grant_of(C::TYPE_ID);
        let entry = entry.ok_or_else(|| Problem::not_found("This session has no grant for that."))?;
        Ok(self.core.session.get_as(&entry.name).await?)
    }

    /// What an exception of a call means.
    fn judge(&self, operation: &'static str) -> impl FnOnce(capnp::Error) -> Problem {
        move |error| self.core.session.judge(operation, &error).into()
    }

    /// What was done shows soon.
    fn changed(&self) {
        self.is_fresh.set(false);
        self.again.notify_one();
    }

    fn parts(&self) -> Parts {
        let has = |id| self.core.grant_of(id).is_some();
        Parts {
            people: has(account_admin::Client::TYPE_ID),
            sessions: has(session_admin::Client::TYPE_ID),
            journal: has(audit_log::Client::TYPE_ID),
            services: has(service_admin::Client::TYPE_ID),
            recordings: recordings::are_everybodys_granted(&self.core),
        }
    }

    /// Reads what is wanted, and forgets what is not.
    async fn show(self: &Rc<Self>, wanted: &BTreeSet<String>, seldom: bool) {
        let parts = self.parts();
        let wants = |topic: &str, has: bool| has && wanted.contains(topic);
        if wants(PEOPLE, parts.people) {
            if seldom {
                self.show_people().await;
            }
        } else {
            self.core.board.remove(PEOPLE);
        }
        if wants(SESSIONS, parts.sessions) {
            self.show_sessions().await;
        } else {
            self.core.board.remove(SESSIONS);
        }
        self.show_held(&keys(wanted, HELD, parts.sessions)).await;
        if wants(SERVICES, parts.services) {
            self.show_services().await;
        } else {
            self.core.board.remove(SERVICES);
        }
        self.attach_logs(&names(wanted, LOG, parts.services)).await;
        self.attach_journal(wants(JOURNAL, parts.journal)).await;
    }
}

/// What follows a topic's beginning.
fn names(wanted: &BTreeSet<String>, beginning: &str, has: bool) -> BTreeSet<String> {
    let rest = wanted.iter().filter_map(|topic| topic.strip_prefix(beginning));
    rest.filter(|_| has).map(str::to_owned).collect()
}

fn keys(wanted: &BTreeSet<String>, beginning: &str, has: bool) -> BTreeSet<Key> {
    names(wanted, beginning, has).iter().filter_map(|name| Key::parse(name)).collect()
}

/// Reads for as long as the area is there.
async fn attend(area: Weak<AdministrationArea>, core: Rc<Core>) {
    let mut wanted = core.board.wanted();
    let (mut next_seldom, mut before) = (Instant::now(), BTreeSet::new());
    loop {
        let topics = of_this_area(&wanted.borrow_and_update());
        let Some(here) = area.upgrade() else { return };
        let is_new = topics != before || !here.is_fresh.replace(true);
        let seldom = is_new || next_seldom <= Instant::now();
        if seldom {
            next_seldom = Instant::now() + SELDOM;
        }
        here.show(&topics, seldom).await;
        before = topics;
        drop(here);
        // Weak while it waits: the area goes with its desk.
        let again = async {
            match area.upgrade() {
                Some(here) => here.again.notified().await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = until_another(&mut wanted, &before) => {}
            () = again => {}
            () = sleep_until(Instant::now() + OFTEN), if !before.is_empty() => {}
        }
    }
}

async fn until_another(wanted: &mut tokio::sync::watch::Receiver<BTreeSet<String>>, before: &BTreeSet<String>) {
    // The board is there for as long as its desk.
    let _ = wanted.wait_for(|topics| of_this_area(topics) != *before).await;
}

fn of_this_area(topics: &BTreeSet<String>) -> BTreeSet<String> {
    topics.iter().filter(|topic| topic.starts_with(TOPIC)).cloned().collect()
}

impl Area for AdministrationArea {
    fn act(self: Rc<Self>, command: Command) -> LocalBoxFuture<'static, Outcome> {
        Box::pin(async move {
            let outcome = match command.name.as_str() {
                "addPerson" => self.add_person(&command).await,
                "changePerson" => self.change_person(&command).await,
                "removePerson" => self.remove_person(&command).await,
                "resetPassword" => self.reset_password(&command).await,
                "setPassword" => self.set_password(&command).await,
                "addKey" => self.add_key(&command).await,
                "removeKey" => self.remove_key(&command).await,
                "putRole" => self.put_role(&command).await,
                "removeRole" => self.remove_role(&command).await,
                "profile" => return self.profile(&command).await,
                "putProfile" => self.put_profile(&command).await,
                "removeProfile" => self.remove_profile(&command).await,
                "endSession" => self.end_session(&command).await,
                "endAccount" => self.end_account(&command).await,
                "revokeGrant" => self.revoke_grant(&command).await,
                "revokeReference" => self.revoke_reference(&command).await,
                "olderRows" => return self.older_rows(&command).await,
                "verify" => return self.verify(&command).await,
                "export" => return self.export(&command).await,
                "startService" | "stopService" | "restartService" => self.run_service(&command).await,
                _ => return Err(command.unknown()),
            };
            // Also where it was refused: what it was about may have changed meanwhile.
            self.changed();
            outcome
        })
    }

    fn look(self: Rc<Self>) -> LocalBoxFuture<'static, ()> {
        Box::pin(async move {
            let parts = self.parts();
            let nothing = Parts { people: false, sessions: false, journal: false, services: false, recordings: false };
            if parts == nothing {
                self.core.board.remove(TOPIC);
            } else {
                self.core.board.put(TOPIC, parts);
            }
            self.changed();
        })
    }
}
