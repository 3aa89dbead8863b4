//! Processes beside a service: each has a course of its own, and all end with the service.

use std::sync::Arc;
use std::time::{Duration, Instant};

use capos_membrane::Liveness;
use capos_schema::Code;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::core::{Core, PostKey};
use crate::course::{Course, End, Step};
use crate::grants;
use crate::life::{Complaints, Life};
use crate::post::{Graph, why};
use crate::process::{self, Running, Spec};
use crate::profile::{self, Companion, Profile};
use crate::witness::Event;

/// The companions of one life.
pub(crate) struct Companions {
    leaving: watch::Sender<Option<Duration>>,
    task: Option<JoinHandle<()>>,
}

impl Companions {
    /// Ends all of them, each within that time.
    pub(crate) async fn stop(&mut self, patience: Duration) {
        self.leaving.send_replace(Some(patience));
        if let Some(task) = self.task.take() {
            let _ = task.await;
        }
    }
}

/// Starts them in their order, each when those before it have begun or were given up.
pub(crate) fn start(
    core: &Arc<Core>,
    key: &PostKey,
    profile: &Arc<Profile>,
    life: &Arc<Life>,
    graph: &Arc<Graph>,
) -> Companions {
    let (leaving, left) = watch::channel(None);
    let (core, key, profile) = (core.clone(), key.clone(), profile.clone());
    let (life, graph) = (life.clone(), graph.clone());
    let task = tokio::task::spawn_local(async move {
        let mut tasks = Vec::new();
        for companion in profile::order(&profile.companions).unwrap_or_default() {
            let (ready, told) = oneshot::channel();
            let course = Course::new(profile.restart.clone(), false);
            let one = One {
                core: core.clone(),
                key: key.clone(),
                profile: profile.clone(),
                companion: companion.clone(),
                name: companion.name.as_str().into(),
                graph: graph.clone(),
                course,
                ready: Some(ready),
                restarts: 0,
            };
            tasks.push(tokio::task::spawn_local(one.run(left.clone())));
            // One that is over has nobody to tell.
            let _ = told.await;
        }
        if left.borrow().is_none() {
            life.settled.send_replace(true);
        }
        for task in tasks {
            let _ = task.await;
        }
    });
    Companions { leaving, task: Some(task) }
}

struct One {
    core: Arc<Core>,
    key: PostKey,
    profile: Arc<Profile>,
    companion: Companion,
    name: Arc<str>,
    graph: Arc<Graph>,
    course: Course,
    ready: Option<oneshot::Sender<()>>,
    restarts: u32,
}

impl One {
    /// Lives, and lives again, until the service leaves.
    async fn run(mut self, mut left: watch::Receiver<Option<Duration>>) {
        loop {
            let Some(end) = self.live(&mut left).await else { return };
            self.tell(Event::Ended(why(&end)));
            self.graph.trouble(&self.name, Some(why(&end)));
            match self.course.ended(&end, Instant::now()) {
                Step::Rest => return,
                Step::GiveUp(why) => {
                    self.graph.trouble(&self.name, Some(why.clone()));
                    return self.tell(Event::GivenUp(why));
                }
                Step::Start => {}
                Step::Wait(until) => tokio::select! {
                    () = tokio::time::sleep_until(until.into()) => {}
                    _ = left.wait_for(Option::is_some) => return,
                },
            }
            self.restarts += 1;
        }
    }

    fn tell(&self, event: Event) {
        self.core.happened(&self.key, &self.name, self.graph.number, event);
    }

    /// One life; nothing where the service left.
    async fn live(&mut self, left: &mut watch::Receiver<Option<Duration>>) -> Option<End> {
        let standing = Liveness::new();
        let end = self.stand(left, &standing).await;
        drop(standing.end(Code::ServiceUnavailable));
        self.graph.runs(&self.name, None);
        end
    }

    async fn stand(&mut self, left: &mut watch::Receiver<Option<Duration>>, standing: &Liveness) -> Option<End> {
        let running = tokio::select! {
            biased;
            _ = left.wait_for(Option::is_some) => return None,
            begun = self.begin(standing) => match begun {
                Ok(running) => running,
                Err(how) => return Some(End::Badly(how)),
            },
        };
        self.graph.runs(&self.name, Some(running.process.clone()));
        self.graph.trouble(&self.name, None);
        self.ready.take().map(|ready| ready.send(()));
        self.tell(if self.restarts == 0 { Event::Started } else { Event::Restarted });
        let complaints = Complaints::default();
        let told = |trouble| self.graph.trouble(&self.name, trouble);
        let patience = tokio::select! {
            biased;
            patience = left.wait_for(Option::is_some) => patience.ok().and_then(|patience| *patience).unwrap_or_default(),
            end = running.watch(&self.profile.health, &complaints, told) => {
                running.kill().await;
                return Some(end);
            }
        };
        match patience.is_zero() {
            true => running.kill().await,
            false => running.stop(patience).await,
        }
        self.tell(Event::Stopped);
        None
    }

    async fn begin(&self, standing: &Liveness) -> Result<Running, String> {
        let number = self.core.next_number();
        let home =
            self.core.homes.nowhere(None).map_err(|error| process::refused("it has no user of its own", &error))?;
        let holder = grants::Holder { key: &self.key, name: &self.name, label: &self.companion.name, number };
        let grants = grants::of(&self.core, &holder, &self.companion.requires, standing);
        let spec = Spec {
            profile: self.profile.clone(),
            name: self.name.clone(),
            program: self.companion.program.clone(),
            arguments: self.companion.arguments.clone(),
            home,
            number,
        };
        process::start(&self.core, spec, grants).await
    }
}
