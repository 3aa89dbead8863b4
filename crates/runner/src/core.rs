//! What the parts of a runner share, from any thread.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use capos_rpc::Vat;
use capos_sandbox::{Mechanism, Strictness, Zygote};
use capos_schema::{Code, Denial};
use tokio::sync::watch;

use crate::changes::News;
use crate::home::Homes;
use crate::life::{Life, locked};
use crate::log::{Files, Log, Stream};
use crate::opening::SessionKey;
use crate::post::{Order, Post, PostHandle, Standing};
use crate::profile::{Holder, Isolation, Profile, Program};
use crate::profiles::Profiles;
use crate::reserve::{ABOVE, Residents};
use crate::runner::Settings;
use crate::socket::Sockets;
use crate::status::Unlaunchable;
use crate::witness::{Event, Happening, Witness};

/// Sessions that are over are remembered for a while: what was under way may still ask for them.
const ENDED_SESSIONS: usize = 4096;

/// What a session hears whose home is too full to start in.
const FULL: &str = "the home holds more than it may while the node's disk is nearly full; its operator can make room";

/// Runners of one process are told apart: tables of threads are shared by all.
static RUNNERS: AtomicU64 = AtomicU64::new(0);

/// Which process graph: a service's shared one, or that of one session.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct PostKey {
    pub(crate) service: String,
    pub(crate) session: Option<SessionKey>,
}

pub(crate) struct Core {
    pub(crate) number: u64,
    pub(crate) settings: Settings,
    pub(crate) zygote: Zygote,
    pub(crate) homes: Homes,
    pub(crate) sockets: Sockets,
    pub(crate) house: Vat,
    pub(crate) residents: Residents,
    pub(crate) news: News,
    witness: Arc<dyn Witness>,
    files: Files,
    profiles: Mutex<Arc<Profiles>>,
    posts: Mutex<Posts>,
    logs: Mutex<BTreeMap<String, Log>>,
    numbers: AtomicU64,
}

#[derive(Default)]
struct Posts {
    all: HashMap<PostKey, PostHandle>,
    over: VecDeque<SessionKey>,
    closing: bool,
}

impl Core {
    pub(crate) fn new(
        settings: Settings,
        zygote: Zygote,
        profiles: Profiles,
        witness: Arc<dyn Witness>,
        house: Vat,
    ) -> Result<Self, crate::Error> {
        let directory = |path: &Path| {
            let path = path.to_owned();
            move |error| crate::Error::Directory(path, error)
        };
        Ok(Self {
            number: RUNNERS.fetch_add(1, Ordering::Relaxed),
            homes: Homes::open(&settings.data, !zygote.survey().has(Mechanism::MountNamespace))
                .map_err(directory(&settings.data))?,
            sockets: Sockets::open(&settings.sockets).map_err(directory(&settings.sockets))?,
            files: Files::start(&settings.limits).map_err(crate::Error::Thread)?,
            residents: Residents::start(&settings.limits).map_err(crate::Error::Thread)?,
            settings,
            zygote,
            house,
            news: News::default(),
            witness,
            profiles: Mutex::new(Arc::new(profiles)),
            posts: Mutex::default(),
            logs: Mutex::default(),
            numbers: AtomicU64::new(1),
        })
    }

    pub(crate) fn profiles(&self) -> Arc<Profiles> {
        locked(&self.profiles).clone()
    }

    pub(crate) fn profile(&self, id: &str) -> Option<Arc<Profile>> {
        locked(&self.profiles).get(id).cloned()
    }

    pub(crate) fn replace_profiles(&self, profiles: Profiles) -> Arc<Profiles> {
        let before = std::mem::replace(&mut *locked(&self.profiles), Arc::new(profiles));
        self.news.tell(None);
        before
    }

    pub(crate) fn next_number(&self) -> u64 {
        self.numbers.fetch_add(1, Ordering::Relaxed)
    }

    pub(crate) fn log(&self, id: &str) -> io::Result<Log> {
        let mut logs = locked(&self.logs);
        if let Some(log) = logs.get(id) {
            return Ok(log.clone());
        }
        let log = Log::new(self.homes.log(id)?, self.files.clone(), &self.settings.limits);
        logs.insert(id.to_owned(), log.clone());
        Ok(log)
    }

    /// Tells the witness, and the service's log.
    pub(crate) fn tell(&self, happening: &Happening) {
        if let Ok(log) = self.log(&happening.service) {
            log.write(&Arc::from(&*happening.process), Stream::Node, happening.event.to_string());
        }
        self.witness.tell(happening);
    }

