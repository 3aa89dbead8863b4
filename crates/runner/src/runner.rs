//! The services of one node.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use capos_rpc::Vats;
use capos_sandbox::Zygote;
use capos_schema::{Code, Denial};
use futures::future::join_all;

use crate::changes::Changes;
use crate::core::{Core, PostKey};
use crate::error::Error;
use crate::limits::Limits;
use crate::log::Log;
use crate::opening::{self, Asker, Opened, Opening, SessionKey};
use crate::post::{Order, PostHandle};
use crate::profile::{Isolation, Profile, Start};
use crate::profiles::Profiles;
use crate::status::{self, State, Status, Unlaunchable};
use crate::witness::Witness;

/// Where a runner keeps things, and what it may cost.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Homes and logs of services.
    pub data: PathBuf,
    /// Where services' sockets are; made with mode 0700.
    pub sockets: PathBuf,
    /// The executable that bundled services are compiled into.
    pub bundled: PathBuf,
    /// Bounds.
    pub limits: Limits,
}

/// Runs services. Clones are the same runner; it can be used from any thread.
///
/// Where the last one is dropped, all processes are killed; [`Runner::shut_down`] is the clean way.
#[derive(Clone)]
pub struct Runner(Arc<House>);

/// The runner's own thread, on which everything is started and watched, and what is known to all.
struct House {
    core: Arc<Core>,
    _vats: Vats,
}

impl Runner {
    /// A runner that runs nothing yet.
    pub fn new(
        settings: Settings,
        zygote: Zygote,
        profiles: Profiles,
        witness: Arc<dyn Witness>,
    ) -> Result<Runner, Error> {
        let vats = Vats::start(1).map_err(Error::Thread)?;
        let house = vats.all().first().cloned().ok_or_else(|| Error::Thread(std::io::ErrorKind::NotFound.into()))?;
        let core = Arc::new(Core::new(settings, zygote, profiles, witness, house)?);
        Ok(Runner(Arc::new(House { core, _vats: vats })))
    }

    fn core(&self) -> &Arc<Core> {
        &self.0.core
    }

    /// Starts what starts with the node. It does not wait for it.
    pub fn start(&self) {
        for profile in self.profiles().iter().filter(|profile| profile.start == Start::Node) {
            self.want(profile, Order::Want);
        }
    }

    fn want(&self, profile: &Arc<Profile>, order: Order) {
        // Where the runner is closing nothing is wanted any more.
        if let Ok(handle) = self.core().post(&shared(&profile.id), None, profile) {
            handle.order(order);
        }
    }

    /// Replaces the profiles: what changed is drained and started again where it ran, what is gone is stopped.
    pub fn set_profiles(&self, profiles: Profiles) {
        let before = self.core().replace_profiles(profiles);
        let after = self.profiles();
        for old in before.iter() {
            match after.get(&old.id) {
                Some(new) if new == old => {}
                Some(new) if new.isolation == old.isolation && new.isolation == Isolation::Shared => {
                    for (_, handle) in self.core().handles(Some(&old.id)) {
                        handle.order(Order::Change(new.clone()));
                    }
                }
                // Without its handle a graph ends; a session's own is started from the new profile.
                _ => drop(self.core().remove(|key| key.service == old.id)),
            }
        }
        for new in after.iter().filter(|new| new.start == Start::Node && before.get(&new.id) != Some(new)) {
            self.want(new, Order::Want);
        }
    }

    /// The profiles at this moment.
    #[must_use]
    pub fn profiles(&self) -> Arc<Profiles> {
        self.core().profiles()
    }

    /// One profile at this moment.
    #[must_use]
    pub fn profile(&self, id: &str) -> Option<Arc<Profile>> {
        self.core().profile(id)
    }

    /// What a service is to a session. Changes nothing.
    #[must_use]
    pub fn state(&self, id: &str, session: &SessionKey) -> State {
        let Some(profile) = self.profile(id) else { return State::Unavailable(Unlaunchable::Unknown) };
        let Some(life) = self.core().life(&Core::key(&profile, session)) else {
            return self.launchable(id).map_or_else(State::Unavailable, |()| State::Startable);
        };
        let own = profile.isolation == Isolation::Session;
        match own || life.seated().iter().any(|seated| seated.session == *session) {
            true => State::Running,
            false => State::Attachable,
        }
    }

    /// Changes, from here on, of what services are to a session. To be asked for before the session is over.
    #[must_use]
    pub fn changes(&self, session: &SessionKey) -> Changes {
        self.core().news.follow(session)
    }

    /// Whether it could be started. Changes nothing.
    pub fn launchable(&self, id: &str) -> Result<(), Unlaunchable> {
        self.core().launchable(id)
    }

