//! One process graph over its lives: the shell around a [`Course`].

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use capos_membrane::Liveness;
use capos_sandbox::Process;
use capos_schema::Code;
use tokio::sync::{mpsc, oneshot, watch};

use crate::changes::News;
use crate::companion;
use crate::core::{Core, PostKey, Watching};
use crate::course::{Course, End, Step};
use crate::grants;
use crate::home::Home;
use crate::life::{Life, locked};
use crate::log::now_ms;
use crate::process::{self, Running, Spec};
use crate::profile::{Profile, Start};
use crate::reserve;
use crate::witness::Event;

/// What a graph is at.
#[derive(Clone)]
pub(crate) struct Phase {
    pub(crate) standing: Standing,
    /// How often it was tried to start it.
    tries: u64,
    /// The last try that is over.
    over: u64,
    /// How that ended, where there is something to say.
    pub(crate) why: String,
}

impl Phase {
    /// The try that somebody who asks for it at this moment waits for.
    pub(crate) fn next(&self) -> u64 {
        match self.standing {
            Standing::Starting => self.tries,
            _ => self.tries + 1,
        }
    }

    pub(crate) fn is_over(&self, which: u64) -> bool {
        self.over >= which
    }
}

#[derive(Clone)]
pub(crate) enum Standing {
    /// Nobody has asked for it, or it has ended.
    Down,
    Starting,
    Up(Arc<Life>),
    /// It is being ended.
    Leaving,
    /// It failed, and is tried again after a while.
    Waiting,
    /// It failed too often, for this reason.
    GivenUp(String),
}

/// What is asked of a graph.
pub(crate) enum Order {
    /// That it runs.
    Want,
    /// That it runs, whatever was before.
    Reset,
    /// That it ends within that time, more or less, and that this is told.
    Stop(Duration, oneshot::Sender<()>),
    /// That it is another from now on.
    Change(Arc<Profile>),
}

/// A graph, from any thread.
#[derive(Clone)]
pub(crate) struct PostHandle {
    orders: mpsc::UnboundedSender<Order>,
    pub(crate) phase: Watching,
    pub(crate) graph: Arc<Graph>,
}

impl PostHandle {
    pub(crate) fn order(&self, order: Order) {
        // A graph that is no more has nothing to do.
        let _ = self.orders.send(order);
    }

    /// Ends what runs, and waits until it has.
    pub(crate) async fn stop(&self, patience: Duration) {
        let (done, told) = oneshot::channel();
        self.order(Order::Stop(patience, done));
        let _ = told.await;
    }
}

/// Facts for administrators.
#[derive(Default)]
pub(crate) struct Graph {
    pub(crate) number: u64,
    pub(crate) started_at_ms: AtomicU64,
    pub(crate) restarts: AtomicU32,
    pub(crate) processes: Mutex<Vec<(Arc<str>, Option<Process>)>>,
    /// What its processes say of themselves, or what became of them, where that is not well.
    troubles: Mutex<Vec<(Arc<str>, String)>>,
}

impl Graph {
    pub(crate) fn runs(&self, name: &Arc<str>, process: Option<Process>) {
        let mut processes = locked(&self.processes);
        match processes.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = process,
            None => processes.push((name.clone(), process)),
        }
    }

    pub(crate) fn trouble(&self, name: &Arc<str>, what: Option<String>) {
        let mut troubles = locked(&self.troubles);
        troubles.retain(|(known, _)| known != name);
        troubles.extend(what.map(|what| (name.clone(), what)));
    }

    pub(crate) fn troubles(&self) -> Vec<String> {
        locked(&self.troubles).iter().map(|(name, what)| format!("{name}: {what}")).collect()
    }

    fn clear(&self) {
        locked(&self.processes).clear();
        locked(&self.troubles).clear();
    }
}

/// A graph as its own task sees it.
pub(crate) struct Post {
    key: PostKey,
    /// Whom its session is for.
    pseudonym: Option<[u8; 32]>,
    profile: Arc<Profile>,
    course: Course,
    orders: mpsc::UnboundedReceiver<Order>,
    phase: watch::Sender<Phase>,
    graph: Arc<Graph>,
    news: News,
}

/// Why a life, or a wait for one, is over.
enum Over {
    Ended(End),
    Stopped(Option<oneshot::Sender<()>>),
    Changed(Arc<Profile>),
}