    pub(crate) fn happened(&self, key: &PostKey, process: &str, instance: u64, event: Event) {
        let (service, process) = (key.service.clone(), process.to_owned());
        self.tell(&Happening { service, process, instance, session: key.session, event });
    }

    /// Which graph a session uses of a service.
    pub(crate) fn key(profile: &Profile, session: &SessionKey) -> PostKey {
        let session = (profile.isolation == Isolation::Session).then_some(*session);
        PostKey { service: profile.id.clone(), session }
    }

    pub(crate) fn handle(&self, key: &PostKey) -> Option<PostHandle> {
        locked(&self.posts).all.get(key).cloned()
    }

    /// The handles of one service, or of all.
    pub(crate) fn handles(&self, id: Option<&str>) -> Vec<(PostKey, PostHandle)> {
        let posts = locked(&self.posts);
        let wanted = posts.all.iter().filter(|(key, _)| id.is_none_or(|id| key.service == id));
        wanted.map(|(key, handle)| (key.clone(), handle.clone())).collect()
    }

    /// The life that runs there at this moment.
    pub(crate) fn life(&self, key: &PostKey) -> Option<Arc<Life>> {
        match &self.handle(key)?.phase.borrow().standing {
            Standing::Up(life) => Some(life.clone()),
            _ => None,
        }
    }

    /// The graph's post, made where there is none yet, for whom its session is.
    pub(crate) fn post(
        self: &Arc<Self>,
        key: &PostKey,
        pseudonym: Option<[u8; 32]>,
        profile: &Arc<Profile>,
    ) -> Result<PostHandle, Denial> {
        let mut posts = locked(&self.posts);
        if posts.closing {
            return Err(Code::ServiceUnavailable.into());
        }
        if key.session.is_some_and(|session| posts.over.contains(&session)) {
            return Err(Code::StaleSession.into());
        }
        if let Some(handle) = posts.all.get(key) {
            return Ok(handle.clone());
        }
        let others = || posts.all.keys().filter(|other| other.session.is_some()).count();
        if key.session.is_some() && others() >= self.settings.limits.instances {
            return Err(Denial::new(Code::Overloaded, "the node runs too many services; try again later"));
        }
        let (post, handle) = Post::new(key.clone(), pseudonym, profile.clone(), self.next_number(), self.news.clone());
        let core = self.clone();
        let placed = self.house.post(Box::new(move || drop(tokio::task::spawn_local(post.run(core)))));
        if !placed {
            return Err(Code::ServiceUnavailable.into());
        }
        posts.all.insert(key.clone(), handle.clone());
        Ok(handle)
    }

    /// Takes posts out of the table; whoever holds their handles ends them.
    pub(crate) fn remove(&self, gone: impl Fn(&PostKey) -> bool) -> Vec<PostHandle> {
        let mut posts = locked(&self.posts);
        posts.all.extract_if(|key, _| gone(key)).map(|(_, handle)| handle).collect()
    }

    pub(crate) fn session_over(&self, session: &SessionKey) {
        let mut posts = locked(&self.posts);
        if posts.over.len() >= ENDED_SESSIONS {
            posts.over.pop_front();
        }
        posts.over.push_back(*session);
        self.news.forget(session);
    }

    /// From here on nothing starts.
    pub(crate) fn close(&self) {
        locked(&self.posts).closing = true;
    }

    /// Whether a service could be started, with what it requires.
    pub(crate) fn launchable(&self, id: &str) -> Result<(), Unlaunchable> {
        let profiles = self.profiles();
        let profile = profiles.get(id).ok_or(Unlaunchable::Unknown)?;
        let companions = profile.companions.iter().map(|companion| &companion.program);
        if ![&profile.program].into_iter().chain(companions).all(|program| self.is_there(program)) {
            return Err(Unlaunchable::MissingBinary);
        }
        if profile.sandbox == Strictness::Required {
            let lacking = self.zygote.survey().lacking();
            if !lacking.is_empty() {
                return Err(Unlaunchable::Sandbox(lacking.into_iter().map(|missing| missing.mechanism).collect()));
            }
        }
        self.surroundings(&profile.inside).map_err(Unlaunchable::Surroundings)?;
        let key = PostKey { service: id.to_owned(), session: None };
        if let Some(handle) = self.handle(&key)
            && let Standing::GivenUp(why) = &handle.phase.borrow().standing
        {
            return Err(Unlaunchable::GivenUp(why.clone()));
        }
        // Nothing waits for itself, so that this comes to an end.
        match required(profile).find(|other| self.launchable(other).is_err()) {
            Some(other) => Err(Unlaunchable::Requires(other.to_owned())),
            None => Ok(()),
        }
    }