    /// Has a service run and be ready, with all that it needs. A call that is dropped leaves nothing half done.
    ///
    /// The pseudonym is [`Visitor::pseudonym`](crate::Visitor::pseudonym): a session's own process is at home with it.
    pub async fn launch(&self, id: &str, session: &SessionKey, pseudonym: Option<[u8; 32]>) -> Result<(), Denial> {
        let profile = self.profile(id).ok_or(Code::ServiceUnavailable)?;
        self.core().ready(&Core::key(&profile, session), pseudonym, true).await.map(drop)
    }

    /// A facet for one session, on a vat thread; a promised one at once, which breaks where there is none to be had.
    #[must_use]
    pub fn open(&self, opening: Opening) -> Opened {
        let Some(profile) = self.profile(&opening.service) else {
            return opening::refused(Code::ServiceUnavailable.into());
        };
        match profile.export(&opening.export) {
            None => opening::refused(Code::UnknownCap.into()),
            Some(export) if export.interface.id != opening.interface => {
                opening::refused(Code::InterfaceMismatch.into())
            }
            Some(_) => opening::open(self.core(), Core::key(&profile, &opening.session), Asker::Session, opening),
        }
    }

    /// Ends the process that a service runs for this session alone, if there is one.
    pub fn release(&self, id: &str, session: &SessionKey) {
        self.end(|key| key.session == Some(*session) && key.service == id);
    }

    /// The session is over: what runs for it alone ends within a second.
    pub fn session_over(&self, session: &SessionKey) {
        self.core().session_over(session);
        self.end(|key| key.session == Some(*session));
    }

    fn end(&self, gone: impl Fn(&PostKey) -> bool) {
        for handle in self.core().remove(gone) {
            let (done, _) = tokio::sync::oneshot::channel();
            handle.order(Order::Stop(self.core().settings.limits.session_drain, done));
        }
    }

    /// All services, in the order of their ids, for administrators.
    #[must_use]
    pub fn statuses(&self) -> Vec<Status> {
        self.profiles().iter().map(|profile| status::of(self.core(), profile)).collect()
    }

    /// One service, for administrators.
    #[must_use]
    pub fn status(&self, id: &str) -> Option<Status> {
        self.profile(id).map(|profile| status::of(self.core(), &profile))
    }

    /// What a service has written, for administrators.
    #[must_use]
    pub fn log(&self, id: &str) -> Option<Log> {
        self.profile(id).and_then(|profile| self.core().log(&profile.id).ok())
    }

    /// Starts a shared service, also one that was given up, and waits until it is ready.
    pub async fn admin_start(&self, id: &str) -> Result<(), Error> {
        let profile = self.profile(id).ok_or(Error::Unknown)?;
        if profile.isolation == Isolation::Session {
            return Err(Error::PerSession);
        }
        let key = shared(id);
        let handle =
            self.core().post(&key, None, &profile).map_err(|denial| Error::Down(denial.sentence.into_owned()))?;
        let ready = self.core().again(&key).await;
        ready.map_err(|_| Error::Down(reason(&handle)))
    }

    /// Ends every process of a service.
    pub async fn admin_stop(&self, id: &str) -> Result<(), Error> {
        let profile = self.profile(id).ok_or(Error::Unknown)?;
        let handles = self.core().handles(Some(id));
        join_all(handles.iter().map(|(_, handle)| handle.stop(profile.health.drain_within))).await;
        Ok(())
    }

    /// Stops it and starts it.
    pub async fn admin_restart(&self, id: &str) -> Result<(), Error> {
        self.admin_stop(id).await?;
        self.admin_start(id).await
    }

    /// Drains everything, then kills it. Nothing is left when it returns, and nothing starts any more.
    pub async fn shut_down(&self) {
        self.core().close();
        let profiles = self.profiles();
        let mut left = self.core().handles(None);
        while !left.is_empty() {
            // A service goes before those that it may need while it puts its things away.
            let needed: BTreeSet<String> = left
                .iter()
                .filter_map(|(key, _)| profiles.get(&key.service))
                .flat_map(|profile| profile.providers().into_iter().map(str::to_owned).collect::<Vec<_>>())
                .collect();
            let (later, now): (Vec<_>, Vec<_>) = left.into_iter().partition(|(key, _)| needed.contains(&key.service));
            // Profiles that were replaced meanwhile could need each other in a circle.
            let (later, now) = if now.is_empty() { (now, later) } else { (later, now) };
            join_all(now.iter().map(|(key, handle)| {
                let profile = profiles.get(&key.service);
                handle.stop(profile.map_or(Duration::ZERO, |profile| profile.health.drain_within))
            }))
            .await;
            left = later;
        }
        drop(self.core().remove(|_| true));
    }
}

fn shared(id: &str) -> PostKey {
    PostKey { service: id.to_owned(), session: None }
}

/// Why it does not run, for an administrator.
fn reason(handle: &PostHandle) -> String {
    let why = handle.phase.borrow().why.clone();
    if why.is_empty() { "it was not ready in time".to_owned() } else { why }
}
