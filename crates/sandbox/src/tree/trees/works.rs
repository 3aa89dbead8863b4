//! The factory as the service holds it, and how it is started anew.

use std::cell::{Cell, RefCell};
use std::collections::HashSet;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::rc::{Rc, Weak};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use rustix::net::{AddressFamily, Shutdown, SocketFlags, SocketType, shutdown, socketpair};
use tokio::io::unix::AsyncFd;
use tokio::sync::watch;

use super::line::{Line, hear, send};
use crate::tree::descent;
use crate::tree::factory::MARK;
use crate::tree::system::watched;
use crate::tree::wire::Notice;

/// Makes keepers, by one factory at a time.
pub(in crate::tree) struct Works {
    program: PathBuf,
    current: RefCell<Option<Rc<Factory>>>,
    /// All whose keepers may still be there.
    known: RefCell<Vec<Weak<Factory>>>,
}

/// A factory; with the last line to one of its keepers it is forgotten.
pub(super) struct Factory {
    socket: AsyncFd<OwnedFd>,
    pub(super) pid: Pid,
    pub(super) state: watch::Sender<State>,
    collected: Cell<bool>,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) over: bool,
    /// Killed keepers of which nothing is left.
    pub(super) swept: HashSet<i32>,
}

impl State {
    /// What was heard of it is of no use any more.
    pub(super) fn forget(&mut self, keeper: Option<i32>) {
        if let Some(keeper) = keeper {
            self.swept.remove(&keeper);
        }
    }

    fn remember(&mut self, keeper: i32) {
        // Those of keepers that waited are never asked for; where commands kill these by the thousands, whoever waits runs out of patience.
        if self.swept.len() >= MOST_SWEPT {
            self.swept.clear();
        }
        self.swept.insert(keeper);
    }
}

const MOST_SWEPT: usize = 4096;

impl Works {
    pub(super) fn new(program: &Path) -> Works {
        Works { program: program.to_owned(), current: RefCell::default(), known: RefCell::default() }
    }

    /// A line to a fresh keeper, which need not be there yet.
    pub(super) async fn line(&self) -> io::Result<Line> {
        for _ in 0..ATTEMPTS {
            let factory = self.factory()?;
            let (ours, theirs) = pair()?;
            let line = Line {
                socket: watched(ours)?,
                factory: Rc::clone(&factory),
                keeper: Cell::new(None),
                shut: Cell::new(false),
            };
            match send(&factory.socket, b"keeper", &[theirs.as_fd()]).await {
                Ok(()) => return Ok(line),
                Err(_) => self.dismiss(&factory),
            }
        }
        Err(io::Error::other("the factory does not stay"))
    }

    /// The one that is there, or another.
    fn factory(&self) -> io::Result<Rc<Factory>> {
        let current = self.current.borrow().clone();
        if let Some(factory) = current.filter(|factory| !factory.state.borrow().over) {
            return Ok(factory);
        }
        let factory = Factory::start(&self.program)?;
        *self.current.borrow_mut() = Some(Rc::clone(&factory));
        let mut known = self.known.borrow_mut();
        known.retain(|known| known.strong_count() > 0);
        known.push(Rc::downgrade(&factory));
        Ok(factory)
    }

    fn dismiss(&self, factory: &Rc<Factory>) {
        let mut current = self.current.borrow_mut();
        if current.as_ref().is_some_and(|current| Rc::ptr_eq(current, factory)) {
            *current = None;
        }
    }

    /// Whether keepers belong to this session, and nobody else.
    pub(in crate::tree) fn is_session(&self, session: Pid) -> bool {
        self.known.borrow().iter().filter_map(Weak::upgrade).any(|factory| factory.pid == session)
    }

    /// Whether this is a factory that is still to be collected by who started it.
    pub(in crate::tree) fn is_factory(&self, pid: Pid) -> bool {
        let known = self.known.borrow();
        known.iter().filter_map(Weak::upgrade).any(|factory| factory.pid == pid && !factory.collected.get())
    }
}

impl Drop for Works {
    /// The task that hears the factory keeps its socket open until the factory is gone.
    fn drop(&mut self) {
        if let Some(factory) = self.current.get_mut() {
            let _ = shutdown(factory.socket.get_ref(), Shutdown::Write);
        }
    }
}

/// How often a factory that is gone before it was asked is replaced for one keeper.
const ATTEMPTS: usize = 3;

impl Factory {
    fn start(program: &Path) -> io::Result<Rc<Factory>> {
        let (ours, theirs) = pair()?;
        let mut command = Command::new(program);
        command.arg0("capos-trees").arg(MARK).env_clear().current_dir("/");
        command.stdin(Stdio::from(theirs)).stdout(Stdio::null()).stderr(Stdio::null());
        let child = command.spawn()?;
        let pid = Pid::from_raw(i32::try_from(child.id()).map_err(io::Error::other)?);
        let factory = Rc::new(Factory {
            socket: watched(ours)?,
            pid,
            state: watch::Sender::default(),
            collected: Cell::new(false),
        });
        tokio::task::spawn_local(Rc::clone(&factory).follow(child));
        Ok(factory)
    }

    /// Hears of killed keepers until the factory itself is gone.
    async fn follow(self: Rc<Self>, mut child: Child) {
        while let Ok(Some(Notice::Swept(keeper))) = hear(&self.socket).await {
            self.state.send_modify(|state| state.remember(keeper));
        }
        // It closed its socket, and so is about to end or says nonsense.
        let _ = child.kill();
        let _ = child.wait();
        self.collected.set(true);
        self.state.send_modify(|state| state.over = true);
    }

    /// Whatever its keepers' commands did to it, it goes on.
    pub(super) fn wake(&self) {
        self.send(Signal::SIGCONT);
    }

    /// What commands stopped for good is killed, and what it should have done is done by others.
    pub(super) fn kill_stopped(&self) {
        match descent::is_stopped(self.pid) {
            true => self.send(Signal::SIGKILL),
            false => self.wake(),
        }
    }

    fn send(&self, signal: Signal) {
        if !self.collected.get() {
            let _ = kill(self.pid, signal);
        }
    }
}

/// One end for this process, which never waits on it, and one for another.
fn pair() -> io::Result<(OwnedFd, OwnedFd)> {
    let (ours, theirs) = socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None)?;
    rustix::io::ioctl_fionbio(&ours, true)?;
    Ok((ours, theirs))
}