impl Post {
    pub(crate) fn new(
        key: PostKey,
        pseudonym: Option<[u8; 32]>,
        profile: Arc<Profile>,
        number: u64,
        news: News,
    ) -> (Self, PostHandle) {
        let (orders, received) = mpsc::unbounded_channel();
        let (phase, watching) =
            watch::channel(Phase { standing: Standing::Down, tries: 0, over: 0, why: String::new() });
        let graph = Arc::new(Graph { number, ..Graph::default() });
        let handle = PostHandle { orders, phase: watching, graph: graph.clone() };
        let course = course(&profile);
        (Self { key, pseudonym, profile, course, orders: received, phase, graph, news }, handle)
    }

    /// Does what is asked until nobody can ask any more.
    pub(crate) async fn run(mut self, core: Arc<Core>) {
        while let Some(order) = self.orders.recv().await {
            match order {
                Order::Stop(_, done) => drop(done.send(())),
                Order::Change(profile) => {
                    // What was said of the old one is not true of the new.
                    self.change(profile);
                    self.enter(Standing::Down);
                }
                Order::Reset => {
                    self.course.reset();
                    self.up(&core).await;
                }
                Order::Want => match self.course.wanted() {
                    Step::GiveUp(why) => {
                        // Whoever asked has had a try, for nothing.
                        self.phase.send_modify(|phase| phase.tries += 1);
                        self.over(Standing::GivenUp(why.clone()), why);
                    }
                    _ => self.up(&core).await,
                },
            }
        }
    }

    fn change(&mut self, profile: Arc<Profile>) {
        self.course = course(&profile);
        self.profile = profile;
    }

    fn enter(&self, standing: Standing) {
        let passing = matches!(standing, Standing::Starting);
        self.phase.send_modify(|phase| {
            phase.tries += u64::from(passing);
            phase.standing = standing;
        });
        if !passing {
            self.news.tell(self.key.session.as_ref());
        }
    }

    /// The same where a try is over.
    fn over(&self, standing: Standing, why: String) {
        self.phase.send_modify(|phase| {
            phase.over = phase.tries;
            phase.standing = standing;
            phase.why = why;
        });
        self.news.tell(self.key.session.as_ref());
    }

