//! Looks at the disks of homes while anything runs in one.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use capos_sandbox::Process;

use super::measure::{measure, space, written};
use super::{Figure, Reserve, Space};
use crate::life::locked;
use crate::limits::Limits;

/// Where processes are at home, and those that run there.
#[derive(Clone)]
pub(crate) struct Residents(Arc<Register>);

struct Register {
    state: Mutex<State>,
    changed: Condvar,
    limits: Limits,
}

#[derive(Default)]
struct State {
    next: u64,
    all: BTreeMap<u64, (Resident, Process, Reason)>,
    closing: bool,
}

/// What is known of one, without the process itself: that is to end when its owner lets go of it.
#[derive(Clone)]
struct Resident {
    home: Arc<PathBuf>,
    device: u64,
    may: Option<u64>,
    pid: i32,
}

/// Why it was ended, once it was.
type Reason = Arc<OnceLock<&'static str>>;

/// A process's entry, for as long as this is held.
pub(crate) struct Residence {
    register: Arc<Register>,
    number: u64,
    reason: Reason,
}

impl Residence {
    /// Why the process was ended, if it was for what its home holds.
    pub(crate) fn reason(&self) -> Option<&'static str> {
        self.reason.get().copied()
    }
}

impl Drop for Residence {
    fn drop(&mut self) {
        locked(&self.register.state).all.remove(&self.number);
    }
}

impl Residents {
    /// Starts to look, on a thread of its own: a walk takes its time.
    pub(crate) fn start(limits: &Limits) -> io::Result<Self> {
        let register = Register { state: Mutex::default(), changed: Condvar::new(), limits: limits.clone() };
        let (register, watched) = {
            let register = Arc::new(register);
            (register.clone(), register)
        };
        std::thread::Builder::new().name("service-disks".to_owned()).spawn(move || watch(&watched))?;
        Ok(Self(register))
    }

    /// Enters a process that is at home there.
    pub(crate) fn enter(&self, home: &Path, may: Option<u64>, process: &Process) -> io::Result<Residence> {
        let device = std::fs::symlink_metadata(home)?.dev();
        let reason = Reason::default();
        let mut state = locked(&self.0.state);
        state.next += 1;
        let (number, home) = (state.next, Arc::new(home.to_owned()));
        let resident = Resident { home, device, may, pid: process.host_pid() };
        state.all.insert(number, (resident, process.clone(), reason.clone()));
        self.0.changed.notify_all();
        Ok(Residence { register: self.0.clone(), number, reason })
    }

    /// Nothing is looked at any more.
    pub(crate) fn close(&self) {
        locked(&self.0.state).closing = true;
        self.0.changed.notify_all();
    }
}

/// By the number of the file system.
type Disks = BTreeMap<u64, Reserve>;

fn watch(register: &Register) {
    let mut disks = Disks::new();
    let mut rest = Duration::ZERO;
    while let Some(residents) = register.next(rest) {
        let began = Instant::now();
        disks.retain(|device, _| residents.iter().any(|resident| resident.device == *device));
        for device in residents.iter().map(|resident| resident.device).collect::<BTreeSet<_>>() {
            let here: Vec<&Resident> = residents.iter().filter(|resident| resident.device == device).collect();
            look(disks.entry(device).or_default(), &here, register);
        }
        // However long it takes to walk through large homes, half of the time it is not done.
        rest = register.limits.disk_look.max(began.elapsed());
    }
}

impl Register {
    /// Who is there, after a rest and once there is anybody; nothing at the end.
    fn next(&self, rest: Duration) -> Option<Vec<Resident>> {
        let state = locked(&self.state);
        let rested = self.changed.wait_timeout_while(state, rest, |state| !state.closing);
        let (state, _) = rested.unwrap_or_else(PoisonError::into_inner);
        let waited = self.changed.wait_while(state, |state| state.all.is_empty() && !state.closing);
        let state = waited.unwrap_or_else(PoisonError::into_inner);
        let running = state.all.values().filter(|(_, process, _)| process.has_ended().is_none());
        (!state.closing).then(|| running.map(|(resident, ..)| resident.clone()).collect())
    }

    /// Ends those who run in that home.
    fn end(&self, home: &Path, why: &'static str) {
        for (_, process, reason) in locked(&self.state).all.values().filter(|(one, ..)| **one.home == *home) {
            let _ = reason.set(why);
            process.kill();
        }
    }
}

/// Looks at one file system, and ends whom it has to.
fn look(reserve: &mut Reserve, here: &[&Resident], register: &Register) {
    let limits = &register.limits;
    let free = || here.iter().find_map(|resident| space(&resident.home).ok());
    let (Some(before), at) = (free(), Instant::now()) else { return };
    if !reserve.look(before, at, limits) {
        return;
    }
    let figures = figures(here, limits);
    // The walk may have taken a while.
    let (after, took) = (free().unwrap_or(before), at.elapsed());
    for (home, reason) in reserve.judge(after, (at, took), &figures, limits) {
        tell(after, &home, reason);
        register.end(&home, reason);
    }
}

fn tell(space: Space, home: &Path, reason: &str) {
    tracing::warn!(free = space.free, home = %home.display(), "the disk is nearly full, and a service is ended: {reason}");
}

/// Each home once, whoever is there.
fn figures(here: &[&Resident], limits: &Limits) -> Vec<Figure> {
    let mut homes: BTreeMap<&Arc<PathBuf>, Vec<&Resident>> = BTreeMap::new();
    for resident in here {
        homes.entry(&resident.home).or_default().push(resident);
    }
    let figure = |(home, residents): (&Arc<PathBuf>, Vec<&Resident>)| Figure {
        home: home.clone(),
        held: measure(home, limits),
        may: residents.iter().filter_map(|resident| resident.may).min(),
        written: residents.iter().map(|resident| written(resident.pid)).fold(0, u64::saturating_add),
    };
    homes.into_iter().map(figure).collect()
}
