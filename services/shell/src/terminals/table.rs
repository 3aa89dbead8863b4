//! A session's terminals.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;

use capos_sandbox::tree::{Ends, Fault};
use capos_schema::recordings_capnp::recorder;
use capos_service::Clock;
use capos_service::pace::{Pace, Rate};
use tokio::sync::Notify;

use super::asked::Asked;
use super::pty::Pty;
use super::recording::Recording;
use super::terminal::{Opened, Terminal};
use crate::ground::Ground;
use crate::{Error, settings};

const UNOPENED: Error = Error::Unavailable("the terminal could not be opened");
const UNRECORDED: Error = Error::Unavailable("terminals must be recorded here, and that is not possible now");

/// What one session has of them.
pub(crate) struct State {
    ground: Rc<Ground>,
    clock: Clock,
    terminals: RefCell<BTreeMap<u32, Rc<Terminal>>>,
    /// Those that are being opened.
    opening: Cell<usize>,
    /// How fast they may follow each other: what is closed has a while yet to end in.
    pace: RefCell<Pace>,
    last: Cell<u32>,
}

impl State {
    pub(crate) fn new(ground: &Rc<Ground>) -> Self {
        let (clock, rate) = (Clock::new(), ground.settings.limits.rate);
        Self {
            ground: ground.clone(),
            pace: RefCell::new(Pace::new(Rate::per_second(rate, rate), clock.now_ms())),
            clock,
            terminals: RefCell::default(),
            opening: Cell::new(0),
            last: Cell::new(0),
        }
    }

    pub(super) fn ground(&self) -> &Ground {
        &self.ground
    }

    /// Opens one.
    pub(super) async fn open(
        &self,
        asked: Asked,
        recorder: Option<&recorder::Client>,
    ) -> Result<Rc<Terminal>, capnp::Error> {
        let place = self.make_room()?;
        let room = Rc::new(Notify::new());
        let recording = self.record(&asked, recorder, &room).await?;
        let (pty, slave) = Pty::open(asked.size).map_err(|error| {
            tracing::error!("a terminal could not be opened: {error}");
            UNOPENED
        })?;
        let tree = self.ground.trees.plant(asked.command, Ends::Terminal(slave)).await.map_err(refusal)?;
        let id = self.last.get() + 1;
        self.last.set(id);
        let opened = Opened { id, title: asked.title, command: asked.line, started_at_ms: self.clock.now_ms() };
        let limits = &self.ground.settings.limits;
        let terminal = Terminal::new(opened, limits, asked.size, (pty, tree), (recording, room));
        self.terminals.borrow_mut().insert(id, terminal.clone());
        drop(place);
        Ok(terminal)
    }

    async fn record(
        &self,
        asked: &Asked,
        recorder: Option<&recorder::Client>,
        room: &Rc<Notify>,
    ) -> Result<Option<Recording>, Error> {
        let required = self.ground.settings.recording == settings::Recording::Required;
        if self.ground.settings.recording == settings::Recording::Off {
            return Ok(None);
        }
        let outcome = match recorder {
            Some(recorder) => {
                let about = (&*asked.title, &*asked.line, asked.size);
                Recording::start(recorder, about, required, room.clone()).await.map_err(|error| error.to_string())
            }
            None => Err("nothing keeps recordings".to_owned()),
        };
        match outcome {
            Ok(recording) => Ok(Some(recording)),
            Err(why) => {
                tracing::warn!("a terminal is not recorded: {why}");
                if required { Err(UNRECORDED) } else { Ok(None) }
            }
        }
    }

    /// A place for one more. Of those that have ended the oldest goes.
    fn make_room(&self) -> Result<Opening<'_>, Error> {
        if !self.pace.borrow_mut().take(self.clock.now_ms()) {
            return Err(Error::TooFast("terminals follow each other too fast; wait a little"));
        }
        let mut terminals = self.terminals.borrow_mut();
        if terminals.len() + self.opening.get() >= self.ground.settings.limits.terminals {
            let ended = terminals.iter().find(|(_, terminal)| terminal.exit().is_some()).map(|(id, _)| *id);
            let ended = ended.ok_or(Error::Quota("there are as many terminals as may be"))?;
            terminals.remove(&ended);
        }
        self.opening.set(self.opening.get() + 1);
        Ok(Opening(self))
    }

    pub(super) fn all(&self) -> Vec<Rc<Terminal>> {
        self.terminals.borrow().values().cloned().collect()
    }

    pub(super) fn find(&self, id: u32) -> Result<Rc<Terminal>, Error> {
        self.terminals.borrow().get(&id).cloned().ok_or(Error::BadRequest("there is no terminal of that number"))
    }

    /// Hangs up, and forgets it.
    pub(super) fn close(&self, terminal: &Terminal) {
        terminal.hang_up();
        self.terminals.borrow_mut().remove(&terminal.opened.id);
    }
}

impl Drop for State {
    fn drop(&mut self) {
        self.all().iter().for_each(|terminal| terminal.hang_up());
    }
}

/// A place that is taken.
struct Opening<'a>(&'a State);

impl Drop for Opening<'_> {
    fn drop(&mut self) {
        self.0.opening.set(self.0.opening.get() - 1);
    }
}

fn refusal(fault: Fault) -> Error {
    match fault {
        Fault::NotFound => Error::BadRequest("there is no such program"),
        Fault::NotExecutable(_) => Error::BadRequest("that program cannot be executed"),
        Fault::Directory(_) => Error::BadRequest("there is no such directory"),
        Fault::TooMany => Error::Quota("there are as many processes as may be"),
        fault => {
            tracing::error!("a terminal's program could not be started: {fault}");
            UNOPENED
        }
    }
}