    fn is_there(&self, program: &Program) -> bool {
        let path = match program {
            Program::File(path) => path,
            Program::Bundled(_) => &self.settings.bundled,
        };
        fs::metadata(path).is_ok_and(|found| found.is_file() && found.permissions().mode() & 0o111 != 0)
    }

    /// Has a graph run: its service, or with `settled` all of it. `pseudonym` is whom its session is for.
    pub(crate) async fn ready(
        self: &Arc<Self>,
        key: &PostKey,
        pseudonym: Option<[u8; 32]>,
        settled: bool,
    ) -> Result<Arc<Life>, Denial> {
        self.up(key, pseudonym, Order::Want, settled).await
    }

    /// The same after an administrator's word, which counts more than that it was given up before.
    pub(crate) async fn again(self: &Arc<Self>, key: &PostKey) -> Result<(), Denial> {
        self.up(key, None, Order::Reset, true).await.map(drop)
    }

    /// Asks for a graph, and waits for as long as the next try takes.
    async fn up(
        self: &Arc<Self>,
        key: &PostKey,
        pseudonym: Option<[u8; 32]>,
        order: Order,
        settled: bool,
    ) -> Result<Arc<Life>, Denial> {
        let profile = &self.profile(&key.service).ok_or(Code::ServiceUnavailable)?;
        let handle = self.post(key, pseudonym, profile)?;
        let mut phase = handle.phase.clone();
        let which = phase.borrow_and_update().next();
        handle.order(order);
        let gone = || Denial::from(Code::ServiceUnavailable);
        let failed = || unavailable("the service could not be started; its operator finds the reason in its log");
        // Whoever is at home there can do nothing about it, and should know that it is no fault of the service.
        let full = || Denial::new(Code::QuotaExceeded, FULL);
        let late = || unavailable("the service did not come up in time; its operator finds the reason in its log");
        let up = async {
            loop {
                {
                    let phase = phase.borrow_and_update();
                    match &phase.standing {
                        Standing::Up(life) => return Ok(life.clone()),
                        _ if phase.is_over(which) && phase.why == ABOVE => return Err(full()),
                        _ if phase.is_over(which) => return Err(failed()),
                        _ => {}
                    }
                }
                phase.changed().await.map_err(|_| gone())?;
            }
        };
        let patience = self.patience(profile);
        let life = tokio::time::timeout(patience, up).await.map_err(|_| late())??;
        if settled {
            let (mut rest, mut over) = (life.settled.subscribe(), life.over.subscribe());
            tokio::select! {
                settled = rest.wait_for(|settled| *settled) => drop(settled.map_err(|_| gone())?),
                _ = over.wait_for(|over| *over) => return Err(failed()),
                () = tokio::time::sleep(patience) => return Err(late()),
            }
        }
        Ok(life)
    }

    /// How long a start may take with all that comes before and with it.
    fn patience(&self, profile: &Profile) -> Duration {
        let profiles = self.profiles();
        let own = profile.health.start_within;
        let before = profile.providers();
        let before = before.iter().filter_map(|id| profiles.get(id)).map(|profile| self.patience(profile));
        let companions = u32::try_from(profile.companions.len()).unwrap_or(u32::MAX);
        // A wait may lie before the start.
        profile.restart.longest + own.saturating_mul(companions.saturating_add(1)) + before.sum::<Duration>()
    }
}

fn unavailable(sentence: &'static str) -> Denial {
    Denial::new(Code::ServiceUnavailable, sentence)
}

/// The services without which one does not start.
fn required(profile: &Profile) -> impl Iterator<Item = &str> {
    let companions = profile.companions.iter().flat_map(|companion| &companion.requires);
    let needed = profile.requires.iter().chain(companions).filter(|needed| !needed.optional);
    needed.filter_map(|needed| match &needed.holder {
        Holder::Service(provider) if provider.service != profile.id => Some(&*provider.service),
        _ => None,
    })
}

impl Core {
    /// Has the services run without which this one does not start.
    pub(crate) async fn providers(self: &Arc<Self>, profile: &Profile) -> Result<(), String> {
        for other in required(profile) {
            let key = PostKey { service: other.to_owned(), session: None };
            // To be asked for within a life is no recursion of futures: the other has a task of its own.
            Box::pin(self.ready(&key, None, true))
                .await
                .map_err(|_| format!("{other}, which it needs, does not run"))?;
        }
        Ok(())
    }
}

impl Drop for Core {
    fn drop(&mut self) {
        self.residents.close();
    }
}

/// Somebody who looks at a phase.
pub(crate) type Watching = watch::Receiver<crate::post::Phase>;
