//! What can be used now, what can be started, and what comes of starting it.

mod card;
mod profile;
mod runner;
mod work;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::{Rc, Weak};

use capnp::traits::HasTypeId as _;
use capos_schema::catalog_capnp::{remote_service_catalog, remote_service_runner};
use futures::future::LocalBoxFuture;
use serde::Deserialize;
use tokio::sync::oneshot;
use tokio::task::AbortHandle;

use super::given_back::GivenBack;
use super::moment::now_ms;
use crate::workspace::command::{Command, Outcome, Reply};
use crate::workspace::desk::{Area, Core};
use crate::workspace::problem::Problem;
use card::{Cards, OutcomeView, ServicesView};
use profile::Profile;
use runner::Runner;
use work::{Action, Step, StepView, WorkView};

/// Services of this session.
pub(super) struct ServicesArea {
    me: Weak<Self>,
    core: Rc<Core>,
    cards: RefCell<Cards>,
    /// What is being started, attached or stopped, by the services' names.
    works: RefCell<BTreeMap<String, AbortHandle>>,
    /// Services of which the runner was asked what they are good for.
    asked: RefCell<BTreeSet<String>>,
    given_back: Rc<GivenBack>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Request {
    service: String,
    #[serde(default)]
    grants: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Service {
    service: String,
}

impl ServicesArea {
    pub(super) fn new(core: &Rc<Core>, given_back: &Rc<GivenBack>) -> Rc<Self> {
        Rc::new_cyclic(|me| Self {
            me: me.clone(),
            core: core.clone(),
            cards: RefCell::default(),
            works: RefCell::default(),
            asked: RefCell::default(),
            given_back: given_back.clone(),
        })
    }

    async fn take(&self, command: Command) -> Outcome {
        match &*command.name {
            "probe" => {
                let Request { service, grants } = command.read()?;
                Ok(Reply::of(&self.runner().await?.ask(Action::Probe, &service, &grants).await?))
            }
            "launch" => {
                let Request { service, grants } = command.read()?;
                self.work(Action::Launch, service, grants).await
            }
            "attach" => self.work(Action::Attach, command.read::<Service>()?.service, Vec::new()).await,
            "stop" => self.work(Action::Stop, command.read::<Service>()?.service, Vec::new()).await,
            "cancel" => self.cancel(&command.read::<Service>()?.service),
            "refresh" => {
                command.bare()?;
                self.core.look_again();
                Ok(Reply::done())
            }
            _ => Err(command.unknown()),
        }
    }

    async fn runner(&self) -> Result<Runner, Problem> {
        let entry = self.core.grant_of(remote_service_runner::Client::TYPE_ID).ok_or_else(|| {
            Problem::new(
                hyper::StatusCode::FORBIDDEN,
                "unknownCap",
                "This session may not start services.",
                "Whoever administers the node can grant `runner` to your profile.",
            )
        })?;
        let client = self.core.session.get_as(&entry.name).await?;
        Ok(Runner { client, session: self.core.session.clone() })
    }

    /// Works on a service. It goes on where the window that asked has gone.
    async fn work(&self, action: Action, service: String, grants: Vec<String>) -> Outcome {
        if self.works.borrow().contains_key(&service) {
            return Err(Problem::new(
                hyper::StatusCode::CONFLICT,
                "tooManyCalls",
                "This service is being worked on already.",
                "Wait until that is done, or cancel it.",
            ));
        }
        let area = self.me.upgrade().ok_or_else(crate::workspace::desk::over)?;
        let (tell, told) = oneshot::channel();
        let name = service.clone();
        let task = tokio::task::spawn_local(async move {
            let outcome = area.carry_out(action, &service, &grants).await;
            area.done(&service, outcome.as_ref().ok());
            // Who has gone sees it on the board.
            let _ = tell.send(outcome);
        });
        self.works.borrow_mut().insert(name, task.abort_handle());
        match told.await {
            Ok(outcome) => Ok(Reply::of(&outcome?)),
            Err(_) => Err(Problem::new(
                hyper::StatusCode::CONFLICT,
                "cancelled",
                "It was cancelled.",
                "What had been started by then may still run; it is shown here.",
            )),
        }
    }

    async fn carry_out(&self, action: Action, service: &str, grants: &[String]) -> Result<OutcomeView, Problem> {
        let runner = self.runner().await?;
        if action == Action::Launch {
            self.step(service, action, Step::Checking, grants);
            let found = runner.ask(Action::Probe, service, grants).await?;
            if !found.possible {
                return Ok(OutcomeView { action, ..found });
            }
        }
        self.step(service, action, Step::Working, grants);
        let exports = self.cards.borrow().exports_of(service);
        if action == Action::Stop {
            self.given_back.add(exports.iter().cloned());
        }
        let outcome = runner.ask(action, service, grants).await;
        if action != Action::Stop || !outcome.as_ref().is_ok_and(|outcome| outcome.possible) {
            for name in &exports {
                self.given_back.take(name);
            }
        }
        let outcome = outcome?;
        self.step(service, action, Step::Taking, grants);
        Ok(outcome)
    }

    fn step(&self, service: &str, action: Action, step: Step, grants: &[String]) {
        let mut cards = self.cards.borrow_mut();
        let since_ms = cards.work_of(service).map_or_else(now_ms, |work| work.since_ms);
        let steps = StepView::all(action, step, grants.len());
        cards.set_work(service, Some(WorkView { action, since_ms, steps }));
        drop(cards);
        self.show();
    }

    fn done(&self, service: &str, outcome: Option<&OutcomeView>) {
        self.works.borrow_mut().remove(service);
        let mut cards = self.cards.borrow_mut();
        cards.set_work(service, None);
        if let Some(outcome) = outcome {
            cards.learn(outcome);
        }
        drop(cards);
        self.show();
        self.core.look_again();
    }

    fn cancel(&self, service: &str) -> Outcome {
        let Some(task) = self.works.borrow_mut().remove(service) else {
            return Err(Problem::not_found("Nothing is being done with this service any more."));
        };
        task.abort();
        self.done(service, None);
        Ok(Reply::done())
    }

    /// The catalog does not say what services are good for; a probe does, and does nothing else.
    async fn learn(&self) {
        let unknown: Vec<String> = self.cards.borrow().without_summary();
        let unknown: Vec<String> =
            unknown.into_iter().filter(|id| self.asked.borrow_mut().insert(id.clone())).collect();
        if unknown.is_empty() {
            return;
        }
        let Ok(runner) = self.runner().await else { return };
        let probes = unknown.iter().map(|id| runner.ask(Action::Probe, id, &[]));
        for found in futures::future::join_all(probes).await.into_iter().flatten() {
            self.cards.borrow_mut().learn(&found);
        }
        self.show();
    }

    fn show(&self) {
        let view: ServicesView = self.cards.borrow().view();
        self.core.board.put("services", view);
    }

    async fn list(&self) -> Result<Option<Vec<Profile>>, Problem> {
        let Some(entry) = self.core.grant_of(remote_service_catalog::Client::TYPE_ID) else { return Ok(None) };
        let catalog: remote_service_catalog::Client = self.core.session.get_as(&entry.name).await?;
        let judged = |error: &capnp::Error| Problem::from(self.core.session.judge("services.list", error));
        let answer = catalog.list_request().send().promise.await.map_err(|error| judged(&error))?;
        let profiles = answer.get().and_then(|results| results.get_profiles()).map_err(|error| judged(&error))?;
        let read = profiles.iter().take(self.core.limits.services).map(Profile::read);
        read.collect::<Result<_, _>>().map(Some).map_err(|error| judged(&error))
    }
}

impl Area for ServicesArea {
    fn act(self: Rc<Self>, command: Command) -> LocalBoxFuture<'static, Outcome> {
        Box::pin(async move { self.take(command).await })
    }

    fn look(self: Rc<Self>) -> LocalBoxFuture<'static, ()> {
        Box::pin(async move {
            let listed = self.list().await;
            let may_launch = self.core.grant_of(remote_service_runner::Client::TYPE_ID).is_some();
            self.cards.borrow_mut().look(listed, may_launch, &self.core.caps());
            self.show();
            if may_launch {
                self.learn().await;
            }
        })
    }
}

impl Drop for ServicesArea {
    fn drop(&mut self) {
        for task in self.works.get_mut().values() {
            task.abort();
        }
    }
}
