//! The terminals that are known, by the names that windows have for them.

use std::cell::{Cell, OnceCell, RefCell};
use std::rc::Rc;

use capos_schema::terminals_capnp::{terminal, terminal_info};

use super::showing::Showing;
use super::typing::Typing;
use crate::workspace::problem::Problem;
use crate::workspace::view::{Key, Text, shown};

shown! {
    /// The session's terminals.
    struct TerminalsView {
        /// Whether they have been asked for.
        known: bool,
        /// Why what is said may be old.
        trouble: Option<Problem>,
        /// The oldest first.
        terminals: Vec<TerminalView>,
    }

    /// One terminal.
    struct TerminalView {
        /// What windows call it by.
        key: Key,
        /// What its program calls it.
        title: Text,
        /// What was opened.
        command: Text,
        /// Across.
        columns: u16,
        /// Down.
        rows: u16,
        /// How it stands.
        state: TerminalState,
        /// Its program's status, where that has ended.
        exit_code: i32,
        /// The signal that ended it; empty where none did.
        signal: Text,
        /// When it was opened.
        started_at_ms: u64,
        /// How many look at it.
        viewers: u32,
        /// Whether it is recorded.
        recorded: bool,
        /// Whether the same can be opened again from here.
        reopens: bool,
        /// Why it cannot be looked at.
        trouble: Option<Problem>,
    }

    /// How a terminal stands.
    words TerminalState {
        /// Its program runs.
        Running,
        /// Its program has ended.
        Ended,
        /// It is not there any more.
        Gone,
    }
}

/// What a service says of a terminal.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Info {
    pub(super) id: u32,
    pub(super) started_at_ms: u64,
    title: Text,
    command: Text,
    columns: u16,
    rows: u16,
    running: bool,
    exit_code: i32,
    signal: Text,
    viewers: u32,
    recorded: bool,
}

impl Info {
    pub(super) fn read(said: terminal_info::Reader<'_>) -> Result<Self, capnp::Error> {
        let size = said.get_size()?;
        Ok(Self {
            id: said.get_id(),
            started_at_ms: said.get_started_at_ms(),
            title: Text::line(said.get_title()?.to_str()?),
            command: Text::line(said.get_command()?.to_str()?),
            columns: size.get_columns(),
            rows: size.get_rows(),
            running: said.get_running(),
            exit_code: said.get_exit_code(),
            signal: Text::line(said.get_signal()?.to_str()?),
            viewers: said.get_viewers(),
            recorded: said.get_recorded(),
        })
    }

    /// A number may be used again once its service was started again.
    fn is_same(&self, other: &Self) -> bool {
        (self.id, self.started_at_ms) == (other.id, other.started_at_ms)
    }
}

/// What was asked for when a terminal was opened here.
#[derive(Clone, Debug, Default)]
pub(super) struct Asked {
    pub(super) command: Vec<String>,
    pub(super) title: String,
}

/// One terminal as a desk has it.
pub(super) struct Kept {
    pub(super) key: Key,
    pub(super) info: RefCell<Info>,
    /// The object, once it was needed.
    pub(super) terminal: RefCell<Option<terminal::Client>>,
    /// What it was opened with, where that was here.
    pub(super) asked: OnceCell<Asked>,
    pub(super) typing: RefCell<Typing>,
    pub(super) showing: RefCell<Option<Showing>>,
    pub(super) trouble: RefCell<Option<Problem>>,
    /// Whether a window has looked at it.
    pub(super) seen: Cell<bool>,
    gone: Cell<bool>,
}

impl Kept {
    fn new(info: Info) -> Rc<Self> {
        Rc::new(Self {
            key: Key::new(),
            info: RefCell::new(info),
            terminal: RefCell::default(),
            asked: OnceCell::new(),
            typing: RefCell::default(),
            showing: RefCell::default(),
            trouble: RefCell::default(),
            seen: Cell::new(false),
            gone: Cell::new(false),
        })
    }

    pub(super) fn topic(&self) -> String {
        format!("terminal/{}", self.key)
    }

    pub(super) fn is_there(&self) -> bool {
        !self.gone.get()
    }

    /// What is newly known of it.
    pub(super) fn learn(&self, info: &Info) {
        self.gone.set(false);
        self.info.replace(info.clone());
    }

    /// Its program has ended. What else a service says then is not about another terminal.
    pub(super) fn learn_end(&self, info: &Info) {
        let mut known = self.info.borrow_mut();
        (known.running, known.exit_code, known.signal) = (false, info.exit_code, info.signal.clone());
    }

    pub(super) fn has_ended(&self) -> bool {
        !self.info.borrow().running
    }

    fn lose(&self) {
        self.gone.set(true);
        self.terminal.replace(None);
        self.trouble.replace(None);
    }

    fn shown(&self) -> TerminalView {
        let info = self.info.borrow();
        TerminalView {
            key: self.key,
            title: info.title.clone(),
            command: info.command.clone(),
            columns: info.columns,
            rows: info.rows,
            state: match (self.gone.get(), info.running) {
                (true, _) => TerminalState::Gone,
                (false, true) => TerminalState::Running,
                (false, false) => TerminalState::Ended,
            },
            exit_code: info.exit_code,
            signal: info.signal.clone(),
            started_at_ms: info.started_at_ms,
            viewers: info.viewers,
            recorded: info.recorded,
            reopens: self.asked.get().is_some(),
            trouble: self.trouble.borrow().clone(),
        }
    }
}

/// All that are known.
#[derive(Default)]
pub(super) struct List {
    known: bool,
    pub(super) trouble: Option<Problem>,
    kept: Vec<Rc<Kept>>,
}

impl List {
    pub(super) fn all(&self) -> impl Iterator<Item = &Rc<Kept>> {
        self.kept.iter()
    }

    /// One that was opened from here. It may have been listed while the answer was on its way, and keeps its name then:
    /// a window may show it already.
    pub(super) fn add(&mut self, info: Info, terminal: terminal::Client, asked: Asked) -> Rc<Kept> {
        let listed = self.kept.iter().find(|kept| kept.info.borrow().is_same(&info)).cloned();
        let kept = listed.unwrap_or_else(|| {
            let kept = Kept::new(info);
            self.kept.push(kept.clone());
            kept
        });
        kept.terminal.replace(Some(terminal));
        let _ = kept.asked.set(asked);
        kept
    }

    pub(super) fn remove(&mut self, key: Key) {
        self.kept.retain(|kept| kept.key != key);
    }

    /// What there is, as a service just listed it. One that is not listed any more stays, and says so, until it is
    /// closed here: somebody may have been looking at it.
    pub(super) fn learn(&mut self, infos: &[Info], most: usize) {
        (self.known, self.trouble) = (true, None);
        for info in infos {
            match self.kept.iter().find(|kept| kept.info.borrow().is_same(info)) {
                Some(kept) => kept.learn(info),
                None if self.kept.len() < most => self.kept.push(Kept::new(info.clone())),
                None => {}
            }
        }
        for kept in &self.kept {
            if !infos.iter().any(|info| kept.info.borrow().is_same(info)) {
                kept.lose();
            }
        }
        self.kept.retain(|kept| kept.is_there() || kept.seen.get() || kept.asked.get().is_some());
    }

    pub(super) fn shown(&self) -> TerminalsView {
        let terminals = self.kept.iter().map(|kept| kept.shown()).collect();
        TerminalsView { known: self.known, trouble: self.trouble.clone(), terminals }
    }
}