    /// Lives, and lives again, as its course says.
    async fn up(&mut self, core: &Arc<Core>) {
        self.graph.restarts.store(0, Ordering::Relaxed);
        loop {
            let over = self.live(core).await;
            self.graph.clear();
            let end = match over {
                Over::Ended(end) => end,
                Over::Stopped(done) => return self.stopped(done),
                Over::Changed(profile) => {
                    self.change(profile);
                    continue;
                }
            };
            match self.course.ended(&end, Instant::now()) {
                Step::Rest => return self.over(Standing::Down, why(&end)),
                Step::GiveUp(why) => {
                    self.over(Standing::GivenUp(why.clone()), why.clone());
                    return core.happened(&self.key, &self.key.service, self.graph.number, Event::GivenUp(why));
                }
                Step::Start => self.over(Standing::Waiting, why(&end)),
                Step::Wait(until) => {
                    self.over(Standing::Waiting, why(&end));
                    match self.wait(until).await {
                        None => {}
                        Some(Over::Changed(profile)) => self.change(profile),
                        Some(Over::Stopped(done)) => {
                            // Whoever waits for the next try waits in vain.
                            self.enter(Standing::Starting);
                            return self.stopped(done);
                        }
                        Some(Over::Ended(_)) => return,
                    }
                }
            }
            self.graph.restarts.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn stopped(&self, done: Option<oneshot::Sender<()>>) {
        self.over(Standing::Down, String::new());
        done.map(|done| done.send(()));
    }

    /// Waits before the next try, unless something else is asked.
    async fn wait(&mut self, until: Instant) -> Option<Over> {
        loop {
            let order = tokio::select! {
                () = tokio::time::sleep_until(until.into()) => return None,
                order = self.orders.recv() => order,
            };
            match order {
                None => return Some(Over::Stopped(None)),
                Some(Order::Want) => {}
                Some(Order::Reset) => {
                    self.course.reset();
                    return None;
                }
                Some(Order::Stop(_, done)) => return Some(Over::Stopped(Some(done))),
                Some(Order::Change(profile)) => return Some(Over::Changed(profile)),
            }
        }
    }

    /// One life. Whatever ends it, nothing of it is left when this returns.
    async fn live(&mut self, core: &Arc<Core>) -> Over {
        self.enter(Standing::Starting);
        let standing = Liveness::new();
        let begun = begin(core.clone(), self.key.clone(), self.pseudonym, self.profile.clone(), standing.clone());
        let begun = tokio::select! {
            biased;
            (_, over) = leave(&mut self.orders) => {
                drop(standing.end(Code::ServiceUnavailable));
                return over;
            }
            begun = begun => begun,
        };
        let (running, number) = match begun {
            Ok(begun) => begun,
            Err(end) => {
                core.happened(&self.key, &self.key.service, self.graph.number, Event::Ended(why(&end)));
                return Over::Ended(end);
            }
        };
        let over = self.serve(core, running, number).await;
        drop(standing.end(Code::ServiceUnavailable));
        over
    }

    /// From its beginning to its end.
    async fn serve(&mut self, core: &Arc<Core>, running: Running, number: u64) -> Over {
        let life = Life::new(number, running.connector.clone(), running.wants.clone());
        let name: Arc<str> = self.key.service.as_str().into();
        self.graph.started_at_ms.store(now_ms(), Ordering::Relaxed);
        self.graph.runs(&name, Some(running.process.clone()));
        let again = self.graph.restarts.load(Ordering::Relaxed) > 0;
        let event = if again { Event::Restarted } else { Event::Started };
        self.enter(Standing::Up(life.clone()));
        core.happened(&self.key, &name, self.graph.number, event);
        let mut companions = companion::start(core, &self.key, &self.profile, &life, &self.graph);
        let profile = self.profile.clone();
        let told = |trouble| self.graph.trouble(&name, trouble);
        let (patience, over) = tokio::select! {
            biased;
            (patience, over) = leave(&mut self.orders) => (patience, over),
            end = running.watch(&profile.health, &life.complaints, told) => (Some(Duration::ZERO), Over::Ended(end)),
        };
        // Nobody is let in from here on, and whoever is in hears of it once the process is gone.
        self.enter(Standing::Leaving);
        let patience = patience.unwrap_or(profile.health.drain_within);
        companions.stop(patience).await;
        match &over {
            Over::Ended(end) => {
                running.kill().await;
                core.happened(&self.key, &name, self.graph.number, Event::Ended(why(end)));
            }
            _ => {
                running.stop(patience).await;
                core.happened(&self.key, &name, self.graph.number, Event::Stopped);
            }
        }
        life.end();
        over
    }
}

fn course(profile: &Profile) -> Course {
    Course::new(profile.restart.clone(), profile.start == Start::Node)
}

/// What an end is called.
pub(crate) fn why(end: &End) -> String {
    match end {
        End::Well => "it ended by itself".to_owned(),
        End::Badly(how) | End::Wanting(how) => how.clone(),
    }
}

/// Waits for an order that ends a life, and how long that may take.
async fn leave(orders: &mut mpsc::UnboundedReceiver<Order>) -> (Option<Duration>, Over) {
    loop {
        match orders.recv().await {
            Some(Order::Want | Order::Reset) => {}
            Some(Order::Stop(patience, done)) => return (Some(patience), Over::Stopped(Some(done))),
            Some(Order::Change(profile)) => return (None, Over::Changed(profile)),
            None => return (None, Over::Stopped(None)),
        }
    }
}

/// Has the service itself begin, with what it requires.
async fn begin(
    core: Arc<Core>,
    key: PostKey,
    pseudonym: Option<[u8; 32]>,
    profile: Arc<Profile>,
    standing: Liveness,
) -> Result<(Running, u64), End> {
    core.providers(&profile).await.map_err(End::Wanting)?;
    let number = core.next_number();
    core.surroundings(&profile.inside).map_err(End::Wanting)?;
    let home = core.home(&profile, pseudonym.as_ref(), number).map_err(End::Badly)?;
    room(&core, &profile, &home).await.map_err(End::Wanting)?;
    let name: Arc<str> = profile.id.as_str().into();
    let holder = grants::Holder { key: &key, name: &profile.id, label: &profile.label, number };
    let grants = grants::of(&core, &holder, &profile.requires, &standing);
    let spec =
        Spec { program: profile.program.clone(), arguments: profile.arguments.clone(), profile, name, home, number };
    let running = process::start(&core, spec, grants).await.map_err(End::Badly)?;
    Ok((running, number))
}

/// Whether there is room for what a service may write: one that has used up its own is not started while others need
/// what is left.
async fn room(core: &Core, profile: &Profile, home: &Home) -> Result<(), String> {
    let (Some(path), Some(may)) = (home.path.clone(), profile.inside.home_bytes) else { return Ok(()) };
    let limits = core.settings.limits.clone();
    let above = move || {
        let short = reserve::space(&path).is_ok_and(|space| space.is_short(&limits));
        short && reserve::measure(&path, &limits).is_above(may)
    };
    match tokio::task::spawn_blocking(above).await {
        Ok(true) => Err(reserve::ABOVE.to_owned()),
        _ => Ok(()),
    }
}
