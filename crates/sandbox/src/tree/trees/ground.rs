//! What all trees of a service share.

use std::cell::{Cell, RefCell};
use std::io;
use std::path::Path;
use std::rc::{Rc, Weak};

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::timeout;

use super::growth::Stem;
use super::line::Line;
use super::works::Works;
use crate::tree::TreeLimits;
use crate::tree::orphans::Orphans;

pub(super) struct Ground {
    pub(super) limits: TreeLimits,
    pub(super) works: Rc<Works>,
    /// Keepers that wait for a command.
    pub(super) waiting: RefCell<Vec<Line>>,
    pub(super) stems: RefCell<Vec<Rc<Stem>>>,
    pub(super) growing: watch::Sender<usize>,
    /// Whether another keeper is being made in advance.
    preparing: Cell<bool>,
    /// How many are ending everything right now.
    pub(super) clearing: Cell<usize>,
    pub(super) orphans: Option<Orphans>,
}

impl Ground {
    pub(super) fn new(program: &Path, limits: TreeLimits) -> Ground {
        let works = Rc::new(Works::new(program));
        Ground {
            limits,
            orphans: Orphans::of_first_process(&works),
            works,
            waiting: RefCell::default(),
            stems: RefCell::default(),
            growing: watch::Sender::new(0),
            preparing: Cell::new(false),
            clearing: Cell::new(0),
        }
    }

    pub(super) fn add(&self, stem: &Rc<Stem>) {
        self.stems.borrow_mut().push(Rc::clone(stem));
        self.growing.send_modify(|growing| *growing += 1);
    }

    pub(super) fn forget(&self, stem: &Rc<Stem>) {
        self.stems.borrow_mut().retain(|known| !Rc::ptr_eq(known, stem));
        self.growing.send_modify(|growing| *growing = growing.saturating_sub(1));
    }

    /// Where no keeper waits, one is made for the next command while this one runs.
    pub(super) fn prepare(self: &Rc<Self>) {
        if !self.waiting.borrow().is_empty() || self.limits.waiting_keepers == 0 || self.preparing.replace(true) {
            return;
        }
        let ground = Rc::clone(self);
        tokio::task::spawn_local(async move {
            if let Ok(line) = ground.works.line().await {
                ground.take_back(line);
            }
            ground.preparing.set(false);
        });
    }

    /// A keeper that has nothing to do.
    pub(super) fn take_back(&self, line: Line) {
        let mut waiting = self.waiting.borrow_mut();
        if !line.shut.get() && waiting.len() < self.limits.waiting_keepers && self.clearing.get() == 0 {
            waiting.push(line);
        }
    }

    /// A keeper was killed: waits until nothing is left of what was below it.
    pub(super) async fn see_to_what_is_left(&self, line: &Line) {
        line.factory.wake();
        let keeper = line.keeper.get();
        let mut state = line.factory.state.subscribe();
        let swept = state.wait_for(|state| state.over || keeper.is_some_and(|keeper| state.swept.contains(&keeper)));
        match &self.orphans {
            None => drop(swept.await),
            Some(orphans) => {
                tokio::pin!(swept);
                while timeout(self.limits.patience, &mut swept).await.is_err() {
                    line.factory.kill_stopped();
                }
                if line.factory.state.borrow().over {
                    orphans.settle(keeper).await;
                }
            }
        }
        line.factory.state.send_modify(|state| state.forget(keeper));
    }

    /// From here on, whatever falls to this process is collected.
    pub(super) fn collect_orphans(self: &Rc<Self>) -> io::Result<()> {
        let mut ended = signal(SignalKind::child())?;
        let ground: Weak<Ground> = Rc::downgrade(self);
        tokio::task::spawn_local(async move {
            while ended.recv().await.is_some() {
                match ground.upgrade() {
                    None => return,
                    Some(ground) => match &ground.orphans {
                        None => return,
                        Some(orphans) => orphans.settle(None).await,
                    },
                }
            }
        });
        Ok(())
    }
}
