//! The service as the node sees it.

use std::path::PathBuf;
use std::rc::Rc;

use capnp::capability::Client;
use capos_schema::recordings_capnp::recorder;
use capos_service::{Context, Disclosure, Given, Service, unavailable};
use tokio::sync::OnceCell;

use crate::ground::Ground;
use crate::settings::Settings;
use crate::tasks::Tasks;
use crate::{commands, files, tasks, terminals};

/// The name under which the profile has the node lend what keeps recordings.
const RECORDER: &str = "recorder";

/// Commands, terminals and files of those that share one place.
pub struct Shell {
    program: PathBuf,
    home: PathBuf,
    ground: OnceCell<Rc<Ground>>,
}

impl Shell {
    /// A shell over a home. `program` is an executable that calls [`capos_sandbox::run_if_helper`] first of all.
    #[must_use]
    pub fn new(program: PathBuf, home: PathBuf) -> Self {
        Self { program, home, ground: OnceCell::new() }
    }

    async fn lay(&self, settings: Settings, tasks: Tasks) -> Result<Rc<Ground>, capnp::Error> {
        let ground = Ground::lay(&self.program, &self.home, settings, tasks).await;
        ground.map(Rc::new).map_err(|error| {
            tracing::error!("what starts commands could not be started: {error}");
            unavailable("nothing can be started here")
        })
    }

    fn ground(&self) -> Result<&Rc<Ground>, capnp::Error> {
        self.ground.get().ok_or_else(|| unavailable("this service has not what it needs"))
    }
}

/// One session.
pub struct Seat {
    /// What it has in common with others in the same place.
    pub(crate) ground: Rc<Ground>,
    /// What keeps recordings of it, where the profile asks for that.
    pub(crate) recorder: Option<recorder::Client>,
    /// Its commands.
    pub(crate) commands: commands::State,
    /// Its terminals.
    pub(crate) terminals: terminals::State,
    /// Its files.
    pub(crate) files: files::State,
}

impl Service for Shell {
    type Seat = Seat;
    const WANTS: &'static [Disclosure] = &[];

    async fn begin(&self, given: Given) -> Result<(), capnp::Error> {
        let settings: Settings = given.settings()?;
        let tasks = settings.check()?;
        self.ground.get_or_try_init(|| self.lay(settings, tasks)).await.map(drop)
    }

    fn seat(&self, _context: Context, mut lent: Given) -> Result<Seat, capnp::Error> {
        let ground = self.ground()?.clone();
        Ok(Seat {
            recorder: lent.take_if_given(RECORDER)?,
            commands: commands::State::new(&ground),
            terminals: terminals::State::new(&ground),
            files: files::State::new(&ground),
            ground,
        })
    }

    fn facet(&self, seat: &Rc<Seat>, export: &str) -> Result<Client, capnp::Error> {
        match export {
            "shell" => commands::facet(seat),
            "terminal" => terminals::facet(seat),
            "files" => files::facet(seat),
            "tasks" => Ok(tasks::surface(seat)),
            name => tasks::facet(seat, name),
        }
    }

    async fn drain(&self) {
        if let Some(ground) = self.ground.get() {
            ground.trees.end_all(ground.settings.limits.grace).await;
        }
    }
}
