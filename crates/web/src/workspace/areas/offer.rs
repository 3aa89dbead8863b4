//! A service behind a view: whether the session has it, can have it, or has lost it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use capnp::traits::HasTypeId as _;
use capos_client::Error;
use capos_schema::catalog_capnp::{remote_service_catalog, remote_service_runner};
use capos_schema::{Code, Denial};
use hyper::StatusCode;
use tokio::time::timeout;

use crate::workspace::desk::Core;
use crate::workspace::problem::Problem;
use crate::workspace::view::{Text, shown};

shown! {
    /// How a service stands towards the session.
    enum Standing {
        /// It was granted.
        Ready {},
        /// It can be had for the asking.
        Launchable {
            /// What it is called.
            label: Text,
            /// The session had it: it was stopped since, or taken back.
            gone: bool,
        },
        /// It was granted, and does not answer any more.
        Lost {
            /// What happened.
            problem: Problem,
        },
    }
}

/// One such service, known by an interface that it offers. The topic is there while there is anything to show.
pub(super) struct Offer {
    core: Rc<Core>,
    topic: &'static str,
    interface: u64,
    lost: RefCell<Option<Problem>>,
    /// The session has it, or had it since it was asked for last.
    had: Cell<bool>,
    /// How often it was opened.
    turn: Cell<u64>,
}

struct Launchable {
    profile: String,
    label: Text,
}

impl Offer {
    pub(super) fn new(core: &Rc<Core>, topic: &'static str, interface: u64) -> Self {
        Self {
            core: core.clone(),
            topic,
            interface,
            lost: RefCell::default(),
            had: Cell::default(),
            turn: Cell::default(),
        }
    }

    /// Looks how it stands, and tells whether the session has it.
    pub(super) async fn look(&self) -> bool {
        if self.core.grant_of(self.interface).is_some() {
            self.had.set(true);
            self.show_granted();
            return true;
        }
        self.lost.take();
        match self.launchable().await {
            Ok(Some(Launchable { label, .. })) => {
                self.core.board.put(self.topic, Standing::Launchable { label, gone: self.had.get() });
            }
            _ => self.core.board.remove(self.topic),
        }
        false
    }

    fn show_granted(&self) {
        let lost = self.lost.borrow().clone();
        self.core.board.put(self.topic, lost.map_or(Standing::Ready {}, |problem| Standing::Lost { problem }));
    }

    /// Whether it is known not to answer.
    pub(super) fn is_lost(&self) -> bool {
        self.lost.borrow().is_some()
    }

    /// What it refuses a command with; where it does not answer any more, windows are told.
    pub(super) fn refused(&self, operation: &str, error: &capnp::Error) -> Problem {
        match self.core.session.judge(operation, error) {
            // It is there, and speaks for itself.
            error @ (Error::Service { .. } | Error::Input(_)) => error.into(),
            error => self.note(&error),
        }
    }

    /// What it means that it cannot be looked at; windows are told, unless it passes.
    pub(super) fn failed(&self, operation: &str, error: &capnp::Error) -> Problem {
        self.note(&self.core.session.judge(operation, error))
    }

    /// The same for an error that is known already.
    pub(super) fn note(&self, error: &Error) -> Problem {
        let problem = Problem::from(error);
        let passes =
            ["badRequest", "quotaExceeded", "tooManyCalls", "overloaded", "approvalRequired", "approvalDenied"];
        if !passes.contains(&error.code()) {
            let advice = Text::fixed("Open it again; what it keeps for you is still there.");
            self.lost.replace(Some(Problem { advice, ..problem.clone() }));
            self.show_granted();
        }
        problem
    }

    /// What it does, if that is done in time; windows are told where it is not, unless it was opened again meanwhile.
    pub(super) async fn in_time<T>(
        &self,
        most: Duration,
        work: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Problem> {
        let turn = self.turn.get();
        match timeout(most, work).await {
            Ok(done) => done,
            Err(_) if self.turn.get() != turn => Err(silent().into()),
            Err(_) => Err(self.note(&silent())),
        }
    }

    /// Has it, if it can be had: starts it where it is not granted. Whoever asks next finds out whether it answers.
    pub(super) async fn open(&self) -> Result<(), Problem> {
        self.turn.set(self.turn.get() + 1);
        if self.core.grant_of(self.interface).is_some() {
            self.lost.take();
            return Ok(());
        }
        let none = || Problem::not_found("This service is not offered to this session.");
        let Launchable { profile, .. } = self.launchable().await?.ok_or_else(none)?;
        self.start(&profile).await?;
        self.had.set(false);
        self.core.look_again();
        Ok(())
    }

    async fn launchable(&self) -> Result<Option<Launchable>, Problem> {
        let Some(grant) = self.core.grant_of(remote_service_catalog::Client::TYPE_ID) else { return Ok(None) };
        if self.core.grant_of(remote_service_runner::Client::TYPE_ID).is_none() {
            return Ok(None);
        }
        let catalog: remote_service_catalog::Client = self.core.session.get_as(&grant.name).await?;
        let response = catalog.list_request().send().promise.await;
        let found = response.and_then(|response| find(response.get()?.get_profiles()?, self.interface));
        found.map_err(|error| self.core.session.judge("services.list", &error).into())
    }

    async fn start(&self, profile: &str) -> Result<(), Problem> {
        let none = || Problem::not_found("This session may not start services.");
        let grant = self.core.grant_of(remote_service_runner::Client::TYPE_ID).ok_or_else(none)?;
        let runner: remote_service_runner::Client = self.core.session.get_as(&grant.name).await?;
        let mut request = runner.start_request();
        request.get().init_request().set_profile_id(profile);
        let response = request.send().promise.await;
        let said = response.and_then(|response| {
            let status = response.get()?.get_status()?;
            let is_up = status.get_status()?.as_bytes() == b"running";
            Ok((is_up, Text::line(&String::from_utf8_lossy(status.get_message()?.as_bytes()))))
        });
        match said.map_err(|error| Problem::from(self.core.session.judge("services.start", &error)))? {
            (true, _) => Ok(()),
            (false, message) => Err(refused(message)),
        }
    }
}

/// What it comes to that a service does not answer in time.
pub(super) fn silent() -> Error {
    Denial::new(Code::ServiceUnavailable, "the service does not answer").into()
}

fn refused(message: Text) -> Problem {
    let advice = Text::fixed("The Services view shows what it lacks.");
    Problem { code: Text::fixed("serviceUnavailable"), message, advice, status: StatusCode::CONFLICT.as_u16() }
}

type Profiles<'a> = capnp::struct_list::Reader<'a, capos_schema::catalog_capnp::remote_service_profile::Owned>;

fn find(profiles: Profiles<'_>, interface: u64) -> Result<Option<Launchable>, capnp::Error> {
    for profile in profiles {
        let gives = profile.get_exports()?.iter().any(|export| export.get_interface_id() == interface);
        if gives && profile.get_state()?.as_bytes() != b"unavailable" {
            let label = Text::line(&String::from_utf8_lossy(profile.get_label()?.as_bytes()));
            return Ok(Some(Launchable { profile: profile.get_id()?.to_str()?.to_owned(), label }));
        }
    }
    Ok(None)
}
